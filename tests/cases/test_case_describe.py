"""A case in words, and as a script that makes it again bit by bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradverify.cases import (
    ALL_KINDS,
    CONDUCT_LAYOUTS,
    LAYOUTS,
    as_python,
    cases,
    draw_cotangents,
    in_words,
    lay_out,
    search,
)
from gradverify.cases.describe import literal
from gradverify.cases.functions import cubic
from gradverify.model import Case, Choice, InputSpec, Op, Sign, Space

SNIPPET = "gradients = (cotangents[0] * inputs[0],)"


def op(*inputs):
    return Op(
        "square", lambda *x, **p: ((x[0],), x), lambda c, g: g, inputs or ("x",), ("columns",), "ops.py:3", SNIPPET
    )


def case(*arrays, layout="C", seed=0, **parameters):
    return Case(tuple(lay_out(array, layout) for array in arrays), parameters, {}, seed, layout)


def run(script):
    names = {}
    exec(compile(script, "script", "exec"), names)
    return names


def test_in_words():
    matrix, vector = np.ones((2, 3)), np.ones(3, np.float32)

    assert in_words(("x",), case(matrix)) == "x float64 (2, 3)"
    assert in_words(("x",), case(matrix, layout="Fortran", columns=4)) == "x float64 (2, 3), Fortran order; columns=4"
    assert in_words(("x", "w"), case(matrix, vector)) == "x float64 (2, 3), w float32 (3,)"
    assert in_words(("x",), case(matrix, index=np.array([1, 0]))) == "x float64 (2, 3); index=[1, 0]"
    assert in_words(("x",), case(matrix, index=np.arange(20))) == "x float64 (2, 3); index=array int64 (20,)"


def test_a_small_case_reads_like_something_a_person_wrote():
    script = as_python(op(), case(np.array([[1.0, 2.0]]), columns=4), [np.array([[0.5, -1.25]])])

    assert script == (
        "import numpy as np\n\n"
        "x = np.array([[1.0, 2.0]])\n"
        "inputs = (x,)\n"
        "parameters = {'columns': 4}\n"
        "cotangents = []\n"
        "cotangents.append(np.array([[0.5, -1.25]]))\n"
        "cotangents = tuple(cotangents)\n\n"
        f"{SNIPPET}\n\n"
        "print(gradients)\n"
    )


@pytest.mark.parametrize("layout", LAYOUTS + CONDUCT_LAYOUTS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_script_rebuilds_values_and_layout(layout, shape, dtype, capsys):
    x = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    check_rebuilt(x, layout)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(4,), (4, 3), (1, 3), (40, 5)])
def test_a_script_rebuilds_one_row_repeated(shape, dtype, capsys):
    x = np.broadcast_to(np.random.default_rng(1).standard_normal(shape[1:]), shape).astype(dtype)
    assert check_rebuilt(x, "zero-stride").inputs[0].strides[0] == 0 or shape[0] == 1


def check_rebuilt(x, layout):
    original = case(x, layout=layout)
    (rebuilt,) = run(as_python(op(), original, draw_cotangents([x], 0)))["inputs"]

    assert rebuilt.tobytes() == original.inputs[0].tobytes()
    assert (rebuilt.dtype, rebuilt.shape) == (original.inputs[0].dtype, x.shape)
    assert rebuilt.flags.writeable == original.inputs[0].flags.writeable
    assert rebuilt.strides == original.inputs[0].strides
    return original


@pytest.mark.parametrize("sign", list(Sign))
def test_a_script_for_any_drawn_case_is_short_and_rebuilds_it(sign, capsys):
    space = Space((InputSpec("x", ("m", "n"), sign), InputSpec("w", ("n",))), {"columns": Choice((2, None))})
    for drawn in search(cases(space, dtype=(np.float64, np.float32)), lambda case: case, examples=40, seed=3).seen:
        cotangents = draw_cotangents(drawn.inputs[:1], drawn.seed)
        script = as_python(op("x", "w"), drawn, cotangents)
        names = run(script)

        assert len(script) < 5000
        assert [x.tobytes() for x in names["inputs"]] == [x.tobytes() for x in drawn.inputs]
        assert [x.dtype for x in names["inputs"]] == [x.dtype for x in drawn.inputs]
        assert names["cotangents"][0].tobytes() == cotangents[0].tobytes()
        assert names["parameters"] == drawn.parameters


def test_a_script_for_a_case_of_any_kind_and_layout_rebuilds_it(capsys):
    space = Space((InputSpec("x", ("m", "n")), InputSpec("w", ("n",))), {"limit": Choice((1.5, 7.0))})
    strategy = cases(space, dtype=(np.float64, np.float32), kinds=ALL_KINDS, layouts=LAYOUTS + CONDUCT_LAYOUTS)
    for drawn in search(strategy, lambda case: case, examples=150, seed=1).seen:
        script = as_python(op("x", "w"), drawn, [np.ones(1)])
        names = run(script)

        assert len(script) < 20000
        assert [x.tobytes() for x in names["inputs"]] == [x.tobytes() for x in drawn.inputs]
        assert [x.dtype for x in names["inputs"]] == [x.dtype for x in drawn.inputs]
        assert [x.strides for x in names["inputs"]] == [x.strides for x in drawn.inputs]


def test_a_script_sets_a_few_entries_of_a_long_array_by_hand(capsys):
    (drawn,) = search(cases(Space((InputSpec("x", (300,)),))), lambda case: case, examples=1, seed=1).seen
    drawn.inputs[0].flags.writeable = True
    drawn.inputs[0][[0, 7]] = 1e-310, -2.5
    script = as_python(op(), drawn, [np.ones(1)])

    assert "x.flat[7] = -2.5" in script
    assert len(script) < 1000
    assert run(script)["inputs"][0].tobytes() == drawn.inputs[0].tobytes()


def test_long_zeros_are_not_written_out(capsys):
    script = as_python(op(), case(np.zeros((20, 30), np.float32)), [np.ones(1)])

    assert "x = np.zeros((20, 30), dtype=np.float32)" in script
    assert run(script)["inputs"][0].tobytes() == bytes(2400)


def test_what_is_special_about_a_case_is_said():
    x = np.zeros((2, 2))

    assert in_words(("x",), replace(case(x), kind="zeros")) == "x float64 (2, 2), zeros"
    assert in_words(("x",), replace(case(x), kind="ties", layout="big-endian")) == "x float64 (2, 2), ties, big-endian"
    assert in_words(("x",), case(x, layout="zero-stride")) == "x float64 (2, 2), first stride 0"


def test_the_same_array_twice_is_said_and_scripted(capsys):
    x = np.array([1.0, 2.0])
    twice = replace(case(x, x + 1), inputs=(x, x))
    inputs = run(as_python(op("a", "b"), twice, [x]))["inputs"]

    assert in_words(("a", "b"), twice) == "a float64 (2,), b float64 (2,), b and a the same array"
    assert inputs[0] is inputs[1]
    assert inputs[0].tolist() == [1.0, 2.0]


def test_a_long_array_that_no_generator_made_is_written_out(capsys):
    x = np.random.default_rng(0).standard_normal(150)
    names = run(as_python(op(), case(x), [x]))

    assert names["inputs"][0].tobytes() == x.tobytes()
    assert names["cotangents"][0].tobytes() == x.tobytes()


def test_values_that_are_not_finite_survive():
    array = np.array([np.inf, -np.inf, np.nan, -0.0])

    assert run(f"import numpy as np\nagain = {literal(array)}")["again"].tobytes() == array.tobytes()


def test_names_that_python_does_not_take_are_replaced(capsys):
    script = as_python(op("x.0", "inputs", "lambda"), case(np.ones(1), np.ones(1), np.ones(1)), [np.ones(1)])

    assert "inputs = (input_0, input_1, input_2,)" in script
    assert len(run(script)["inputs"]) == 3


def test_an_op_without_a_snippet_says_where_it_is(capsys):
    bare = Op("square", lambda x: x, lambda c, g: g, ("x",), location="ops.py:3")

    assert "# run square ops.py:3 here: bind `gradients`" in as_python(bare, case(np.ones(1)), [np.ones(1)])


def test_parameters_are_written_as_they_are(capsys):
    functions = {"f": np.sin, "g": cubic, "h": lambda x: x}
    given = case(np.ones(1), index=np.array([1, 0]), mode="mean", axis=(0, 1), eps=1e-5, **functions)
    parameters = run(as_python(op(), given, [np.ones(1)]))["parameters"]

    assert parameters["index"].tolist() == [1, 0]
    assert (parameters["mode"], parameters["axis"], parameters["eps"]) == ("mean", (0, 1), 1e-5)
    assert parameters["f"] is np.sin
    assert parameters["g"] is cubic
    assert parameters["h"] is ...  # a lambda cannot be imported
