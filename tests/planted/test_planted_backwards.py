"""Wrong backwards, written as students write them, that must be refuted; right ones that must not."""

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from gradverify import Outcome, Verdict, check
from gradverify.adapters import adapt, parse_parameter, parse_shape, space_for
from gradverify.verdict import decide
from gradverify.witnesses.conduct import conduct
from gradverify.witnesses.difference import difference

FOLDER = Path(__file__).parent / "backwards"

# What each right op is tried on; all others on one drawn matrix.
SHAPES = {
    "Add": "mxn mxn",
    "Sub": "mxn mxn",
    "Multiply": "mxn mxn",
    "Division": "mxn mxn",
    "MatrixMultiply": "mxk kxn",
    "Layer": "nxf mxf 1xm",
    "Expand": "mx1xn",
    "Columns": "m",
    "ScaleRows": "mxn mx1",
    "Squeeze": "mx1xn",
    "Select": "3x4",
    "Gather": "mx4",
    "Join": "mxa mxb",
    "SumAndDifference": "mxn mxn",
}
PARAMETERS = {
    "Expand": ["dim=1", "repeats=4"],
    "Squeeze": ["dim=1"],
    "Select": ["indices=(0, 2, 1)"],
    "Gather": ["columns=(1, 3, 1)"],
}

RIGHT = [
    "Normalize",
    "NormalizeByOutput",
    "Sigmoid",
    "ReLU",
    "LeakyReLU",
    "Tanh",
    "Exp",
    "Log",
    "Square",
    "Double",
    "Sqrt",
    "Softplus",
    "Identity",
    "Add",
    "Sub",
    "Multiply",
    "Division",
    "MatrixMultiply",
    "Layer",
    "Expand",
    "Columns",
    "ScaleRows",
    "Sum",
    "RowSum",
    "RowMean",
    "Squeeze",
    "Unsqueeze",
    "Transpose",
    "Flatten",
    "Select",
    "Gather",
    "Join",
    "SumAndDifference",
    "Softmax",
    "LogSoftmax",
    "CrossEntropy",
]

# Refuted by finite differences, as a wrong entry of the gradient of this input.
WRONG_ENTRY = {
    "NormalizeWithoutSecondTerm": "x",
    "NormalizeWithPlus": "x",
    "NormalizeForgetsTheSquare": "x",
    "NormalizeSumsColumns": "x",
    "NormalizeWithoutKeepdimsOnSquare": "x",
    "NormalizeIgnoresTheCotangent": "x",
    "SigmoidOfInput": "x",
    "SigmoidHalf": "x",
    "ReLUOfCotangent": "x",
    "ReLULeaks": "x",
    "TanhWithoutSquare": "x",
    "ExpReturnsCotangent": "x",
    "ExpTwice": "x",
    "ExpSixteen": "x",
    "ExpNone": "x",
    "LogTimes": "x",
    "LogDowncast": "x",
    "SquareWithoutTwo": "x",
    "SquareOfCotangent": "x",
    "SquareIgnoresTheCotangent": "x",
    "SquareNegates": "x",
    "SquareOfMagnitude": "x",
    "SqrtUpsideDown": "x",
    "SoftplusMirrored": "x",
    "AddTwice": "a|b",
    "SubBothPlus": "b",
    "MultiplySwapped": "a|b",
    "MultiplyNone": "b",
    "MultiplyByQuotient": "a",
    "DivisionWithoutMinus": "x2",
    "DivisionWithoutSquare": "x2",
    "DivisionSwapped": "x1|x2",
    "MatrixMultiplyTransposedOnSquare": "a",
    "LayerForgetsTheBatch": "b",
    "LayerAveragesTheBatch": "b",
    "FlattenInColumns": "x",
    "ExpandTakesTheFirst": "x",
    "ExpandAverages": "x",
    "ColumnsFifteen": "x",
    "ScaleRowsForgetsX": "column",
    "SumOfOnes": "x",
    "SumAverages": "x",
    "RowMeanForgetsN": "x",
    "SelectOnOnes": "x",
    "SelectWholeColumns": "x",
    "GatherAssigns": "x",
    "JoinSwapped": "a|b",
    "SumAndDifferenceForgetsTheSecond": "a|b",
    "SoftmaxDiagonal": "x",
    "SoftmaxSumsEverything": "x",
    "LogSoftmaxForgetsTheCotangent": "x",
    "CrossEntropyForgetsTheMean": "scores",
    "CrossEntropyIgnoresTheCotangent": "scores",
}

