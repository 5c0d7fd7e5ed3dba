"""Evaluates both lines of a refuted step at the printed counterexample, in plain Python: it trusts only what was printed.

Numbers are pairs (value, tangent): Fractions where the printed values are rational, mpmath's otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import mpmath
import sympy

from gradverify.derivation import D, Iverson, Undetermined
from gradverify.derivation.language import IndexMap, IndexRelation, ProductOver
from gradverify.derivation.proof import Counterexample


@dataclass
class Printed:
    """The sizes, values and definitions that a line is evaluated with."""

    example: Counterexample
    definitions: dict

    def number(self, text):
        return Fraction(text) if "." not in text else mpmath.mpf(text)

    def size(self, expression):
        return int(expression.subs({symbol: self.example.sizes[str(symbol)] for symbol in expression.free_symbols}))

    def at(self, expression, scope, seed=None):
        """The value and the tangent by `seed`, an array's name and place."""
        match expression:
            case sympy.Sum():
                return self.sum(expression, scope, seed)
            case D():
                assert seed is None, "no line here has a derivative in a derivative"
                entry = expression.entry
                place = (str(entry.base.label), tuple(self.place(index, scope) for index in entry.indices))
                return self.at(expression.expression, scope, place)[1], 0
            case sympy.Add():
                parts = [self.at(part, scope, seed) for part in expression.args]
                return sum(part[0] for part in parts), sum(part[1] for part in parts)
            case sympy.Mul():
                value, tangent = Fraction(1), 0
                for part in expression.args:
                    u, v = self.at(part, scope, seed)
                    value, tangent = value * u, value * v + tangent * u
                return value, tangent
            case ProductOver():
                return self.product(expression, scope, seed)
            case IndexRelation():
                left, right = (self.place(index, scope) for index in expression.args)
                holds = self.example.values[f"{type(expression).symbol}({left})"].split(" and ")
                return Fraction(str(right) in holds), 0
            case sympy.KroneckerDelta():
                left, right = (self.place(index, scope) for index in expression.args)
                return Fraction(left == right), 0
            case sympy.Indexed():
                return self.entry(expression, scope, seed)
            case sympy.Rational():
                return Fraction(int(expression.p), int(expression.q)), 0
            case sympy.Symbol():
                sizes = self.example.sizes
                return (Fraction(sizes[expression.name]), 0) if expression.name in sizes else self.scalar(expression)
            case Undetermined():
                return self.unknown(expression, scope, seed)
            case sympy.Pow() if not isinstance(expression, sympy.exp):
                base, tangent = self.at(expression.base, scope, seed)
                return self.power(base, tangent, expression.exp)
            case sympy.Function():
                return self.function(expression, *self.at(expression.args[0], scope, seed))
        raise TypeError(f"{type(expression)}: {expression}")

    def scalar(self, symbol):
        return self.number(self.example.values[symbol.name]), 0

    def sum(self, expression, scope, seed):
        *inner, (index, first, last) = expression.limits
        body = sympy.Sum(expression.function, *inner) if inner else expression.function
        parts = [self.at(body, {**scope, index: place}, seed) for place in range(self.size(first), self.size(last) + 1)]
        return sum(part[0] for part in parts), sum(part[1] for part in parts)

    def product(self, expression, scope, seed):
        body, index, *without = expression.args
        left_out = [self.place(each, scope) for each in without]
        value, tangent = Fraction(1), 0
        for place in range(self.size(index.upper + 1)):
            if place not in left_out:
                u, v = self.at(body, {**scope, index: place}, seed)
                value, tangent = value * u, value * v + tangent * u
        return value, tangent

    def entry(self, expression, scope, seed):
        name, places = str(expression.base.label), tuple(self.place(index, scope) for index in expression.indices)
        if name in self.definitions:
            left, right = self.definitions[name]
            return self.at(right, dict(zip(left.indices, places, strict=True)), seed)
        value = self.number(self.example.values[f"{name}[{', '.join(map(str, places))}]"])
        return value, int(seed == (name, places))

    def place(self, index, scope):
        if isinstance(index, IndexMap):  # here always a map with a value everywhere
            arguments = [self.place(arg, scope) for arg in index.args]
            return int(self.example.values[f"{type(index).symbol}({', '.join(map(str, arguments))})"])
        if index in scope:
            return scope[index]
        return int(index) if index == 0 else self.example.indices[str(index)]

    def power(self, base, tangent, exponent):
        if exponent.is_Integer:
            k = int(exponent)
            return base**k, k * base ** (k - 1) * tangent if tangent else 0
        base, k = real(base), mpmath.mpf(int(exponent.p)) / int(exponent.q)
        return base**k, k * base ** (k - 1) * tangent

    def unknown(self, expression, scope, seed):
        """The value of a function as printed; by the chain rule its tangent needs the printed derivatives."""
        kind = type(expression)
        inner = [self.at(part, scope, seed) for part in expression.args]
        values = [value for value, _ in inner]
        tangent = Fraction(0)
        for place, (_, step) in enumerate(inner):
            if step:
                orders = tuple(order + (at == place) for at, order in enumerate(kind.orders))
                tangent += self.looked_up(kind.symbol, orders, values) * step
        # a value that only stands under a derivative is not printed, because nothing depends on it
        return (self.looked_up(kind.symbol, kind.orders, values) if not tangent else 0), tangent

    def looked_up(self, name, orders, values):
        mark = "′" * orders[0] if len(orders) == 1 else "".join(f"_{k + 1}" * n for k, n in enumerate(orders))
        return self.number(self.example.values[f"{name}{mark}({', '.join(map(str, values))})"])

    def function(self, expression, value, tangent):
        match expression:
            case Iverson():
                assert value != 0
                return Fraction(value > 0), 0
            case sympy.exp():
                return mpmath.exp(real(value)), mpmath.exp(real(value)) * tangent
            case sympy.log():
                return mpmath.log(real(value)), tangent / real(value)
            case sympy.tanh():
                return mpmath.tanh(real(value)), mpmath.sech(real(value)) ** 2 * tangent
        raise TypeError(f"{type(expression)}: {expression}")


def real(value):
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpmath.mpf(value)


def values_at(derivation, example, *lines):
    """The values of lines at a counterexample."""
    definitions = {str(e.base.label): (e, body) for e, body in {**derivation.where, **derivation.forward}.items()}
    printed = Printed(example, definitions)
    with mpmath.workdps(40):
        return [printed.at(line, {})[0] for line in lines]


def agrees(value, text):
    """Whether a value is the number that was printed: exactly, or to ten digits; a ball around 0 is printed as 0e-75."""
    if "." not in text and "e" not in text:
        return value == Fraction(text)
    with mpmath.workdps(40):
        return mpmath.almosteq(real(value), mpmath.mpf(text), 1e-10, 1e-30)
