"""The frozen records that pass between the stages: op, space of cases, case, finding, evidence, verdict, report.

This module imports nothing of gradverify and no numerical library, so every layer may use it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any


class Verdict(Enum):
    """What all the evidence says together. The value is the sentence a reader sees; `exit_code` is the process's."""

    PROVED = "the derivation holds for all sizes, and the code equals it exactly at every case tried"
    EXACT = "no derivation given, but the code equals its true VJP exactly at every case tried"
    AGREES = "only floats could be compared: the code is within the error model at every case tried"
    REFUTED = "a counterexample was found"
    UNDECIDED = "nothing effective could be checked, or a limit ran out"

    @property
    def exit_code(self) -> int:
        """0 for the three green verdicts, 1 for REFUTED, 3 for UNDECIDED (2 is kept for usage errors)."""
        return {Verdict.REFUTED: 1, Verdict.UNDECIDED: 3}.get(self, 0)


class Outcome(Enum):
    """What one witness concluded."""

    HOLDS = "holds"
    WARNING = "holds, with a warning"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    NOT_APPLICABLE = "not applicable"


class Strength(Enum):
    """How far a witness's HOLDS reaches, strongest first."""

    ALL_SIZES = "for all sizes"
    EXACT = "exactly, at every case tried"
    DIGITS = "to many digits, at every case tried"
    FLOAT = "within the float error model, at every case tried"
    CONDUCT = "bitwise, at every case tried"
    ACCURACY = "in units in the last place, at every case tried"


class Rating(Enum):
    """How bad one finding is."""

    ERROR = "gives wrong gradients to somebody"
    WARNING = "surprising, and harmless by itself"


@dataclass(frozen=True)
class Op:
    """A differentiable function in the one shape that every witness understands; adapters make it from foreign code.

    `forward(*inputs, **parameters)` returns `(outputs, context)` with `outputs` a tuple of arrays;
    `backward(context, cotangents)` returns one gradient, or `None`, for each input, in the inputs' order.
    """

    name: str
    forward: Callable[..., tuple[tuple[Array, ...], Any]]
    backward: Callable[[Any, tuple[Array, ...]], tuple[Array | None, ...]]
    inputs: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    location: str = ""
    """`FILE:LINE` of the user's code."""
    snippet: str = ""
    """Python lines that, given `inputs`, `parameters` and `cotangents`, run the user's own code and bind `gradients`."""
    defaults: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """The values that forward itself gives to parameters that are not passed."""


class Sign(Enum):
    """Which values an input's entries may take."""

    REAL = "any real number"
    POSITIVE = "positive"
    NONZERO = "not 0"


class Leading(Enum):
    """Which axes an input has in front of those of its shape. A case has 0 to 2 further ones, the same for all inputs."""

    NONE = "none"
    ALL = "all further axes of the case"
    SOME = "as many as are there or fewer, each as it is or 1; then own sides that may be 1 may be missing too"


FURTHER_AXES = ("...1", "...2")
"""The names of the sizes of the further leading axes that a case may have; none that a user can type."""


@dataclass(frozen=True)
class InputSpec:
    """One differentiated input: its name, its shape (size names such as `"m"`, or fixed sides) and its entries."""

    name: str
    shape: tuple[str | int, ...]
    sign: Sign = Sign.REAL
    may_be_one: tuple[int, ...] = ()
    """Positions in `shape` whose side is drawn as it is or as 1, in this input alone, as broadcasting allows."""
    leading: Leading = Leading.NONE


def _accept_everything(arrays: Mapping[str, Array]) -> bool:
    return True


