"""What conduct asks of memory: that nothing is written into that is not one's own, and that every gradient has its own."""

from __future__ import annotations

from collections.abc import Iterator

from gradverify.model import Array, Finding
from gradverify.witnesses._breaches import Breach, changed, expression
from gradverify.witnesses._memory import overlap
from gradverify.witnesses._trial import Trial, named_arrays


def forward_changes_nothing(trial: Trial) -> Iterator[Breach]:
    """Forward leaves its inputs and array parameters as they were."""
    for change in trial.changed_by_forward:
        yield changed("forward changes an array that it was given", change, trial.op.inputs)


def backward_changes_nothing(trial: Trial) -> Iterator[Breach]:
    """Backward leaves inputs, parameters, cotangents, outputs and its saved context as they were."""
    for change in trial.changed_by_backward:
        yield changed("backward changes an array that is not its own", change, trial.op.inputs)


def own_memory(trial: Trial) -> Iterator[Breach]:
    """Writing into a gradient changes no input, parameter, output or saved array, nor does writing into one of those.

    A view of the cotangent is left alone: backward hands on what it was given. So is a read-only view of what only the
    context holds, as nobody writes into either.
    """
    others = named_arrays(trial.op, trial.run)
    for k, name, (x_bar,) in trial.pairs():
        shared = [named.name for named in others if overlap(x_bar, named.array)]
        if not x_bar.flags.writeable and all(other.startswith("context") for other in shared):
            continue
        if _of_cotangent(trial, x_bar):
            continue  # a context that holds the cotangent, or an output that is it
        if shared:
            what = "a gradient shares memory with an array that is not its own"
            where = f"gradient of {name} and {', the same memory as '.join(shared)}"
            other = expression(shared[0], trial.op.inputs) or f"gradients[{k}]"
            finding = Finding(what, where, "writing into one changes the other", "memory of its own")
            yield Breach(finding, f"print(np.shares_memory(gradients[{k}], {other}))")


def _of_cotangent(trial: Trial, x_bar: Array) -> bool:
    return any(overlap(x_bar, y_bar) for y_bar in trial.cotangents)


def separate_gradients(trial: Trial) -> Iterator[Breach]:
    """No two gradients share memory, be it their own or the cotangent's."""
    earlier: list[tuple[int, str, Array]] = []
    for k, name, (x_bar,) in trial.pairs():
        shared = [(j, other) for j, other, z_bar in earlier if overlap(x_bar, z_bar)]
        if shared:
            where = (
                f"gradient of {name} and {', the same memory as '.join(f'gradient of {other}' for _, other in shared)}"
            )
            what, got = "two gradients share memory", "writing into one changes the other"
            closing = f"print(np.shares_memory(gradients[{shared[0][0]}], gradients[{k}]))"
            yield Breach(Finding(what, where, got, "one array for each"), closing)
        earlier.append((k, name, x_bar))


def writable_gradient(trial: Trial) -> Iterator[Breach]:
    """Every gradient can be written into, entry by entry."""
    for k, name, (x_bar,) in trial.pairs():
        repeated = any(stride == 0 and side > 1 for stride, side in zip(x_bar.strides, x_bar.shape, strict=True))
        if repeated and x_bar.size:
            got = f"one element many times: strides {x_bar.strides}"
        elif not x_bar.flags.writeable:
            got = "a read-only array"
        else:
            continue
        what, expected = "a gradient cannot be added to in place", "a writable element for each entry"
        finding = Finding(what, f"gradient of {name}", got, expected)
        yield Breach(finding, f"print(gradients[{k}].flags.writeable, gradients[{k}].strides)")


def new_memory_each_call(trial: Trial) -> Iterator[Breach]:
    """A second backward call does not hand out the memory of the first call's gradients once more.

    Memory that the context or the inputs hold is another promise's business.
    """
    others = named_arrays(trial.op, trial.run)
    for _, name, (x_bar, first) in trial.pairs(trial.second, trial.gradients):
        elsewhere = any(overlap(x_bar, named.array) for named in others)
        if x_bar.flags.writeable and overlap(x_bar, first) and not elsewhere:
            what = "two calls of backward return the same memory"
            finding = Finding(what, f"gradient of {name}", "writing into one gradient changes the other", "new memory")
            yield Breach(finding)


def views_of_cotangents(trial: Trial) -> tuple[str, ...]:
    """The inputs whose gradient is a view of a cotangent: no breach, and worth a remark."""
    return tuple(name for _, name, (x_bar,) in trial.pairs() if _of_cotangent(trial, x_bar))
