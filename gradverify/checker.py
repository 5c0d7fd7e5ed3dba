"""Runs a whole check: finds the op and its derivation, asks every witness, decides the verdict, and reports.

The one place where the stages meet: op → derivation → proof → witnesses → verdict → report.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from gradverify._version import __version__
from gradverify.adapters import adapt, parse_parameter, parse_shape, space_for
from gradverify.adapters.allowances import with_allowances
from gradverify.derivation.library import find
from gradverify.derivation.records import Derivation
from gradverify.derived_space import space_of
from gradverify.errors import UsageError
from gradverify.model import Evidence, Op, Outcome, Report, Space, Strength
from gradverify.report.request import requested, versions
from gradverify.verdict import decide
from gradverify.witnesses.accuracy import accuracy
from gradverify.witnesses.closed_form import closed_form
from gradverify.witnesses.conduct import conduct
from gradverify.witnesses.difference import difference
from gradverify.witnesses.exact import exact
from gradverify.witnesses.kinks import kinks
from gradverify.witnesses.proof import evidence_of, prove

__all__ = ["check"]


def check(
    target: str | Derivation | type | Op,
    *,
    shapes: Sequence[str] = (),
    parameters: Mapping[str, Any] | Sequence[str] = (),
    seed: int = 0,
    strict: bool = False,
) -> Report:
    """Check an op that ships with gradverify, a derivation with the op it names, or anybody's own op.

    `target` is a name (`"normalize"`), a `Derivation`, `"path/to/file.py:Class"` or `"package.module:Class"`, or the class
    itself, in the convention with static `forward(context, …)` and `backward(context, …)`. For an op without a derivation
    `shapes` (such as `"3x4"`, or `"mxn"` for drawn sides) gives one shape for each input, and `parameters` its keywords.

    `strict` makes a warning about accuracy or conduct a refutation.

    Raises `UsageError` or `DerivationError` for what the caller can mend.
    """
    started = time.perf_counter()
    if isinstance(shapes, str):
        raise UsageError(f"shapes is one text, {shapes!r}: give a list, one text for each input")
    if isinstance(parameters, str):
        raise UsageError(f"parameters is one text, {parameters!r}: give a list or a mapping")
    request = requested(target, shapes, parameters, seed=seed, strict=strict)
    if isinstance(target, str) and not _is_code(target):
        target = find(target)
    if isinstance(target, Derivation):
        if shapes or parameters:
            raise UsageError(
                f"{target.name}: shapes and parameters come from its derivation; give them only with an op of your own"
            )
        name, title, (location, evidence) = target.name, target.title, _check_derivation(target, seed, strict)
    else:
        name, title, location, evidence = _check_op(target, shapes, parameters, seed, strict)
    verdict, because = decide(evidence)
    seconds = time.perf_counter() - started
    return Report(name, title, verdict, because, evidence, seed, seconds, __version__, request, location, versions())


def _is_code(target: str) -> bool:
    """Whether a target names code, not a derivation."""
    return ":" in target or "/" in target or target.endswith(".py")


def _check_derivation(derivation: Derivation, seed: int, strict: bool) -> tuple[str, tuple[Evidence, ...]]:
    proof = evidence_of(prove(derivation, seed=seed))
    if not derivation.op:
        return "", (proof,)
    op = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))
    space = with_allowances(op, space_of(derivation, op))
    return op.location, (proof, *witnesses(op, space, derivation=derivation, seed=seed, strict=strict))


def _check_op(
    target: str | type | Op,
    shapes: Sequence[str],
    parameters: Mapping[str, Any] | Sequence[str],
    seed: int,
    strict: bool,
) -> tuple[str, str, str, tuple[Evidence, ...]]:
    given = dict(parameters) if isinstance(parameters, Mapping) else dict(map(parse_parameter, parameters))
    sides = [parse_shape(shape) for shape in shapes]
    op = target if isinstance(target, Op) else adapt(target, parameters=given, input_count=len(sides) or None)
    described = space_for(op, shapes=sides, parameters=given)
    space = with_allowances(op, described.space)
    evidence = witnesses(op, space, seed=seed, strict=strict)
    return op.name, described.note, op.location, evidence


def witnesses(
    op: Op,
    space: Space,
    *,
    seed: int,
    derivation: Derivation | None = None,
    strict: bool = False,
    examples: int | None = None,
) -> tuple[Evidence, ...]:
    """What every witness of the code says, strongest first; `examples` is the number of cases of each, if not its own.

    Where the exact witness holds, the float witnesses only confirm that the real code path does the same, on fewer cases.
    The first finding of a refutation says what the mistake looks like.
    """
    evidence = [exact(op, space, seed=seed, **_number(examples))]
    confirmed = evidence[0].outcome is Outcome.HOLDS and evidence[0].strength is Strength.EXACT

    def number(confirming: int) -> dict[str, Any]:
        return _number(confirming if examples is None and confirmed else examples)

    if derivation is not None:
        evidence.append(closed_form(op, derivation, space, seed=seed, **number(8)))
    evidence.append(kinks(op, space, seed=seed, **_number(examples)))
    evidence.append(difference(op, space, seed=seed, **number(12)))
    evidence.append(conduct(op, space, seed=seed, strict=strict, **number(20)))
    evidence.append(accuracy(op, space, seed=seed, strict=strict, **number(3)))
    if not any(each.findings for each in evidence):
        return tuple(evidence)
    from gradverify.diagnosis import diagnose  # loaded when there is something to diagnose

    return diagnose(op, space, evidence, derivation)


def _number(examples: int | None) -> dict[str, Any]:
    """The keyword for a number of cases; none where the witness's own number is wanted."""
    return {} if examples is None else {"examples": examples}
