"""What conduct asks of the gradients themselves: that there are as many as inputs, of their shapes and dtypes."""

from __future__ import annotations

from collections.abc import Iterator

from gradverify.model import Finding
from gradverify.witnesses import _run
from gradverify.witnesses._breaches import Breach
from gradverify.witnesses._trial import Trial


def backward_returns(trial: Trial) -> Iterator[Breach]:
    """Backward returns for whatever forward accepted."""
    if trial.error is not None and not _empty(trial):
        yield Breach(_run.raised(trial.error))


def takes_empty_arrays(trial: Trial) -> Iterator[Breach]:
    """Backward returns for empty arrays that forward accepted."""
    if trial.error is not None and _empty(trial):
        yield Breach(_run.raised(trial.error))


def _empty(trial: Trial) -> bool:
    return any(array.size == 0 for array in (*trial.run.inputs, *trial.run.outputs))


def gradients_fit(trial: Trial) -> Iterator[Breach]:
    """One gradient for each input, each of its input's shape: equal, not merely broadcastable."""
    finding = None if trial.error is not None else _run.misfit(trial.op, trial.run.inputs, trial.gradients)
    if finding is not None:
        yield Breach(finding, "print(len(gradients), [np.shape(gradient) for gradient in gradients])")


def keeps_precision(trial: Trial) -> Iterator[Breach]:
    """No gradient has fewer digits than its input."""
    for k, name, (x_bar,) in trial.pairs():
        shorter = x_bar.dtype.kind == "f" and x_bar.dtype.itemsize < trial.run.inputs[k].dtype.itemsize
        if shorter or (x_bar.dtype.kind in "iub" and x_bar.any()):
            yield from _other_dtype(trial, k, name)


def no_wider_dtype(trial: Trial) -> Iterator[Breach]:
    """No gradient has a wider dtype than its input."""
    for k, name, (x_bar,) in trial.pairs():
        if x_bar.dtype.kind == "f" and x_bar.dtype.itemsize > trial.run.inputs[k].dtype.itemsize:
            yield from _other_dtype(trial, k, name)


def floating_gradient(trial: Trial) -> Iterator[Breach]:
    """A gradient of zeros is floating as well."""
    for k, name, (x_bar,) in trial.pairs():
        if x_bar.dtype.kind in "iub" and not x_bar.any():
            yield from _other_dtype(trial, k, name)


def _other_dtype(trial: Trial, k: int, name: str) -> Iterator[Breach]:
    """The breach of a gradient's dtype; none where forward itself returns another one than it gets."""
    if promoted(trial):
        return
    found, expected = trial.gradients[k], trial.run.inputs[k]
    got = "" if found is None else found.dtype.newbyteorder("=")
    finding = Finding(
        "a gradient has another dtype than its input",
        f"gradient of {name}",
        str(got),
        str(expected.dtype.newbyteorder("=")),
    )
    yield Breach(finding, f"print(gradients[{k}].dtype, inputs[{k}].dtype)")


def promoted(trial: Trial) -> bool:
    """Whether forward returns floats of another dtype than it got."""
    given = {x.dtype.newbyteorder("=") for x in trial.run.inputs}
    return any(y.dtype.kind == "f" and y.dtype.newbyteorder("=") not in given for y in trial.run.outputs)