# Refuted by what they return, whatever the entries are: the finding and where it is.
NO_GRADIENT = {
    "NormalizeWithoutKeepdims": ("backward raises ValueError|a gradient has the wrong shape", "backward|gradient of x"),
    "ExpMisspelt": ("backward raises KeyError", "backward"),
    "SubForgetsOne": ("backward returns the wrong number of gradients", "SubForgetsOne"),
    "MatrixMultiplyUntransposed": ("backward raises ValueError|a gradient .*", "backward|gradient of [ab].*"),
    "MatrixMultiplySwapped": ("a gradient has the wrong shape", "gradient of a"),
    "LayerBiasWithoutKeepdims": ("a gradient has the wrong shape", "gradient of b"),
    "LayerWeightsTransposed": ("a gradient has the wrong shape", "gradient of w"),
    "TransposeReturnsCotangent": ("a gradient has the wrong shape", "gradient of x"),
    "ExpandWithoutSum": ("a gradient has the wrong shape", "gradient of x"),
    "ExpandWithoutKeepdims": ("a gradient has the wrong shape", "gradient of x"),
    "ScaleRowsWithoutSum": ("a gradient has the wrong shape", "gradient of column"),
    "ScaleRowsSumsColumns": ("a gradient has the wrong shape", "gradient of column"),
    "RowSumBroadcastable": ("a gradient has the wrong shape", "gradient of x"),
    "SqueezeReturnsCotangent": ("a gradient has the wrong shape", "gradient of x"),
    "UnsqueezeSqueezesAll": ("a gradient has the wrong shape", "gradient of x"),
}

CHANGES = "backward changes an array that is not its own"
# Refuted for their conduct: one of the findings and where it is.
CONDUCT = {
    "NormalizeInPlace": (CHANGES, r"input x, the same memory as context\['x'\]"),
    "SigmoidInPlace": (CHANGES, r"output 0, the same memory as context\['sig'\]"),
    "SigmoidGlobal": ("another forward call in between changes the gradient", "gradient of x"),
    "ReLUOverwrites": (CHANGES, r"output 0, the same memory as context\['out'\]"),
    "ReLUOfCotangent": ("backward is not linear in the cotangent: negated", "gradient of x"),
    "ExpInMemoryOrder": ("backward is wrong for cotangents in Fortran order", "gradient of x"),
    "ExpReusesItsBuffer": (CHANGES, r"context\['buffer'\]"),
    "LogDowncast": ("a gradient has another dtype than its input", "gradient of x"),
    "SquareOfCotangent": ("backward is not linear in the cotangent: doubled", "gradient of x"),
    "SquarePromotes": ("a gradient has another dtype than its input", "gradient of x"),
    "DoubleInPlace": (CHANGES, "cotangent 0"),
    "AddOneArrayForBoth": ("two gradients share memory", "gradient of b and gradient of a"),
    "MultiplyMutatesCotangent": (CHANGES, "cotangent 0"),
}
# Those of them whose gradients are right, and that only warn.
WARNED = ("AddOneArrayForBoth", "SquarePromotes")


@pytest.fixture(scope="module")
def classes():
    """The two files as plain modules, to read the right class off the wrong one."""
    path, before = sys.path[:], set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    try:
        yield {name: importlib.import_module(name) for name in ("course_ops", "broken_ops")}
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - before:
            if name in ("course_ops", "broken_ops"):
                del sys.modules[name]


def right_of(name, classes):
    """The right class that a wrong one was made from; without one, the one its name begins with."""
    for cls in getattr(classes["broken_ops"], name).__mro__[1:]:
        if cls.__module__ == "course_ops":
            return cls
    return next(getattr(classes["course_ops"], right) for right in RIGHT if name.startswith(right))


def asked(name, right):
    """The target, the shapes and the parameters, as typed on the command line."""
    file = "course_ops" if name in RIGHT else "broken_ops"
    return f"{FOLDER / file}.py:{name}", SHAPES.get(right, "mxn").split(), PARAMETERS.get(right, [])


