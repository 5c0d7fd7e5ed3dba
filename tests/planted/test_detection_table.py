"""The benchmark of what is detected: its fixed shapes, how it counts, and a table where a tool is not installed."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from catalogue import RIGHT, WARNED, WRONG, Planted

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "detection.py"


@pytest.fixture(scope="module")
def detection():
    spec = importlib.util.spec_from_file_location("planted_detection", PATH)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.path", sys.path[:])
        patch.setitem(sys.modules, spec.name, module)  # its dataclasses look their module up
        spec.loader.exec_module(module)
        yield module


def test_sizes_get_sides_in_their_order(detection):
    assert detection.fixed_shapes(("mxk", "kxn")) == [(3, 4), (4, 2)]
    assert detection.fixed_shapes(("nxn", "n", "scalar", "2xn")) == [(3, 3), (3,), (), (2, 3)]
    assert detection.fixed_shapes(("m?xn?", "...?xm?xn?")) == [(3, 4), (3, 4)]
    assert detection.fixed_shapes(("...xmxn", "3?xn")) == [(3, 4), (3, 4)]


def test_every_record_has_a_point_that_its_op_takes(detection):
    for record in (*WRONG, *WARNED, *RIGHT):
        wrapped = detection.Wrapped(record)
        with np.errstate(all="ignore"):
            outputs, _ = wrapped.forward(*wrapped.point())
        assert all(np.isfinite(y).all() for y in outputs), record.name
        assert not wrapped.reached


def test_gradverify_answers(detection):
    wrong, right = Planted("broken_ops.py:SquareNegates", ("mxn",)), Planted("course_ops.py:Square", ("mxn",))
    assert detection.ask(("gradverify", wrong)).outcome == detection.DETECTED
    assert detection.ask(("gradverify", right)).outcome == detection.MISSED


def test_the_table_counts_and_says_what_is_not_installed(detection):
    every = [detection.Answer(detection.DETECTED, "no", 0.5) for _ in (*WRONG, *WARNED, *RIGHT)]
    every[0] = detection.Answer(detection.CRASHED, "ValueError", 0.5)
    text = detection.table({"gradverify": every, "torch": None})
    total = next(line for line in text.splitlines() if "all wrong" in line)
    assert total == f"| **all wrong: detected** | {len(WRONG)} | {len(WRONG) - 1} (1 crashed) | not installed |"
    assert f"| **right: accused** | {len(RIGHT)} | {len(RIGHT)} | not installed |" in text


def test_the_page_has_the_place_for_the_table(detection):
    page = detection.PAGE.read_text(encoding="utf-8")
    assert page.count(detection.BEGIN) == page.count(detection.END) == 1
    assert page.index(detection.BEGIN) < page.index(detection.END)
