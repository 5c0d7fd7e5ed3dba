"""Every planted mistake about values is named for what it is."""

import re

import pytest

from gradverify.diagnosis import looks_like

TIMES = "the gradient of {} is {} times the true one"
OPERANDS = "mxn mxn"
LAYER = "nxf mxf 1xm"

# The class, what some sentence must match in full, and the shapes and parameters if not one drawn matrix.
DIAGNOSES = [
    (
        "NormalizeWithoutSecondTerm",
        r".* is ȳ/rowsum: it lacks the term −\(ȳ·y\)\.sum\(1\)/rowsum \(rowsum: as saved by forward\)",
    ),
    ("NormalizeWithPlus", r".*: the term \(ȳ·y\)\.sum\(1\)/rowsum has the wrong sign .*"),
    (
        "NormalizeForgetsTheSquare",
        r".*: the term −\(ȳ·y\)\.sum\(1\) must be −\(ȳ·y\)\.sum\(1\)/rowsum .*",
    ),
    (
        "NormalizeSumsColumns",
        r".* − \(ȳ·x/x\.sum\(1\)²\)\.sum\(0\), and must be .* − \(ȳ·x\)\.sum\(1\)/x\.sum\(1\)²: it sums over axis 0, .* 1",
    ),
    ("NormalizeWithoutKeepdims", r".*, where backward runs, .*: without keepdims=True .*"),
    ("NormalizeWithoutKeepdimsOnSquare", r".* wrong only where x is square .*: without keepdims=True .*"),
    ("NormalizeIgnoresTheCotangent", r".* is 0 everywhere, though the input matters"),
    ("SigmoidOfInput", r".* the formula in terms of the output y, with the input x put in for y"),
    ("SigmoidHalf", r".*: a factor of \(1 − y\) is missing.*"),
    ("ReLUOfCotangent", r".* depends on the sign of the cotangent ȳ.*"),
    ("ReLULeaks", r".* wrong only at entries where x < 0, where it is 1/100·ȳ and must be 0"),
    ("TanhWithoutSquare", r".*: a factor of \(1 \+ y\) is missing.*"),
    ("ExpReturnsCotangent", r".* is 1/y times the true one: a factor of y is missing, .*"),
    ("ExpTwice", r".* is the derivative at the output y instead of at the input x"),
    ("ExpSixteen", r".* wrong only at entries from 16 on along axis 0, where it is ȳ"),
    ("ExpNone", r".* is None, though the input matters"),
    ("ExpMisspelt", r"backward raises KeyError: 'Y' was never saved in the context"),
    ("LogTimes", r".* is x² times the true one.* it multiplies by x and must divide"),
    ("LogDowncast", r".* is float32 where x is float64.*"),
    ("SquareWithoutTwo", r".* is 1/2 times the true one: a factor of 2 is missing"),
    ("SquareOfCotangent", r".* has the cotangent ȳ squared in it.*"),
    ("SquareIgnoresTheCotangent", r".* ignores the cotangent: it is the true one for ȳ = 1.*"),
    ("SquareNegates", r".* is −1 times the true one: the sign is wrong"),
    ("SquareOfMagnitude", r".* wrong only at entries where x < 0, where it is −1 times the true one"),
    ("SqrtUpsideDown", r".* is x times the true one: a division by x is missing.*"),
    ("SoftplusMirrored", r".* is the true one at −x instead of x"),
    ("AddTwice", r".* of a is 2 times the true one: a factor of 2 too many", OPERANDS),
    ("SubBothPlus", r".* of b is −1 times the true one: the sign is wrong", OPERANDS),
    ("SubForgetsOne", r"backward returns 1 gradient, and must return one for each of a, b", OPERANDS),
    ("MultiplySwapped", r".* of a is the true one of b: the two are swapped", OPERANDS),
    ("MultiplyNone", r".* of b is None, though the input matters", OPERANDS),
    ("MultiplyByQuotient", r".* of a is not finite exactly where a is 0: it divides by a", OPERANDS),
    ("DivisionWithoutMinus", r".* of x2 is −1 times the true one: the sign is wrong", OPERANDS),
    ("DivisionWithoutSquare", r".* of x2 is x2 times the true one: a division by x2 is missing.*", OPERANDS),
    ("DivisionSwapped", r".* of x1 is the true one of x2: the two are swapped", OPERANDS),
    ("MatrixMultiplyUntransposed", r".* of a, where backward runs, is the true one with b transposed.*", "mxk kxn"),
    (
        "MatrixMultiplyTransposedOnSquare",
        r".* only where a is square .*; there it is the true one transposed",
        "mxk kxn",
    ),
    ("MatrixMultiplySwapped", r".* of a is the true one of b: the two are swapped", "mxk kxn"),
    ("LayerForgetsTheBatch", r".* of b takes the first entry over axis 0, and must sum over it", LAYER),
    ("LayerAveragesTheBatch", r".* of b averages over axis 0, and must sum over it", LAYER),
    ("LayerBiasWithoutKeepdims", r".* of b has the right entries, but axis 0 of size 1 is dropped.*", LAYER),
    ("LayerWeightsTransposed", r".* of w is the true one transposed: \(4, 2\) for \(2, 4\)", LAYER),
    ("TransposeReturnsCotangent", r".* is the true one transposed: .*"),
    ("FlattenInColumns", r".* is ȳ reshaped column by column, and must be ȳ reshaped, in the order of its entries"),
    ("ExpandWithoutSum", r".* is not summed: the sum over axis 1, .*", "mx1xn", ("dim=1", "repeats=4")),
    ("ExpandTakesTheFirst", r".* takes the first entry over axis 1.*", "mx1xn", ("dim=1", "repeats=4")),
    ("ExpandAverages", r".* averages over axis 1, and must sum over it", "mx1xn", ("dim=1", "repeats=4")),
    ("ExpandWithoutKeepdims", r".* axis 1 of size 1 is dropped.*keepdims=True.*", "mx1xn", ("dim=1", "repeats=4")),
    ("ColumnsFifteen", r".* lacks the last of the contributions to an entry", "m"),
    ("ScaleRowsWithoutSum", r".* of column is not summed: the sum over axis 1, .*", "mxn mx1"),
    ("ScaleRowsSumsColumns", r".* of column sums over axis 0, and must sum over axis 1", "mxn mx1"),
    ("ScaleRowsForgetsX", r".* of column is the true one for x = 1: the factor x is missing, .*", "mxn mx1"),
    ("SumOfOnes", r".* ignores the cotangent: it is the true one for ȳ = 1.*"),
    ("SumAverages", r".* is x\.size⁻¹ times the true one: a factor of x\.size is missing"),
    ("RowSumBroadcastable", r".* is not spread over the shape of x: \(3, 1\) for \(3, 4\).*"),
    ("RowMeanForgetsN", r".* is x\.shape\[1\] times the true one: a factor of x\.shape\[1\]⁻¹ is missing"),
    ("SqueezeReturnsCotangent", r".* the right entries, but axis 1 of size 1 is dropped.*", "mx1xn", ("dim=1",)),
    ("UnsqueezeSqueezesAll", r".* only where a side of x is 1; there it .* of size 1 (is|are) dropped.*"),
    (
        "SelectOnOnes",
        r".* at entries that no output depends on, where it is 1 and must be 0",
        "3x4",
        ("indices=(0, 2, 1)",),
    ),
    ("SelectWholeColumns", r".* is not 0 at entries that no output depends on.*", "3x4", ("indices=(0, 2, 1)",)),
    ("GatherAssigns", r".* only the last of several contributions .* overwrites .*", "mx4", ("columns=(1, 3, 1)",)),
    ("JoinSwapped", r".* of a is the true one of b: the two are swapped", "mxa mxb"),
    ("SumAndDifferenceForgetsTheSecond", r".* of a lacks the contribution of output 1.*", OPERANDS),
    ("SoftmaxDiagonal", r".* is ȳ·y·\(1 − y\), and must be ȳ·y − \(ȳ·y\)\.sum\(1\)·y"),
    (
        "SoftmaxSumsEverything",
        r".* is ȳ·y − \(ȳ·y\)\.sum\(\)·y, and must be ȳ·y − \(ȳ·y\)\.sum\(1\)·y: it sums over all axes, .* 1",
    ),
    ("LogSoftmaxForgetsTheCotangent", r".* has a term without the cotangent ȳ.*"),
    ("CrossEntropyForgetsTheMean", r".* of scores is scores\.shape\[0\] times the true one.*"),
    ("CrossEntropyIgnoresTheCotangent", r".* of scores ignores the cotangent: it is the true one for ȳ = 1.*"),
]


@pytest.mark.parametrize(("name", "pattern", "more"), [(name, pattern, more) for name, pattern, *more in DIAGNOSES])
def test_the_mistake_is_named(name, pattern, more, planted):
    said = looks_like(*planted(name, *more))
    assert any(re.fullmatch(pattern, sentence) for sentence in said), said
    assert len(said) <= 3


def test_nothing_is_made_of_a_backward_that_is_right(planted):
    (said,) = looks_like(*planted("Exp"))
    assert said.startswith("the formula is right in exact arithmetic at every case tried: ")
    (said,) = looks_like(*planted("Softmax"))
    assert said.startswith("the formula is right in exact arithmetic at every case")
