"""One forward and one backward of an op at one case, with what changed on the way; and how two gradients are compared.

Takes an op and a case, gives the record that every promise of conduct is asked of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gradverify.cases import Refused, as_python, draw_cotangents, draw_directions, in_words, lay_out_together
from gradverify.model import Array, Case, Finding, Op, Space
from gradverify.witnesses import _run
from gradverify.witnesses._memory import Change, Named, Snapshot, arrays_in, differing

Gradients = tuple[Array | None, ...]

SAFETY = 32.0
"""Allowed difference over the rounding seen or modelled."""

FACTORS = (0.7, 1.1, 1.3, 1.7, 1.9, 2.3)
"""None has a short binary form, so multiplying by them shows the rounding that short cotangents hide."""


@dataclass(frozen=True)
class Breach:
    """A finding, and the lines of a script that show it: before the op is run, and after."""

    finding: Finding
    closing: str = "print(gradients)"
    opening: str = ""

    @property
    def kind(self) -> tuple[str, str]:
        """What two cases that break the same promise at the same place have in common."""
        return self.finding.what, self.finding.where


@dataclass(frozen=True)
class Trial:
    """One forward and one backward at one case, with everything that changed on the way."""

    op: Op
    space: Space
    case: Case
    run: _run.Run
    cotangents: tuple[Array, ...]
    gradients: Gradients
    changed_by_forward: tuple[Change, ...]
    changed_by_backward: tuple[Change, ...]
    error: _run.UserError | None = None

    def again(self, cotangents: Sequence[Array], context: Any = None) -> Gradients:
        """The gradients for other cotangents of the same forward; raises `UserError` where there are none to compare."""
        gradients = _run.backward(self.op, self.run.context if context is None else context, cotangents)
        if len(gradients) != len(self.gradients):
            raise _run.UserError("wrong number of gradients", str(len(gradients)))
        for gradient in gradients:
            if gradient is not None and gradient.dtype.kind not in "fiub":
                raise _run.UserError("not an array of real numbers", f"dtype {gradient.dtype}")
        return gradients

    def scaled(self, factor: float) -> Gradients:
        """The gradients for `factor` times the cotangents."""
        return self.again([(factor * y_bar).astype(y_bar.dtype) for y_bar in self.cotangents])

    def pairs(self, *gradients: Gradients) -> Iterator[tuple[int, str, tuple[Array, ...]]]:
        """Input by input: its place, its name and its gradients; inputs without one in any of them are left out."""
        for k, (name, *arrays) in enumerate(zip(self.op.inputs, *(gradients or (self.gradients,)), strict=True)):
            present = tuple(array for array in arrays if array is not None)
            if len(present) == len(arrays):
                yield k, name, present

    @property
    def finite(self) -> bool:
        """Whether outputs and gradients are finite everywhere: where something overflows, sums mean nothing."""
        present = [array for _, _, (array,) in self.pairs()]
        return all(np.isfinite(array).all() for array in [*self.run.outputs, *present])

    @cached_property
    def jitter(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """How far each output and each gradient moves when every entry of the inputs is rounded once more.

        Summing in another order cannot do much more than that.
        """
        plain = _run.run_case(self.op, self.case, "C")
        gradients = self.again(self.cotangents, plain.context)
        outputs_moved, gradients_moved = [0.0] * len(plain.outputs), [0.0] * len(gradients)
        for stream in range(3):
            signs = draw_directions(self.case.inputs, self.case.seed, stream=stream)
            moved = [
                np.asarray(x * (1 + np.sign(u) * np.finfo(x.dtype).eps)).astype(x.dtype)
                for x, u in zip(self.case.inputs, signs, strict=True)
            ]
            run = _run.forward(self.op, moved, _run.copy_parameters(self.case.parameters))
            for k, (found, expected) in enumerate(zip(run.outputs, plain.outputs, strict=False)):
                outputs_moved[k] = max(outputs_moved[k], _apart(found, expected))
            for k, _, (found, expected) in self.pairs(self.again(self.cotangents, run.context), gradients):
                gradients_moved[k] = max(gradients_moved[k], _apart(found, expected))
        return tuple(outputs_moved), tuple(gradients_moved)

    @cached_property
    def noise(self) -> tuple[float, ...]:
        """For each gradient the rounding seen when the cotangents are multiplied by numbers of full length."""
        seen = [0.0] * len(self.gradients)
        for factor in FACTORS:
            for k, _, (found, plain) in self.pairs(self.scaled(factor), self.gradients):
                if found.shape == plain.shape:
                    seen[k] = max(seen[k], _largest(found - np.asarray(factor, found.dtype) * plain))
        return tuple(seen)

    def allowed(self, *gradients: Gradients) -> tuple[float, ...]:
        """For each gradient how far two of these may be apart by rounding alone, anywhere in the array.

        The sizes that rounding is relative to: the gradients', and where their terms cancel that of ȳ·y/x, which is
        what the gradient of a power of x is made of.
        """
        allowed = [SAFETY * noise for noise in self.noise]
        products = max((_largest(a * b) for a, b in zip(self.cotangents, self.run.outputs, strict=True)), default=0.0)
        for k, _, arrays in self.pairs(*gradients):
            epsilon = max(
                (float(np.finfo(array.dtype).eps) for array in arrays if array.dtype.kind == "f"), default=0.0
            )
            nonzero = np.abs(self.run.inputs[k][self.run.inputs[k] != 0])
            terms = products / float(nonzero.min()) if nonzero.size else 0.0
            allowed[k] += SAFETY * epsilon * max(terms, *(_largest(array) for array in arrays))
        return tuple(allowed)


def named_arrays(op: Op, run: _run.Run, cotangents: Sequence[Array] = ()) -> list[Named]:
    """The arrays around a backward call, in the words of a finding."""
    return [
        *(Named(f"input {name}", array) for name, array in zip(op.inputs, run.inputs, strict=True)),
        *(Named(f"parameter {name}", value) for name, value in _arrays(run.parameters)),
        *(Named(f"cotangent {k}", array) for k, array in enumerate(cotangents)),
        *(Named(f"output {k}", array) for k, array in enumerate(run.outputs)),
        *arrays_in(run.context),
    ]


def start(op: Op, space: Space, case: Case) -> Trial:
    """Run forward and backward once; raises `Refused` when forward refuses the case in any layout."""
    inputs = lay_out_together(case.inputs, case.layout)
    parameters = _run.copy_parameters(case.parameters)
    given = [Named(f"input {name}", array) for name, array in zip(op.inputs, inputs, strict=True)]
    before = Snapshot([*given, *(Named(f"parameter {name}", value) for name, value in _arrays(parameters))])
    run = _run.forward(op, inputs, parameters)
    changed = tuple(before.changes())
    cotangents = draw_cotangents(run.outputs, case.seed)
    passed = tuple(y_bar.copy() for y_bar in cotangents)
    around = Snapshot(named_arrays(op, run, passed))
    try:
        gradients = _run.backward(op, run.context, passed)
    except _run.UserError as error:
        return Trial(op, space, case, run, cotangents, (), changed, (), error)
    return Trial(op, space, case, run, passed, gradients, changed, tuple(around.changes()))


def _arrays(parameters: Mapping[str, Any]) -> list[tuple[str, Array]]:
    return [(name, value) for name, value in parameters.items() if isinstance(value, np.ndarray)]


def refused_layout(op: Op, case: Case, refusal: Refused) -> Breach | None:
    """A forward that refuses a layout but takes the same values in C order; None where it refuses both."""
    if case.layout == "C":
        return None
    try:
        _run.run_case(op, case, "C")
    except Refused:
        return None
    what = "forward fails on a memory layout"
    return Breach(Finding(what, f"inputs: {case.layout}", str(refusal), "what it returns in C order"))


def changed(what: str, change: Change) -> Breach:
    """The breach of an array that should not have changed."""
    return Breach(Finding(what, change.name, change.after, f"unchanged: {change.before}"))


def beyond(
    breach: tuple[str, str], found: Array, expected: Array, allowed: float, closing: str, opening: str = ""
) -> Iterator[Breach]:
    """The breach, `(what, where)`, if two gradients are further apart than `allowed`; with the worst entry."""
    what, where = breach
    if found.shape != expected.shape:
        yield Breach(Finding(what, where, f"shape {found.shape}", f"shape {expected.shape}"), closing, opening)
        return
    with np.errstate(invalid="ignore"):
        apart = np.where(np.isnan(found) & np.isnan(expected) | (found == expected), 0.0, np.abs(found - expected))
    apart = np.where(np.isnan(apart), np.inf, apart)
    if not apart.size or apart.max() <= allowed:
        return
    index = tuple(int(k) for k in np.unravel_index(int(apart.argmax()), apart.shape))
    entry = f"entry [{', '.join(map(str, index))}]: " if index else ""
    value = expected[index].item()
    bound = f" ± {allowed:.1e}" if value + allowed != value else ""
    wanted = f"{entry}{value!r}{bound}"
    yield Breach(Finding(what, where, f"{entry}{found[index].item()!r}", wanted), closing, opening)


def same_bits(trial: Trial, gradients: Gradients, what: str) -> Iterator[Breach]:
    """A breach for every gradient that is not, bit for bit, what the first call gave."""
    for _, name, (found, first) in trial.pairs(gradients, trial.gradients):
        if found.shape != first.shape or found.dtype != first.dtype:
            yield Breach(Finding(what, f"gradient of {name}", str(found.shape), str(first.shape)))
            continue
        index = differing(first, found)
        if index is not None:
            entry = f"entry [{', '.join(map(str, index))}]: " if index else ""
            got, expected = (f"{entry}{array[index].item()!r}" for array in (found, first))
            yield Breach(Finding(what, f"gradient of {name}", got, expected))


def complete(breach: Breach, op: Op, case: Case, cotangents: Sequence[Array]) -> Finding:
    """The breach's finding with the case in words and a script."""
    script = as_python(op, case, cotangents, breach.closing, breach.opening)
    return replace(breach.finding, case=in_words(op.inputs, case), reproduce=script)


def _apart(found: Array, expected: Array) -> float:
    """The largest difference; infinite where there is nothing to subtract."""
    return _largest(np.subtract(found, expected, dtype=float)) if found.shape == expected.shape else float("inf")


def _largest(array: Array) -> float:
    finite = array[np.isfinite(array)]
    return float(np.abs(finite).max()) if finite.size else 0.0
