"""What a broken promise of conduct is, and how arrays are compared to find one: bit by bit, and up to rounding.

Takes a trial and gradients, gives breaches. Two gradients are apart only if rounding alone cannot have moved them so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradverify.cases import Refused, as_python, in_words
from gradverify.model import Array, Case, Finding, Op, Rating
from gradverify.witnesses._memory import Change, differing, same
from gradverify.witnesses._trial import SAFETY, Gradients, Trial, floats


@dataclass(frozen=True)
class Breach:
    """A finding, and the lines of a script that show it: before the op is run, and after."""

    finding: Finding
    closing: str = "print(gradients)"
    opening: str = ""
    across: bool = False
    """Whether two forward calls on the same values were compared, which a random forward may well answer differently."""


def each(expression: str) -> str:
    """The line of a script that puts an expression of `y_bar` in place of every cotangent."""
    return f"cotangents = tuple({expression} for y_bar in cotangents)"


def shown(k: int) -> str:
    """The line of a script that prints one gradient."""
    return f"print(gradients[{k}])"


def native(array: Array) -> Array:
    """The array in this machine's byte order; the array itself where it is already."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def changed(what: str, change: Change, inputs: Sequence[str]) -> Breach:
    """The breach of an array that should not have changed; its script prints the array as it is afterwards."""
    finding = Finding(what, change.name, change.after, f"unchanged: {change.before}")
    return Breach(finding, f"print({expression(change.name, inputs) or 'gradients'})")


def expression(name: str, inputs: Sequence[str]) -> str:
    """How a script that ran an op refers to an array that a finding calls `input x`, `output 0` or `context['y']`.

    Empty for what a function has closed over.
    """
    first = name.partition(", the same memory as ")[0]
    kind, _, rest = first.partition(" ")
    if kind == "input" and rest in inputs:
        return f"inputs[{list(inputs).index(rest)}]"
    if kind in ("cotangent", "output") and rest.isdigit():
        return f"{kind}s[{rest}]"
    if kind == "parameter" and (parameter := re.match(r"\w+", rest)):
        return f"parameters[{parameter[0]!r}]{rest[parameter.end() :]}"
    return first if first.startswith("context") and ", closing over " not in first else ""


def beyond(
    breach: tuple[str, str], found: Array, expected: Array, allowed: float, closing: str, opening: str = ""
) -> Iterator[Breach]:
    """The breach, `(what, where)`, if two arrays are further apart than `allowed`; with the worst entry."""
    what, where = breach
    if found.shape != expected.shape:
        yield Breach(Finding(what, where, f"shape {found.shape}", f"shape {expected.shape}"), closing, opening)
        return
    left, right = floats(found), floats(expected)
    with np.errstate(invalid="ignore"):
        apart = np.where(np.isnan(left) & np.isnan(right) | (left == right), 0.0, np.abs(left - right))
    apart = np.where(np.isnan(apart), np.inf, apart)
    if not apart.size or apart.max() <= allowed:
        return
    index = tuple(int(k) for k in np.unravel_index(int(apart.argmax()), apart.shape))
    entry = f"entry [{', '.join(map(str, index))}]: " if index else ""
    value = expected[index].item()
    bound = f" ± {allowed:.1e}" if value + allowed != value else ""
    wanted = f"{entry}{value!r}{bound}"
    yield Breach(Finding(what, where, f"{entry}{found[index].item()!r}", wanted), closing, opening)


def same_bits(trial: Trial, gradients: Gradients, first: Gradients, what: str) -> Iterator[Breach]:
    """A breach for every gradient that is not, bit for bit, what an earlier call gave."""
    for _, name, (found, earlier) in trial.pairs(gradients, first):
        if found.shape != earlier.shape or found.dtype != earlier.dtype:
            got, expected = (f"{array.dtype} {array.shape}" for array in (found, earlier))
            yield Breach(Finding(what, f"gradient of {name}", got, expected))
            continue
        index = differing(earlier, found)
        if index is not None:
            entry = f"entry [{', '.join(map(str, index))}]: " if index else ""
            got, expected = (f"{entry}{array[index].item()!r}" for array in (found, earlier))
            yield Breach(Finding(what, f"gradient of {name}", got, expected))


def near(
    trial: Trial, gradients: Gradients, expected: Gradients, what: str, opening: str = "", *, across: bool = False
) -> Iterator[Breach]:
    """The breaches of two calls of backward whose gradients differ by more than rounding."""
    pairs = [(k, name, native(a), native(b)) for k, name, (a, b) in trial.pairs(gradients, expected)]
    if all(same(a, b) for _, _, a, b in pairs):
        return
    allowed = trial.allowed(gradients, expected)
    for k, name, found, wanted in pairs:
        apart = beyond((what, f"gradient of {name}"), found, wanted, allowed[k], shown(k), opening)
        yield from (replace(breach, across=across) for breach in apart)


def alike(
    trial: Trial,
    what: tuple[str, str],
    outputs: tuple[Sequence[Array], Sequence[Array]],
    gradients: tuple[Gradients, Gradients],
    opening: str = "",
) -> Iterator[Breach]:
    """The breaches of two forward calls on the same values whose outputs or gradients differ by more than rounding.

    `what` names the two: that of the outputs, that of the gradients.
    """
    pairs = [(native(a), native(b)) for a, b in zip(*outputs, strict=False)]
    matched = [(k, name, (native(a), native(b))) for k, name, (a, b) in trial.pairs(*gradients)]
    if all(same(a, b) for a, b in [*pairs, *(both for _, _, both in matched)]):
        return
    try:
        outputs_moved, gradients_moved = trial.jitter
    except Refused:  # at the edge of the domain
        return
    for k, (found, expected) in enumerate(pairs):
        bound = SAFETY * (_unit(expected) + outputs_moved[k])
        different = [*beyond((what[0], f"output {k}"), found, expected, bound, f"print(outputs[{k}])", opening)]
        if different:
            yield from (replace(breach, across=True) for breach in different)
            return
    allowed = trial.allowed(*gradients)
    for k, name, (found, expected) in matched:
        bound = allowed[k] + SAFETY * gradients_moved[k]
        apart = beyond((what[1], f"gradient of {name}"), found, expected, bound, shown(k), opening)
        yield from (replace(breach, across=True) for breach in apart)


def _unit(array: Array) -> float:
    """The last place of the largest entry; 0 for whole numbers."""
    if array.dtype.kind != "f" or not array.size:
        return 0.0
    return float(np.finfo(array.dtype).eps) * float(np.abs(array).max())


def complete(breach: Breach, name: str, rating: Rating, op: Op, case: Case, cotangents: Sequence[Array]) -> Finding:
    """The breach's finding with the name of its promise, its rating, the case in words and a script."""
    script = as_python(op, case, cotangents, breach.closing, breach.opening)
    words = in_words(op.inputs, case)
    return replace(breach.finding, case=words, note=f"promise: {name}", reproduce=script, rating=rating)
