"""What one direction of the difference witness costs at 10^6 elements: calls of the op, peak memory, time.

Three settings: an op whose domain is everything, normalize on positive entries, and normalize on the space of its
derivation, whose condition "no row sums to 0" is evaluated at every point as well.
"""

from __future__ import annotations

import tracemalloc
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from gradverify import Op, Outcome, find
from gradverify.adapters import adapt
from gradverify.cases import cases
from gradverify.derived_space import space_of
from gradverify.model import InputSpec, Sign, Space
from gradverify.witnesses.difference import difference

SIDES = (1000, 1000)
INPUT_BYTES = 8 * SIDES[0] * SIDES[1]


def counted(op: Op) -> tuple[Op, Counter[str]]:
    calls: Counter[str] = Counter()

    def forward(*inputs, **parameters):
        calls["forward"] += 1
        return op.forward(*inputs, **parameters)

    def backward(context, cotangents):
        calls["backward"] += 1
        return op.backward(context, cotangents)

    return replace(op, forward=forward, backward=backward), calls


def sigmoid() -> tuple[Op, Space]:
    return adapt("gradverify.ops:Sigmoid"), Space((InputSpec("x", SIDES),))


def normalize_positive() -> tuple[Op, Space]:
    return adapt("gradverify.ops:Normalize"), Space((InputSpec("x", SIDES, Sign.POSITIVE),))


def normalize_derivation() -> tuple[Op, Space]:
    derivation = find("normalize")
    op = adapt(derivation.op)
    space = space_of(derivation, op)
    return op, replace(space, inputs=tuple(replace(spec, shape=SIDES) for spec in space.inputs))


@pytest.mark.parametrize("setting", [sigmoid, normalize_positive, normalize_derivation], ids=lambda make: make.__name__)
def test_difference(setting, benchmark, figure, monkeypatch):
    # In C order: as every second element of a buffer the input would take four times its own memory.
    monkeypatch.setattr("gradverify.witnesses.difference.cases", partial(cases, layouts=("C",)))
    plain, space = setting()
    op, calls = counted(plain)

    def one_direction():
        return difference(op, space, seed=0, examples=1, directions=1)

    one_direction()  # whatever is loaded at the first call is not the witness's memory
    calls.clear()
    tracemalloc.start()
    evidence = one_direction()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert evidence.outcome is Outcome.HOLDS, evidence
    assert evidence.cases == 1, evidence
    name = setting.__name__.replace("_", ", ")
    figure(f"difference, 10^6 elements, {name}: forward calls", str(calls["forward"]), "<= 10")
    figure(f"difference, 10^6 elements, {name}: backward calls", str(calls["backward"]), "<= 1")
    figure(f"difference, 10^6 elements, {name}: peak memory", f"{peak / INPUT_BYTES:.1f} x input", "<= 8 x input")
    benchmark.pedantic(one_direction, rounds=3)
