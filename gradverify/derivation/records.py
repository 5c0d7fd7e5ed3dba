"""The frozen records of a derivation: a gradient or a JVP is a chain of steps to its closed form, a derivation holds all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy

from gradverify.calculus.words import base_of
from gradverify.derivation.rules import Step

__all__ = ["Chain", "Condition", "Derivation", "Forward", "Gradient", "Part", "Tangent", "nonzero", "positive"]


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
class Chain(ABC):
    """A chain of equal lines, from a definition to a closed form (the claim).

    `numpy` computes the claim in NumPy, its arguments taken by name; `matrix` states it in matrix notation, where there
    is one.
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
    def array(self) -> str:
        """The name of the array whose entry this is about."""
        return str(self.entry.base.label)

    @property
    def claim(self) -> Any:
        """The closed form in index notation: the last line."""
        return self.steps[-1].expression

    @property
    @abstractmethod
    def symbol(self) -> str:
        """The name of what is derived: `x_bar`."""

    @property
    def left(self) -> Any:
        """The left side of every line: the entry of what is derived."""
        return base_of(self.symbol, self.entry.base.shape)[self.entry.indices]

    @property
    @abstractmethod
    def subject(self) -> str:
        """What is derived, in words."""


class Forward(Chain):
    """An output's own value, where it is held against what the parts of a composite make of it. It has no steps."""

    @property
    def symbol(self) -> str:
        """The output itself."""
        return self.array

    @property
    def subject(self) -> str:
        """As in a message: forward of y."""
        return f"forward of {self.array}"


class Gradient(Chain):
    """The derivation of one input's gradient, the VJP: from the chain rule, step by step, to the closed form.

    `entry` is the entry differentiated by (`x[i, j]`), so the chain derives x̄_ij = Σ ȳ ∂y/∂x_ij.
    """

    @property
    def input(self) -> str:
        """The name of the input whose gradient this is."""
        return self.array

    @property
    def symbol(self) -> str:
        """The cotangent of the input."""
        return f"{self.array}_bar"

    @property
    def subject(self) -> str:
        """As in a message: gradient of x."""
        return f"gradient of {self.array}"


class Tangent(Chain):
    """The derivation of one output's tangent, the JVP: how the output moves when every input moves along its tangent.

    `entry` is the entry of the output (`y[k, l]`), so the chain derives ẏ_kl = Σ ∂y_kl/∂x ẋ, summed over all inputs.
    """

    @property
    def symbol(self) -> str:
        """The tangent of the output."""
        return f"{self.array}_dot"

    @property
    def subject(self) -> str:
        """As in a message: tangent of y."""
        return f"tangent of {self.array}"


@dataclass(frozen=True, init=False)
class Part:
    """One line of a composite: `Part(c, "row_max", x)` is c = row_max(x), by the derivation of that name.

    `bound` says what stands for the part's own maps, functions and scalars, by name: `Part(y, "select", x, t=t)`. A map
    that nothing is said of is any map.
    """

    output: Any
    of: str | Derivation
    inputs: tuple[Any, ...]
    bound: Mapping[str, Any]

    def __init__(self, output: Any, of: str | Derivation, *inputs: Any, **bound: Any) -> None:
        """Take the array that is made, the derivation or its name, and the arrays in the order of its inputs."""
        for name, value in (("output", output), ("of", of), ("inputs", inputs), ("bound", bound)):
            object.__setattr__(self, name, value)

    @property
    def name(self) -> str:
        """The name of the derivation."""
        return self.of if isinstance(self.of, str) else self.of.name


@dataclass(frozen=True)
class Derivation:
    """An op's forward in index notation, the derivation of the gradient of each input and of the tangent of each output.

    `forward` maps each output entry to its expression, `where` maps the entries of named intermediate quantities to
    theirs. `op` names the NumPy code that claims to implement it, `parameters` its keywords: a size symbol, an
    undetermined function, or a constant. `parts` are the smaller ops that it is composed of, in their order: their
    gradients, chained, must give the same.
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
    tangents: tuple[Tangent, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def chains(self) -> tuple[Chain, ...]:
        """Every gradient, then every tangent."""
        return (*self.gradients, *self.tangents)

    @property
    def steps(self) -> int:
        """The number of steps, over all gradients and tangents."""
        return sum(len(chain.steps) for chain in self.chains)

    def _repr_latex_(self) -> str:
        from gradverify.derivation.notation import derivation_latex  # the printers import these records

        return derivation_latex(self)

    def _repr_html_(self) -> str:
        from gradverify.derivation.notation import derivation_html

        return derivation_html(self)
