"""Lowers an index expression to NumPy: every index of the frame is an axis, and what does not depend on it is broadcast.

Takes expressions that are proved to be defined; what has no form in NumPy here raises `Unsupported` with its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sympy

from gradverify.derivation.emit.code import Code, Frame, Level, align, call, difference, divide, negative, scalar
from gradverify.derivation.emit.layout import comment
from gradverify.derivation.emit.names import canonical
from gradverify.derivation.emit.places import may_lack_value, read, relation_array, values
from gradverify.derivation.emit.scope import Givens, Scope
from gradverify.derivation.emit.sums import WITHOUT, product_over, total
from gradverify.derivation.language import (
    IndexMap,
    IndexRelation,
    InverseEntry,
    Iverson,
    LogAbsDet,
    ProductOver,
    Undetermined,
)
from gradverify.derivation.lines import definitions
from gradverify.derivation.notation import order, text
from gradverify.derivation.records import Derivation
from gradverify.errors import Unsupported

__all__ = ["Writer"]

FUNCTIONS = {
    sympy.exp: "exp",
    sympy.log: "log",
    sympy.tanh: "tanh",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.Abs: "abs",
    sympy.sign: "sign",
}
"""The functions of one number, with NumPy's names for them."""

SHORT = 100
"""A fraction with a larger denominator is written as a decimal, if it is one."""


