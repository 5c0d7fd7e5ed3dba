"""What conduct asks of calls that follow one another: what a backward returns depends on its own context alone.

Two forward calls are not compared if forward is random; within one context there is no such excuse.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gradverify.cases import Refused, inside, lay_out
from gradverify.model import Choice, Finding, Space
from gradverify.witnesses import _run
from gradverify.witnesses._breaches import Breach, alike, changed, near, same_bits
from gradverify.witnesses._memory import Snapshot
from gradverify.witnesses._trial import Trial, named_arrays, start


def same_gradient_again(trial: Trial) -> Iterator[Breach]:
    """A second backward call gives the same bits."""
    yield from same_bits(trial, trial.second, trial.gradients, "a second call of backward gives another gradient")


def same_from_scratch(trial: Trial) -> Iterator[Breach]:
    """Forward and backward, called once more on the same values, give the same gradient."""
    if trial.fresh is None:
        what = "forward refuses what it took before"
        yield Breach(Finding(what, trial.op.name, "an error", "the same outputs as before"))
        return
    gradients = trial.again([y_bar.copy() for y_bar in trial.cotangents], trial.fresh)
    what = "the same forward and backward once more give another gradient"
    yield from near(trial, gradients, trial.gradients, what, across=True)


def one_context_two_cotangents(trial: Trial) -> Iterator[Breach]:
    """A context that served one cotangent gives for another one what a fresh context gives."""
    fresh = trial.afresh()
    if fresh is None:
        return
    gradients = trial.again(trial.other_cotangents, fresh)
    what = "a context used twice gives another gradient than a fresh one"
    yield from near(trial, trial.other_gradients, gradients, what, across=True)


def contexts_kept_apart(trial: Trial) -> Iterator[Breach]:
    """Forward and backward calls on other inputs change neither the arrays nor the gradient of this call."""
    around = Snapshot(named_arrays(trial.op, trial.run))
    other = trial.neighbour
    if other is None:
        return
    gradients = trial.again(trial.cotangents)
    by_forward = [*same_bits(trial, gradients, trial.gradients, "another forward call in between changes the gradient")]
    if by_forward:
        yield from by_forward
        return
    first = trial.again(trial.other_cotangents, other)
    gradients = trial.again(trial.cotangents)
    yield from same_bits(trial, gradients, trial.gradients, "another backward call in between changes the gradient")
    second = trial.again(trial.other_cotangents, other)
    yield from same_bits(trial, second, first, "another backward call in between changes the gradient")
    for change in around.changes():
        yield changed("a call on other inputs changes an array of this one", change, trial.op.inputs)


def parameters_kept_apart(trial: Trial) -> Iterator[Breach]:
    """A forward call with other parameters in between does not change the gradient."""
    for parameters in _other_parameters(trial.space, trial.case.parameters):
        inputs = [lay_out(x, "C") for x in trial.case.inputs]
        try:
            _run.forward(trial.op, inputs, _run.copy_parameters(parameters))
        except Refused:
            continue
        what = "a forward call with other parameters in between changes the gradient"
        yield from same_bits(trial, trial.again(trial.cotangents), trial.gradients, what)
        return


def _other_parameters(space: Space, drawn: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Parameters with every choice taken otherwise, then with one of them at a time."""
    changes: list[Mapping[str, Any]] = [
        {name: value.values[(_place(value.values, drawn.get(name)) + 1) % len(value.values)]}
        for name, value in space.parameters.items()
        if isinstance(value, Choice) and len(value.values) > 1
    ]
    for bundle in space.bundles:
        if len(bundle) > 1:
            place = next((k for k, each in enumerate(bundle) if all(drawn.get(n) is v for n, v in each.items())), -1)
            changes.append(bundle[(place + 1) % len(bundle)])
    if len(changes) > 1:
        yield {**drawn, **{name: value for change in changes for name, value in change.items()}}
    yield from ({**drawn, **change} for change in changes)


def _place(values: Sequence[Any], drawn: Any) -> int:
    """Which of the values was drawn: told by identity, as arrays have no equality."""
    return next((k for k, value in enumerate(values) if value is drawn), -1)


def same_array_twice(trial: Trial) -> Iterator[Breach]:
    """One array passed for two inputs gives what two arrays of the same values give."""
    places = _twins(trial)
    if len(places) < 2:
        return
    x = trial.case.inputs[places[0]]
    # Copies, because an array that stands in a case twice is handed over as one.
    inputs = tuple(x.copy() if k in places else z for k, z in enumerate(trial.case.inputs))
    if not inside(trial.space, inputs):
        return
    one = lay_out(x, "C")
    given = tuple(one if k in places else lay_out(z, "C") for k, z in enumerate(inputs))
    try:
        apart = start(trial.op, trial.space, replace(trial.case, inputs=inputs, layout="C"))
        run = _run.forward(trial.op, given, _run.copy_parameters(trial.case.parameters))
    except Refused:
        return
    if apart.error is not None or not apart.finite:
        return
    names = " and ".join(trial.op.inputs[k] for k in places)
    opening = "\n".join(
        [
            f"given = inputs[{places[0]}].copy()",
            f"inputs = tuple(given if k in {places} else x for k, x in enumerate(inputs))",
        ]
    )
    what = (
        f"forward is wrong for one array passed as {names}",
        f"the gradient is wrong where one array is passed as {names}",
    )
    gradients = apart.again(apart.cotangents, run), apart.gradients
    yield from alike(apart, what, (run.outputs, apart.run.outputs), gradients, opening)


def _twins(trial: Trial) -> tuple[int, ...]:
    """The largest set of inputs that agree in shape and in the domain of their entries, the first of equally large ones."""
    groups: dict[Any, list[int]] = {}
    for k, (spec, x) in enumerate(zip(trial.space.inputs, trial.case.inputs, strict=True)):
        groups.setdefault((x.shape, x.dtype, spec.sign), []).append(k)
    largest = max(map(len, groups.values()))
    return next(tuple(places) for places in groups.values() if len(places) == largest)
