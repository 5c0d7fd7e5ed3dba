"""Holds an op's backward against the claim of its derivation, evaluated in floats over drawn shapes and values.

Both forms of the claim are evaluated: the index form by our own evaluator, which also bounds the rounding of any float64
code for it, and the NumPy form that is printed beside it.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from gradverify.cases import Mismatch, SearchResult, Skipped, as_python, cases, draw_cotangents, in_words, search
from gradverify.derivation.language import Undetermined
from gradverify.derivation.lines import definitions, sizes_at
from gradverify.derivation.maps import code_of_maps
from gradverify.derivation.numeric import Approximation, Numeric
from gradverify.derivation.records import Derivation, Gradient
from gradverify.errors import DerivationError, Unsupported
from gradverify.model import Array, Case, Evidence, Finding, Op, Outcome, Space, Strength
from gradverify.witnesses import _run

__all__ = ["closed_form"]

NAME = "closed form"

ROUNDING = float(np.finfo(np.float64).eps)

ANOTHER_WAY = 4
"""Code may compute the claim by another formula with this many times the rounding error of the claim's own."""


def closed_form(op: Op, derivation: Derivation, space: Space, *, seed: int, examples: int = 20) -> Evidence:
    """Compare backward with the claim at `examples` cases, entry by entry, within the claim's own rounding bound.

    HOLDS when nothing failed and an entry of every input's gradient was compared; UNDECIDED when there was none of one of
    them; REFUTED with the worst entry of the smallest failing case. Raises `DerivationError` for a NumPy form that takes
    what it cannot be given.
    """
    if examples < 1:
        raise ValueError(f"closed_form needs at least one example, got {examples}")
    started = time.perf_counter()
    _check_names(derivation)
    result = search(cases(space), lambda case: _check(op, derivation, case), examples=examples, seed=seed)
    compared = {name for seen in result.seen for name in seen}
    unseen = [f"gradient of {name}" for name in op.inputs if name not in compared]
    if result.finding is not None:
        outcome, tried = Outcome.REFUTED, f"{result.cases} cases held before the first failure"
    elif unseen:
        outcome, tried = Outcome.UNDECIDED, f"no entry of the {' and '.join(unseen)} was compared{_left_out(result)}"
    else:
        worst = max(share for seen in result.seen for share in seen.values())
        outcome = Outcome.HOLDS
        tried = f"{result.cases} cases, index and NumPy form, worst error {worst:.2g} of what rounding allows"
        tried = f"{tried}; {result.shapes}{_left_out(result)}"
    findings = () if result.finding is None else (result.finding,)
    seconds = time.perf_counter() - started
    counts = result.cases, result.refused, seconds
    return Evidence(NAME, outcome, Strength.FLOAT, tried, findings, *counts, failing=result.case, digest=result.digest)


Shares = dict[str, float]
"""For each input with an entry that was compared: the worst error as a share of its bound."""


def _left_out(result: SearchResult[Shares]) -> str:
    """What was not compared, how often and why."""
    parts = []
    if result.skipped:
        parts.append(f"{result.skipped} cases left out: {', '.join(result.skips)}")
    if result.refused:
        parts.append(f"{result.refused} cases refused: {', '.join(result.refusals)}")
    return "".join(f"; {part}" for part in parts)


def _check_names(derivation: Derivation) -> None:
    """Raise `DerivationError` for a NumPy form that takes something nobody can give it."""
    known = [str(array.label) for array in derivation.inputs]
    known += [f"{entry.base.label}_bar" for entry in derivation.forward] + list(derivation.parameters)
    for gradient in derivation.gradients:
        for name in _wanted(gradient.numpy) if gradient.numpy is not None else ():
            if name not in known:
                raise DerivationError(
                    f"{derivation.name}: the NumPy form of the gradient of {gradient.input} takes {name}; "
                    f"it can take {', '.join(known)}"
                )


def _wanted(function: Callable[..., Any]) -> list[str]:
    """The arguments that a function needs, by name."""
    taken = inspect.signature(function).parameters.values()
    return [each.name for each in taken if each.default is each.empty]


