"""One exact run of an op with everything in it laid open: values, the whole Jacobian, and whatever backward returned.

Unlike `run`, which gives the two sides of an identity, it does not mind gradients of a wrong number or shape, and notes
an exception of backward. Nothing is compared here.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of
from random import Random
from typing import Any

import flint
import numpy as np

from gradverify.numbers.array import ExactArray, entries, exact_array
from gradverify.numbers.fields import Field
from gradverify.numbers.makers import constants
from gradverify.numbers.number import Number
from gradverify.numbers.rows import Key, Row
from gradverify.numbers.run import Code, defined, precision
from gradverify.numbers.signals import NotExact, OutsideField, Tie, TooClose

SIGNALS = (NotExact, OutsideField, Tie, TooClose)


class ForwardFailed(Exception):
    """The op's forward raised."""


@dataclass(frozen=True)
class Exacts:
    """An array of field elements beside the real numbers that comparisons see; both are plain arrays of objects."""

    values: Any
    near: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of both."""
        return tuple(self.values.shape)

    def each(self, change: Callable[[Any], Any]) -> Exacts:
        """The same change of both, such as a transposition."""
        return Exacts(*(np.asarray(change(part), dtype=object) for part in (self.values, self.near)))


@dataclass(frozen=True)
class Observed:
    """What one run took and gave. `jacobian` has for each output entry its slopes by the input entries that it depends on."""

    field: Field
    inputs: tuple[Exacts, ...]
    outputs: tuple[Exacts, ...]
    cotangents: tuple[Exacts, ...]
    jacobian: tuple[tuple[Mapping[Key, Any], ...], ...]
    gradients: tuple[Any, ...]
    """Arrays of elements, of whatever shape, or None."""
    error: Exception | None = None
    """What backward raised, if it raised."""
    saved: Mapping[str, Any] = field_of(default_factory=dict)
    """The arrays of elements that forward left in the context, by their keys, where that is a dict, a list or a tuple."""

    def contributions(self, place: int) -> list[dict[tuple[int, int], Any]]:
        """For each entry of an input: what every output entry, by output and place in it, adds to its gradient."""
        shares: list[dict[tuple[int, int], Any]] = [{} for _ in range(self.inputs[place].values.size)]
        for k, (rows, bar) in enumerate(zip(self.jacobian, self.cotangents, strict=True)):
            for o, (row, y_bar) in enumerate(zip(rows, bar.values.reshape(-1).tolist(), strict=True)):
                for (input_place, entry), slope in row.items():
                    if input_place == place:
                        shares[entry][k, o] = slope * y_bar
        return shares

    def truth(self, place: int) -> Any:
        """The true gradient of an input: Σ ȳ ∂y/∂x, entry by entry."""
        sums = [sum(share.values(), self.field.zero) for share in self.contributions(place)]
        return objects(sums, self.inputs[place].shape)


def objects(values: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """A plain array of objects."""
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made.reshape(shape)


def drawn(field: Field, floats: Any) -> Exacts:
    """The entries of an input: the floats, or residues that stand for them; 0 is 0 and equal floats are equal residues."""
    numbers = np.asarray(floats, dtype=float).reshape(-1).tolist()
    near = [field.near(x) for x in numbers]
    draw = getattr(field, "random_value", None)
    known = {x: field.element(x) if draw is None or x == 0 else draw() for x in dict.fromkeys(numbers)}
    return Exacts(objects([known[x] for x in numbers], np.shape(floats)), objects(near, np.shape(floats)))


def observe(
    code: Code,
    inputs: Sequence[Exacts],
    parameters: Mapping[str, Any],
    field: Field,
    cotangents: Callable[[int, tuple[int, ...]], Exacts],
) -> Observed:
    """Run forward and backward once; `cotangents(k, shape)` gives output k's.

    Raises the signals, and `ForwardFailed`.
    """
    with precision(field), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = [_tracked(field, place, array) for place, array in enumerate(inputs)]
        kept = {name: _parameter(value) for name, value in parameters.items()}
        with code.running(field):
            outputs, context = _forward(code, given, kept)
            numbers = [[defined(field, entry) for entry in entries(y)] for y in outputs]
            shapes = [tuple(np.shape(y)) for y in outputs]
            barred = tuple(cotangents(k, shape) for k, shape in enumerate(shapes))
            saved = _saved(field, context)
            field.forget_tangents()
            gradients, error = _backward(code, context, tuple(_constant(field, bar) for bar in barred))
        returned = tuple(None if gradient is None else _elements(field, gradient) for gradient in gradients)
    return Observed(
        field=field,
        inputs=tuple(inputs),
        outputs=tuple(
            Exacts(objects([n.value for n in row], shape), objects([n.near for n in row], shape))
            for row, shape in zip(numbers, shapes, strict=True)
        ),
        cotangents=barred,
        jacobian=tuple(tuple(_slopes(number) for number in row) for row in numbers),
        gradients=returned,
        error=error,
        saved=saved,
    )


def _forward(code: Code, given: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
    try:
        outputs, context = code.forward(*given, **parameters)
    except SIGNALS:
        raise
    except Exception as error:  # the user's code refuses values or shapes that were not made for it
        raise ForwardFailed(f"{type(error).__name__}: {error}") from error
    return tuple(outputs), context


def _saved(field: Field, context: Any) -> dict[str, Any]:
    """The arrays in a context, before backward may change them; those with an undefined entry are left out."""
    if isinstance(context, dict):
        named = [(key, value) for key, value in context.items() if isinstance(key, str)]
    elif isinstance(context, (tuple, list)):
        named = [(f"saved[{k}]", value) for k, value in enumerate(context)]
    else:
        named = []
    found = {}
    for name, value in named:
        if isinstance(value, ExactArray) and value.size:
            try:
                found[name] = _elements(field, value)
            except SIGNALS:
                continue
    return found


def _backward(code: Code, context: Any, barred: tuple[Any, ...]) -> tuple[tuple[Any, ...], Exception | None]:
    try:
        return tuple(code.backward(context, barred)), None
    except SIGNALS:
        raise
    except Exception as error:  # noqa: BLE001  # the user's code: that it raises, and what, is part of what is seen
        return (), error


def _tracked(field: Field, place: int, array: Exacts) -> ExactArray:
    pairs = zip(array.values.reshape(-1).tolist(), array.near.reshape(-1).tolist(), strict=True)
    numbers = [field.number(value, Row({(place, e): field.one}), near) for e, (value, near) in enumerate(pairs)]
    return exact_array(numbers, array.shape)


def _constant(field: Field, array: Exacts) -> ExactArray:
    pairs = zip(array.values.reshape(-1).tolist(), array.near.reshape(-1).tolist(), strict=True)
    return exact_array(
        [field.as_cotangent(field.number(value, field.zero, near)) for value, near in pairs], array.shape
    )


def _parameter(value: Any) -> Any:
    return constants(value) if type(value) is np.ndarray and value.dtype == np.float64 else value


def _elements(field: Field, gradient: Any) -> Any:
    return objects([defined(field, entry).value for entry in entries(gradient)], tuple(np.shape(gradient)))


def _slopes(number: Number) -> Mapping[Key, Any]:
    return number.tangent.slopes if isinstance(number.tangent, Row) else {}


def random_cotangents(field: Field, random: Random) -> Callable[[int, tuple[int, ...]], Exacts]:
    """Cotangents of either sign, none of them near 0: residues where the field has them."""

    def draw(place: int, shape: tuple[int, ...]) -> Exacts:
        count = int(np.prod(shape))
        floats = [random.choice((-1, 1)) * random.randint(2**29, 2**31) / 2**30 for _ in range(count)]
        near = [field.near(x) for x in floats]
        residue = getattr(field, "random_element", None)
        values = [residue() if residue is not None else flint.arb(x) for x in floats]
        return Exacts(objects(values, shape), objects(near, shape))

    return draw
