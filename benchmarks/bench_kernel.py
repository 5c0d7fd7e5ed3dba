"""How long the kernel takes to prove each shipped derivation, for all sizes. SymPy and the derivations are loaded before.

Measured in CPU time, so that other work on the machine counts less.
"""

from __future__ import annotations

import time
from statistics import median

import pytest

from gradverify import find, library
from gradverify.witnesses.proof import prove_by_kernel

WANTED = 0.020
"""Seconds, median, for each derivation."""


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("name", list(library()))
def test_kernel(name, benchmark, figure):
    derivation = find(name)
    assert benchmark.pedantic(prove_by_kernel, (derivation,), rounds=40, warmup_rounds=2)
    if benchmark.stats is not None:  # with --benchmark-disable nothing is measured
        took = median(benchmark.stats.stats.data)
        figure(f"kernel: {name}, {derivation.steps} steps", f"{1000 * took:.1f} ms", f"<= {1000 * WANTED:.0f} ms")
