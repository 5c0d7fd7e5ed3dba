"""What a backward must not do, one small function per promise.

Each takes a trial (one forward and one backward at one case) and yields a breach for everything that breaks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gradverify.cases import Refused, draw_cotangents, inside, lay_out, zero_stride
from gradverify.model import Array, Finding
from gradverify.witnesses import _run
from gradverify.witnesses._memory import Named, differing, overlap
from gradverify.witnesses._trial import SAFETY, Breach, Trial, beyond, changed, named_arrays, same_bits

Promise = Callable[[Trial], Iterator[Breach]]


def _each(expression: str) -> str:
    return f"cotangents = tuple({expression} for y_bar in cotangents)"


def _shown(k: int) -> str:
    return f"print(gradients[{k}])"


# What each layout is called, how to lay an array out in it, and how a script does that.
COTANGENT_LAYOUTS: tuple[tuple[str, Callable[[Array], Array], str], ...] = (
    ("in Fortran order", lambda y_bar: lay_out(y_bar, "Fortran"), _each('np.array(y_bar, order="F")')),
    (
        "of every second element of a buffer",
        lambda y_bar: lay_out(y_bar, "strided"),
        _each("np.kron(y_bar, np.ones([2] * y_bar.ndim, y_bar.dtype))[(..., *[slice(None, None, 2)] * y_bar.ndim)]"),
    ),
    (
        "with negative strides",
        lambda y_bar: lay_out(y_bar, "reversed"),
        _each("np.asarray(np.flip(np.array(np.flip(y_bar))))"),
    ),
    (
        "that are read-only",
        lambda y_bar: lay_out(y_bar, "read-only"),
        "for y_bar in cotangents:\n    y_bar.flags.writeable = False",
    ),
    ("with strides of zero", zero_stride, _each("np.broadcast_to(y_bar.reshape(-1)[0], y_bar.shape)")),
)

REPEATS = 32
"""Forward calls that must agree before a difference is blamed on the layout and not on random numbers."""

# --- promises whose breach makes the later ones meaningless ---------------------------------------------------------


def forward_changes_nothing(trial: Trial) -> Iterator[Breach]:
    """Forward leaves its inputs and array parameters as they were."""
    for change in trial.changed_by_forward:
        yield changed("forward changes an array that it was given", change)


def backward_returns(trial: Trial) -> Iterator[Breach]:
    """Backward returns for whatever forward accepted, empty arrays too."""
    if trial.error is not None:
        yield Breach(_run.raised(trial.error))


def gradients_fit(trial: Trial) -> Iterator[Breach]:
    """One gradient for each input, each of its input's shape: equal, not merely broadcastable."""
    finding = _run.misfit(trial.op, trial.run.inputs, trial.gradients)
    if finding is not None:
        yield Breach(finding, "print(len(gradients), [np.shape(gradient) for gradient in gradients])")


def backward_changes_nothing(trial: Trial) -> Iterator[Breach]:
    """Backward leaves inputs, parameters, cotangents, outputs and its saved context as they were."""
    for change in trial.changed_by_backward:
        yield changed("backward changes an array that is not its own", change)


def second_call(trial: Trial) -> Iterator[Breach]:
    """A second backward call gives the same bits."""
    yield from same_bits(trial, trial.again(trial.cotangents), "a second call of backward gives another gradient")


# --- promises that stand beside each other --------------------------------------------------------------------------


def keeps_dtype(trial: Trial) -> Iterator[Breach]:
    """Each gradient has its input's dtype. Not asked where forward itself returns another one."""
    if promoted(trial):
        return
    for k, name, (x_bar,) in trial.pairs():
        dtype = trial.run.inputs[k].dtype
        if x_bar.dtype != dtype:
            finding = Finding(
                "a gradient has another dtype than its input", f"gradient of {name}", str(x_bar.dtype), str(dtype)
            )
            yield Breach(finding, f"print(gradients[{k}].dtype, inputs[{k}].dtype)")


def promoted(trial: Trial) -> bool:
    """Whether forward returns floats of another dtype than it got."""
    given = {x.dtype for x in trial.run.inputs}
    return any(y.dtype.kind == "f" and y.dtype not in given for y in trial.run.outputs)


def own_memory(trial: Trial) -> Iterator[Breach]:
    """Writing into a gradient changes no input, parameter, output, saved array or other gradient."""
    others = named_arrays(trial.op, trial.run)
    for _, name, (x_bar,) in trial.pairs():
        shared = [named.name for named in others if overlap(x_bar, named.array)] if x_bar.flags.writeable else []
        if shared:
            what = "a gradient shares memory with an array that is not its own"
            where = f"gradient of {name} and {', the same memory as '.join(shared)}"
            yield Breach(Finding(what, where, "writing into the gradient changes both", "memory of its own"))
        others.append(Named(f"gradient of {name}", x_bar))


def doubles_and_negates(trial: Trial) -> Iterator[Breach]:
    """Doubling or negating the cotangents doubles or negates the gradients, bit for bit."""
    for factor, words in ((2.0, "doubled"), (-1.0, "negated")):
        for k, name, (found, plain) in trial.pairs(trial.scaled(factor), trial.gradients):
            underflow = float(np.finfo(found.dtype).tiny) if found.dtype.kind == "f" else 0.0
            kind = f"backward is not linear in the cotangent: {words}", f"gradient of {name}"
            yield from beyond(kind, found, factor * plain, underflow, _shown(k), _each(f"{factor} * y_bar"))