@dataclass(frozen=True)
class Space:
    """What cases are drawn from: the inputs, their parameters and the domain that ties them together.

    A parameter's value is a size name (`"n"`: the drawn size is passed), a `Choice` of values, or a constant; `bundles`
    are choices between whole sets of parameters that belong together, such as a function and its derivative.
    `accepts` gets the inputs by name and says whether they lie well inside the domain.
    """

    inputs: tuple[InputSpec, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    bundles: tuple[tuple[Mapping[str, Any], ...], ...] = ()
    accepts: Callable[[Mapping[str, Array]], bool] = _accept_everything
    domain: str = ""
    """The domain in words, for the report; empty where every real input is in it."""
    allowed: Mapping[str, str] = field(default_factory=dict)
    """Breaches of conduct that the op's description declares as meant, by the name of the promise, each with its reason."""


@dataclass(frozen=True)
class Choice:
    """A parameter drawn from these values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Indices:
    """A parameter that is an array of integers: of this shape, its entries drawn below a size, with repetitions."""

    shape: tuple[str | int, ...]
    below: str | int


@dataclass(frozen=True)
class Drawn:
    """The numbers that a case was made from, one for everything that was chosen, and what makes cases from numbers."""

    numbers: tuple[int, ...]
    simpler: tuple[tuple[int, ...], ...]
    """For every number those that stand for something simpler, simplest first."""
    make: Callable[[Sequence[int]], Case | None]
    """The case of such numbers; None where there is none."""


@dataclass(frozen=True)
class Case:
    """One drawn instance. Cotangents are drawn from `seed` once the forward has shown the outputs' shapes."""

    inputs: tuple[Array, ...]
    parameters: Mapping[str, Any]
    sizes: Mapping[str, int]
    seed: int
    layout: str = "C"
    """How the arrays lie in memory: `C`, `Fortran`, `strided`, `reversed`, `read-only`, `big-endian`, `zero-stride`."""
    kind: str = "generic"
    """What is special about the entries: `generic`, `ties`, `zeros`, `large`, …"""
    drawn: Drawn | None = field(default=None, compare=False, repr=False)
    """How the case was drawn, if it was: what it can be made simpler with."""


@dataclass(frozen=True)
class Entries:
    """A gradient beside the true one, entry by entry in C order: what the picture of the wrong entries is made from."""

    name: str
    """The input whose gradient this is."""
    shape: tuple[int, ...]
    got: tuple[float, ...]
    expected: tuple[float, ...]
    wrong: tuple[bool, ...]


@dataclass(frozen=True)
class Finding:
    """One thing a witness has against the op or the derivation, complete enough to be printed on its own."""

    what: str
    where: str = ""
    got: str = ""
    expected: str = ""
    case: str = ""
    note: str = ""
    reproduce: str = ""
    rating: Rating = Rating.ERROR
    looks_like: tuple[str, ...] = ()
    """What the mistake is, in words, as far as it was established exactly; the most telling first."""
    entries: Entries | None = None


@dataclass(frozen=True)
class Evidence:
    """What one witness saw: its outcome, how strong it is, what it tried, what it found, how long it took."""

    witness: str
    outcome: Outcome
    strength: Strength
    tried: str
    findings: tuple[Finding, ...] = ()
    cases: int = 0
    refused: int = 0
    seconds: float = 0.0
    failing: Case | None = field(default=None, compare=False, repr=False)
    """The smallest failing case, if one was found."""
    digest: str = ""
    """A hash of all the cases that were tried, in order: a replay has tried the same ones if it has the same hash."""


@dataclass(frozen=True)
class Request:
    """What a check was asked for: enough to ask for it again."""

    target: str
    """As typed; empty for an object that has no text."""
    shapes: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    """`NAME=VALUE`, the value as Python text."""
    seed: int = 0
    strict: bool = False


@dataclass(frozen=True)
class Report:
    """Everything one check found out; `verdict` is the strongest that `evidence` carries, `because` says why."""

    name: str
    title: str
    verdict: Verdict
    because: str
    evidence: tuple[Evidence, ...]
    seed: int
    seconds: float
    version: str
    request: Request | None = None
    location: str = ""
    """`FILE:LINE` of the op's code; empty where there is none."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Python and the libraries that drew and judged the cases, each with its version."""

    def __str__(self) -> str:
        """The report as the command line prints it, 80 columns wide."""
        from gradverify.report.terminal import as_text  # loaded when it is printed

        return as_text(self)

    def _repr_html_(self) -> str:
        from gradverify.report.html import as_html  # loaded in a notebook only

        return as_html(self)
