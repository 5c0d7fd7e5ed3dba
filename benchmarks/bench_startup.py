"""How long `gradverify --help` takes, beside a Python that does nothing, started in turns in the same run."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from statistics import median

ROUNDS = 20
NOTHING = [sys.executable, "-c", "pass"]
HELP = [sys.executable, "-m", "gradverify", "--help"]


def start(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock, and seconds of CPU time, which other work on the machine changes less."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    elapsed = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help(benchmark, figure):
    bare, helped = [], []
    benchmark.pedantic(
        lambda: helped.append(start(HELP)),
        setup=lambda: bare.append(start(NOTHING)),
        rounds=ROUNDS,
        warmup_rounds=2,
    )
    (took, cpu), (nothing, nothing_cpu) = (map(median, zip(*pairs, strict=True)) for pairs in (helped, bare))
    figure("gradverify --help", f"{1000 * took:.0f} ms, CPU {1000 * cpu:.0f} ms", "<= 150 ms")
    figure("python -c pass", f"{1000 * nothing:.0f} ms, CPU {1000 * nothing_cpu:.0f} ms", "")
    figure("ratio of the two", f"{took / nothing:.1f}, CPU {cpu / nothing_cpu:.1f}", "")
