"""The terms of a derivation's closed form at an exact point, entry by entry: the kernel's evaluator on the op's own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import sympy

from gradverify.calculus.evaluate import Evaluation, Instance, Place
from gradverify.calculus.fields import REAL_FUNCTIONS, OutsideDomain
from gradverify.calculus.from_sympy import Reader
from gradverify.calculus.terms import NoRule, SortError
from gradverify.derivation.language import Undetermined
from gradverify.derivation.lines import definitions
from gradverify.derivation.records import Derivation, Gradient
from gradverify.diagnosis.points import Point
from gradverify.numbers.array import entries, exact_array
from gradverify.numbers.fields import Field
from gradverify.numbers.observe import SIGNALS, Exacts, objects
from gradverify.numbers.run import defined


class NoValue(Exception):
    """A term cannot be evaluated here."""


@dataclass(frozen=True)
class _Numbers:
    """What the kernel's evaluator asks of its numbers, answered by an exact run's field."""

    field: Field
    point: Point
    functions: Mapping[tuple[str, tuple[int, ...]], Any]
    signs: Mapping[Any, Any]
    name: str = "exactly"

    def number(self, value: Any) -> Any:
        return self.field.element(Fraction(value.numerator, value.denominator))

    def draw(self, largest: int) -> Any:
        raise NoValue

    def pi(self) -> Any:
        return self.field.half_turn().value

    def power(self, base: Any, exponent: Fraction) -> Any:
        if not self.field.certain or not base > 0:
            raise NoValue
        return base ** self.number(exponent)

    def function(self, name: str, orders: tuple[int, ...], arguments: tuple[Any, ...]) -> Any:
        if name in REAL_FUNCTIONS and self.field.certain:
            return REAL_FUNCTIONS[name](arguments[0])
        code = self.functions.get((name, orders))
        if code is None or not self.field.certain:
            raise NoValue
        numbers = [exact_array([self.field.number(u, self.field.zero, u)], (1,)) for u in arguments]
        try:
            with self.point.laboratory.code.running(self.field):
                returned = code(*numbers)
            return defined(self.field, entries(returned)[0]).value
        except SIGNALS:
            raise NoValue from None

    def is_positive(self, value: Any) -> bool:
        if self.field.certain:
            if value > 0 or value < 0:
                return bool(value > 0)
            raise NoValue
        known = self.signs.get(value)
        if known is None:
            raise NoValue
        return bool(known)

    def surely_differ(self, left: Any, right: Any) -> bool:
        return bool(left != right)

    def precision(self) -> AbstractContextManager[Any]:
        return nullcontext()


def values_of(expression: Any, derivation: Derivation, gradient: Gradient, point: Point) -> Any:
    """An expression in a gradient's free indices at every entry of that gradient; raises `NoValue` where it has no value."""
    reader = Reader(definitions(derivation))
    free = [index for index in gradient.entry.indices if isinstance(index, sympy.Idx)]
    place = list(point.laboratory.op.inputs).index(gradient.input)
    shape = point.seen.inputs[place].shape
    try:
        term = reader.read(expression)
        indices = [reader.index(index, {}) for index in free]
        evaluation = Evaluation(_instance(derivation, point))
        sides = [range(side) for side, index in zip(shape, gradient.entry.indices, strict=True) if index in free]
        values = [evaluation.value(term, dict(zip(indices, places, strict=True))) for places in product(*sides)]
    except (NoRule, SortError, OutsideDomain, ZeroDivisionError, KeyError, IndexError) as trouble:
        raise NoValue(str(trouble)) from None
    return objects(values, shape)


def _instance(derivation: Derivation, point: Point) -> Instance:
    arrays: dict[str, Exacts] = dict(zip(point.laboratory.op.inputs, point.seen.inputs, strict=True))
    barred = (f"{entry.base.label}_bar" for entry in derivation.forward)
    arrays |= dict(zip(barred, point.seen.cotangents, strict=True))
    field = point.seen.field
    scalars = {}
    functions = {}
    for name, value in derivation.parameters.items():
        given = point.case.parameters.get(name)
        if isinstance(value, type) and issubclass(value, Undetermined):
            functions[value.symbol, value.orders] = given
        elif isinstance(value, sympy.Symbol):
            scalars[str(value)] = given
    # In residues a sign is known of entries alone: their real values decide it.
    signs = {
        v: n > 0
        for array in arrays.values()
        for v, n in zip(array.values.reshape(-1).tolist(), array.near.reshape(-1).tolist(), strict=True)
        if not field.certain
    }

    def entry(where: Place, positive: bool) -> Any:
        name, places = where
        return arrays[name].values[places]

    def scalar(name: str, positive: bool) -> Any:
        if name not in scalars:
            raise NoValue(name)
        return field.lift(float(np.float64(scalars[name]))).value

    return Instance(_Numbers(field, point, functions, signs), point.case.sizes, entry, scalar)  # type: ignore[arg-type]  # what it draws is not asked for
