"""Prints an expression as one line of Unicode text, as on paper: `Σ_kl ȳ_kl ∂y_kl/∂x_ij`.

Read it so: a Σ or Π reaches to the end of its product, fractions included; `∂u/∂v` is one sign; ` / ` divides by the one
factor, bracket or Σ that follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy
from sympy.printing.str import StrPrinter

from gradverify.derivation.language import D, IndexMap, IndexRelation, LogAbsDet, ProductOver, Undetermined
from gradverify.derivation.notation import order
from gradverify.derivation.notation.names import text_name

__all__ = ["UnicodePrinter"]

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_RELATIONS = {"!=": "≠", ">=": "≥", "<=": "≤", "==": "="}
_SUM, _PRODUCT, _PARTIAL, _POWER, _ATOM = range(5)


def _level(expression: Any) -> int:
    """How tightly the printed form holds together."""
    if expression.is_Add or isinstance(expression, sympy.MatAdd):
        return _SUM
    if expression.is_Mul or isinstance(expression, sympy.Sum | ProductOver | sympy.MatMul | sympy.HadamardProduct):
        return _PRODUCT
    if expression.is_Number:
        return _PRODUCT if expression.is_negative or (expression.is_Rational and expression.q != 1) else _ATOM
    if expression.is_Pow:
        negative = expression.exp.is_Rational and expression.exp.is_negative
        return _PRODUCT if negative else _POWER
    partial = isinstance(expression, Undetermined) and len(expression.orders) > 1 and any(expression.orders)
    return _PARTIAL if partial or isinstance(expression, D | LogAbsDet) else _ATOM


class UnicodePrinter(StrPrinter):  # type: ignore[misc]  # SymPy ships no types
    """SymPy's text printer with this project's notation; it remembers which indices the Σs around it sum over."""

    printmethod = "_gradverify_text"
    """No class has it: SymPy's `Indexed` would print itself as x[i, j] before this printer is asked."""

    def __init__(self, bound: tuple[Any, ...] = ()) -> None:
        """Start outside of every Σ, or inside of those over `bound`."""
        super().__init__()
        self._bound = bound

    def _held(self, expression: Any, level: int) -> str:
        """The expression, in brackets unless it holds together at least this tightly."""
        written = str(self._print(expression))
        return written if _level(expression) >= level else f"({written})"

    # Names and entries

    def _print_Symbol(self, expression: Any) -> str:
        return text_name(expression.name)

    def _print_MatrixSymbol(self, expression: Any) -> str:
        return text_name(expression.name)

    def _print_Idx(self, expression: Any) -> str:
        return str(self._print(expression.label))

    def _print_IndexedBase(self, expression: Any) -> str:
        return text_name(str(expression.label))

    def _subscript(self, indices: Iterable[Any]) -> str:
        indices = tuple(indices)
        parts = [str(self._print(index)) for index in indices]
        if all(index.is_Symbol or index.is_Number or isinstance(index, sympy.Idx) for index in indices):
            return ("" if all(len(part) == 1 for part in parts) else ",").join(parts)
        return f"({','.join(part.replace(' ', '') for part in parts)})"

    def _print_Indexed(self, expression: Any) -> str:
        name = str(self._print(expression.base))
        return f"{name}_{self._subscript(expression.indices)}" if expression.indices else name

    def _print_KroneckerDelta(self, expression: Any) -> str:
        return f"δ_{self._subscript(order.delta_indices(expression, self._bound))}"

    def _map(self, expression: Any) -> str:
        arguments = ",".join(str(self._print(index)) for index in expression.args)
        return f"{text_name(type(expression).symbol)}({arguments})"

    def _relation(self, expression: Any) -> str:
        left, right = (self._print(index) for index in expression.args)
        return f"[{left} {type(expression).symbol} {right}]"

    # Σ and ∂

    def _print_Sum(self, expression: Any) -> str:
        inside = UnicodePrinter(self._bound + order.bound_indices(expression))
        body = expression.function
        written = str(inside._print(body))
        if body.is_Add or written.startswith("−"):
            written = f"({written})"
        return f"{self._sigma(expression)} {written}"

    def _sigma(self, expression: Any) -> str:
        if all(order.is_full_range(limit) for limit in expression.limits):
            return f"Σ_{self._subscript(order.bound_indices(expression))}"
        return " ".join(
            f"Σ_{self._print(limit[0])}"
            if order.is_full_range(limit)
            else f"Σ_({self._print(limit[0])}={'…'.join(str(self._print(end)).replace(' ', '') for end in limit[1:])})"
            for limit in expression.limits
        )

    def _print_ProductOver(self, expression: Any) -> str:
        body, index, *without = expression.args
        written = str(UnicodePrinter((*self._bound, index))._print(body))
        if body.is_Add or written.startswith("−"):
            written = f"({written})"
        where = str(self._print(index))
        if without:
            where = f"({where}≠{','.join(str(self._print(each)) for each in without)})"
        return f"Π_{where} {written}"

    def _print_InverseEntry(self, expression: Any) -> str:
        base, *places = expression.args
        return f"{self._print(base)}⁻¹_{self._subscript(places)}"

    def _print_LogAbsDet(self, expression: Any) -> str:
        return f"log |det {self._print(expression.args[0])}|"

    def _print_Inverse(self, expression: Any) -> str:
        inverted = expression.arg
        if isinstance(inverted, sympy.matrices.expressions.Transpose):
            return f"{self._held(inverted.arg, _ATOM)}⁻ᵀ"
        return f"{self._held(inverted, _ATOM)}⁻¹"

    def _print_D(self, expression: Any) -> str:
        return f"∂{self._held(expression.expression, _ATOM)}/∂{self._print(expression.entry)}"

    # Arithmetic

    def _print_Add(self, expression: Any, order_: Any = None) -> str:
        written = ""
        for term in order.terms(expression):
            part = str(self._print(term))
            if part.startswith("−"):
                written += f" − {part[1:]}" if written else part
            else:
                written += f" + {part}" if written else part
        return written

    def _print_Mul(self, expression: Any) -> str:
        parts = order.fraction(expression, self._bound)
        written = self._product(parts.over, closed=bool(parts.under))
        if parts.under:
            written += f" / {self._denominator(parts.under)}"
        return f"−{written}" if parts.negative else written

    def _product(self, factors: tuple[Any, ...], *, closed: bool) -> str:
        """The factors in a row; a Σ goes in brackets where something follows it (`closed`: after the last one, too)."""
        written = ""
        for place, factor in enumerate(factors):
            last = place == len(factors) - 1 and not closed
            open_ended = last and isinstance(factor, sympy.Sum | ProductOver)
            part = str(self._print(factor)) if open_ended else self._held(factor, _PARTIAL)
            if written:
                written += " · " if isinstance(factors[place - 1], D) else " "
            written += part
        return written or "1"

    def _denominator(self, factors: tuple[Any, ...]) -> str:
        if len(factors) > 1:
            return f"({self._product(factors, closed=False)})"
        return str(self._print(factors[0])) if isinstance(factors[0], sympy.Sum) else self._held(factors[0], _POWER)

    def _print_Rational(self, expression: Any) -> str:
        written = str(abs(expression.p)) + (f"/{expression.q}" if expression.q != 1 else "")
        return f"−{written}" if expression.p < 0 else written

    _print_Integer = _print_Half = _print_NegativeOne = _print_Zero = _print_One = _print_Rational  # noqa: N815  # by the class's name

    def _print_Pow(self, expression: Any, rational: bool = False) -> str:
        base, exponent = expression.args
        if exponent.is_Rational and exponent.is_negative:
            return self._print_Mul(expression)
        if exponent == sympy.S.Half:
            return f"√{self._held(base, _ATOM)}"
        written = str(self._print(exponent))
        raised = written.translate(_SUPERSCRIPTS) if written.isdigit() else f"^{self._held(exponent, _ATOM)}"
        return f"{self._held(base, _ATOM)}{raised}"

    def _print_Pi(self, expression: Any) -> str:
        return "π"

    def _print_Exp1(self, expression: Any) -> str:
        return "e"

    # Functions

    def _applied(self, name: str, arguments: Iterable[Any]) -> str:
        return f"{name}({', '.join(str(self._print(argument)) for argument in arguments)})"

    def _undetermined(self, expression: Any) -> str:
        orders = expression.orders
        if len(orders) == 1:
            return self._applied(text_name(expression.symbol) + "′" * orders[0], expression.args)
        partials = "".join(
            "∂" + str(place + 1).translate(_SUBSCRIPTS) for place, count in enumerate(orders) for _ in range(count)
        )
        return self._applied(partials + text_name(expression.symbol), expression.args)

    def _print_Function(self, expression: Any) -> str:
        if isinstance(expression, Undetermined):
            return self._undetermined(expression)
        if isinstance(expression, IndexMap):
            return self._map(expression)
        if isinstance(expression, IndexRelation):
            return self._relation(expression)
        return self._applied(expression.func.__name__, expression.args)

    def _print_Iverson(self, expression: Any) -> str:
        return f"[{self._print(expression.args[0])} > 0]"

    def _print_Abs(self, expression: Any) -> str:
        return f"|{self._print(expression.args[0])}|"

    def _print_LatticeOp(self, expression: Any) -> str:
        arguments = sorted(expression.args, key=lambda argument: (argument.is_Number, str(argument)))
        return self._applied(type(expression).__name__.lower(), arguments)

    _print_Max = _print_Min = _print_LatticeOp  # noqa: N815  # SymPy finds a printer by the class's name

    def _print_Relational(self, expression: Any) -> str:
        left, right = (self._print(side) for side in expression.args)
        return f"{left} {_RELATIONS.get(expression.rel_op, expression.rel_op)} {right}"

    # Matrices

    def _print_MatMul(self, expression: Any) -> str:
        written = [self._held(factor, _PARTIAL) for factor in expression.args]
        if expression.args[0] == -1:
            return "−" + " ".join(written[1:])
        return " ".join(written)

    def _print_MatAdd(self, expression: Any) -> str:
        return self._print_Add(expression)

    def _print_HadamardProduct(self, expression: Any) -> str:
        return " ⊙ ".join(self._held(factor, _PARTIAL) for factor in expression.args)

    def _print_Transpose(self, expression: Any) -> str:
        return f"{self._held(expression.arg, _ATOM)}ᵀ"

    def _print_OneMatrix(self, expression: Any) -> str:
        rows, columns = expression.shape
        if columns == 1:
            return f"1_{self._subscript((rows,))}"
        return f"1_{self._subscript((columns,))}ᵀ" if rows == 1 else f"1_({self._print(rows)}×{self._print(columns)})"

    def _print_ElementwiseApplyFunction(self, expression: Any) -> str:
        return str(self._print(order.elementwise(expression)))

    def _print_Identity(self, expression: Any) -> str:
        return f"I_{self._subscript((expression.rows,))}"
