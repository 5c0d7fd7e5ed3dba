"""How long the kernel takes to prove each shipped derivation, for all sizes. SymPy and the derivations are loaded before.

Measured in CPU time, so that other work on the machine counts less.
"""

from __future__ import annotations

import time
from statistics import median

import pytest

from gradverify import Outcome, find, library
from gradverify.witnesses.proof import prove, prove_by_kernel

WANTED = 0.020
"""Seconds, median, for the kernel alone on each derivation."""

WANTED_PROOF = 0.2
"""Seconds, median, for all three opinions on each derivation."""

WANTED_ALL = 5.0
"""Seconds for all derivations on one core."""


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("name", list(library()))
def test_kernel(name, benchmark, figure):
    derivation = find(name)
    assert benchmark.pedantic(prove_by_kernel, (derivation,), rounds=40, warmup_rounds=2)
    if benchmark.stats is not None:  # with --benchmark-disable nothing is measured
        took = median(benchmark.stats.stats.data)
        figure(f"kernel: {name}, {derivation.steps} steps", f"{1000 * took:.1f} ms", f"<= {1000 * WANTED:.0f} ms")


def test_proofs(benchmark, figure):
    """The whole proof of every derivation: kernel, cutoff and SymPy."""
    times = {}
    for name, derivation in library().items():
        rounds = []
        for _ in range(3):
            started = time.process_time()
            proof = prove(derivation)
            rounds.append(time.process_time() - started)
            assert proof.outcome is Outcome.HOLDS
        times[name] = median(rounds)
    benchmark.pedantic(lambda: None, rounds=1)
    for name, took in times.items():
        figure(f"proof: {name}", f"{1000 * took:.0f} ms", f"<= {1000 * WANTED_PROOF:.0f} ms")
    figure(f"proofs of all {len(times)} derivations", f"{sum(times.values()):.1f} s", f"<= {WANTED_ALL:.0f} s")
