"""Puts a proof into words: counterexamples written out, and the evidence with a finding for every wrong step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradverify.calculus.refute import Difference
from gradverify.calculus.terms import SortError
from gradverify.derivation.composition import needs
from gradverify.derivation.lines import sizes_of
from gradverify.derivation.notation import text
from gradverify.derivation.proof import Chained, Counterexample, GradientProof, Proof, StepProof
from gradverify.model import Evidence, Finding, Outcome, Strength
from gradverify.paths import shown

__all__ = ["evidence_of", "misfit", "named", "written"]


def misfit(trouble: SortError) -> Counterexample:
    """Sizes at which the misplaced index points outside."""
    sizes = {sort: value for sort, value in ((trouble.wanted, 1), (trouble.sort, 2)) if not sort.isdigit()}
    return Counterexample(
        sizes=sizes,
        indices={trouble.index: 1},
        values={},
        left="defined",
        right=f"not defined: {trouble.place} has size {trouble.wanted}, and {trouble.index} runs over {trouble.sort}",
    )


def written(difference: Difference) -> Counterexample:
    values = {f"{name}[{', '.join(map(str, place))}]": str(v) for (name, place), v in sorted(difference.arrays.items())}
    values |= {name: str(value) for name, value in difference.scalars.items() if name != "pi"}  # π is π
    values |= _functions(difference)
    values |= _maps(difference)
    return Counterexample(
        difference.sizes, difference.indices, values, _number(difference.left), _number(difference.right)
    )


def _maps(difference: Difference) -> dict[str, str]:
    """Every map of indices at every place: its value, or that it has none."""
    written: dict[str, str] = {}
    for name, table in difference.maps.items():
        for place, values in table.items():
            shown = [str(value[0]) if len(value) == 1 else str(value) for value in sorted(values)]
            written[f"{name}({', '.join(map(str, place))})"] = " and ".join(shown) or "none"
    return written


def _functions(difference: Difference) -> dict[str, str]:
    written: dict[str, str] = {}
    for key, value in difference.functions.items():
        if difference.field == "exactly":
            name, orders, arguments = key
            mark = "′" * orders[0] if len(orders) == 1 else "".join(f"_{k + 1}" * n for k, n in enumerate(orders))
            written[f"{name}{mark}({', '.join(map(str, arguments))})"] = str(value)
        else:
            name, _ = key
            written[name] = "the polynomial with the terms (coefficient, exponents) " + str(value)
    return written


def _number(value: Any) -> str:
    try:
        return str(value.str(12, radius=False))
    except (AttributeError, TypeError):
        return str(value)


def named(sizes: Mapping[str, int]) -> str:
    if not sizes:
        return "the fixed sizes"
    return ", ".join(f"{name} = {value}" for name, value in sizes.items())


def evidence_of(proof: Proof) -> Evidence:
    """The proof as one piece of evidence, with a finding for every step that is wrong or undecided."""
    findings = []
    for gradient in proof.chains:
        findings += [_finding(gradient, step) for step in gradient.steps if step.outcome is not Outcome.HOLDS]
        if gradient.matrix is not None and gradient.matrix.outcome is not Outcome.HOLDS:
            what = "the matrix form of the claim differs from its index form"
            findings.append(Finding(what=what, where=gradient.gradient.subject, note=gradient.matrix.basis))
    findings += [_of_parts(proof, each) for each in proof.chained if each.outcome is not Outcome.HOLDS]
    count = proof.derivation.steps
    sizes = ", ".join(sizes_of(proof.derivation))
    domain = f"\ndomain: {'; '.join(proof.domain)}" if proof.domain else ""
    tried = f"{count} steps, each for symbolic sizes {sizes}, again at the cutoff, and by SymPy{domain}"
    if proof.chained:
        tried += f"\ncomposed of {', '.join(part.name for part in proof.derivation.parts)}: "
        tried += f"{len(proof.chained)} equations, the forward's and the chained gradients'"
        asked = " and ".join(needs(proof.derivation))
        tried += f", where {asked}" if asked else ""
        count += len(proof.chained)
    return Evidence("proof", proof.outcome, Strength.ALL_SIZES, tried, tuple(findings), count, 0, proof.seconds)


def _of_parts(proof: Proof, chained: Chained) -> Finding:
    """A forward or a gradient that the parts do not give."""
    parts = ", ".join(part.name for part in proof.derivation.parts)
    example = chained.counterexample
    if example is None:
        what = "what the parts give could not be compared"
        return Finding(what, chained.subject, expected=text(chained.direct), note=chained.kernel.basis)
    return Finding(
        what="the parts give something else",
        where=f"{chained.subject}, chained from {parts}",
        got=f"from the parts   = {example.right}",
        expected=f"{text(chained.direct)}   = {example.left}",
        case=_case(example),
    )


def _case(example: Counterexample) -> str:
    """Sizes, indices and values in one line."""
    settings = [named(example.sizes), named(example.indices), *(f"{k} = {v}" for k, v in example.values.items())]
    return "; ".join(part for part in settings if part)


def _place(step: StepProof) -> str:
    """FILE:LINE of a step, as short as it can be."""
    file, _, line = step.step.location.rpartition(":")
    return f"{shown(file)}:{line}"


def _finding(gradient: GradientProof, step: StepProof) -> Finding:
    where = f"{gradient.gradient.subject}, line {step.number} ({step.step.rule.name}), {_place(step)}"
    if step.counterexample is None:
        return Finding(
            "a step could not be decided",
            where,
            text(step.step.expression),
            text(step.previous),
            note=step.kernel.basis,
        )
    example = step.counterexample
    return Finding(
        what="a step is wrong",
        where=where,
        got=f"{text(step.step.expression)}   = {example.right}",
        expected=f"{text(step.previous)}   = {example.left}",
        case=_case(example),
        note=step.remark,
    )
