"""What conduct asks about memory layouts: the values alone decide the gradient, not how they lie in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gradverify.cases import Refused, lay_out, zero_stride
from gradverify.model import Array, Case, Finding, Op
from gradverify.witnesses import _run
from gradverify.witnesses._breaches import Breach, alike, each, near
from gradverify.witnesses._trial import Gradients, Trial

# What each layout is called, how to lay an array out in it, and how a script does that.
COTANGENT_LAYOUTS: tuple[tuple[str, Callable[[Array], Array], str], ...] = (
    ("in Fortran order", lambda y_bar: lay_out(y_bar, "Fortran"), each('np.array(y_bar, order="F")')),
    (
        "of every second element of a buffer",
        lambda y_bar: lay_out(y_bar, "strided"),
        each("np.kron(y_bar, np.ones([2] * y_bar.ndim, y_bar.dtype))[(..., *[slice(None, None, 2)] * y_bar.ndim)]"),
    ),
    (
        "with negative strides",
        lambda y_bar: lay_out(y_bar, "reversed"),
        each("np.asarray(np.flip(np.array(np.flip(y_bar))))"),
    ),
    (
        "that are read-only",
        lambda y_bar: lay_out(y_bar, "read-only"),
        "for y_bar in cotangents:\n    y_bar.flags.writeable = False",
    ),
    ("with strides of zero", zero_stride, each("np.broadcast_to(y_bar.reshape(-1)[0], y_bar.shape)")),
)


# How a script puts an array into the other byte order.
SWAPPED = "{x}.astype({x}.dtype.newbyteorder())"
SWAPPED_INPUTS = f"inputs = tuple({SWAPPED.format(x='x')} for x in inputs)"


def any_cotangent_layout(trial: Trial) -> Iterator[Breach]:
    """Cotangents in any memory layout give what contiguous ones give, up to the order of summation."""
    for words, change, code in COTANGENT_LAYOUTS:
        laid_out = [change(y_bar) for y_bar in trial.cotangents]
        contiguous = trial.gradients
        if change is zero_stride:  # other values too
            contiguous = trial.again([np.array(y_bar, order="C") for y_bar in laid_out])
        try:
            gradients = trial.again(laid_out)
        except _run.UserError as error:
            finding = Finding("backward fails on a memory layout", f"cotangents {words}", str(error), "a gradient")
            yield Breach(finding, opening=code)
            continue
        yield from near(trial, gradients, contiguous, f"backward is wrong for cotangents {words}", code)


def any_input_layout(trial: Trial) -> Iterator[Breach]:
    """Inputs in any memory layout give what C-ordered ones give, up to the order of summation."""
    layout = trial.case.layout
    if layout == "C":
        return
    try:
        plain = _run.run_case(trial.op, trial.case, "C")
    except Refused as refusal:
        what, copied = "forward fails on a memory layout", 'inputs = tuple(np.array(x, order="C") for x in inputs)'
        yield Breach(Finding(what, "inputs: C", str(refusal), f"what it returns for {layout}"), opening=copied)
        return
    what = f"forward depends on the inputs' memory layout: {layout}"
    gradient = f"the gradient depends on the inputs' memory layout: {layout}"
    gradients = trial.gradients, trial.again(trial.cotangents, plain)
    yield from alike(trial, (what, gradient), (trial.run.outputs, plain.outputs), gradients)


def refused_layout(op: Op, case: Case, refusal: Refused) -> Breach | None:
    """A forward that refuses a layout but takes the same values in C order; None where it refuses both.

    Another byte order is another dtype, which forward may refuse.
    """
    if case.layout == "C" or not all(x.dtype.isnative for x in case.inputs):
        return None
    try:
        _run.run_case(op, case, "C")
    except Refused:
        return None
    what = "forward fails on a memory layout"
    return Breach(Finding(what, f"inputs: {case.layout}", str(refusal), "what it returns in C order"))


def takes_any_byte_order(trial: Trial) -> Iterator[Breach]:
    """Backward returns for inputs in the other byte order that forward takes; forward may refuse them."""
    run = _swapped(trial)
    if run is None:
        return
    try:
        _for_swapped(trial, run)
    except _run.UserError as error:
        what = "backward fails on inputs in the other byte order"
        finding = Finding(what, "backward", str(error), "a gradient: forward accepted this input")
        yield Breach(finding, opening=SWAPPED_INPUTS)


def any_byte_order(trial: Trial) -> Iterator[Breach]:
    """Inputs in the other byte order, and cotangents alike, give what native ones give, or an error."""
    run = _swapped(trial)
    if run is None:
        return
    kinds = (
        "forward is wrong for inputs in the other byte order",
        "the gradient is wrong for inputs in the other byte order",
    )
    try:
        gradients = _for_swapped(trial, run)
    except _run.UserError:  # the promise before this one
        gradients = trial.gradients
    yield from alike(trial, kinds, (run.outputs, trial.run.outputs), (gradients, trial.gradients), SWAPPED_INPUTS)
    try:
        gradients = trial.again([_swap(y_bar) for y_bar in trial.cotangents])
    except _run.UserError:  # a cotangent has its output's dtype, and this one has not
        return
    what = "backward is wrong for cotangents in the other byte order"
    yield from near(trial, gradients, trial.gradients, what, each(SWAPPED.format(x="y_bar")))


def _swapped(trial: Trial) -> _run.Run | None:
    """Forward on the inputs in the other byte order; None where it refuses them or the case is laid out otherwise too."""
    if trial.case.layout != "C":
        return None
    swapped = [_swap(lay_out(x, "C")) for x in trial.case.inputs]
    try:
        return _run.forward(trial.op, swapped, _run.copy_parameters(trial.case.parameters))
    except Refused:
        return None


def _for_swapped(trial: Trial, run: _run.Run) -> Gradients:
    """The gradients of that run, for cotangents that have its outputs' dtypes."""
    pairs = zip(run.outputs, trial.cotangents, strict=False)
    return trial.again([y_bar.astype(y.dtype) if y.dtype.kind == "f" else y_bar for y, y_bar in pairs], run)


def _swap(array: Array) -> Array:
    return array.astype(array.dtype.newbyteorder("S"))
