"""Proves a derivation: every step by the kernel for all sizes, again at the cutoff sizes, and by SymPy at small ones.

A step that the kernel cannot prove is refuted only by sizes and values at which its two sides differ.
"""

from __future__ import annotations

import time
from itertools import pairwise
from random import Random

import sympy

from gradverify.calculus.from_sympy import Reader
from gradverify.calculus.normal import workspace
from gradverify.calculus.refute import (
    Condition,
)
from gradverify.derivation.composition import composition
from gradverify.derivation.lines import conditions, definitions, pairing, read_line, read_lines
from gradverify.derivation.proof import Chained, Opinion, Proof
from gradverify.derivation.records import Derivation
from gradverify.errors import DerivationError
from gradverify.model import Outcome
from gradverify.witnesses._attempt import Attempt, same
from gradverify.witnesses._proof_words import evidence_of

__all__ = ["evidence_of", "prove", "prove_by_kernel"]


def prove(derivation: Derivation, *, seed: int = 0) -> Proof:
    """Prove every step of every gradient. Raises `DerivationError` where the derivation is ill-formed."""
    started = time.perf_counter()
    _check_form(derivation)
    domain = conditions(derivation)
    assumed: set[str] = set()
    proofs = []
    for chain in derivation.chains:
        attempt = Attempt(derivation, chain, domain, Random(seed))
        proofs.append(attempt.run())
        assumed |= attempt.ws.assumed
    chained, more = _chained(derivation, domain, seed)
    assumed |= more
    count = len(derivation.gradients)
    gradients, tangents = tuple(proofs[:count]), tuple(proofs[count:])
    words = [condition.words for condition in derivation.domain]
    words += [f"every entry of {array.label} is positive" for array in derivation.inputs if array.is_positive]
    words += sorted(assumed)
    paired = _paired(derivation) if tangents else None
    return Proof(derivation, gradients, tuple(words), time.perf_counter() - started, tangents, paired, chained)


def prove_by_kernel(derivation: Derivation) -> bool:
    """Whether the kernel alone proves every step, for all sizes: the part of `prove` that the benchmark times."""
    for chain in derivation.chains:
        ws, _, lines = read_lines(derivation, chain)
        if not all(same(ws, left, right) for left, right in pairwise(lines)):
            return False
    if derivation.parts:
        composed = composition(derivation)
        for _, direct, chained in composed.pairs:
            ws, _, (left, right) = composed.read(direct, chained)
            if not same(ws, left, right):
                return False
    return True


def _chained(
    derivation: Derivation, domain: tuple[Condition, ...], seed: int
) -> tuple[tuple[Chained, ...], frozenset[str]]:
    """The forward and every gradient against what the parts give, and what was assumed for it."""
    if not derivation.parts:
        return (), frozenset()
    composed = composition(derivation)
    proofs = []
    assumed: set[str] = set()
    for chain, direct, chained in composed.pairs:
        attempt = Attempt(derivation, chain, domain, Random(seed), composed, (direct, chained))
        judged = attempt.judged(*attempt.lines, inhabited=attempt.has_values())
        proofs.append(Chained(chain.subject, chain.left, direct, *judged))
        assumed |= attempt.ws.assumed
    return tuple(proofs), frozenset(assumed)


def _paired(derivation: Derivation) -> Opinion:
    """Whether Σ ȳ ẏ = Σ x̄ ẋ for the claims, by the kernel for all sizes."""
    ws, reader = workspace(), Reader(definitions(derivation))
    left, right = (read_line(ws, reader, side) for side in pairing(derivation))
    trouble = left.trouble or right.trouble
    if trouble is not None:
        return Opinion(Outcome.UNDECIDED, str(trouble))
    if same(ws, left, right):
        return Opinion(Outcome.HOLDS, "equal normal forms, for all sizes")
    return Opinion(Outcome.UNDECIDED, "different normal forms")


def _check_form(derivation: Derivation) -> None:
    """What must be right before a proof means anything: something is claimed, of each input exactly once."""
    if not derivation.forward:
        raise DerivationError(f"{derivation.name}: the forward computes nothing: give it at least one output")
    names = [str(array.label) for array in derivation.inputs]
    claimed = [gradient.input for gradient in derivation.gradients]
    if sorted(names) != sorted(claimed):
        raise DerivationError(
            f"{derivation.name}: the inputs are {', '.join(names)}, but gradients are derived of "
            f"{', '.join(claimed) or 'none'}: give one Gradient for each input"
        )
    outputs = [str(entry.base.label) for entry in derivation.forward]
    moved = [tangent.array for tangent in derivation.tangents]
    if moved and sorted(moved) != sorted(outputs):
        raise DerivationError(
            f"{derivation.name}: the outputs are {', '.join(outputs)}, but tangents are derived of {', '.join(moved)}: "
            "give one Tangent for each output, or none"
        )
    for chain in derivation.chains:
        indices = [index for index in chain.entry.indices if index != 0]
        if not chain.steps:
            raise DerivationError(f"{derivation.name}: the {chain.subject} has no steps")
        if len(set(indices)) < len(indices) or not all(isinstance(index, sympy.Idx) for index in indices):
            raise DerivationError(f"{derivation.name}: {chain.entry} must have a different index on every axis")
