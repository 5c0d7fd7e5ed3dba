"""How long `gradverify --help` takes, beside a Python that does nothing, started in turns in the same run."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

ROUNDS = 20
NOTHING = [sys.executable, "-c", "pass"]
HELP = [sys.executable, "-m", "gradverify", "--help"]


def start(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def test_help(benchmark, figure):
    bare = []
    benchmark.pedantic(start, (HELP,), setup=lambda: bare.append(start(NOTHING)), rounds=ROUNDS, warmup_rounds=2)
    if benchmark.stats is not None:
        took, nothing = median(benchmark.stats.stats.data), median(bare)
        figure("gradverify --help", f"{1000 * took:.0f} ms", "<= 150 ms")
        figure("python -c pass", f"{1000 * nothing:.0f} ms", "")
        figure("ratio of the two", f"{took / nothing:.1f}", "")
