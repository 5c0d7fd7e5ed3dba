"""One forward and one backward of an op at one case, with what changed on the way and what other calls of it give.

Takes an op and a case, gives the record that every promise of conduct is asked of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gradverify.cases import Refused, draw_cotangents, draw_directions, inside, lay_out_together
from gradverify.model import Array, Case, Op, Space
from gradverify.witnesses import _run
from gradverify.witnesses._memory import Change, Named, Snapshot, arrays_in, same

Gradients = tuple[Array | None, ...]

SAFETY = 32.0
"""Allowed difference over the rounding seen or modelled."""

FACTORS = (0.7, 1.1, 1.3, 1.7, 1.9, 2.3)
"""None has a short binary form, so multiplying by them shows the rounding that short cotangents hide."""

REPEATS = 32
"""Forward calls at each case that must agree before a difference between two is not put down to random numbers."""


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

    def again(self, cotangents: Sequence[Array], run: _run.Run | None = None) -> Gradients:
        """The gradients for other cotangents, of the same forward or of another `run`.

        Raises `UserError` where there are none to compare.
        """
        gradients = _run.backward(self.op, (run or self.run).context, cotangents)
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
    def second(self) -> Gradients:
        """What a second backward call gives, for cotangents of the same values in other memory."""
        return self.again([y_bar.copy() for y_bar in self.cotangents])

    @cached_property
    def other_cotangents(self) -> tuple[Array, ...]:
        """Cotangents independent of the first."""
        return draw_cotangents(self.run.outputs, self.case.seed, stream=1)

    @cached_property
    def other_gradients(self) -> Gradients:
        """What the same context gives for the other cotangents."""
        return self.again(self.other_cotangents)

    @cached_property
    def one_by_one(self) -> tuple[Gradients, ...]:
        """The gradients where one output's cotangent alone is not zero, output by output; none for a single output."""
        if len(self.cotangents) < 2:
            return ()
        return tuple(
            self.again([y_bar if j == k else np.zeros_like(y_bar) for j, y_bar in enumerate(self.cotangents)])
            for k in range(len(self.cotangents))
        )

    def afresh(self) -> _run.Run | None:
        """Forward once more, on copies of the same arrays in the same layout; None where it refuses them now."""
        try:
            return _run.run_case(self.op, self.case)
        except Refused:
            return None

    @cached_property
    def fresh(self) -> _run.Run | None:
        """One such run, which only one promise calls backward on."""
        return self.afresh()

    @cached_property
    def random(self) -> bool:
        """Whether forward, called once more on the same values, returned other bits."""
        return self.fresh is not None and not _same_outputs(self.run, self.fresh)

    @cached_property
    def neighbour(self) -> _run.Run | None:
        """A forward call on other inputs of the same shapes inside the domain; None where none was found or accepted."""
        rolled = tuple(np.roll(x.reshape(-1), 1).reshape(x.shape) for x in self.case.inputs)
        for inputs in (rolled, tuple(x + x for x in rolled)):
            if all(np.array_equal(a, b) for a, b in zip(inputs, self.case.inputs, strict=True)):
                continue
            if not inside(self.space, inputs):
                continue
            try:
                return _run.forward(self.op, inputs, _run.copy_parameters(self.case.parameters))
            except Refused:
                continue
        return None

    @cached_property
    def jitter(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """How far each output and each gradient moves when every entry of the inputs is rounded once more.

        Summing in another order cannot do much more than that.
        """
        plain = _run.run_case(self.op, self.case, "C")
        gradients = self.again(self.cotangents, plain)
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
            for k, _, (found, expected) in self.pairs(self.again(self.cotangents, run), gradients):
                gradients_moved[k] = max(gradients_moved[k], _apart(found, expected))
        return tuple(outputs_moved), tuple(gradients_moved)

    @cached_property
    def noise(self) -> tuple[float, ...]:
        """For each gradient the rounding seen when the cotangents are multiplied by numbers of full length."""
        seen = [0.0] * len(self.gradients)
        for factor in FACTORS:
            for k, _, pair in self.pairs(self.scaled(factor), self.gradients):
                found, plain = map(floats, pair)
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
        *parameter_arrays(run.parameters),
        *(Named(f"cotangent {k}", array) for k, array in enumerate(cotangents)),
        *(Named(f"output {k}", array) for k, array in enumerate(run.outputs)),
        *arrays_in(run.context),
    ]


def parameter_arrays(parameters: Mapping[str, Any]) -> list[Named]:
    """The arrays among the parameters, those inside lists and dicts too."""
    return [
        named
        for name, value in parameters.items()
        if not callable(value)
        for named in arrays_in(value, f"parameter {name}")
    ]


def start(op: Op, space: Space, case: Case) -> Trial:
    """Run forward and backward once; raises `Refused` when forward refuses the case in any layout."""
    inputs = lay_out_together(case.inputs, case.layout)
    parameters = _run.copy_parameters(case.parameters)
    given = [Named(f"input {name}", array) for name, array in zip(op.inputs, inputs, strict=True)]
    before = Snapshot([*given, *parameter_arrays(parameters)])
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


def varies(op: Op, case: Case) -> bool:
    """Whether forward returns other bits for the same values, in as many calls as are made."""
    first, *others = (_run.run_case(op, case) for _ in range(REPEATS))
    return not all(_same_outputs(first, other) for other in others)


def _same_outputs(first: _run.Run, second: _run.Run) -> bool:
    return len(first.outputs) == len(second.outputs) and all(map(same, first.outputs, second.outputs))


def floats(array: Array) -> Array:
    """The array, as float64 if its entries are whole numbers or truth values: those cannot be subtracted safely."""
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _apart(found: Array, expected: Array) -> float:
    """The largest difference; infinite where there is nothing to subtract."""
    return _largest(np.subtract(found, expected, dtype=float)) if found.shape == expected.shape else float("inf")


def _largest(array: Array) -> float:
    finite = array[np.isfinite(array)]
    return float(np.abs(finite).max()) if finite.size else 0.0