def _check(op: Op, derivation: Derivation, case: Case) -> Shares:
    """The worst errors; raises `Mismatch` where an entry exceeds its bound, `Skipped` where nothing can be compared."""
    run = _run.run_case(op, case)
    trial = _Trial(op, derivation, case, run.outputs)
    try:
        trial.check_outputs()
        gradients = trial.gradients(run.context)
        if not all(np.isfinite(y).all() for y in run.outputs):
            raise Skipped("forward is not finite")
        shares: Shares = {}
        for k, (name, gradient) in enumerate(zip(op.inputs, gradients, strict=True)):
            derived = next(each for each in derivation.gradients if each.input == name)
            claim = trial.claim(derived)
            if claim.value.size and np.isfinite(claim.value).all():
                shares[name] = max(trial.compare_code(k, gradient, claim), trial.compare_numpy(derived, claim))
    except Unsupported as trouble:
        raise Skipped(str(trouble)) from None
    if not shares:
        empty = not any(array.size for array in case.inputs)
        raise Skipped("the inputs are empty: only the gradients' shapes were checked" if empty else "no finite claim")
    return shares


@dataclass(frozen=True)
class _Trial:
    """An op and its derivation at one case: what forward returned, and the cotangents drawn for it."""

    op: Op
    derivation: Derivation
    case: Case
    outputs: tuple[Array, ...]

    @cached_property
    def cotangents(self) -> tuple[Array, ...]:
        return draw_cotangents(self.outputs, self.case.seed)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The sizes of the inputs; one that only an output has is what forward made it."""
        return sizes_at(self.derivation, self.case.sizes, [output.shape for output in self.outputs])

    @cached_property
    def named(self) -> dict[str, Array]:
        """Inputs and cotangents by the derivation's names."""
        barred = (f"{entry.base.label}_bar" for entry in self.derivation.forward)
        inputs = zip(self.op.inputs, self.case.inputs, strict=True)
        return {**dict(inputs), **dict(zip(barred, self.cotangents, strict=True))}

    @cached_property
    def numeric(self) -> Numeric:
        """The evaluator of the derivation's expressions here."""
        given = self.derivation.parameters
        functions = {kind: self.case.parameters[name] for name, kind in given.items() if _is_function(kind)}
        scalars = {
            str(value) if isinstance(value, sympy.Symbol) else name: self.case.parameters[name]
            for name, value in given.items()
            if isinstance(value, sympy.Symbol | int | float)
        }
        maps = code_of_maps(self.derivation, {**self.case.parameters, **self.named}, self.sizes)
        return Numeric(self.named, self.sizes, functions, scalars, definitions(self.derivation), maps)

    def mismatch(self, finding: Finding, closing: str = "print(gradients)") -> Mismatch:
        """The signal with the case in words and a script that shows it."""
        script = as_python(self.op, self.case, self.cotangents, closing)
        return Mismatch(replace(finding, case=in_words(self.op.inputs, self.case), reproduce=script))

    def check_outputs(self) -> None:
        """Raise where forward does not return arrays of the shapes that the derivation says."""
        names = [str(entry.base.label) for entry in self.derivation.forward]
        if len(self.outputs) != len(names):
            finding = Finding(
                "forward returns another number of outputs than the derivation has",
                self.op.name,
                str(len(self.outputs)),
                f"{len(names)}: {', '.join(names)}",
            )
            raise self.mismatch(finding, "print(len(outputs))")
        for k, (entry, output) in enumerate(zip(self.derivation.forward, self.outputs, strict=True)):
            expected = Numeric({}, self.sizes).shape(entry.base.shape)
            if output.shape != expected:
                what = "forward returns another shape than the derivation says"
                finding = Finding(what, f"output {names[k]}", str(output.shape), str(expected))
                raise self.mismatch(finding, f"print(np.shape(outputs[{k}]))")

    def gradients(self, context: Any) -> tuple[Array | None, ...]:
        """What backward returns; raises where it returns something that no comparison could accept."""
        try:
            gradients = _run.backward(self.op, context, [cotangent.copy() for cotangent in self.cotangents])
        except _run.UserError as error:
            raise self.mismatch(_run.raised(error)) from None
        misfit = _run.misfit(self.op, self.case.inputs, gradients)
        if misfit is not None:
            raise self.mismatch(misfit)
        return gradients

    def claim(self, gradient: Gradient) -> Approximation:
        """The index form of a claim."""
        return self.numeric.at_every_index(gradient.claim, gradient.entry.indices)

    def compare_code(self, k: int, gradient: Array | None, claim: Approximation) -> float:
        """The worst error of input k's gradient as a share of its bound; None stands for zeros."""
        worst = _worst(np.zeros(claim.value.shape) if gradient is None else gradient, claim)
        if worst.share <= 1:
            return worst.share
        finding = Finding(
            what="backward differs from the closed form",
            where=f"gradient of {self.op.inputs[k]}{worst.entry}",
            got="None" if gradient is None else worst.got,
            expected=worst.expected,
            note=worst.note,
        )
        shown = f"gradients[{k}]" + (
            f"[{', '.join(map(str, worst.place))}]" if worst.place and gradient is not None else ""
        )
        raise self.mismatch(finding, f"print({shown})  # {finding.got}, the closed form is {worst.expected}")

    def compare_numpy(self, derived: Gradient, claim: Approximation) -> float:
        """The same for the NumPy form that stands beside the claim."""
        if derived.numpy is None:
            return 0.0
        where = f"NumPy form of the gradient of {derived.input}, {_location(derived.numpy)}"
        try:
            found = self._numpy_form(derived.numpy)
        except Exception as error:  # noqa: BLE001 - the form is the author's code: whatever it raises is reported
            what = f"the NumPy form of the claim raises {type(error).__name__}"
            raise self._against_form(Finding(what, where, str(error), "an array")) from None
        if found.shape != claim.value.shape or found.dtype.kind not in "fiub":
            what, got = "the NumPy form of the claim has the wrong shape", f"{found.shape}, dtype {found.dtype}"
            raise self._against_form(Finding(what, where, got, str(claim.value.shape)))
        worst = _worst(found, claim)
        if worst.share <= 1:
            return worst.share
        what = "the NumPy form of the claim differs from its index form"
        raise self._against_form(Finding(what, f"{where}{worst.entry}", worst.got, worst.expected, note=worst.note))

    def _numpy_form(self, function: Callable[..., Any]) -> Array:
        copies = {name: array.copy() for name, array in self.named.items()}  # the author's code may write into them
        given: Mapping[str, Any] = {**_run.copy_parameters(self.case.parameters), **copies}
        taken = inspect.signature(function).parameters
        with np.errstate(all="ignore"):
            return np.asarray(function(**{name: given[name] for name in taken if name in given}))

    def _against_form(self, finding: Finding) -> Mismatch:
        """The signal without a script: the op's code is not what is wrong."""
        return Mismatch(replace(finding, case=in_words(self.op.inputs, self.case)))


@dataclass(frozen=True)
class _Worst:
    """The entry that exceeds its bound the most."""

    share: float
    place: tuple[int, ...]
    got: str
    expected: str
    note: str

    @property
    def entry(self) -> str:
        return f", entry {list(self.place)}" if self.place else ""


def _worst(found: Array, claim: Approximation) -> _Worst:
    tiny = float(np.finfo(np.float64).smallest_subnormal)
    allowed = ANOTHER_WAY * ROUNDING * claim.error + tiny
    with np.errstate(all="ignore"):
        share = np.abs(found.astype(np.longdouble) - claim.value) / allowed
    share = np.where(np.isnan(share), np.inf, share)
    place = tuple(int(k) for k in np.unravel_index(int(np.argmax(share)), share.shape))
    return _Worst(
        share=float(share[place]),
        place=place,
        got=repr(found[place].item()),
        expected=f"{float(claim.value[place])!r} ± {float(allowed[place]):.1e}",
        note=f"{int((share > 1).sum())} of {share.size} entries are wrong",
    )


def _is_function(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Undetermined)


def _location(function: Callable[..., Any]) -> str:
    """`FILE:LINE` of a function; its name where it has none."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else repr(function)
