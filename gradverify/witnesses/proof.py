"""Proves a derivation: every step by the kernel for all sizes, again at the cutoff sizes, and by SymPy at small ones.

A step that the kernel cannot prove is refuted only by sizes and values at which its two sides differ.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import sympy

from gradverify.calculus.cutoff import Cutoff, cutoff
from gradverify.calculus.from_sympy import Reader
from gradverify.calculus.normal import is_zero
from gradverify.calculus.polynomial import add
from gradverify.calculus.refute import (
    Comparison,
    Condition,
    Difference,
    compare,
    smallest_sizes,
)
from gradverify.calculus.terms import Partial, Sigma, SortError, Term, children, sorts_of
from gradverify.calculus.workspace import Workspace
from gradverify.derivation.explicit import WriteOut, sympy_equal
from gradverify.derivation.lines import Line, conditions, definitions, read_line, read_lines
from gradverify.derivation.proof import Counterexample, GradientProof, Opinion, Proof, StepProof
from gradverify.derivation.records import Derivation, Gradient
from gradverify.errors import DerivationError
from gradverify.model import Evidence, Finding, Outcome, Strength

__all__ = ["evidence_of", "prove", "prove_by_kernel"]

LARGEST = 10**15
"""Entries at the cutoff are whole numbers up to this: a false agreement has a chance of about degree/2·10¹⁵."""

MOST_WORK = 400_000
"""An evaluation at the cutoff of more elementary steps than this is not made."""


def prove(derivation: Derivation, *, seed: int = 0) -> Proof:
    """Prove every step of every gradient. Raises `DerivationError` where the derivation is ill-formed."""
    started = time.perf_counter()
    _check_form(derivation)
    domain = conditions(derivation)
    assumed: set[str] = set()
    gradients = []
    for gradient in derivation.gradients:
        attempt = _Attempt(derivation, gradient, domain, Random(seed))
        gradients.append(attempt.run())
        assumed |= attempt.ws.assumed
    words = [condition.words for condition in derivation.domain]
    words += [f"every entry of {array.label} is positive" for array in derivation.inputs if array.is_positive]
    words += sorted(assumed)
    return Proof(derivation, tuple(gradients), tuple(words), time.perf_counter() - started)


def prove_by_kernel(derivation: Derivation) -> bool:
    """Whether the kernel alone proves every step, for all sizes: the part of `prove` that the benchmark times."""
    for gradient in derivation.gradients:
        ws, _, lines = read_lines(derivation, gradient)
        if not all(_same(ws, left, right) for left, right in zip(lines, lines[1:], strict=False)):
            return False
    return True


def _check_form(derivation: Derivation) -> None:
    """What must be right before a proof means anything: something is claimed, of each input exactly once."""
    names = [str(array.label) for array in derivation.inputs]
    claimed = [gradient.input for gradient in derivation.gradients]
    if sorted(names) != sorted(claimed):
        raise DerivationError(
            f"{derivation.name}: the inputs are {', '.join(names)}, but gradients are derived of "
            f"{', '.join(claimed) or 'none'}: give one Gradient for each input"
        )
    for gradient in derivation.gradients:
        indices = [index for index in gradient.entry.indices if index != 0]
        if not gradient.steps:
            raise DerivationError(f"{derivation.name}: the gradient of {gradient.input} has no steps")
        if len(set(indices)) < len(indices) or not all(isinstance(index, sympy.Idx) for index in indices):
            raise DerivationError(f"{derivation.name}: {gradient.entry} must have a different index on every axis")


def _same(ws: Workspace, left: Line, right: Line) -> bool:
    if left.form is None or right.form is None:
        return False
    return is_zero(ws, add(dict(left.form), right.form, -1))


class _Attempt:
    """The proof of one gradient."""

    def __init__(
        self, derivation: Derivation, gradient: Gradient, domain: tuple[Condition, ...], random: Random
    ) -> None:
        self.derivation, self.gradient, self.domain, self.random = derivation, gradient, domain, random
        self.ws, self.reader, self.lines = read_lines(derivation, gradient)

    def run(self) -> GradientProof:
        """Every step against the last line before it that means anything."""
        steps: list[StepProof] = []
        before = 0
        for number, step in enumerate(self.gradient.steps, 1):
            left, right = self.lines[before], self.lines[number]
            counterexample = None
            kernel = self.by_kernel(left, right)
            if isinstance(right.trouble, SortError):
                counterexample = _misfit(right.trouble)
                settled = asked = Opinion(Outcome.REFUTED, str(right.trouble))
            else:
                settled, difference = self.at_cutoff(left, right)
                asked = self.by_sympy(left, right)
                if kernel.outcome is not Outcome.HOLDS and difference is None:
                    difference = self.smallest_difference(left, right)
                if difference is not None:
                    difference = self.smallest_difference(left, right) or difference
                    counterexample = _written(difference)
                    kernel = Opinion(Outcome.REFUTED, "different normal forms, and different values")
            remark = self.remark(number, before) if counterexample is not None else ""
            steps.append(StepProof(number, step, left.expression, kernel, settled, asked, counterexample, remark))
            if right.term is not None:
                before = number
        return GradientProof(self.gradient, self.lines[0].expression, tuple(steps), self.matrix_form())

    def by_kernel(self, left: Line, right: Line) -> Opinion:
        """The first opinion: equal normal forms for symbolic sizes."""
        trouble = right.trouble or left.trouble
        if isinstance(trouble, SortError):
            return Opinion(Outcome.REFUTED, str(trouble))
        if trouble is not None:
            return Opinion(Outcome.UNDECIDED, str(trouble))
        if _same(self.ws, left, right):
            return Opinion(Outcome.HOLDS, "equal normal forms, for all sizes")
        return Opinion(Outcome.UNDECIDED, "different normal forms")

    def at_cutoff(self, left: Line, right: Line) -> tuple[Opinion, Difference | None]:
        """The second: exact values at the sizes that settle all sizes."""
        if left.term is None or right.term is None:
            return Opinion(Outcome.UNDECIDED, str(right.trouble or left.trouble)), None
        plan = self.plan(left, right)
        trials, field, checked = 0, "exactly", []
        for sizes in _corner_sizes(plan):
            if _work(left.term, sizes) + _work(right.term, sizes) > MOST_WORK:
                return Opinion(Outcome.UNDECIDED, f"{_named(sizes)} would take too long to evaluate"), None
            found = self.compare(left.term, right.term, sizes, LARGEST)
            if found.difference is not None:
                return Opinion(Outcome.REFUTED, f"different values at {_named(sizes)}"), found.difference
            trials += found.trials
            field = found.field if found.field != "exactly" else field
            checked.append(_named(sizes))
        if not trials:
            return Opinion(Outcome.UNDECIDED, "no values inside the domain were found"), None
        where = checked[0] if len(checked) == 1 else f"{checked[0]} … {checked[-1]}"
        if plan.settled and field == "exactly":
            return Opinion(Outcome.HOLDS, f"equal {field} at {where}, which settles all sizes"), None
        return Opinion(Outcome.UNDECIDED, f"equal {field} at {where}; that settles these sizes only"), None

    def plan(self, left: Line, right: Line) -> Cutoff:
        """Which sizes settle the step; where a normal form is missing, small sizes that settle nothing."""
        assert left.term is not None and right.term is not None
        if left.form is None or right.form is None:
            sorts = sorts_of(left.term) | sorts_of(right.term)
            return Cutoff({sort: (2, 2) for sort in sorted(sorts) if not sort.isdigit()}, settled=False)
        return cutoff(self.ws, (left.term, right.term), (left.form, right.form))

    def compare(self, left: Term, right: Term, sizes: Mapping[str, int], largest: int) -> Comparison:
        """Both sides at these sizes, at drawn values inside the domain."""
        every = dict.fromkeys(self.all_sorts(), 2) | dict(sizes)
        return compare(left, right, every, self.domain, self.random, largest=largest)

    def all_sorts(self) -> set[str]:
        """Every size that a line or a condition speaks of."""
        terms = [line.term for line in self.lines if line.term is not None]
        terms += [condition.term for condition in self.domain]
        return {sort for term in terms for sort in sorts_of(term) if not sort.isdigit()}

    def smallest_difference(self, left: Line, right: Line) -> Difference | None:
        """The smallest sizes, and small whole values there, at which the two sides differ."""
        if left.term is None or right.term is None:
            return None
        sorts = sorts_of(left.term) | sorts_of(right.term)
        for sizes in smallest_sizes(sorts, 3):
            for _ in range(3):
                found = self.compare(left.term, right.term, sizes, 5)
                if found.difference is not None:
                    return found.difference
        return None

    def by_sympy(self, left: Line, right: Line) -> Opinion:
        """The third: SymPy's own algebra at one small shape."""
        sizes = dict(zip(sorted(self.symbols(), key=str), _alternating(), strict=False))
        writer = WriteOut({**self.derivation.where, **self.derivation.forward}, sizes)
        free = [index for index in self.gradient.entry.indices if isinstance(index, sympy.Idx)]
        extents = [int(sympy.sympify(index.upper + 1).subs(sizes)) for index in free]
        outcomes = set()
        for shift in (0, 1):  # once with all indices 0, once with different ones
            scope = {
                index: (shift * place) % extent for place, (index, extent) in enumerate(zip(free, extents, strict=True))
            }
            try:
                outcomes.add(sympy_equal(writer.at(left.expression, scope), writer.at(right.expression, scope)))
            except (KeyError, TypeError) as error:  # an index of the line that nothing binds
                return Opinion(Outcome.UNDECIDED, f"not a closed expression: {error}")
        shape = _named({str(size): value for size, value in sizes.items()})
        for outcome, text in ((Outcome.REFUTED, "different at"), (Outcome.UNDECIDED, "not decided at")):
            if outcome in outcomes:
                return Opinion(outcome, f"{text} {shape}")
        return Opinion(Outcome.HOLDS, f"equal at {shape}")

    def symbols(self) -> set[Any]:
        """The size symbols of the derivation."""
        arrays = [*self.derivation.inputs, *(entry.base for entry in self.derivation.forward)]
        arrays += [entry.base for entry in self.derivation.where]
        return {side for array in arrays for side in array.shape if isinstance(side, sympy.Symbol)}

    def remark(self, number: int, before: int) -> str:
        """How a wrong line stands to the lines before: whether it is right all the same."""
        here = self.lines[number]
        if _same(self.ws, self.lines[0], here):
            return "this line equals the definition again: it undoes an earlier mistake"
        for earlier in range(before - 1, 0, -1):
            if _same(self.ws, self.lines[earlier], here):
                return f"this line equals line {earlier} again"
        later = self.lines[number + 1 :]
        if later and not any(_same(self.ws, self.lines[0], line) for line in later):
            return "no later line is right again"
        return ""

    def matrix_form(self) -> Opinion | None:
        """The claim in matrix notation against the claim in index notation."""
        matrix = self.gradient.matrix
        if matrix is None:
            return None
        places = [0 if index == 0 else index for index in self.gradient.entry.indices]
        places += [0] * (2 - len(places))
        entry = matrix[tuple(places)]
        return self.by_kernel(self.lines[-1], read_line(self.ws, self.reader, entry))


