"""Hypotheses about the use of the cotangent: ignored, ignored in one term, of one output, squared, only its sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from gradverify.diagnosis.elements import all_same, flat, is_zero
from gradverify.diagnosis.points import FEWEST, Point, View
from gradverify.diagnosis.words import cotangent
from gradverify.numbers.observe import Exacts, Observed, objects

Change = Callable[[Any], Any]


def uses_of_cotangent(view: View) -> Iterator[str]:
    """The sentences that hold, without their subject."""
    scaled = [_with(point, lambda bar, n: bar.each(lambda values: values + values)) for point in view.points]
    if len(view.points) < FEWEST or any(seen is None for seen in scaled):
        return
    doubled = [seen.gradients[view.place] for seen in scaled if seen is not None and _fits(seen, view)]
    if len(doubled) < len(view.points):
        return
    pairs = list(zip(view.points, doubled, strict=True))
    if all(all_same(twice, 2 * view.got(point)) for point, twice in pairs):
        yield from _negated(view)
    elif all(all_same(twice, view.got(point)) for point, twice in pairs):
        yield _only_sign(view) or _ignored(view)
    elif all(all_same(twice, 4 * view.got(point)) for point, twice in pairs):
        yield "has the cotangent ȳ squared in it: doubled, it makes four times the gradient"
    elif _affine(view):
        yield "has a term without the cotangent ȳ: where ȳ is 0, it is not 0"
    else:
        yield "is not linear in the cotangent ȳ"


def _fits(seen: Observed, view: View) -> bool:
    return seen.error is None and len(seen.gradients) > view.place and seen.gradients[view.place] is not None


def _with(point: Point, change: Callable[[Exacts, Any], Exacts]) -> Observed | None:
    """The point with other cotangents; `change` gets each of them and a maker of constants."""

    def constant(value: int) -> Any:
        return point.seen.field.element(Fraction(value))

    return point.again(cotangents=[change(bar, constant) for bar in point.seen.cotangents])


def _filled(bar: Exacts, value: Any, near: Any) -> Exacts:
    count = bar.values.size
    return Exacts(objects([value] * count, bar.shape), objects([near] * count, bar.shape))


def _constants(point: Point, value: int) -> Observed | None:
    near = point.seen.field.near(Fraction(value))
    return _with(point, lambda bar, n: _filled(bar, n(value), near))


def _only_sign(view: View) -> str:
    """The same for ȳ doubled, and −1 times that for −ȳ."""
    turned = [_with(point, lambda bar, n: bar.each(lambda values: -values)) for point in view.points]
    odd = all(
        seen is not None and _fits(seen, view) and all_same(seen.gradients[view.place], -view.got(point))
        for seen, point in zip(turned, view.points, strict=True)
    )
    zero = all(all(map(is_zero, flat(view.got(point)))) for point in view.points)
    return "uses only the sign of the cotangent ȳ: doubled, it makes the same gradient" if odd and not zero else ""


def _ignored(view: View) -> str:
    """Independent of the cotangent; perhaps what a cotangent of ones would give."""
    ones = [_constants(point, 1) for point in view.points]
    truths = [None if seen is None else seen.truth(view.place) for seen in ones]
    if all(
        truth is not None and all_same(truth, view.got(point)) for truth, point in zip(truths, view.points, strict=True)
    ):
        return "ignores the cotangent: it is the true one for ȳ = 1 whatever ȳ is"
    return "ignores the cotangent: it is the same whatever ȳ is"


def _affine(view: View) -> bool:
    zeros = [_constants(point, 0) for point in view.points]
    return all(
        seen is not None and _fits(seen, view) and not all(map(is_zero, flat(seen.gradients[view.place])))
        for seen in zeros
    )


def _negated(view: View) -> Iterator[str]:
    """Homogeneous, and yet not odd: the sign of the cotangent decides something."""
    turned = [_with(point, lambda bar, n: bar.each(lambda values: -values)) for point in view.points]
    odd = [
        seen is not None and _fits(seen, view) and all_same(seen.gradients[view.place], -view.got(point))
        for seen, point in zip(turned, view.points, strict=True)
    ]
    if not any(odd):
        yield "depends on the sign of the cotangent ȳ, where only the input may decide"


def one_output(view: View) -> Iterator[str]:
    """The true gradient without the contribution of one output, or with that of one output alone."""
    count = len(view.points[0].seen.outputs)
    for left_out in range(count if count > 1 else 0):
        if view.everywhere(lambda point, o=left_out: _without(point, view.place, o)):  # type: ignore[misc]  # mypy cannot type the default
            yield f"lacks the contribution of output {left_out}: its cotangent {cotangent(left_out, count)} is not used"


def _without(point: Point, place: int, left_out: int) -> Any:
    shares = point.seen.contributions(place)
    sums = [sum((v for (k, _), v in share.items() if k != left_out), point.seen.field.zero) for share in shares]
    return objects(sums, point.seen.inputs[place].shape)
