"""One table of everything planted: wrong backwards by the kind of their mistake, right ones, and those that deserve a warning.

A record is what one would type on the command line. The older files `course_ops.py` and `broken_ops.py` are part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from test_planted_backwards import CONDUCT, NO_GRADIENT, PARAMETERS, SHAPES, WRONG_ENTRY
from test_planted_backwards import RIGHT as COURSE

FOLDER = Path(__file__).parent / "backwards"


@dataclass(frozen=True)
class Planted:
    """An op to check: `target` is `FILE.py:CLASS` below `backwards/`, `parameters` are `NAME=VALUE` or `NAME=VALUE|VALUE`.

    `kind` is the kind of mistake, empty for a right op. `diagnosis` is a regular expression that one of the sentences
    saying what the mistake looks like must match; empty where none can be expected.
    """

    target: str
    shapes: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    kind: str = ""
    diagnosis: str = ""

    @property
    def name(self) -> str:
        """The class, with its parameters where there are some."""
        return " ".join((self.target.partition(":")[2], *self.parameters))


def ops(kind: str, diagnosis: str, file: str, rows: str) -> tuple[Planted, ...]:
    """Records of one kind and file; a row is `CLASS SHAPE SHAPE NAME=VALUE`, several are divided by `;`."""
    records = []
    for row in rows.split(";"):
        name, *rest = row.split()
        shapes = tuple(text for text in rest if "=" not in text)
        parameters = tuple(text for text in rest if "=" in text)
        records.append(Planted(f"{file}.py:{name}", shapes, parameters, kind, diagnosis))
    return tuple(records)


def old(kind: str, diagnosis: str, names: str) -> tuple[Planted, ...]:
    """Records of `broken_ops.py`: shapes and parameters are those of the right op that the name begins with."""
    records = []
    for name in names.split():
        right = max((each for each in COURSE if name.startswith(each)), key=len)
        shapes, parameters = tuple(SHAPES.get(right, "mxn").split()), tuple(PARAMETERS.get(right, ()))
        records.append(Planted(f"broken_ops.py:{name}", shapes, parameters, kind, diagnosis))
    return tuple(records)


# What the sentences say: words, so that their wording is free.
TERM = "term|coefficient|missing|lacks|must be"
FACTOR = "factor|times|coefficient|must be|at the output y instead of"
SIGN = "sign|negat|[−-]1|must be|at −x instead of x"
POWER = "power|square|exponent|factor|divi|must be|input x put in for y"
TRANSPOSED = "transpos|another place|must be|wrong way round|reversed along"
AXIS = r"ax[ie]s|\.mean\(\) must be −ȳ\.mean\(1\)|keepdims=False: .* the true one transposed|must be ȳ\.transpose"
SWAPPED = "swap|exchang|gradient of (an)?other"
IGNORED = "cotangent"
COUNT = r"times|factor|divid|\bn\b|mean|average|coefficient, it must be −x\.shape\[1\]⁻¹"
UNSUMMED = "sum|where it must add up"
OVERWRITTEN = "overwrit|in place"
ACCUMULATES = (
    "accumulat|overwrit|add|last|first|repeated|mean of the contributions|no others, whose gradient is 0|that no output"
)
ONLY_WHERE = "only (where|for|if)|where|when"
NONLINEAR = "linear|cotangent"
STATE = "state between calls|earlier call|one buffer|overwritten"
AGAIN = "once only|how often|overwritten"
AT_ZERO = r"only (at entries )?where (all of )?\w .*\bis 0|exactly where \w is 0"
AT_ONE = r"only where .*is −?1\b"
FROM_16 = "only at entries from 16 on"
NEGATIVE = "only at entries where x < (0|−1)|exactly where x < 0"
DOUBLED = "only (at ties|where a equals b): .* whole cotangent"
LAYOUT = "memory layout|read-only|other byte order"

WRONG = (
    *ops(
        "missing term", TERM, "normalisers", "UnitRowsWithoutSecondTerm mxn; BatchNormFrozen mxn; CentreIsConstant mxn"
    ),
    *ops("missing term", TERM, "normalisers", "LayerNormWithoutMeanTerm mxn n n; LayerNormWithoutVarianceTerm mxn n n"),
    *ops("missing term", TERM, "matrices", "GramHalf mxn; DistancesWithoutCrossTerm mxk nxk"),
    *ops("missing term", TERM, "matrices", "AttentionWithoutSoftmaxTerm mxk nxk nxp; GramOneTerm mxn"),
    *ops("missing term", TERM, "matrices", "QuadraticFormSymmetric nxn n"),
    *ops("missing term", TERM, "numerics", "BlocksWithoutX mxn; SiLUWithoutProductRule mxn; LogSumExpDiagonal mxn"),
    *ops("missing term", TERM, "reductions", "VarianceUncentred mxn; RunningSumExclusive mxn"),
    *old("missing term", TERM, "NormalizeWithoutSecondTerm SoftmaxDiagonal SigmoidHalf"),
    *ops("wrong factor", FACTOR, "reductions", "VarianceWithoutTwo mxn"),
    *ops("wrong factor", FACTOR, "matrices", "DistancesCrossTermOnce mxk nxk"),
    *ops("wrong factor", FACTOR, "numerics", "TanhGELUForgetsThree mxn"),
    *ops("wrong factor", FACTOR, "windows", "AveragePoolSums mxn"),
    *ops("wrong factor", FACTOR, "state", "DropoutForgetsTheScale mxn"),
    *ops("wrong factor", FACTOR, "normalisers", "RootMeanSquareForgetsTheGain mxn n"),
    *old("wrong factor", FACTOR, "SquareWithoutTwo AddTwice ExpReturnsCotangent ExpTwice ScaleRowsForgetsX"),
    *ops("wrong sign", SIGN, "normalisers", "UnitRowsWithPlus mxn"),
    *ops("wrong sign", SIGN, "windows", "DifferencesNegated mxn"),
    *old("wrong sign", SIGN, "NormalizeWithPlus SquareNegates SubBothPlus DivisionWithoutMinus SoftplusMirrored"),
    *ops("wrong power", POWER, "reductions", "LengthSquared mxn"),
    *ops("wrong power", POWER, "numerics", "BlocksFirstPower mxn"),
    *old("wrong power", POWER, "NormalizeForgetsTheSquare TanhWithoutSquare LogTimes SqrtUpsideDown"),
    *old("wrong power", POWER, "DivisionWithoutSquare SigmoidOfInput"),
    *ops("transposed", TRANSPOSED, "matrices", "TraceOfProductUntransposed mxn nxm; TraceOfProductOnSquare mxn nxm"),
    *ops("transposed", TRANSPOSED, "matrices", "OuterProductUntransposed m n; AttentionKeysUntransposed mxk nxk nxp"),
    *ops("transposed", TRANSPOSED, "matrices", "BatchProductSquareWeights bxmxk kxn"),
    *ops("transposed", TRANSPOSED, "layouts", "ReshapedInColumns mxnx2; ReshapedAxesExchanged mxnx2; FlipNot mxn"),
    *ops("transposed", TRANSPOSED, "indexing", "LowerTriangleUpper nxn; ShiftTheSameWay mxn; DoubledAsTiles mxn"),
    *ops("transposed", TRANSPOSED, "windows", "ConvolutionFlipped mxn 2; PadToThreeFromTheFront mxn"),
    *ops("transposed", TRANSPOSED, "kinky", "SortRowsInverse mxn"),
    *ops("transposed", TRANSPOSED, "reductions", "RunningSumForwards mxn; RunningSumFlipsBoth mxn"),
    *old(
        "transposed", TRANSPOSED, "MatrixMultiplyUntransposed MatrixMultiplyTransposedOnSquare LayerWeightsTransposed"
    ),
    *old("transposed", TRANSPOSED, "TransposeReturnsCotangent FlattenInColumns"),
    *ops("another axis", AXIS, "reductions", "SumAlongForgetsToExpand mxn axis=1"),
    *ops("another axis", AXIS, "matrices", "DistancesSumsTheOtherAxis mxk nxk; MoveAxisSwaps mxnxk"),
    *ops("another axis", AXIS, "normalisers", "LayerNormSumsRows mxn n n; BatchNormAlongRows mxn; CentreOverall mxn"),
    *ops("another axis", AXIS, "normalisers", "SoftmaxAlongLast mxn"),
    *ops("another axis", AXIS, "indexing", "TakeAlongFirstAxis 4x4"),
    *old("another axis", AXIS, "NormalizeSumsColumns NormalizeWithoutKeepdimsOnSquare SoftmaxSumsEverything"),
    *ops("negative axis", AXIS, "reductions", "SumAlongNegativeAxis mxn"),
    *ops("negative axis", AXIS, "normalisers", "SoftmaxAlongPositive mxnxk"),
    *ops(
        "tuple of axes",
        AXIS,
        "reductions",
        "SumAlongFirstOfTheAxes mxnxk axis=(0,1)|(0,2)|(1,2); MeanAlongDividesBySize mxn",
    ),
    *ops("keepdims", AXIS, "reductions", "SumAlongIgnoresKeepdims mxn"),
    *old(
        "keepdims", AXIS, "NormalizeWithoutKeepdims LayerBiasWithoutKeepdims ExpandWithoutKeepdims UnsqueezeSqueezesAll"
    ),
    *ops(
        "3-cycle of axes",
        AXIS,
        "matrices",
        "PermuteAgain mxnxk axes=(1,0,2)|(1,2,0); RotateAxesAgain mxnxk; RotateAxesReshapes mxnxk",
    ),
    *ops("3-cycle of axes", AXIS, "matrices", "PermuteAgain mxnxk axes=(2,0,1)"),
    *ops("gradients swapped", SWAPPED, "state", "PolarSwapped mxn mxn; PolarInTheWrongOrder mxn mxn"),
    *ops("gradients swapped", SWAPPED, "normalisers", "LayerNormGainAndShiftSwapped mxn n n"),
    *ops("gradients swapped", SWAPPED, "matrices", "OuterProductSwapped m n"),
    *old("gradients swapped", SWAPPED, "MultiplySwapped DivisionSwapped MatrixMultiplySwapped JoinSwapped"),
    *old("cotangent ignored", IGNORED, "NormalizeIgnoresTheCotangent SquareIgnoresTheCotangent SumOfOnes"),
    *old("cotangent ignored", IGNORED, "CrossEntropyIgnoresTheCotangent LogSoftmaxForgetsTheCotangent"),
    *ops("n for 1/n", COUNT, "reductions", "MeanOfRowsMultiplies mxn; MeanOfRowsCountsRows mxn; MeanOfRowsOneLess mxn"),
    *ops("n for 1/n", COUNT, "reductions", "VarianceUnbiased mxn; MeanSquareByRows mxn"),
    *ops("n for 1/n", COUNT, "normalisers", "RootMeanSquareSumForMean mxn n; BatchNormUnbiased mxn"),
    *ops("n for 1/n", COUNT, "windows", "ConvolutionAveragesTheBatch mxn 2"),
    *old(
        "n for 1/n",
        COUNT,
        "LayerAveragesTheBatch ExpandAverages SumAverages RowMeanForgetsN CrossEntropyForgetsTheMean",
    ),
    *ops("missing sum", UNSUMMED, "broadcasting", "ScaleForgetsEverySum m?xn? m?xn?; ScaleFirstAxisOnly m?xn? m?xn?"),
    *ops(
        "missing sum",
        UNSUMMED,
        "broadcasting",
        "ScaleLeadingAxesOnly m?xn? ...?xm?xn?; ScaleOneSumIsEnough m?xn? m?xn?",
    ),
    *ops("missing sum", UNSUMMED, "broadcasting", "ScaleAverages m?xn? m?xn?; ScaleSecondOnly m?xn? m?xn?"),
    *ops("missing sum", UNSUMMED, "broadcasting", "ScaleTakesTheFirst m?xn? m?xn?; RatioSumsTooEarly m?xn? m?xn?"),
    *ops("missing sum", UNSUMMED, "broadcasting", "AddBiasTwoLeadingAxes ...xmxn n; AddBiasTwoLeadingAxes kxmxn n"),
    *ops("missing sum", UNSUMMED, "broadcasting", "ScaleFirstAxisOnly mxn mx1; ScaleOneSumIsEnough mxn 1x1"),
    *ops("missing sum", UNSUMMED, "broadcasting", "ScaleSecondOnly 1xn mxn; ScalarTimesOneEntry scalar mxn"),
    *ops("missing sum", UNSUMMED, "broadcasting", "ScalarTimesMean scalar mxn; BroadcastToWithoutSum mxn"),
    *ops("missing sum", UNSUMMED, "broadcasting", "AddBiasSearchesTheAxis mxn n; OuterSumsTheSameAxis mx1 n"),
    *ops("missing sum", UNSUMMED, "broadcasting", "RepeatedLastAxis kxmxn mxn"),
    *ops("missing sum", UNSUMMED, "matrices", "BatchProductLastOfTheBatch bxmxk kxn"),
    *old("missing sum", UNSUMMED, "LayerForgetsTheBatch ExpandTakesTheFirst"),
    *ops("wrong shape", "shape|sum|ax[ie]s", "broadcasting", "AddBiasForgetsTheSum mxn n; AddBiasKeepsTheAxis mxn n"),
    *ops("wrong shape", "shape|sum|ax[ie]s", "broadcasting", "OuterFlat mx1 n; ScalarTimesWholeMatrix scalar mxn"),
    *ops("wrong shape", "shape|sum|ax[ie]s", "matrices", "BatchProductWithoutSum bxmxk kxn"),
    *old("wrong shape", "shape|sum|ax[ie]s", "ExpandWithoutSum ScaleRowsWithoutSum ScaleRowsSumsColumns"),
    *old("wrong shape", "shape|sum|ax[ie]s", "RowSumBroadcastable SqueezeReturnsCotangent"),
    *ops("overwrites", OVERWRITTEN, "state", "QuadraticOverwritesTheSaved mxn; QuadraticOverwritesTheCotangent mxn"),
    *ops("overwrites", OVERWRITTEN, "state", "QuadraticForwardInPlace mxn"),
    *ops("overwrites", OVERWRITTEN, "layouts", "AffineSortsTheSaved mxn; SharedWithTheInputWrites mxn mxn"),
    *ops("overwrites", OVERWRITTEN, "layouts", "SaveAViewOfTheOutputWrites mxn; AffineAlreadyContiguous mxn"),
    *old(
        "overwrites",
        OVERWRITTEN,
        "NormalizeInPlace SigmoidInPlace ReLUOverwrites DoubleInPlace MultiplyMutatesCotangent",
    ),
    *ops(
        "repeated index",
        ACCUMULATES,
        "indexing",
        "EmbeddingOverwrites 3xn ids=(2,0,1)|(2,0,2); EmbeddingBuffered 3xn ids=(2,0,2)",
    ),
    *ops("repeated index", ACCUMULATES, "indexing", "EmbeddingAveraged 3xn ids=(2,0,1)|(2,0,2); CycleOverwrites mxn"),
    *ops("repeated index", ACCUMULATES, "indexing", "ScatterAddShares 4xn; ScatterAddLastOnly 4xn"),
    *ops("repeated index", ACCUMULATES, "indexing", "Put 5 3 positions=(1,3,0)|(1,3,1); PutKeepsTheOld 5 2"),
    *old("repeated index", ACCUMULATES, "GatherAssigns"),
    *ops("negative index", ONLY_WHERE, "indexing", "EmbeddingNegativeLost 3xn ids=(2,0,1)|(2,-3,1)"),
    *ops(
        "strided slice",
        "",
        "indexing",
        "EveryThirdByRepeating mxn; EveryThirdDropsTheRest mxn; BackwardsFromTheFront mxn",
    ),
    *ops("strided slice", "", "windows", "AveragePoolEven mxn; AveragePoolStretches mxn"),
    *ops("strided slice", "", "kinky", "MaxPoolEvenOnly mxn"),
    *ops(
        "overlap",
        ACCUMULATES,
        "windows",
        "WindowsAssign mxn step=2|1; WindowsReshape mxn; WindowsNormalised mxn step=2|1",
    ),
    *ops("overlap", ACCUMULATES, "windows", "ConvolutionOverwrites mxn 2; DifferencesAssign mxn"),
    *ops("padding", "", "windows", "PadFromTheEnd mxn padding=1|0; PadToThreeFromTheEnd mxn"),
    *ops("only one side", AT_ONE, "broadcasting", "AddBiasSingleRow mxn n"),
    *ops("only one side", AT_ONE, "normalisers", "LayerNormSingleRow mxn n n"),
    *ops("only one side", AT_ONE, "numerics", "BlocksOneRow mxn"),
    *ops("only one side", "only where an array is empty", "numerics", "BlocksOfNothing mxn"),
    *ops("only one side", FROM_16, "numerics", "BlocksOf16 mxn"),
    *ops("only one side", "only at entries from 128 on", "numerics", "BlocksOf128 m"),
    *ops("only one side", "only where x is square", "numerics", "BlocksOnSquare mxn"),
    *ops("only one side", AT_ONE, "matrices", "MatrixVectorOneColumn mxn n"),
    *old("only one side", FROM_16, "ExpSixteen"),
    *old("only one side", "lacks the last of the contributions", "ColumnsFifteen"),
    *ops("only some entries", "", "reductions", "RunningSumLastRow mxn"),
    *ops(
        "only some entries",
        "",
        "indexing",
        "DoubledCorner mxn; DiagonalWholeRows nxn; LowerTriangleWithoutDiagonal nxn",
    ),
    *ops("only some entries", "", "indexing", "MaskedInverted mxn"),
    *ops("only some entries", "", "windows", "ConvolutionLastWeight mxn 3"),
    *old("only some entries", "", "SelectOnOnes SelectWholeColumns"),
    *ops("only x < 0", NEGATIVE, "kinky", "CubeByLogarithm mxn; SoftSignWithoutMagnitude mxn; HuberPositiveTail mxn"),
    *ops("only x < 0", r"at \|x\| instead of x", "kinky", "RowMaxOfMagnitude mxn"),
    *ops("only x < 0", NEGATIVE, "kinky", "ClipOneSided mxn"),
    *ops("only x < 0", "only where alpha=0.5", "kinky", "ELUByOutput mxn alpha=1.0|0.5"),
    *old("only x < 0", NEGATIVE, "ReLULeaks SquareOfMagnitude"),
    *ops("only at 0", AT_ZERO, "kinky", "AbsByQuotient mxn; AbsTwiceAtZero mxn; ReLUByQuotient mxn"),
    *ops("only at 0", AT_ZERO, "kinky", "ReLUMinusOneAtZero mxn; CubeByQuotient mxn"),
    *ops("only at 0", AT_ZERO, "reductions", "LengthOfZero mxn; ProductByQuotient mxn; ProductZeroGivesZero mxn"),
    *ops("only at 0", AT_ZERO, "reductions", "ProductOfTheNonzero mxn"),
    *old("only at 0", AT_ZERO, "MultiplyByQuotient"),
    *ops("only at ties", DOUBLED, "kinky", "MaximumTieDoubled mxn mxn; RowMaxTieDoubled mxn"),
    *ops("only at ties", DOUBLED, "kinky", "RowMinimumTieDoubled mxn; MaxPoolTieDoubled mxn"),
    *ops(
        "only at ties", "only (at ties|where a equals b): .* lost", "kinky", "MaximumTieLost mxn mxn; RowMaxTieLost mxn"
    ),
    *ops("only at ties", "only at ties: .* part of the cotangent", "kinky", "RowMaxBetweenTies mxn"),
    *ops("only at ties", "only at ties: .* same entry of the cotangent", "kinky", "SortRowsByRank mxn"),
    *ops("only at ties", ONLY_WHERE, "kinky", "RowMaxByValue mxn"),
    *ops("at a bound", AT_ONE, "kinky", "ClipDoubledAtTheBound mxn; ClipNaNAtTheBound mxn"),
    *ops("large inputs", "", "kinky", "ReLU6Unbounded mxn; HuberParabolaOnly mxn"),
    *ops(
        "large inputs",
        "",
        "numerics",
        "StableSigmoidOverflows mxn; StableSoftplusOverflows mxn; LogSumExpUnshifted mxn",
    ),
    *ops("large inputs", "", "numerics", "BumpFlushesLarge mxn; BumpBeyondAHundred mxn; StableSoftplusCutOff mxn"),
    *ops("tiny inputs", "", "numerics", "BumpFlushesSmall mxn"),
    *ops("epsilon", "", "normalisers", "UnitRowsForgetsEpsilon mxn; RootMeanSquareEpsilonOutside mxn n"),
    *ops("epsilon", "", "normalisers", "SafeDivisionForgetsEpsilon mxn; SafeDivisionByEpsilon mxn"),
    *ops("another parameter", FACTOR, "normalisers", "SoftmaxTemperatureForgotten mxn temperature=1.0|2.0"),
    *ops("precision", "", "numerics", "BumpNearly mxn; BumpInSingle mxn; BumpInHalf mxn; BumpByDifference mxn"),
    *ops("precision", FACTOR, "numerics", "Log2Rounded mxn; DegreesPi mxn; TanhGELURounded mxn"),
    *ops("precision", "", "numerics", "DegreesInRadians mxn"),
    *old("precision", "", "LogDowncast"),
    *ops("dtype lost", "(float32|int64) where", "layouts", "AffineAsSingle mxn; AffineWhole mxn"),
    *ops("layout", LAYOUT, "layouts", "AffineFromTheBuffer mxn; AffineFortran mxn; AffineInputInMemoryOrder mxn"),
    *ops("layout", LAYOUT, "layouts", "AffineReversed mxn; AffineBroadcastIsNothing mxn; AffineDemandsContiguous mxn"),
    *ops("layout", LAYOUT, "layouts", "AffineIntoTheView mxn; AffineReadOnly mxn; AffineNativeBytes mxn"),
    *old("layout", LAYOUT, "ExpInMemoryOrder"),
    *ops("second call", AGAIN, "state", "QuadraticAccumulates mxn; QuadraticForgets mxn; QuadraticCounts mxn"),
    *ops("second call", AGAIN, "state", "QuadraticReturnsTheSaved mxn"),
    *ops("state", STATE, "state", "QuadraticCachesTheMask mxn; QuadraticInTheModule mxn; QuadraticSavesInOneArray mxn"),
    *ops("state", STATE, "state", "QuadraticOneBuffer mxn; ModeLeft mxn"),
    *ops("state", "the term ȳ is missing", "state", "GlobalCounter mxn"),
    *old("state", STATE, "SigmoidGlobal ExpReusesItsBuffer"),
    *ops("not linear", NONLINEAR, "state", "QuadraticOfMagnitude mxn; QuadraticClips mxn; QuadraticClipsTheNorm mxn"),
    *ops(
        "not linear", r"only for small ones, where \|ȳ\| is below about 0.001", "state", "QuadraticStopsWhenSmall mxn"
    ),
    *ops("not linear", NONLINEAR, "state", "QuadraticDecays mxn; QuadraticOfTheSign mxn"),
    *ops("not linear", NONLINEAR, "state", "QuadraticZeroGivesNaN mxn; TwiceTheSameKeepsOne mxn"),
    *old("not linear", NONLINEAR, "ReLUOfCotangent SquareOfCotangent"),
    *ops("output ignored", "output|cotangent|ȳ", "state", "PolarForgetsTheLast mxn mxn"),
    *old("output ignored", "output|cotangent|ȳ", "SumAndDifferenceForgetsTheSecond"),
    *ops("no gradient", "is None|must return one for each", "state", "MinusNone mxn mxn; MinusThree mxn mxn"),
    *old("no gradient", "is None|must return one for each", "ExpNone SubForgetsOne MultiplyNone"),
    *old("no gradient", "KeyError: 'Y' was never saved", "ExpMisspelt"),
    *ops("same array", "same", "state", "MinusById mxn mxn"),
    *ops("shared memory", "one and the same array", "state", "MinusOneArray mxn mxn"),
    *ops("random", "random numbers", "state", "DropoutDrawsAgain mxn"),
    *ops("random", "random numbers", "numerics", "BumpNoisy mxn"),
)
"""Every one of them must be refuted."""

WARNED = (
    *old("wider dtype", "", "SquarePromotes"),
    *ops("wider dtype", "", "layouts", "AffineAsDouble mxn"),
    *old("gradients share memory", "", "AddOneArrayForBoth"),
)
"""Surprising and harmless: none may be refuted, and every one must be warned of."""

RIGHT = (
    *(
        Planted(f"course_ops.py:{name}", tuple(SHAPES.get(name, "mxn").split()), tuple(PARAMETERS.get(name, ())))
        for name in COURSE
    ),
    *ops(
        "",
        "",
        "reductions",
        "SumAlong mxn; SumAlong mxnxk axis=(0,2); SumAlong mxn axis=-1 keepdims=True; MeanAlong mxn",
    ),
    *ops("", "", "reductions", "MeanAlong mxn axis=0; MeanOfRows mxn; Variance mxn; MeanSquare mxn; Product mxn"),
    *ops("", "", "reductions", "RunningSum mxn; Length mxn; MeanAlong mxnxk axis=-2"),
    *ops("", "", "broadcasting", "Scale m?xn? m?xn?; Scale mxn 1xn; Scale mx1 1xn; Scale kxmxn n; Scale mxn scalar"),
    *ops(
        "", "", "broadcasting", "Scale mxn ...?xn?; Ratio m?xn? m?xn?; Ratio mxn mx1; AddBias mxn n; AddBias ...xmxn n"
    ),
    *ops("", "", "broadcasting", "Outer mx1 n; ScalarTimes scalar mxn; Repeated kxmxn mxn; BroadcastTo mxn"),
    *ops(
        "", "", "indexing", "Embedding 3xn; Embedding 3xn ids=(2,-3,2); Cycle mxn; TakeAlong 4x4; TakeAlong 4x4 axis=-1"
    ),
    *ops(
        "", "", "indexing", "Put 5 2; PutRepeated 5 3 positions=(1,3,1); ScatterAdd 4xn; EveryThird mxn; Backwards mxn"
    ),
    *ops("", "", "indexing", "Shift mxn; Diagonal nxn; LowerTriangle nxn; Doubled mxn; Masked mxn"),
    *ops("", "", "kinky", "Abs mxn; ReLULeft mxn; ReLU6 mxn; Maximum mxn mxn; MaximumToTheFirst mxn mxn; RowMax mxn"),
    *ops("", "", "kinky", "RowMaxShared mxn; RowMinimum mxn; Clip mxn; ClipStrict mxn; SortRows mxn; Huber mxn"),
    *ops("", "", "kinky", "Cube mxn; SoftSign mxn; ELU mxn; ELU mxn alpha=0.5; ELUByOutput mxn; MaxPool mxn"),
    *ops(
        "", "", "normalisers", "UnitRows mxn; RootMeanSquare mxn n; LayerNorm mxn n n; BatchNorm mxn; SoftmaxAlong mxn"
    ),
    *ops("", "", "normalisers", "SoftmaxAlong mxnxk axis=-2; SoftmaxTemperature mxn temperature=2.0; Centre mxn"),
    *ops("", "", "normalisers", "SafeDivision mxn; UnitRows mxn eps=0.0; LayerNorm 7x31 31 31; BatchNorm 32x5"),
    *ops("", "", "numerics", "StableSigmoid mxn; StableSoftplus mxn; LogSumExp mxn; Bump mxn; Log2 mxn; Degrees mxn"),
    *ops("", "", "numerics", "TanhGELU mxn; SiLU mxn; Blocks mxn; Blocks m; Blocks 32x32"),
    *ops(
        "",
        "",
        "state",
        "Quadratic mxn; Dropout mxn; Minus mxn mxn; MinusPlainly mxn mxn; Polar mxn mxn; TwiceTheSame mxn",
    ),
    *ops("", "", "layouts", "Affine mxn; Flip mxn; SwapFirstAxes mxnxk; Reshaped mxnx2; SharedWithTheInput mxn mxn"),
    *ops("", "", "layouts", "SumToTheView mxn; SaveAView mxn; SaveAViewOfTheOutput mxn"),
    *ops(
        "",
        "",
        "windows",
        "Pad mxn; Pad mxn padding=0; PadToThree mxn; Windows mxn; Windows mxn step=1; AveragePool mxn",
    ),
    *ops("", "", "windows", "Windows mxn size=3 step=2; Convolution mxn 2; Convolution mxn 3; Differences mxn"),
    *ops("", "", "matrices", "Permute mxnxk; Permute mxnxk axes=(2,0,1); RotateAxes mxnxk; MoveAxis mxnxk; Gram mxn"),
    *ops("", "", "matrices", "QuadraticForm nxn n; BatchProduct bxmxk kxn; TraceOfProduct mxn nxm; OuterProduct m n"),
    *ops("", "", "matrices", "Distances mxk nxk; Attention mxk nxk nxp; MatrixVector mxn n; MatrixVector 20x30 30"),
)
"""None of them may be refuted, nor left undecided."""

OLD = {name for record in (*WRONG, *WARNED) if record.target.startswith("broken_ops") for name in [record.name]}
assert {name.partition(" ")[0] for name in OLD} == {*WRONG_ENTRY, *NO_GRADIENT, *CONDUCT}, "a planted op has no record"