def see(witness, name, right, **more):
    """What one witness says."""
    target, shapes, texts = asked(name, right)
    parameters = dict(map(parse_parameter, texts))
    op = adapt(target, parameters=parameters, input_count=len(shapes))
    space = space_for(op, shapes=list(map(parse_shape, shapes)), parameters=parameters).space
    return witness(op, space, seed=0, **more)


def test_every_class_of_the_files_is_tried(classes):
    for file, names in (("course_ops", {*RIGHT}), ("broken_ops", {*WRONG_ENTRY, *NO_GRADIENT, *CONDUCT})):
        there = {name for name, value in vars(classes[file]).items() if getattr(value, "__module__", "") == file}
        assert there - {"Op"} == names
    assert len(RIGHT) >= 15
    assert len({*WRONG_ENTRY, *NO_GRADIENT, *CONDUCT}) >= 30


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_backward_is_never_refuted(name):
    evidence = [see(witness, name, name, examples=8) for witness in (difference, conduct)]
    assert decide(evidence)[0] is Verdict.AGREES, evidence
    assert all(each.findings == () for each in evidence)


@pytest.mark.parametrize("name", WRONG_ENTRY)
def test_a_wrong_entry_is_named_with_what_it_should_be(name, classes, capsys):
    right = right_of(name, classes)
    evidence = see(difference, name, right.__name__)
    assert evidence.outcome is Outcome.REFUTED
    (finding,) = evidence.findings
    where = re.fullmatch(rf"gradient of ({WRONG_ENTRY[name]})(?:, entry \[([\d, ]+)\])?", finding.where)
    assert where, finding
    scope = {}
    with np.errstate(all="ignore"):
        exec(finding.reproduce, scope)
    printed = capsys.readouterr().out.strip()
    assert printed == finding.got or np.isclose(float(printed), float(finding.got), rtol=1e-7)  # a float32 is short
    context = {}
    right.forward(context, *scope["inputs"], **scope["parameters"])
    gradients = right.backward(context, *scope["cotangents"])
    gradients = gradients if isinstance(gradients, tuple | list) else (gradients,)
    which = adapt(right, parameters=scope["parameters"]).inputs.index(where[1])
    entry = tuple(int(k) for k in where[2].split(",")) if where[2] else ()
    truth = float(gradients[which][entry])
    expected, _, allowed = finding.expected.partition(" ± ")
    assert abs(float(expected) - truth) <= float(allowed or 0) + 1e-15 * abs(truth)
    if finding.got != "None":
        assert not np.isclose(float(finding.got), truth, rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", NO_GRADIENT)
def test_what_is_no_gradient_is_refuted(name, classes):
    what, where = NO_GRADIENT[name]
    evidence = see(difference, name, right_of(name, classes).__name__)
    assert evidence.outcome is Outcome.REFUTED
    (finding,) = evidence.findings
    assert re.fullmatch(what, finding.what), finding
    assert re.fullmatch(where, finding.where), finding
    assert finding.got
    assert finding.expected
    assert finding.case


@pytest.mark.parametrize("name", CONDUCT)
def test_bad_conduct_is_refuted(name, classes):
    what, where = CONDUCT[name]
    evidence = see(conduct, name, right_of(name, classes).__name__, examples=12)
    assert evidence.outcome is (Outcome.WARNING if name in WARNED else Outcome.REFUTED)
    found = [each for each in evidence.findings if each.what == what and re.fullmatch(where, each.where)]
    assert found, evidence.findings
    assert (decide([evidence])[0] is Verdict.REFUTED) == (name not in WARNED)


@pytest.mark.parametrize("name", ["Normalize", "SumAndDifference"])
def test_the_whole_check_accepts_it(name):
    target, shapes, parameters = asked(name, name)
    report = check(target, shapes=shapes, parameters=parameters, seed=1)
    assert report.verdict in (Verdict.AGREES, Verdict.EXACT), report


@pytest.mark.parametrize(
    ("name", "witness"),
    [
        ("NormalizeWithoutSecondTerm", "difference"),
        ("ReLUOverwrites", "conduct"),
        ("ExpSixteen", "difference"),
    ],
)
def test_the_whole_check_refutes_it(name, witness, classes):
    target, shapes, parameters = asked(name, right_of(name, classes).__name__)
    report = check(target, shapes=shapes, parameters=parameters, seed=1)
    assert report.verdict is Verdict.REFUTED
    assert witness in [each.witness for each in report.evidence if each.outcome is Outcome.REFUTED]
    assert witness in report.because