def _misfit(trouble: SortError) -> Counterexample:
    """Sizes at which the misplaced index points outside."""
    sizes = {sort: value for sort, value in ((trouble.wanted, 1), (trouble.sort, 2)) if not sort.isdigit()}
    return Counterexample(
        sizes=sizes,
        indices={trouble.index: 1},
        values={},
        left="defined",
        right=f"not defined: {trouble.place} has size {trouble.wanted}, and {trouble.index} runs over {trouble.sort}",
    )


def _written(difference: Difference) -> Counterexample:
    values = {f"{name}[{', '.join(map(str, place))}]": str(v) for (name, place), v in sorted(difference.arrays.items())}
    values |= {name: str(value) for name, value in difference.scalars.items()}
    values |= _functions(difference)
    return Counterexample(
        difference.sizes, difference.indices, values, _number(difference.left), _number(difference.right)
    )


def _functions(difference: Difference) -> dict[str, str]:
    written: dict[str, str] = {}
    for key, value in difference.functions.items():
        if difference.field == "exactly":
            name, orders, arguments = key
            written[
                f"{name}{'′' * orders[0] if len(orders) == 1 else list(orders)}({', '.join(map(str, arguments))})"
            ] = str(value)
        else:
            name, _ = key
            written[name] = "the polynomial with the terms (coefficient, exponents) " + str(value)
    return written