def adds(trial: Trial) -> Iterator[Breach]:
    """The gradients of a sum of cotangents are the sum of the gradients, up to rounding."""
    others = draw_cotangents(trial.run.outputs, trial.case.seed, stream=1)
    second = trial.again(others)
    total = trial.again([(a + b).astype(a.dtype) for a, b in zip(trial.cotangents, others, strict=True)])
    allowed = trial.allowed(trial.gradients, second, total)
    for k, name, (first, other, found) in trial.pairs(trial.gradients, second, total):
        kind = "backward is not linear in the cotangent: a sum", f"gradient of {name}"
        if first.shape == other.shape:
            yield from beyond(kind, found, np.asarray(first + other), allowed[k], _shown(k))


def zero_gives_zero(trial: Trial) -> Iterator[Breach]:
    """A cotangent of zeros gives a gradient of zeros."""
    for k, name, (found,) in trial.pairs(trial.scaled(0.0)):
        kind = "backward is not linear in the cotangent: zeros", f"gradient of {name}"
        yield from beyond(kind, found, np.zeros_like(found), 0.0, _shown(k), _each("0 * y_bar"))


def any_cotangent_layout(trial: Trial) -> Iterator[Breach]:
    """Cotangents in any memory layout give what contiguous ones give, up to the order of summation."""
    for words, change, code in COTANGENT_LAYOUTS:
        laid_out = [change(y_bar) for y_bar in trial.cotangents]
        contiguous = trial.again([np.array(y_bar, order="C") for y_bar in laid_out])
        try:
            gradients = trial.again(laid_out)
        except _run.UserError as error:
            finding = Finding("backward fails on a memory layout", f"cotangents {words}", str(error), "a gradient")
            yield Breach(finding, opening=code)
            continue
        allowed = trial.allowed(contiguous, gradients)
        for k, name, (found, expected) in trial.pairs(gradients, contiguous):
            kind = f"backward is wrong for cotangents {words}", f"gradient of {name}"
            yield from beyond(kind, found, expected, allowed[k], _shown(k), code)


def any_input_layout(trial: Trial) -> Iterator[Breach]:
    """Inputs in any memory layout give what C-ordered ones give, up to the order of summation."""
    if trial.case.layout == "C":
        return
    plain = _run.run_case(trial.op, trial.case, "C")
    try:
        outputs_moved, gradients_moved = trial.jitter
    except Refused:  # at the edge of the domain
        return
    for k, (found, expected) in enumerate(zip(trial.run.outputs, plain.outputs, strict=False)):
        kind = f"forward depends on the inputs' memory layout: {trial.case.layout}", f"output {k}"
        different = list(
            beyond(kind, found, expected, SAFETY * (_unit(expected) + outputs_moved[k]), "print(gradients)")
        )
        if different:
            yield from different if _repeats(trial) else ()
            return
    gradients = trial.again(trial.cotangents, plain.context)
    allowed = trial.allowed(gradients, trial.gradients)
    for k, name, (found, expected) in trial.pairs(trial.gradients, gradients):
        kind = f"the gradient depends on the inputs' memory layout: {trial.case.layout}", f"gradient of {name}"
        yield from beyond(kind, found, expected, allowed[k] + SAFETY * gradients_moved[k], _shown(k))


def no_shared_state(trial: Trial) -> Iterator[Breach]:
    """A forward call on other inputs in between does not change what backward returns."""
    others = tuple(np.roll(x.reshape(-1), 1).reshape(x.shape) for x in trial.case.inputs)
    if not inside(trial.space, others):
        return
    try:
        _run.forward(trial.op, others, _run.copy_parameters(trial.case.parameters))
    except Refused:
        return
    yield from same_bits(trial, trial.again(trial.cotangents), "another forward call in between changes the gradient")


def _unit(array: Array) -> float:
    """The last place of the largest entry; 0 for whole numbers."""
    if array.dtype.kind != "f" or not array.size:
        return 0.0
    return float(np.finfo(array.dtype).eps) * float(np.abs(array).max())


def _repeats(trial: Trial) -> bool:
    """Whether forward gives the same bits again and again; one that draws random numbers does not, and may."""
    for _ in range(REPEATS):
        again = _run.run_case(trial.op, trial.case).outputs
        for first, second in zip(trial.run.outputs, again, strict=False):
            if first.shape != second.shape or first.dtype != second.dtype or differing(first, second) is not None:
                return False
    return True


BASIC: tuple[Promise, ...] = (
    forward_changes_nothing,
    backward_returns,
    gradients_fit,
    backward_changes_nothing,
    second_call,
)
"""In this order; after a breach of one, nothing further is asked of the case."""

FURTHER: tuple[Promise, ...] = (keeps_dtype, own_memory, no_shared_state)
"""Asked of every case that broke none of the basic ones."""

LINEAR: tuple[Promise, ...] = (doubles_and_negates, adds, zero_gives_zero, any_cotangent_layout, any_input_layout)
"""Asked where outputs and gradients are finite: they compare the values of different calls."""
