"""The hash of a search is the same for the same cases and for no others."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import gradverify
from gradverify.cases import Digest, Mismatch, Refused, Skipped, cases, joined_digest, lay_out, search
from gradverify.cases.digest import stable_repr
from gradverify.cases.functions import cubic
from gradverify.model import Case, Finding, InputSpec, Space

MATRIX = Space((InputSpec("x", ("m", "n")),))
CASE = Case((np.array([[1.0, 2.0]]),), {"axis": 1, "f": np.sin}, {"m": 1, "n": 2}, 3)


def digest(*tried):
    made = Digest()
    for case in tried:
        made.add(case)
    return made.hex()


@pytest.mark.parametrize(
    "other",
    [
        replace(CASE, inputs=(np.array([[1.0, 2.5]]),)),
        replace(CASE, inputs=(np.array([[1.0], [2.0]]),)),
        replace(CASE, inputs=(np.array([[1.0, 2.0]], np.float32),)),
        replace(CASE, inputs=(np.array([[1.0, 2.0]]), np.zeros(0))),
        replace(CASE, layout="Fortran"),
        replace(CASE, kind="ties"),
        replace(CASE, seed=4),
        replace(CASE, parameters={"axis": 0, "f": np.sin}),
        replace(CASE, parameters={"axis": 1, "f": np.cos}),
    ],
)
def test_whatever_differs_gives_another_digest(other):
    assert digest(CASE) != digest(other)
    assert digest(CASE, other) != digest(other, CASE)


def test_it_is_128_bits_and_the_strides_are_those_of_the_layout_alone():
    moved = replace(CASE, inputs=tuple(lay_out(x, "Fortran") for x in CASE.inputs))
    swapped = replace(CASE, inputs=tuple(lay_out(x, "big-endian") for x in CASE.inputs))

    assert len(digest()) == len(digest(CASE)) == 32
    assert digest(CASE) == digest(moved) == digest(swapped)
    assert digest(CASE) == "07e1d555f0f5f4c44d6c414260e70d6d"


def test_a_search_gives_the_digest_of_the_cases_it_tried():
    tried = []

    def check(case):
        tried.append(replace(case, inputs=tuple(x.copy() for x in case.inputs)))
        case.inputs[0].flags.writeable = True
        case.inputs[0][...] = np.nan
        if case.seed % 3 == 0:
            raise Refused("no")
        if case.seed % 3 == 1:
            raise Skipped("no")

    assert search(cases(MATRIX), check, examples=20, seed=0).digest == digest(*tried)


def test_what_runs_after_the_first_failure_is_left_out():
    tried = []

    def check(case):
        tried.append(case)
        if case.inputs[0].size > 20:
            raise Mismatch(Finding(what="large"))

    result = search(cases(MATRIX), check, examples=40, seed=0)
    first = next(k for k, case in enumerate(tried) if case.inputs[0].size > 20)

    assert len(tried) > first + 1
    assert result.digest == digest(*tried[: first + 1])


def test_joined_digests_depend_on_their_order():
    assert joined_digest("a", "b") != joined_digest("b", "a")
    assert len(joined_digest("a", "b")) == 32


def test_parameters_are_told_by_name_and_by_value():
    assert stable_repr(cubic) == "gradverify.cases.functions.cubic"
    assert stable_repr(np.exp) == "exp"
    assert stable_repr(np.float64(0.1)) == "float64(0.1)"
    assert stable_repr((1, [2.0, "a"], None)) == "tuple(1, list(2.0, 'a'), None)"
    assert stable_repr({"b": np.array([1, 2], np.int8)}) == "{'b': array(int8, (2,), 0102)}"
    assert stable_repr({"y", "x"}) == "set('x', 'y')"
    assert " at 0x" not in stable_repr(object())
    assert " at 0x" not in stable_repr(partial(cubic, 1))


SCRIPT = """
from gradverify.cases import ALL_KINDS, cases, search
from gradverify.model import Choice, InputSpec, Space
from gradverify.cases.functions import UNARY
space = Space((InputSpec("x", ("m", "n")),), {"f": Choice((UNARY[0][0,], UNARY[1][0,], lambda x: x)), "n": {"a", "b"}})
print(search(cases(space, kinds=ALL_KINDS), lambda case: case, examples=40, seed=0).digest)
"""


def test_it_is_the_same_in_every_process():
    root = str(Path(gradverify.__file__).parent.parent)

    def run(hash_seed):
        environment = {"PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", SCRIPT]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert run("1") == run("2") != ""


class Cube:
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x**3

    @staticmethod
    def backward(context, y_bar):
        return 3 * context["x"] ** 2 * y_bar


class WrongCube(Cube):
    @staticmethod
    def backward(context, y_bar):
        return 2 * context["x"] ** 2 * y_bar


def test_every_witness_of_the_code_passes_it_on():
    first, again, other = (gradverify.check(Cube, seed=seed) for seed in (0, 0, 1))

    assert all(len(each.digest) == 32 for each in first.evidence)
    assert [each.digest for each in first.evidence] == [each.digest for each in again.evidence]
    assert not {each.digest for each in first.evidence} & {each.digest for each in other.evidence}


def test_a_witness_that_refutes_passes_its_smallest_case_on():
    failing = {each.witness: each.failing for each in gradverify.check(WrongCube).evidence}

    assert failing["exact"].inputs[0].size == failing["difference"].inputs[0].size == 1
    assert failing["conduct"] is None
