"""The frozen records of a derivation: a gradient is a chain of steps to its closed form, a derivation holds them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

from gradverify.derivation.rules import Step

__all__ = ["Condition", "Derivation", "Gradient", "nonzero", "positive"]


@dataclass(frozen=True)
class Condition:
    """One condition on the inputs, as a SymPy relation that must hold at every index, and in words."""

    relation: Any
    words: str


def nonzero(expression: Any, words: str) -> Condition:
    """The condition that an expression is not 0, at every index, and in words."""
    return Condition(sympy.Ne(expression, 0), words)


def positive(expression: Any, words: str) -> Condition:
    """The condition that an expression is greater than 0, at every index, and in words."""
    return Condition(sympy.Gt(expression, 0), words)


@dataclass(frozen=True, init=False)
class Gradient:
    """The derivation of one input's gradient: from the chain rule, step by step, to the closed form (the claim).

    `entry` is the entry differentiated by (`x[i, j]`), so the chain derives x̄_ij. `numpy` computes the claim from the
    inputs, the cotangents and the parameters, taken by name; `matrix` states it in matrix notation, where there is one.
    """

    entry: Any
    steps: tuple[Step, ...]
    numpy: Callable[..., Any] | None
    matrix: Any | None

    def __init__(self, entry: Any, *steps: Step, numpy: Callable[..., Any] | None = None, matrix: Any = None) -> None:
        """Take the entry, then the steps in their order on the page."""
        for name, value in (("entry", entry), ("steps", steps), ("numpy", numpy), ("matrix", matrix)):
            object.__setattr__(self, name, value)

    @property
    def input(self) -> str:
        """The name of the input whose gradient this is."""
        return str(self.entry.base.label)

    @property
    def claim(self) -> Any:
        """The closed form in index notation: the last line."""
        return self.steps[-1].expression


@dataclass(frozen=True)
class Derivation:
    """An op's forward in index notation and the derivation of the gradient of each of its inputs.

    `forward` maps each output entry to its expression, `where` maps the entries of named intermediate quantities to
    theirs. `op` names the NumPy code that claims to implement it, `parameters` its keywords: a size symbol, an
    undetermined function, or a constant.
    """

    name: str
    title: str
    inputs: tuple[Any, ...]
    forward: Mapping[Any, Any]
    gradients: tuple[Gradient, ...]
    where: Mapping[Any, Any] = field(default_factory=dict)
    domain: tuple[Condition, ...] = ()
    op: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    @property
    def steps(self) -> int:
        """The number of steps, over all gradients."""
        return sum(len(gradient.steps) for gradient in self.gradients)

    def _repr_latex_(self) -> str:
        from gradverify.derivation.notation import derivation_latex  # the printers import these records

        return derivation_latex(self)

    def _repr_html_(self) -> str:
        from gradverify.derivation.notation import derivation_html

        return derivation_html(self)