def _number(value: Any) -> str:
    try:
        return str(value.str(12, radius=False))
    except (AttributeError, TypeError):
        return str(value)


def _corner_sizes(plan: Cutoff) -> list[dict[str, int]]:
    """Every size at its cutoff, then each one alone up to its last value."""
    first = {sort: low for sort, (low, _) in plan.sizes.items()}
    if not first:
        return [{}]
    rows = [()]
    for sort, (low, high) in plan.sizes.items():
        rows = [(*row, (sort, value)) for row in rows for value in range(low, high + 1)]
    return [dict(row) for row in rows]


def _work(term: Term, sizes: Mapping[str, int]) -> int:
    """About how many elementary steps one evaluation takes."""
    inner = sum(_work(child, sizes) for child in children(term)) + 1
    if isinstance(term, Sigma):
        return inner * (int(term.index.sort) if term.index.sort.isdigit() else sizes.get(term.index.sort, 2))
    return inner * 2 if isinstance(term, Partial) else inner


def _alternating() -> Iterable[int]:
    while True:
        yield 2
        yield 3


def _named(sizes: Mapping[str, int]) -> str:
    if not sizes:
        return "the fixed sizes"
    return ", ".join(f"{name} = {value}" for name, value in sizes.items())


def evidence_of(proof: Proof) -> Evidence:
    """The proof as one piece of evidence, with a finding for every step that is wrong or undecided."""
    findings = []
    for gradient in proof.gradients:
        for step in gradient.steps:
            if step.outcome is not Outcome.HOLDS:
                findings.append(_finding(gradient, step))
        if gradient.matrix is not None and gradient.matrix.outcome is not Outcome.HOLDS:
            what = "the matrix form of the claim differs from its index form"
            findings.append(
                Finding(what=what, where=f"gradient of {gradient.gradient.input}", note=gradient.matrix.basis)
            )
    count = proof.derivation.steps
    domain = f"; {'; '.join(proof.domain)}" if proof.domain else ""
    tried = f"{count} steps, both sides of each for symbolic sizes{domain}"
    return Evidence("proof", proof.outcome, Strength.ALL_SIZES, tried, tuple(findings), count, 0, proof.seconds)


def _finding(gradient: GradientProof, step: StepProof) -> Finding:
    from gradverify.derivation.notation import text

    where = f"gradient of {gradient.gradient.input}, line {step.number} ({step.step.rule.name}), {step.step.location}"
    if step.counterexample is None:
        return Finding(
            "a step could not be decided",
            where,
            text(step.step.expression),
            text(step.previous),
            note=step.kernel.basis,
        )
    example = step.counterexample
    settings = [_named(example.sizes), _named(example.indices), *(f"{k} = {v}" for k, v in example.values.items())]
    return Finding(
        what="a step is wrong",
        where=where,
        got=f"{text(step.step.expression)}   = {example.right}",
        expected=f"{text(step.previous)}   = {example.left}",
        case="; ".join(part for part in settings if part),
        note=step.remark,
    )