class Writer:
    """Writes one op: lowers expressions, and puts statements for what they need in front of them."""

    def __init__(self, derivation: Derivation, named: Mapping[Any, str]) -> None:
        self.derivation, self.named = derivation, named
        self.givens = Givens(derivation)
        self.definitions = definitions(derivation)
        self.forward = self.scope = Scope()
        self.start: list[str] = []
        """What forward does before it asks for shapes."""
        self.functions: dict[str, str] = {}
        """The rules of maps that are functions of their own."""
        self.dtype = f"{self.givens.inputs[0]}.dtype"
        self.sides = {str(array.label): array.shape for array in derivation.inputs}
        barred = zip(self.givens.cotangents, derivation.forward, strict=True)
        self.sides |= {name: entry.base.shape for name, entry in barred}
        self.sides |= {name: entry.base.shape for name, (entry, _) in self.definitions.items()}

    def start_backward(self) -> None:
        """From here on statements belong to backward."""
        self.scope = Scope(self.forward)
        self.dtype = f"{self.givens.cotangents[0]}.dtype"

    def lower(self, expression: Any, frame: Frame, *, whole_line: bool = False) -> Code:
        """The code of an expression; one with a name is computed once and called by it."""
        if not (whole_line or expression.is_Atom or isinstance(expression, sympy.Indexed | sympy.Idx)):
            key, labels = canonical(expression)
            if key in self.named:
                return self._quantity(key, expression, labels, frame)
        return self._plain(expression, frame)

    def floating(self, code: Code) -> Code:
        """The same in the inputs' dtype, if it is truth values or integers."""
        if not code.whole:
            return code
        return replace(code, text=f"{code.at(Level.ATOM)}.astype({self.dtype})", level=Level.ATOM, whole=False)

    def by_name(self, name: str) -> str:
        """What the rule of a map means by a name: a keyword, an array or a size."""
        if name in self.givens.keywords:
            return name
        return self.array(name).text if name in self.sides else self.givens.size(sympy.Symbol(name)).text

    def array(self, name: str) -> Code:
        """An array by its name: an input, a cotangent, or what the derivation defines."""
        if name in self.definitions and self.scope.find(name) is None:
            entry, body = self.definitions[name]
            own = name if name in self.givens.outputs else self.givens.names.new(name)
            self.scope.known[name] = own
            frame = tuple(index if index != 0 else None for index in entry.indices)
            code = self.full(self.lower(body, frame, whole_line=True), frame, entry.base.shape)
            self.scope.lines += [comment(f"{text(entry)} = {text(body)}"), f"{own} = {code.text}"]
        if name not in self.sides:
            raise Unsupported(f"{name} is no input, no cotangent and nothing that the derivation defines")
        return Code(self.scope.find(name) or name, fresh=False)

    def shape(self, sides: Any) -> str:
        """A shape as a tuple."""
        return f"({', '.join(self.givens.size(side).text for side in sides)}{',' if len(sides) == 1 else ''})"

    def full(self, code: Code, frame: Frame, shape: Any) -> Code:
        """The code as an array of this shape, in the inputs' dtype and in memory of its own."""
        code = self.floating(code)
        if code.number:
            return Code(f"np.full({self.shape(shape)}, {code.text}, {self.dtype})", frame)
        if code.axes != frame:
            return Code(f"np.broadcast_to({code.text}, {self.shape(shape)}).copy()", frame)
        if not code.fresh:
            return Code(f"np.array({code.text})" if code.level < Level.ATOM else f"{code.text}.copy()", frame)
        return code

    def _quantity(self, key: Any, expression: Any, labels: list[Any], frame: Frame) -> Code:
        if self.scope.find(key) is None:
            axes = tuple(index for index in frame if index in labels)
            code = self.floating(self.lower(expression, axes, whole_line=True))
            name = self.givens.names.new(self.named[key])
            self.scope.lines.append(f"{name} = {code.text}")
            self.scope.known[key] = name, [labels.index(index) for index in axes]
        name, places = self.scope.find(key)
        return align(Code(name, fresh=False), [labels[place] for place in places], frame)

    def _plain(self, expression: Any, frame: Frame) -> Code:
        match expression:
            case sympy.Add():
                return self._add(expression, frame)
            case sympy.Mul():
                return self._product(expression, frame)
            case sympy.Pow():
                return self._power(expression, frame)
            case sympy.Sum():
                return total(self, expression, frame)
            case sympy.Indexed():
                name = str(expression.base.label)
                return read(self, self.array(name), expression.indices, frame, expression.base.shape)
            case sympy.KroneckerDelta() | IndexRelation():
                return self._pair(expression, frame)
            case Iverson():
                argument = self.floating(self.lower(expression.args[0], frame))
                if argument.number:
                    return scalar(f"float({argument.text} > 0)")
                return Code(f"{argument.at(Level.SUM)} > 0", argument.axes, Level.COMPARISON, whole=True)
            case ProductOver():
                return product_over(self, expression, frame)
            case WITHOUT():
                return self._left_out(expression, frame)
            case InverseEntry():
                base, *places = expression.args
                return read(self, self._once(base, "inv", f"np.linalg.inv({base.label})"), places, frame, base.shape)
            case LogAbsDet():
                return self._once(expression.args[0], "logdet", f"np.linalg.slogdet({expression.args[0].label})[1]")
            case Undetermined():
                function = self.givens.function(type(expression))
                return call(function, *self._arguments(expression, frame), fresh=False)
            case sympy.Max() | sympy.Min():
                return self._extreme(expression, frame)
            case sympy.Symbol():
                return self.givens.scalar(expression)
            case _ if type(expression) in FUNCTIONS:
                return self._function(expression, frame)
        if expression.is_number:
            return self._number(expression)
        raise Unsupported(f"{type(expression).__name__} has no form in NumPy: {text(expression)}")

    def _arguments(self, expression: Any, frame: Frame) -> list[Code]:
        return [self.floating(self.lower(argument, frame)) for argument in expression.args]

    def _function(self, expression: Any, frame: Frame) -> Code:
        (argument,) = self._arguments(expression, frame)
        code = call(f"np.{FUNCTIONS[type(expression)]}", argument)
        return scalar(f"float({code.text})") if argument.number else code  # a float64 would widen float32 arrays

    def _extreme(self, expression: Any, frame: Frame) -> Code:
        function = "np.maximum" if isinstance(expression, sympy.Max) else "np.minimum"
        first, *others = sorted(self._arguments(expression, frame), key=lambda code: code.number)
        for other in others:
            first = call(function, first, other)
        return first

    def _number(self, number: Any) -> Code:
        if number.is_Rational:
            over, under = _rational(number)
            return divide([scalar(over, Level.SUM if number < 0 else Level.ATOM)], [scalar(under)] if under else [])
        if number.is_Float:
            return scalar(repr(float(number)), Level.SUM if number < 0 else Level.ATOM)
        known = {sympy.pi: "np.pi", sympy.E: "np.e"}
        return scalar(known[number]) if number in known else scalar(repr(float(number)))

    def _add(self, expression: Any, frame: Frame) -> Code:
        terms = []
        for term in order.terms(expression):
            minus = order.fraction(term).negative
            terms.append((minus, self.floating(self.lower(-term if minus else term, frame))))
        return difference(terms)

    def _product(self, expression: Any, frame: Frame) -> Code:
        coefficient, rest = expression.as_coeff_Mul()
        parts = order.fraction(rest)
        over = [self.lower(factor, frame) for factor in parts.over]
        under = [self.floating(self.lower(factor, frame)) for factor in parts.under]
        if coefficient != 1 and any(code.whole for code in over) and all(code.whole or code.number for code in over):
            place = next(at for at, code in enumerate(over) if code.whole)
            over[place] = self.floating(over[place])
        above, below = _rational(abs(coefficient)) if coefficient.is_Rational else (repr(abs(float(coefficient))), "")
        over = ([scalar(above)] if above != "1" else []) + over
        under = ([scalar(below)] if below else []) + under
        code = divide(over, under)
        return negative(code) if bool(coefficient.is_negative) != parts.negative else code

    def _power(self, expression: Any, frame: Frame) -> Code:
        base, exponent = expression.args
        if exponent.is_Rational and exponent.is_negative:
            return divide([], [self.lower(sympy.Pow(base, -exponent), frame)])
        inner = self.floating(self.lower(base, frame))
        if exponent == sympy.S.Half and not inner.number:
            return call("np.sqrt", inner)
        raised = self.floating(self.lower(exponent, frame))
        pair = [inner.at(Level.ATOM), raised.at(Level.ATOM)]
        written = ("**" if all(map(str.isalnum, pair)) else " ** ").join(pair)
        return replace(difference([(False, inner), (False, raised)]), text=written, level=Level.POWER)

    def _pair(self, expression: Any, frame: Frame) -> Code:
        """A δ, or a relation: truth values along the axes of its two indices."""
        places = expression.args[:2]
        plain = all(isinstance(place, sympy.Idx) for place in places)
        if isinstance(expression, IndexRelation):
            if any(isinstance(place, IndexMap) and may_lack_value(type(place)) for place in places):
                raise Unsupported(f"a relation of a map that has not always a value: {text(expression)}")
            return read(self, relation_array(self, type(expression)), places, frame, type(expression).sides)
        if plain:
            labels = sorted(places, key=frame.index)
            size = self.givens.size(places[0].upper + 1)
            return align(Code(f"np.eye({size.text}, dtype=bool)", whole=True), labels, frame)
        first, second = (values(self, place, frame) for place in sorted(places, key=lambda each: each.is_Atom))
        joined = call("", first, second, whole=True)
        equal = f"{first.at(Level.SUM)} == {second.at(Level.SUM)}"
        lacking = [place for place in places if isinstance(place, IndexMap) and may_lack_value(type(place))]
        if len(lacking) == 2:  # two that have no value are not the same place
            size = self.givens.size(type(lacking[0]).target)
            return replace(joined, text=f"({equal}) & ({first.at(Level.SUM)} < {size.text})", level=Level.COMPARISON)
        return replace(joined, text=equal, level=Level.COMPARISON)

    def _left_out(self, expression: Any, frame: Frame) -> Code:
        body, *deltas = expression.args
        inside = self.floating(self.lower(body, frame))
        masks = [self._pair(delta, frame) for delta in deltas]
        chosen = " | ".join(mask.at(Level.SUM) for mask in masks)
        joined = call("np.where", *masks, inside)
        return replace(joined, text=f"np.where({chosen}, 1, {inside.text})")

    def _once(self, base: Any, kind: str, written: str) -> Code:
        """What is computed of a whole array, once."""
        key = (kind, str(base.label))
        self.array(str(base.label))
        if self.scope.find(key) is None:
            name = self.givens.names.new(f"{base.label}_{kind}")
            self.forward.lines.append(f"{name} = {written}")  # so that forward refuses what has no inverse
            self.forward.known[key] = name
        return Code(self.scope.find(key), fresh=False)


def _rational(number: Any) -> tuple[str, str]:
    """The numerator and the denominator of a fraction as text, the latter empty for 1 and for what is a short decimal."""
    p, q = int(number.p), int(number.q)
    if q == 1:
        return str(p), ""
    places = next((digits for digits in range(1, 16) if 10**digits % q == 0), 0)
    if q > SHORT and places:
        return f"{p / q:.{places}f}", ""
    return str(p), str(q)
