r"""Prints an expression as TeX math: `\sum_{k,l} \bar{y}_{kl} \frac{\partial y_{kl}}{\partial x_{ij}}`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from gradverify.derivation.language import D, IndexMap, IndexRelation, LogAbsDet, ProductOver, Undetermined
from gradverify.derivation.notation import order
from gradverify.derivation.notation.names import tex_name

__all__ = ["TexPrinter"]


RELATIONS = {"≤": r"\le", "≥": r"\ge", "<": "<", ">": ">"}
"""How TeX writes the signs of relations between indices."""


class TexPrinter(LatexPrinter):  # type: ignore[misc]  # SymPy ships no types
    """SymPy's TeX printer with this project's notation; it remembers which indices the Σs around it sum over."""

    def __init__(self, bound: tuple[Any, ...] = ()) -> None:
        """Start outside of every Σ, or inside of those over `bound`."""
        super().__init__({"mat_symbol_style": "plain"})
        self._bound = bound

    def _in_brackets(self, expression: Any) -> str:
        return rf"\left({self._print(expression)}\right)"

    def _base(self, expression: Any) -> str:
        """What an exponent may stand on."""
        loose = (
            expression.is_Add
            or expression.is_Mul
            or expression.is_Pow
            or isinstance(expression, sympy.Sum | ProductOver | D | LogAbsDet)
        )
        loose = loose or (
            isinstance(expression, Undetermined) and len(expression.orders) > 1 and any(expression.orders)
        )
        number = expression.is_Number and not (expression.is_Integer and expression.is_nonnegative)
        matrix = isinstance(expression, sympy.MatrixExpr) and not isinstance(expression, sympy.MatrixSymbol)
        return self._in_brackets(expression) if loose or number or matrix else str(self._print(expression))

    # Names and entries

    def _print_Symbol(self, expression: Any, style: str = "plain") -> str:
        return tex_name(expression.name)

    def _print_MatrixSymbol(self, expression: Any) -> str:
        return tex_name(expression.name)

    def _print_Idx(self, expression: Any) -> str:
        return str(self._print(expression.label))

    def _print_IndexedBase(self, expression: Any) -> str:
        return tex_name(str(expression.label))

    def _subscript(self, indices: Iterable[Any]) -> str:
        parts = [str(self._print(index)) for index in indices]
        return ("" if all(len(part) == 1 for part in parts) else ",").join(parts)

    def _print_Indexed(self, expression: Any) -> str:
        base = str(self._print(expression.base))
        if not expression.indices:
            return base
        if base.endswith("}") and "_{" in base:  # x_{1}: TeX refuses a second subscript on the same letter
            base = f"{{{base}}}"
        return f"{base}_{{{self._subscript(expression.indices)}}}"

    def _print_KroneckerDelta(self, expression: Any, exp: str | None = None) -> str:
        return rf"\delta_{{{self._subscript(order.delta_indices(expression, self._bound))}}}"

    def _map(self, expression: Any) -> str:
        arguments = ",".join(str(self._print(index)) for index in expression.args)
        return f"{tex_name(type(expression).symbol)}({arguments})"

    def _relation(self, expression: Any) -> str:
        left, right = (self._print(index) for index in expression.args)
        symbol = type(expression).symbol
        return f"[{left} {RELATIONS.get(symbol, symbol)} {right}]"

    # Σ and ∂

    def _print_Sum(self, expression: Any) -> str:
        inside = TexPrinter(self._bound + order.bound_indices(expression))
        body = expression.function
        written = str(inside._print(body))
        if body.is_Add or written.startswith("-"):
            written = rf"\left({written}\right)"
        return f"{self._sigma(expression)} {written}"

    def _sigma(self, expression: Any) -> str:
        if all(order.is_full_range(limit) for limit in expression.limits):
            return rf"\sum_{{{','.join(str(self._print(index)) for index in order.bound_indices(expression))}}}"
        return " ".join(
            rf"\sum_{{{self._print(limit[0])}}}"
            if order.is_full_range(limit)
            else rf"\sum_{{{self._print(limit[0])}={self._print(limit[1])}}}^{{{self._print(limit[2])}}}"
            for limit in expression.limits
        )

    def _print_InverseEntry(self, expression: Any, exp: str | None = None) -> str:
        base, *places = expression.args
        written = rf"({self._print(base)}^{{-1}})_{{{self._subscript(places)}}}"
        return written if exp is None else rf"{{{written}}}^{{{exp}}}"

    def _print_LogAbsDet(self, expression: Any, exp: str | None = None) -> str:
        written = rf"\log\left|\det {self._print(expression.args[0])}\right|"
        return written if exp is None else rf"\left({written}\right)^{{{exp}}}"

    def _print_Inverse(self, expression: Any) -> str:
        inverted, power = expression.arg, "-1"
        if isinstance(inverted, sympy.matrices.expressions.Transpose):
            inverted, power = inverted.arg, r"-\top"
        written = self._print(inverted)
        return (
            rf"{written}^{{{power}}}"
            if isinstance(inverted, sympy.MatrixSymbol)
            else rf"\left({written}\right)^{{{power}}}"
        )

    def _print_ProductOver(self, expression: Any, exp: str | None = None) -> str:
        body, index, *without = expression.args
        written = str(TexPrinter((*self._bound, index))._print(body))
        if body.is_Add or written.startswith("-"):
            written = rf"\left({written}\right)"
        where = str(self._print(index))
        if without:
            where += rf" \ne {','.join(str(self._print(each)) for each in without)}"
        return rf"\prod_{{{where}}} {written}"

    def _print_D(self, expression: Any) -> str:
        what = expression.expression
        entry = self._print(expression.entry)
        if _is_entry(what):
            return rf"\frac{{\partial {self._print(what)}}}{{\partial {entry}}}"
        return rf"\frac{{\partial}}{{\partial {entry}}} {self._in_brackets(what)}"

    # Arithmetic

    def _print_Add(self, expression: Any, order_: Any = None) -> str:
        written = ""
        for term in order.terms(expression):
            part = str(self._print(term))
            if part.startswith("-"):
                written += f" - {part[1:].lstrip()}" if written else part
            else:
                written += f" + {part}" if written else part
        return written

    def _print_Mul(self, expression: Any) -> str:
        parts = order.fraction(expression, self._bound)
        written = self._product(parts.over) or "1"
        if parts.under:
            written = rf"\frac{{{written}}}{{{self._product(parts.under)}}}"
        return f"-{written}" if parts.negative else written

    def _product(self, factors: tuple[Any, ...]) -> str:
        """The factors in a row; a sum of terms goes in brackets beside others, a Σ or Π unless it is the last."""
        written = []
        for place, factor in enumerate(factors):
            others, last = len(factors) > 1, place == len(factors) - 1
            bracketed = (factor.is_Add and others) or (isinstance(factor, sympy.Sum | ProductOver) and not last)
            part = self._in_brackets(factor) if bracketed else str(self._print(factor))
            ends = isinstance(factor, D) and not _is_entry(factor.expression) and not last
            written.append(rf"{part} \cdot" if ends else part)  # what ∂/∂x acts on ends here
        return " ".join(written)

    def _print_Pow(self, expression: Any) -> str:
        base, exponent = expression.args
        if exponent.is_Rational and exponent.is_negative:
            return self._print_Mul(expression)
        if exponent == sympy.S.Half:
            return rf"\sqrt{{{self._print(base)}}}"
        raised = f"{exponent.p}/{exponent.q}" if exponent.is_Rational and exponent.q != 1 else self._print(exponent)
        return f"{self._base(base)}^{{{raised}}}"

    # Functions

    def _applied(self, name: str, arguments: Iterable[Any]) -> str:
        arguments = tuple(arguments)
        flat = all(isinstance(argument, sympy.Indexed | sympy.Symbol | sympy.MatrixSymbol) for argument in arguments)
        written = ", ".join(str(self._print(argument)) for argument in arguments)
        return f"{name}({written})" if flat else rf"{name}\left({written}\right)"

    def _undetermined(self, expression: Any) -> str:
        name = tex_name(expression.symbol)
        if len(expression.orders) == 1:
            return self._applied(name + "'" * expression.orders[0], expression.args)
        partials = "".join(
            rf"\partial_{{{place + 1}}} " for place, count in enumerate(expression.orders) for _ in range(count)
        )
        return self._applied(partials + name, expression.args)

    def _print_Function(self, expression: Any, exp: str | None = None) -> str:
        if isinstance(expression, Undetermined):
            return self._undetermined(expression)
        if isinstance(expression, IndexMap):
            return self._map(expression)
        if isinstance(expression, IndexRelation):
            return self._relation(expression)
        name = expression.func.__name__
        known = f"\\{name}" if name in _TEX_FUNCTIONS else r"\operatorname{" + name.replace("_", r"\_") + "}"
        return self._applied(known, expression.args)

    _print_log = _print_re = _print_im = _print_Function

    def _print_exp(self, expression: Any, exp: str | None = None) -> str:
        return f"e^{{{self._print(expression.args[0])}}}"

    def _print_Iverson(self, expression: Any) -> str:
        return f"[{self._print(expression.args[0])} > 0]"

    def _print_Abs(self, expression: Any, exp: str | None = None) -> str:
        return rf"\left|{self._print(expression.args[0])}\right|"

    def _print_LatticeOp(self, expression: Any, exp: str | None = None) -> str:
        arguments = sorted(expression.args, key=lambda argument: (argument.is_Number, str(argument)))
        return self._applied(f"\\{type(expression).__name__.lower()}", arguments)

    _print_Max = _print_Min = _print_LatticeOp  # noqa: N815  # SymPy finds a printer by the class's name

    # Matrices

    def _matrix_factor(self, factor: Any) -> str:
        loose = factor.is_Add or isinstance(factor, sympy.MatAdd | sympy.HadamardProduct)
        return self._in_brackets(factor) if loose else str(self._print(factor))

    def _print_MatMul(self, expression: Any) -> str:
        written = [self._matrix_factor(factor) for factor in expression.args]
        return "-" + " ".join(written[1:]) if expression.args[0] == -1 else " ".join(written)

    def _print_MatAdd(self, expression: Any) -> str:
        return self._print_Add(expression)

    def _print_HadamardProduct(self, expression: Any) -> str:
        return r" \odot ".join(
            self._in_brackets(factor) if isinstance(factor, sympy.MatMul) else self._matrix_factor(factor)
            for factor in expression.args
        )

    def _print_Transpose(self, expression: Any) -> str:
        return rf"{self._base(expression.arg)}^{{\top}}"

    def _print_OneMatrix(self, expression: Any) -> str:
        rows, columns = (self._print(side) for side in expression.shape)
        if expression.shape[1] == 1:
            return rf"\mathbf{{1}}_{{{rows}}}"
        if expression.shape[0] == 1:
            return rf"\mathbf{{1}}_{{{columns}}}^{{\top}}"
        return rf"\mathbf{{1}}_{{{rows} \times {columns}}}"

    def _print_ElementwiseApplyFunction(self, expression: Any) -> str:
        return str(self._print(order.elementwise(expression)))

    def _print_Identity(self, expression: Any) -> str:
        return f"I_{{{self._print(expression.rows)}}}"


def _is_entry(expression: Any) -> bool:
    """Whether ∂ of this is written as one fraction."""
    return isinstance(expression, sympy.Indexed | sympy.Function)


_TEX_FUNCTIONS = frozenset({"log", "sin", "cos", "tan", "sinh", "cosh", "tanh"})
