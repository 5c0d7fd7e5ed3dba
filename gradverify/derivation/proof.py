"""The frozen records of a proof: what each of the three opinions says of each step, and the counterexample if one is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gradverify.derivation.records import Chain, Derivation
from gradverify.derivation.rules import Step
from gradverify.model import Outcome

__all__ = ["Chained", "Counterexample", "GradientProof", "Opinion", "Proof", "StepProof"]


@dataclass(frozen=True)
class Opinion:
    """What one way of proving says of one step: its outcome and, in a few words, what that rests on."""

    outcome: Outcome
    basis: str


@dataclass(frozen=True)
class Counterexample:
    """Sizes and values at which the two sides of a step differ, with what they come to."""

    sizes: Mapping[str, int]
    indices: Mapping[str, int]
    values: Mapping[str, str]
    """Arrays, scalars and functions by name, written out."""
    left: str
    """The value of the line before."""
    right: str
    """The value of this line."""


@dataclass(frozen=True)
class StepProof:
    """One step with its three opinions. `previous` is the line it must equal; `number` counts lines from 1."""

    number: int
    step: Step
    previous: Any
    kernel: Opinion
    cutoff: Opinion
    sympy: Opinion
    counterexample: Counterexample | None = None
    remark: str = ""
    """Beside a wrong step: how the line stands to the definition or to an earlier line."""

    @property
    def outcome(self) -> Outcome:
        """REFUTED with a counterexample; HOLDS when the kernel or the cutoff proved it; else UNDECIDED."""
        return _outcome(self.kernel, self.cutoff, self.sympy, self.counterexample)


def _outcome(kernel: Opinion, cutoff: Opinion, sympy: Opinion, counterexample: Counterexample | None) -> Outcome:
    if counterexample is not None:
        return Outcome.REFUTED
    held = Outcome.HOLDS in (kernel.outcome, cutoff.outcome)
    against = Outcome.REFUTED in (kernel.outcome, cutoff.outcome, sympy.outcome)
    return Outcome.HOLDS if held and not against else Outcome.UNDECIDED


@dataclass(frozen=True)
class Chained:
    """What a derivation says directly of its forward, or of a gradient, against what the closed forms of its parts give.

    `entry` is the left side of both, `subject` names it in words.
    """

    subject: str
    entry: Any
    direct: Any
    kernel: Opinion
    cutoff: Opinion
    sympy: Opinion
    counterexample: Counterexample | None = None

    @property
    def outcome(self) -> Outcome:
        """As of a step."""
        return _outcome(self.kernel, self.cutoff, self.sympy, self.counterexample)


@dataclass(frozen=True)
class GradientProof:
    """The steps of one gradient or tangent, from the definition to the claim. No author writes the definition.

    `matrix` is the opinion on the matrix form of the claim, where one is given.
    """

    gradient: Chain
    definition: Any
    steps: tuple[StepProof, ...]
    matrix: Opinion | None = None


@dataclass(frozen=True)
class Proof:
    """The proof of a whole derivation: every step of every gradient, and the domain on which it holds."""

    derivation: Derivation
    gradients: tuple[GradientProof, ...]
    domain: tuple[str, ...]
    """The conditions in words, the derivation's own and those that the rules used: empty where there are none."""
    seconds: float
    tangents: tuple[GradientProof, ...] = ()
    pairing: Opinion | None = None
    """Whether Σ ȳ ẏ = Σ x̄ ẋ for the claims. It follows from the two proofs, so the outcome does not ask for it."""
    chained: tuple[Chained, ...] = ()
    """For a composite: its forward, and every gradient, against what its parts give."""

    @property
    def chains(self) -> tuple[GradientProof, ...]:
        """The proof of every gradient, then of every tangent."""
        return (*self.gradients, *self.tangents)

    @property
    def outcome(self) -> Outcome:
        """REFUTED if any step is, else UNDECIDED if any is, else HOLDS."""
        outcomes = {step.outcome for chain in self.chains for step in chain.steps}
        outcomes |= {chain.matrix.outcome for chain in self.chains if chain.matrix is not None}
        outcomes |= {each.outcome for each in self.chained}
        for outcome in (Outcome.REFUTED, Outcome.UNDECIDED):
            if outcome in outcomes:
                return outcome
        return Outcome.HOLDS
