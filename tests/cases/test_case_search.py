"""A search counts, shrinks, repeats with its seed and keeps out of everybody's way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradverify
from gradverify.cases import Mismatch, Refused, Skipped, cases, search
from gradverify.model import Finding, InputSpec, Space

MATRIX = Space((InputSpec("x", ("m", "n")),))


def fail_if(condition, what="it is"):
    def check(case):
        if condition(case):
            raise Mismatch(Finding(what=what, note=f"{case.inputs[0].shape}"))
        return case.inputs[0].shape

    return check


def test_what_passes_is_counted_and_summed_up():
    result = search(cases(MATRIX), lambda case: case.seed, examples=30, seed=1)

    assert result.cases == len(result.seen) == 30
    assert result.finding is None
    assert result.case is None
    assert (result.refused, result.skipped) == (0, 0)
    assert result.shapes.startswith("sides 0–")
    assert result.shapes.endswith("square and not")


def test_a_failure_is_shrunk():
    result = search(cases(MATRIX), fail_if(lambda case: case.inputs[0].shape[1] > 16), examples=30, seed=0)

    assert result.case.inputs[0].shape == (1, 17)
    assert result.case.layout == "C"
    assert result.finding.note == "(1, 17)"


def test_the_same_seed_gives_the_same_search_and_another_seed_another():
    def seen(seed):
        found = search(cases(MATRIX), lambda case: case.inputs[0].tobytes(), examples=20, seed=seed).seen
        assert len(found) == 20
        return found

    assert seen(5) == seen(5)
    assert seen(5) != seen(6)


def test_a_refused_case_is_counted_with_its_reason_and_replaced():
    def check(case):
        if 0 in case.inputs[0].shape:
            raise Refused("ValueError: empty")

    result = search(cases(MATRIX), check, examples=60, seed=0)

    assert result.cases == 60
    assert result.refused > 0
    assert result.refusals == ("ValueError: empty",)


def test_an_op_that_refuses_everything_ends_the_search():
    def check(case):
        raise Refused(f"ValueError: {case.seed}")

    result = search(cases(MATRIX), check, examples=5, seed=0)

    assert result.cases == 0
    assert result.refused >= 5
    assert len(result.refusals) == 5
    assert not result.outside


def test_a_space_that_accepts_nothing_ends_the_search_and_says_so():
    space = Space((InputSpec("x", ("n",)),), accepts=lambda arrays: False)
    result = search(cases(space), lambda case: case, examples=2, seed=0)

    assert result.cases == 0
    assert result.outside


def test_a_skipped_case_is_counted_and_not_replaced():
    def check(case):
        if case.layout != "C":
            raise Skipped("not plain")

    result = search(cases(MATRIX), check, examples=40, seed=0)

    assert result.cases + result.skipped == 40
    assert result.skips == ("not plain",)


def test_another_exception_propagates():
    def check(case):
        raise ZeroDivisionError("a mistake of the checker")

    with pytest.raises(ZeroDivisionError, match="a mistake of the checker"):
        search(cases(MATRIX), check, examples=5, seed=0)


def test_an_interrupt_passes_at_once():
    calls = []

    def check(case):
        calls.append(case)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(cases(MATRIX), check, examples=5, seed=0)
    assert len(calls) == 1


def test_a_failure_that_does_not_repeat_is_kept_with_a_note():
    calls = []

    def check(case):
        calls.append(case)
        if len(calls) == 3:
            raise Mismatch(Finding(what="once"))

    result = search(cases(MATRIX), check, examples=20, seed=0)

    assert result.finding.what == "once"
    assert "did not repeat" in result.finding.note


def test_shrinking_ends(monkeypatch):
    monkeypatch.setattr(sys.modules["gradverify.cases.search"], "MAX_SHRINK_RUNS", 3)
    calls = []

    def check(case):
        calls.append(case)
        raise Mismatch(Finding(what="always"))

    result = search(cases(MATRIX), check, examples=20, seed=3)

    assert result.finding.what == "always"
    assert len(calls) <= 4


def test_nothing_is_printed(capsys):
    search(cases(MATRIX), fail_if(lambda case: True), examples=5, seed=0)

    assert capsys.readouterr() == ("", "")


def test_a_profile_does_not_matter():
    plain = search(cases(MATRIX), fail_if(lambda case: False), examples=25, seed=2)
    before = settings.get_current_profile_name()
    settings.register_profile(
        "hostile", max_examples=1, derandomize=True, phases=(), verbosity=hypothesis.Verbosity.debug
    )
    settings.load_profile("hostile")
    try:
        other = search(cases(MATRIX), fail_if(lambda case: False), examples=25, seed=2)
    finally:
        settings.load_profile(before)

    assert other == plain


def test_inside_another_property_test_it_gives_the_same():
    expected = search(cases(MATRIX), fail_if(lambda case: case.sizes["m"] > 3), examples=10, seed=2)
    found = []

    @settings(max_examples=3, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers())
    def outer(number):
        found.append(search(cases(MATRIX), fail_if(lambda case: case.sizes["m"] > 3), examples=10, seed=2))

    outer()
    assert [result.finding for result in found] == [expected.finding] * len(found)
    assert [result.seen for result in found] == [expected.seen] * len(found)


SCRIPT = """
import hashlib, sys
from gradverify.cases import cases, search
from gradverify.model import InputSpec, Space
if sys.argv[1] == "with":
    import full_of_constants
space = Space((InputSpec("x", ("m", "n")),))
seen = search(cases(space), lambda case: case.inputs[0].tobytes() + case.layout.encode(), examples=40, seed=0).seen
print(hashlib.sha256(b"".join(seen)).hexdigest())
"""


def test_neither_the_user_s_files_nor_their_folder_matter(tmp_path):
    (tmp_path / "full_of_constants.py").write_text(f"numbers = {list(range(300))}\n")
    (tmp_path / "script.py").write_text(SCRIPT)
    root = str(Path(gradverify.__file__).parent.parent)

    def run(how):
        command = [sys.executable, "script.py", how]
        environment = {"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout

    assert run("with") == run("without")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full_of_constants.py", "script.py"]


def test_arrays_of_a_case_are_its_own():
    def check(case):
        case.inputs[0].flags.writeable = True
        case.inputs[0][...] = np.nan

    assert search(cases(MATRIX), check, examples=5, seed=0) == search(cases(MATRIX), check, examples=5, seed=0)
