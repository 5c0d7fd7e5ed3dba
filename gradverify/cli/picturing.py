"""Finds what an HTML report shows beside the verdict: the derivation, and the V-curve of the op's finite differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradverify.derivation.records import Derivation
    from gradverify.model import Case, Op, Report, Space
    from gradverify.report.page import Pictured

__all__ = ["picture"]

CASES = 20
"""Cases drawn until one shows a slope and its errors."""


def picture(report: Report, target: str | Derivation) -> Pictured:
    """The report with its derivation, if the target has one, and its curve, if the op can be evaluated beside a case."""
    from gradverify.derivation.library import find
    from gradverify.derivation.records import Derivation
    from gradverify.model import Verdict
    from gradverify.report.curve import telling_curve
    from gradverify.report.page import Pictured

    named = isinstance(target, str) and not (":" in target or "/" in target or target.endswith(".py"))
    derivation = find(target) if isinstance(target, str) and named else target
    found = derivation if isinstance(derivation, Derivation) else None
    described = _of_derivation(found) if found else _of_code(report)
    if described is None:
        return Pictured(report, found, None)
    wrong = report.verdict is Verdict.REFUTED
    return Pictured(report, found, telling_curve(described[0], _cases(report, described[1]), wrong=wrong))


def _of_derivation(derivation: Derivation) -> tuple[Op, Space] | None:
    from gradverify.adapters import adapt
    from gradverify.derived_space import space_of

    if not derivation.op:
        return None
    op = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))
    return op, space_of(derivation, op)


def _of_code(report: Report) -> tuple[Op, Space] | None:
    """The op and its space, described as for the check; None for a report that does not say what it was asked."""
    from gradverify.adapters import adapt, parse_parameter, parse_shape, space_for

    request = report.request
    if request is None or not request.target:
        return None
    parameters = dict(map(parse_parameter, request.parameters))
    shapes = [parse_shape(shape) for shape in request.shapes]
    op = adapt(request.target, parameters=parameters, input_count=len(shapes) or None)
    return op, space_for(op, shapes=shapes, parameters=parameters).space


def _cases(report: Report, space: Space) -> Iterator[Case]:
    """The failing cases first, then drawn ones."""
    from gradverify.cases import cases
    from gradverify.cases.collect import collect

    for evidence in report.evidence:
        if evidence.failing is not None:
            yield evidence.failing
    yield from collect(cases(space), CASES, report.seed)
