"""What one exact trial costs, and the whole check of normalize beside `torch.autograd.gradcheck` on the same NumPy code.

A trial is one forward on numbers with tangents and one backward, in the first model that proves the op. The peer runs only
where torch is installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from statistics import median

import numpy as np
import pytest

from gradverify import find, library
from gradverify.adapters import adapt
from gradverify.cases import cases
from gradverify.cases.collect import collect
from gradverify.cases.shapes import size_names
from gradverify.checker import witnesses
from gradverify.derived_space import space_of
from gradverify.model import Case, Indices, Op, Space
from gradverify.numbers.fields import ExponentField, PrimeField, QuadraticField
from gradverify.numbers.run import code_of, roots_of
from gradverify.numbers.signals import OutsideField
from gradverify.ops import Normalize
from gradverify.witnesses._exact_run import run_trial

MODELS = (PrimeField, QuadraticField, ExponentField)


class Softmax:
    """softmax along the rows, shifted by their maximum."""

    @staticmethod
    def forward(context, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        context["y"] = e / e.sum(axis=1, keepdims=True)
        return context["y"].copy()

    @staticmethod
    def backward(context, y_bar):
        y = context["y"]
        return y * (y_bar - (y_bar * y).sum(axis=1, keepdims=True))


def one_trial(op: Op, case: Case) -> Callable[[], None]:
    """A trial in the first model that proves the op, ready to be timed."""
    code = code_of(op.forward, op.backward, roots_of(op.forward, op.backward))
    for model in MODELS:
        try:
            first = run_trial(code, case, model(Random(1)))
        except OutsideField:
            continue
        if first.left == first.right:
            return lambda: run_trial(code, case, model(Random(1)))
    raise AssertionError(f"no model proves {op.name}")


def measured(run: Callable[[], None], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return median(taken)


def fixed(space: Space, sides: tuple[int, ...]) -> Space:
    """The space with its sizes set to these sides, in the order they are met."""
    names = dict.fromkeys(side for spec in space.inputs for side in spec.shape if isinstance(side, str))
    names |= dict.fromkeys(name for name in size_names(space) if name not in names)
    sizes = dict(zip(names, sides, strict=False))
    inputs = tuple(replace(spec, shape=tuple(sizes.get(side, side) for side in spec.shape)) for spec in space.inputs)

    def set_to(value: object) -> object:
        if isinstance(value, Indices):
            shape = tuple(sizes.get(side, side) for side in value.shape)
            return Indices(shape, sizes.get(value.below, value.below))
        return sizes.get(value, value) if isinstance(value, str) else value

    return replace(space, inputs=inputs, parameters={key: set_to(value) for key, value in space.parameters.items()})


def test_catalogue(benchmark, figure):
    """Every op of the catalogue with sides of 3 and 5."""
    times = {}
    for name, derivation in library().items():
        op = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))
        (case, *_) = collect(cases(fixed(space_of(derivation, op), (3, 5, 4, 3))), 1, 0)
        times[name] = measured(one_trial(op, case), 15)
    benchmark.pedantic(lambda: None, rounds=1)
    figure(f"one exact trial at 3x5, median of {len(times)} ops", f"{1000 * median(times.values()):.2f} ms", "<= 2 ms")
    slowest = max(times, key=times.__getitem__)
    figure(f"one exact trial at 3x5, the slowest op, {slowest}", f"{1000 * times[slowest]:.2f} ms", "")


@pytest.mark.parametrize(("op", "shape", "wanted"), [(Normalize, (30, 40), 15), (Softmax, (60, 60), 60)])
def test_large(benchmark, op, shape, wanted, figure):
    case = Case((np.random.default_rng(0).uniform(0.5, 2, shape),), {}, {}, 0)
    run = one_trial(adapt(op), case)
    took = measured(run, 9)
    benchmark.pedantic(run, rounds=3)
    figure(f"one exact trial, {op.__name__} at {shape[0]}x{shape[1]}", f"{1000 * took:.1f} ms", f"<= {wanted} ms")


def test_whole_check_beside_gradcheck(benchmark, figure):
    torch = pytest.importorskip("torch")
    derivation = find("normalize")
    op = adapt(derivation.op)
    space = fixed(space_of(derivation, op), (30, 40))

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.saved = {}
            return torch.from_numpy(Normalize.forward(ctx.saved, x.detach().numpy()))

        @staticmethod
        def backward(ctx, y_bar):
            return torch.from_numpy(np.asarray(Normalize.backward(ctx.saved, y_bar.numpy())))

    x = torch.tensor(np.random.default_rng(0).uniform(0.5, 2, (30, 40)), requires_grad=True)
    slow = measured(lambda: torch.autograd.gradcheck(Function.apply, (x,)), 3)
    fast = measured(lambda: torch.autograd.gradcheck(Function.apply, (x,), fast_mode=True), 9)
    ours = measured(lambda: witnesses(op, space, seed=0, derivation=derivation, examples=1), 5)
    benchmark.pedantic(lambda: None, rounds=1)
    figure("all witnesses, normalize at 30x40, one case each", f"{1000 * ours:.0f} ms", "")
    figure("gradcheck, slow mode, the same code", f"{1000 * slow:.0f} ms, {slow / ours:.1f} x ours", ">= 20 x")
    figure("gradcheck, fast mode, the same code", f"{1000 * fast:.1f} ms, {fast / ours:.2f} x ours", ">= 1 x")
