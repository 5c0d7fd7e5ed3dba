"""Hypotheses about the sums over broadcast axes, and about gradients whose shape is not their input's.

What an output entry contributes to the gradient, laid out in the output's shape, must be summed over the axes that the input
was stretched along. Code may forget the sum, take another axis, average, or drop the axes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations
from typing import Any

import numpy as np

from gradverify.diagnosis.contributions import by_output
from gradverify.diagnosis.elements import all_same, flat, same
from gradverify.diagnosis.points import FEWEST, Point, View
from gradverify.diagnosis.words import axes, cotangent

Reduce = Callable[[Any, tuple[int, ...], bool], Any]


def _total(array: Any, which: tuple[int, ...], keep: bool) -> Any:
    return np.asarray(array.sum(axis=which, keepdims=keep), dtype=object)


def _mean(array: Any, which: tuple[int, ...], keep: bool) -> Any:
    return _total(array, which, keep) / int(np.prod([array.shape[axis] for axis in which]))


def _at(place: int) -> Reduce:
    def take(array: Any, which: tuple[int, ...], keep: bool) -> Any:
        for axis in sorted(which, reverse=True):
            array = np.take(array, [place] if keep else place, axis=axis)
        return np.asarray(array, dtype=object)

    return take


def _times(place: int) -> Reduce:
    def take(array: Any, which: tuple[int, ...], keep: bool) -> Any:
        return _at(place)(array, which, keep) * int(np.prod([array.shape[axis] for axis in which]))

    return take


WAYS: tuple[tuple[str, Reduce], ...] = (
    ("sums", _total),
    ("averages", _mean),
    ("takes the first entry", _at(0)),
    ("takes the last entry", _at(-1)),
    ("multiplies the first entry by the number of entries", _times(0)),
)


def sums(view: View) -> Iterator[str]:
    """The sentences that hold, without their subject; gradients may have any shape here."""
    if len(view.points) < FEWEST:
        return
    first = view.points[0]
    for output in range(len(first.seen.outputs)):
        rank = len(first.seen.outputs[output].shape)
        right = _right_axes(view, output, rank)
        if right is None:
            continue
        if view.everywhere(lambda p, o=output: by_output(p, view.place, o)):  # type: ignore[misc]  # mypy cannot type the default
            yield f"is not summed: the sum over {axes(right)}, along which {_name(view)} is broadcast, is missing"
            return
        for words, reduce in WAYS:
            for which in _subsets(rank):
                if (reduce is _total and which == right) or not _is(view, output, reduce, which):
                    continue
                if which == right:
                    yield f"{words} over {axes(which)}, and must sum over it"
                elif set(which) < set(right):
                    yield f"{words} over {axes(which)} alone, and must sum over {axes(right)}"
                else:
                    yield f"{words} over {axes(which)}, and must sum over {axes(right)}"
                return


def _name(view: View) -> str:
    return view.op.inputs[view.place]


def _subsets(rank: int) -> list[tuple[int, ...]]:
    return [which for count in range(1, rank + 1) for which in combinations(range(rank), count)]


def _right_axes(view: View, output: int, rank: int) -> tuple[int, ...] | None:
    """The axes of an output that the true gradient is a sum over."""
    for which in _subsets(rank):
        if all(
            _same_entries(_total(by_output(point, view.place, output), which, True), view.truth(point))
            for point in view.points
        ):
            return which
    return None


def _is(view: View, output: int, reduce: Reduce, which: tuple[int, ...]) -> bool:
    def reduced(keep: bool) -> bool:
        return all(_stretched(reduce(by_output(p, view.place, output), which, keep), view.got(p)) for p in view.points)

    return reduced(True) or reduced(False)


def _stretched(candidate: Any, got: Any) -> bool:
    """Whether a candidate is what was returned, as it is or broadcast to a gradient's shape."""
    if np.shape(candidate) == np.shape(got):
        return all_same(candidate, got)
    try:
        return all_same(np.broadcast_to(candidate, np.shape(got)), got)
    except ValueError:
        return False


def _same_entries(a: Any, b: Any) -> bool:
    a, b = flat(a), flat(b)
    return len(a) == len(b) and all(map(same, a, b))


