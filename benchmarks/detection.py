"""Counts which of the planted wrong backwards each checker detects, and which right ones it accuses: gradverify beside others.

`python benchmarks/detection.py [--write]` asks every tool, each in a process of its own, about the same NumPy code, prints a
table and with `--write` puts it into docs/detection.md. A tool that is not installed has an empty column.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "planted")]

from catalogue import FOLDER, RIGHT, WARNED, WRONG, Planted  # noqa: E402  # the line above lets it be found

from gradverify import Op, Verdict, check  # noqa: E402  # for the same reason
from gradverify.adapters import adapt, parse_parameter  # noqa: E402  # for the same reason

PAGE = ROOT / "docs" / "detection.md"
BEGIN, END = "<!-- detection: begin -->", "<!-- detection: end -->"
TOOLS = {
    "gradverify": "gradverify",
    "torch": "torch gradcheck",
    "jax": "jax check_grads",
    "autograd": "autograd check_grads",
}
SIDES = (3, 4, 2, 5)
"""What a user types for the sizes m, n, … in order of appearance."""

DETECTED, MISSED, CRASHED = "detected", "missed", "crashed"


@dataclass(frozen=True)
class Answer:
    """What one tool said of one record, in seconds; `said` is its first line of complaint."""

    outcome: str
    said: str
    seconds: float


class Wrapped:
    """The op at its parameters, with a note of whether its backward was ever reached."""

    def __init__(self, record: Planted) -> None:
        self.shapes = fixed_shapes(record.shapes)
        self.parameters = dict(parse_parameter(text.partition("|")[0]) for text in record.parameters)
        self.op: Op = adapt(f"{FOLDER}/{record.target}", parameters=self.parameters, input_count=len(self.shapes))
        self.reached = False

    def forward(self, *inputs: Any) -> tuple[tuple[Any, ...], Any]:
        return self.op.forward(*inputs, **self.parameters)

    def backward(self, context: Any, cotangents: Iterable[Any]) -> tuple[Any, ...]:
        self.reached = True
        return self.op.backward(context, tuple(cotangents))

    def point(self) -> list[Any]:
        """One generic point: standard normal entries; their magnitudes where forward has no finite value at them."""
        rng = np.random.default_rng(0)
        drawn = [np.asarray(rng.standard_normal(shape)) for shape in self.shapes]
        with np.errstate(all="ignore"):
            outputs, _ = self.forward(*[x.copy() for x in drawn])
        finite = all(np.isfinite(y).all() for y in outputs)
        return drawn if finite else [np.abs(x) + 0.1 for x in drawn]


def fixed_shapes(texts: Iterable[str]) -> list[tuple[int, ...]]:
    """The shapes of a record with a fixed side for each size; optional 1s and leading axes are left out."""
    sides: dict[str, int] = {}
    shapes = []
    for text in texts:
        names = [] if text == "scalar" else [name for name in re.sub(r"\.\.\.|\?", "", text).split("x") if name]
        for name in names:
            if name.isidentifier() and name not in sides:
                sides[name] = SIDES[len(sides) % len(SIDES)]
        shapes.append(tuple(sides[name] if name in sides else int(name) for name in names))
    return shapes


# --- one function for each tool: returns what it complains of, empty if it is content ---------------------------------


def ask_torch(wrapped: Wrapped, point: list[Any]) -> str:
    import torch

    def tensor(array: Any) -> Any:
        plain = array.flags.writeable and all(stride >= 0 for stride in array.strides) and array.dtype.isnative
        return torch.from_numpy(array if plain else np.array(array))

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *inputs: Any) -> Any:
            outputs, ctx.saved = wrapped.forward(*[x.detach().numpy() for x in inputs])
            return tuple(map(tensor, outputs)) if len(outputs) > 1 else tensor(outputs[0])

        @staticmethod
        def backward(ctx: Any, *cotangents: Any) -> Any:
            gradients = wrapped.backward(ctx.saved, [y.detach().numpy() for y in cotangents])
            return tuple(None if x is None else tensor(x) for x in gradients)

    inputs = tuple(torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point)
    try:
        torch.autograd.gradcheck(Function.apply, inputs)
    except torch.autograd.gradcheck.GradcheckError as error:
        return first_line(error)
    return ""


def ask_jax(wrapped: Wrapped, point: list[Any]) -> str:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    shapes = [jax.ShapeDtypeStruct(y.shape, y.dtype) for y in wrapped.forward(*[x.copy() for x in point])[0]]
    contexts: dict[int, Any] = {}

    def run(*inputs: Any) -> tuple[Any, ...]:
        outputs, contexts[len(contexts)] = wrapped.forward(*map(np.asarray, inputs))
        return (np.int64(len(contexts) - 1), *map(np.array, outputs))

    def run_back(key: Any, *cotangents: Any) -> tuple[Any, ...]:
        gradients = wrapped.backward(contexts[int(key)], map(np.asarray, cotangents))
        assert len(gradients) == len(point), f"{len(gradients)} gradients for {len(point)} inputs"
        return tuple(np.array(x) for x in gradients)

    def call(*inputs: Any) -> Any:
        return jax.pure_callback(run, (jax.ShapeDtypeStruct((), np.int64), *shapes), *inputs)

    @jax.custom_vjp
    def function(*inputs: Any) -> Any:
        return tuple(call(*inputs)[1:])

    def forward(*inputs: Any) -> Any:
        key, *outputs = call(*inputs)
        return tuple(outputs), key

    def backward(key: Any, cotangents: Any) -> Any:
        wanted = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in point]
        return tuple(jax.pure_callback(run_back, tuple(wanted), key, *cotangents))

    function.defvjp(forward, backward)
    try:
        check_grads(function, tuple(point), order=1, modes=["rev"])
    except AssertionError as error:
        return first_line(error)
    return ""


def ask_autograd(wrapped: Wrapped, point: list[Any]) -> str:
    from autograd.extend import defvjp_argnums, primitive
    from autograd.test_util import check_grads

    runs: list[tuple[Any, Any, list[Any]]] = []

    @primitive
    def function(*inputs: Any) -> Any:
        outputs, context = wrapped.forward(*inputs)
        joined = outputs[0] if len(outputs) == 1 else np.concatenate([y.reshape(-1) for y in outputs])
        runs.append((joined, context, [y.shape for y in outputs]))
        return joined

    def rule(argnums: Any, answer: Any, arguments: Any, keywords: Any) -> Any:
        context, shapes = next((context, shapes) for joined, context, shapes in reversed(runs) if joined is answer)
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]

        def vjp(cotangent: Any) -> Any:
            flat = np.split(np.reshape(cotangent, -1), ends) if len(shapes) > 1 else [cotangent]
            gradients = wrapped.backward(context, [y.reshape(shape) for y, shape in zip(flat, shapes, strict=True)])
            return [gradients[k] for k in argnums]

        return vjp

    defvjp_argnums(function, rule)
    np.random.seed(0)  # check_grads draws its directions from NumPy's global state
    try:
        every = tuple(range(len(point))) if len(point) > 1 else 0
        check_grads(function, every, modes=["rev"], order=1)(*point)
    except AssertionError as error:
        return first_line(error)
    return ""


PEERS: dict[str, Callable[[Wrapped, list[Any]], str]] = {"torch": ask_torch, "jax": ask_jax, "autograd": ask_autograd}


def first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"[:200]


def ask_peer(tool: str, record: Planted) -> Answer:
    """An error is a detection once backward was reached; before, the harness or forward itself failed."""
    started = time.perf_counter()
    wrapped = Wrapped(record)
    try:
        said = PEERS[tool](wrapped, wrapped.point())
        outcome = DETECTED if said else MISSED
    except Exception as error:  # noqa: BLE001  # whatever an op or a framework raises is what the user would see
        said, outcome = first_line(error), DETECTED if wrapped.reached else CRASHED
    return Answer(outcome, said, time.perf_counter() - started)


def ask_gradverify(record: Planted) -> Answer:
    started = time.perf_counter()
    try:
        report = check(f"{FOLDER}/{record.target}", shapes=record.shapes, parameters=record.parameters)
    except Exception as error:  # noqa: BLE001  # counted as a crash, like a peer's
        return Answer(CRASHED, first_line(error), time.perf_counter() - started)
    said = "" if report.verdict in (Verdict.EXACT, Verdict.AGREES) else f"{report.verdict.name}: {report.because}"
    return Answer(DETECTED if said else MISSED, said, time.perf_counter() - started)


# --- all records --------------------------------------------------------------------------------------------------------


def ask(job: tuple[str, Planted]) -> Answer:
    tool, record = job
    warnings.simplefilter("ignore")  # an op's own arithmetic may warn; the tools' answers are what is counted
    with np.errstate(all="ignore"):
        return ask_gradverify(record) if tool == "gradverify" else ask_peer(tool, record)


def ask_all(tool: str, jobs: int) -> list[Answer]:
    """One answer for each of `WRONG`, `WARNED` and `RIGHT`, in order."""
    work = [(tool, record) for record in (*WRONG, *WARNED, *RIGHT)]
    if jobs == 1:
        return list(map(ask, work))
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(ask, work, chunksize=4))


def version_of(tool: str) -> str | None:
    """The version of a tool; None where it is not installed."""
    try:
        return version(tool)
    except PackageNotFoundError:
        return None


def in_a_process_of_its_own(tool: str, jobs: int) -> list[Answer]:
    """Class attributes and globals that a wrong op leaves behind must not help the next tool."""
    command = [sys.executable, __file__, "--tool", tool, "--jobs", str(jobs)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "JAX_PLATFORMS": "cpu"}
    )
    return [Answer(**each) for each in json.loads(done.stdout.splitlines()[-1])]


# --- the table ----------------------------------------------------------------------------------------------------------


def cell(answers: list[Answer] | None, wanted: str = DETECTED) -> str:
    if answers is None:
        return "not installed"
    crashed = sum(each.outcome == CRASHED for each in answers)
    return f"{sum(each.outcome == wanted for each in answers)}{f' ({crashed} crashed)' if crashed else ''}"


def table(answers: dict[str, list[Answer] | None]) -> str:
    """The generated part of the page, in Markdown."""
    kinds = list(dict.fromkeys(record.kind for record in WRONG))
    wrong, warned = slice(0, len(WRONG)), slice(len(WRONG), len(WRONG) + len(WARNED))
    right = slice(len(WRONG) + len(WARNED), None)

    def row(name: str, number: int, part: Callable[[list[Answer]], list[Answer]]) -> str:
        return f"| {name} | {number} | " + " | ".join(cell(a and part(a)) for a in answers.values()) + " |"

    lines = [f"| wrong backwards | number | {' | '.join(TOOLS[tool] for tool in answers)} |"]
    lines.append("|---" * (len(answers) + 2) + "|")
    for kind in kinds:
        which = [k for k, record in enumerate(WRONG) if record.kind == kind]
        lines.append(row(kind, len(which), lambda a, which=which: [a[k] for k in which]))
    lines.append(row("**all wrong: detected**", len(WRONG), lambda a: a[wrong]))
    lines.append(row("**right: accused**", len(RIGHT), lambda a: a[right]))
    lines.append(row("**surprising, harmless: accused**", len(WARNED), lambda a: a[warned]))
    seconds = [f"{sum(each.seconds for each in a):.0f} s" if a else "" for a in answers.values()]
    lines.append(f"| time for all | {len(WRONG) + len(RIGHT) + len(WARNED)} | {' | '.join(seconds)} |")
    found = [f"{tool} {version_of(tool) or 'not installed'}" for tool in answers]
    return "\n".join([f"Measured with {', '.join(found)}, NumPy {np.__version__}.", "", *lines])


def write(text: str) -> None:
    """Replace what stands between the markers of the page."""
    page = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"{PAGE}: the markers {BEGIN} and {END} are missing")
    PAGE.write_text(pattern.sub(lambda _: f"{BEGIN}\n\n{text}\n\n{END}", page), encoding="utf-8")


def complaints(answers: dict[str, list[Answer] | None]) -> Iterable[str]:
    """What is worth a look: crashes, wrong ones that gradverify misses, right ones that anybody accuses."""
    everything = (*WRONG, *WARNED, *RIGHT)
    for tool, given in answers.items():
        for k, (record, answer) in enumerate(zip(everything, given or (), strict=False)):
            missed = tool == "gradverify" and k < len(WRONG) and answer.outcome == MISSED
            accused = k >= len(WRONG) and answer.outcome == DETECTED
            if missed or accused or answer.outcome == CRASHED:
                yield f"{tool}: {record.kind or 'right'}: {record.name} {answer.outcome} {answer.said}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/detection.md")
    parser.add_argument("--only", nargs="*", choices=TOOLS, default=list(TOOLS), help="the tools to ask")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--tool", choices=TOOLS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.tool:
        print(json.dumps([asdict(each) for each in ask_all(options.tool, options.jobs)]))
        return
    installed = {tool: version_of(tool) is not None or tool == "gradverify" for tool in options.only}
    answers = {
        tool: in_a_process_of_its_own(tool, options.jobs) if there else None for tool, there in installed.items()
    }
    for line in complaints(answers):
        print(line, file=sys.stderr)
    text = table(answers)
    print(text)
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
