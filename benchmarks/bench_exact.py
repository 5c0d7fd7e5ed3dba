"""What one exact trial costs, and the whole check of normalize beside `torch.autograd.gradcheck` on the same NumPy code.

A trial is one forward on numbers with tangents and one backward. The peer runs only where torch is installed.
"""

from __future__ import annotations

import time
from dataclasses import replace
from random import Random
from statistics import median

import numpy as np
import pytest

from gradverify import find, library
from gradverify.adapters import adapt
from gradverify.cases.collect import collect
from gradverify.cases.strategies import cases
from gradverify.checker import witnesses
from gradverify.derived_space import space_of
from gradverify.model import Case
from gradverify.numbers.fields import PrimeField
from gradverify.numbers.run import code_of, roots_of
from gradverify.ops import Normalize
from gradverify.witnesses._exact_run import run_trial


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


def seconds(op, case, rounds: int) -> float:
    code = code_of(op.forward, op.backward, roots_of(op.forward, op.backward))
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        result = run_trial(code, case, PrimeField(Random(1)))
        taken.append(time.perf_counter() - started)
        assert result.left == result.right
    return median(taken)


def case_of_shape(shape, seed: int = 0) -> Case:
    rng = np.random.default_rng(seed)
    return Case((rng.uniform(0.5, 2, shape),), {}, {}, seed)


def test_catalogue(figure):
    """The median op of the catalogue, with every drawn side set to 3 or 5."""
    times = {}
    for name, derivation in library().items():
        op = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))
        space = space_of(derivation, op)
        sizes = dict(zip(dict.fromkeys(s for spec in space.inputs for s in spec.shape if isinstance(s, str)), (3, 5, 4), strict=False))
        fixed = tuple(replace(spec, shape=tuple(sizes.get(s, s) for s in spec.shape)) for spec in space.inputs)
        parameters = {key: sizes.get(value, 4) if isinstance(value, str) else value for key, value in space.parameters.items()}
        (case, *_) = collect(cases(replace(space, inputs=fixed, parameters=parameters)), 1, 0)
        try:
            times[name] = seconds(op, case, 15)
        except Exception as error:  # noqa: BLE001  # a root that is no residue: the benchmark leaves it out and says so
            figure(f"one exact trial, {name}", f"left out: {type(error).__name__}", "")
    figure(f"one exact trial at 3x5, median of {len(times)} ops", f"{1000 * median(times.values()):.2f} ms", "<= 2 ms")


@pytest.mark.parametrize(("op", "shape", "wanted"), [(Normalize, (30, 40), 15), (Softmax, (60, 60), 60)])
def test_large(op, shape, wanted, figure):
    took = seconds(adapt(op), case_of_shape(shape), 9)
    figure(f"one exact trial, {op.__name__} at {shape[0]}x{shape[1]}", f"{1000 * took:.1f} ms", f"<= {wanted} ms")


def test_whole_check_beside_gradcheck(figure):
    torch = pytest.importorskip("torch")
    derivation = find("normalize")
    op = adapt(derivation.op)
    space = space_of(derivation, op)
    fixed = replace(space, inputs=tuple(replace(spec, shape=(30, 40)) for spec in space.inputs))

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            context = {}
            y = Normalize.forward(context, x.detach().numpy())
            ctx.context = context
            return torch.from_numpy(y)

        @staticmethod
        def backward(ctx, y_bar):
            return torch.from_numpy(np.asarray(Normalize.backward(ctx.context, y_bar.numpy())))

    x = torch.tensor(np.random.default_rng(0).uniform(0.5, 2, (30, 40)), requires_grad=True)
    rows = {"slow": [], "fast": [], "ours": []}
    for _ in range(3):
        for mode in ("slow", "fast"):
            started = time.perf_counter()
            assert torch.autograd.gradcheck(Function.apply, (x,), fast_mode=mode == "fast")
            rows[mode].append(time.perf_counter() - started)
        started = time.perf_counter()
        assert witnesses(op, fixed, seed=0, derivation=derivation, examples=1)
        rows["ours"].append(time.perf_counter() - started)
    ours, slow, fast = (median(rows[name]) for name in ("ours", "slow", "fast"))
    figure("all witnesses, normalize at 30x40, one case each", f"{1000 * ours:.0f} ms", "")
    figure("gradcheck, slow mode, the same code", f"{1000 * slow:.0f} ms, {slow / ours:.1f} x ours", ">= 20 x")
    figure("gradcheck, fast mode, the same code", f"{1000 * fast:.0f} ms, {fast / ours:.2f} x ours", ">= 1 x")