def misshapen(view: View) -> Iterator[str]:
    """Gradients that all have another shape than their input: what became of the right entries."""
    yield from sums(view)
    yield from _other_shape(view)
    yield from _no_sum(view)


def _other_shape(view: View) -> Iterator[str]:
    got, truth = np.shape(view.got(view.points[0])), np.shape(view.truth(view.points[0]))
    example = f"{_text(got)} for {_text(truth)}"
    if all(_same_entries(view.got(p), view.truth(p)) for p in view.points):
        ones = [axis for axis, side in enumerate(truth) if side == 1]
        kept = [side for side in truth if side != 1]
        if ones and list(got) == kept:
            verb = "is" if len(ones) == 1 else "are"
            yield f"has the right entries, but {axes(ones)} of size 1 {verb} dropped: {example} (keepdims=True, or a reshape)"
        else:
            yield f"has the right entries in another shape: {example}"
    elif all(_is_spread(view.got(p), view.truth(p)) for p in view.points):
        yield f"is not spread over the shape of {_name(view)}: {example}, which only broadcasts to it"
    elif (summed := _summed_over(view)) is not None:
        yield f"is not summed: the sum over {axes(summed)} of {_text(got)} is missing, which must be {_text(truth)}"
    elif all(_same_entries(view.got(p), _depended_on(p, view)) for p in view.points):
        yield f"has the entries that the output depends on and no others, whose gradient is 0: {example}"
    elif (order := _permuted(view)) is not None:
        yield f"has its axes in the wrong order: {example}; np.transpose(…, {order}) of it is right{_inverse(view)}"
    elif len(got) == len(truth) and all(all_same(np.transpose(view.got(p)), view.truth(p)) for p in view.points):
        yield f"is the true one transposed: {example}"


def _summed_over(view: View) -> tuple[int, ...] | None:
    """The axes that what was returned must still be summed over."""
    for which in _subsets(np.ndim(view.got(view.points[0]))):
        if all(all_same(_total(view.got(p), which, False), view.truth(p)) for p in view.points):
            return which
    return None


def _depended_on(point: Point, view: View) -> list[Any]:
    """The entries of the true gradient that some output depends on."""
    shares = point.seen.contributions(view.place)
    return [value for value, share in zip(flat(view.truth(point)), shares, strict=True) if share]


def _permuted(view: View) -> tuple[int, ...] | None:
    """The order of three axes or more that puts what was returned right."""
    rank = np.ndim(view.got(view.points[0]))
    if not 2 < rank == np.ndim(view.truth(view.points[0])):
        return None
    orders = [order for order in permutations(range(rank)) if order != tuple(range(rank))]
    return next(
        (o for o in orders if all(all_same(view.got(p).transpose(o), view.truth(p)) for p in view.points)), None
    )


def _inverse(view: View) -> str:
    """Whether a permutation stands where its inverse must, which for a swap of two axes is the same."""
    bars = view.points[0].seen.cotangents
    if len(bars) != 1 or len(bars[0].shape) != np.ndim(view.got(view.points[0])):
        return ""
    for order in permutations(range(len(bars[0].shape))):
        back = tuple(int(k) for k in np.argsort(order))
        if back != order and all(
            _is_turned(p, view.got(p), order) and _is_turned(p, view.truth(p), back) for p in view.points
        ):
            return f": it is ȳ.transpose{order}, and must be transposed by the inverse permutation, {back}"
    return ""


def _is_turned(point: Point, gradient: Any, order: tuple[int, ...]) -> bool:
    return all_same(point.seen.cotangents[0].values.transpose(order), gradient)


def _text(shape: tuple[int, ...]) -> str:
    return str(tuple(shape))


def _is_spread(got: Any, truth: Any) -> bool:
    try:
        return all_same(np.broadcast_to(got, np.shape(truth)), truth)
    except ValueError:
        return False


def _no_sum(view: View) -> Iterator[str]:
    """A cotangent returned in its own shape."""
    for k, bar in enumerate(view.points[0].seen.cotangents):
        if np.shape(view.got(view.points[0])) == bar.shape and view.everywhere(
            lambda p, k=k: p.seen.cotangents[k].values  # type: ignore[misc]  # mypy cannot type the default
        ):
            yield f"is the cotangent {cotangent(k, len(view.points[0].seen.cotangents))} itself, returned unchanged"
            return
