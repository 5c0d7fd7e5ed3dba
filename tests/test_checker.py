"""The whole check, from a name, a derivation, a file or a class to the verdict."""

import subprocess
import sys
from dataclasses import replace
from textwrap import dedent

import numpy as np
import pytest
import sympy

import gradverify
from gradverify import DerivationError, Op, Outcome, Report, Strength, UsageError, Verdict, check
from gradverify.adapters import adapt
from gradverify.derivation import (
    Condition,
    Derivation,
    Gradient,
    Sum,
    algebra,
    array,
    cotangent,
    function,
    index,
    prime,
    size,
)
from gradverify.derivation.library import find, library
from gradverify.derived_space import space_of
from gradverify.model import Choice, Sign

USER_FILE = """
import numpy as np


class Normalize:
    @staticmethod
    def forward(context, x):
        sumd = x.sum(axis=1, keepdims=True)
        context["x"], context["sumd"] = x, sumd
        return x / sumd

    @staticmethod
    def backward(context, go):
        x, sumd = context["x"], context["sumd"]
        return (go / sumd) - ((go * x) / (sumd * sumd)).sum(axis=1, keepdims=True)


class Halved(Normalize):
    @staticmethod
    def backward(context, go):
        return Normalize.backward(context, go) / 2


class Scale:
    @staticmethod
    def forward(context, x, factor):
        context["factor"] = factor
        return factor * x

    @staticmethod
    def backward(context, go):
        return context["factor"] * go
"""


@pytest.fixture
def user_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(dedent(USER_FILE), encoding="utf-8")
    return "mine.py"


def witnesses(report):
    return {each.witness: each for each in report.evidence}


def strongest(report):
    """The green verdict that the evidence of a sound derivation and op carries."""
    exact = any(each.strength is Strength.EXACT and each.outcome is Outcome.HOLDS for each in report.evidence)
    return Verdict.PROVED if exact else Verdict.AGREES


# --- what ships -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", library())
def test_every_shipped_derivation_holds_with_its_op(name):
    report = check(name)
    assert report.verdict is strongest(report), report
    found = witnesses(report)
    assert {"proof", "closed form", "difference", "conduct"} <= set(found)
    assert found["proof"].outcome is found["closed form"].outcome is Outcome.HOLDS
    assert found["difference"].outcome is found["conduct"].outcome is Outcome.HOLDS
    assert all(each.findings == () for each in report.evidence)
    assert (report.name, report.title) == (name, find(name).title)
    assert report.seed == 0
    assert report.version == gradverify.__version__
    assert 0 < sum(each.seconds for each in report.evidence) <= report.seconds


def test_one_seed_gives_one_report():
    def timeless(report):
        evidence = tuple(replace(each, seconds=0, tried=each.tried.partition(" s;")[0]) for each in report.evidence)
        return replace(report, seconds=0, evidence=evidence)

    first, again, other = (timeless(check("broadcast", seed=seed)) for seed in (7, 7, 8))
    assert first == again
    assert first.evidence != other.evidence


def test_a_derivation_object_is_checked_as_its_name_is():
    report = check(find("square"))
    assert report.name == "square"
    assert report.verdict is strongest(report)


# --- what is asked wrongly ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("normalise", "no op is called 'normalise': did you mean normalize?"),
        ("Normalize", "no op is called 'Normalize': did you mean normalize?"),
        ("matmull", "no op is called 'matmull': did you mean matmul?"),
        ("qqq", "no op is called 'qqq': `gradverify list` shows the names there are."),
        ("", "no op is called '': `gradverify list` shows the names there are."),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name, message):
    with pytest.raises(UsageError) as caught:
        check(name)
    assert str(caught.value) == message


@pytest.mark.parametrize("more", [{"shapes": ["3x4"]}, {"parameters": {"axis": 1}}, {"parameters": ["axis=1"]}])
@pytest.mark.parametrize("target", ["normalize", find("normalize")], ids=["name", "object"])
def test_shapes_and_parameters_do_not_go_with_a_derivation(target, more):
    with pytest.raises(UsageError) as caught:
        check(target, **more)
    assert str(caught.value) == (
        "normalize: shapes and parameters come from its derivation; give them only with an op of your own"
    )


@pytest.mark.parametrize(
    ("target", "more", "message"),
    [
        (
            "mine.py:Scale",
            {"shapes": ["mxn"]},
            "Scale has 2 inputs (x, factor), but 1 --shape was given; give one for each",
        ),
        ("mine.py:Normalize", {"shapes": ["3x4", "2"]}, "Normalize has 1 input (x), but 2 --shape were given"),
        ("mine.py:Normalize", {"shapes": ["3x"]}, "--shape 3x: expected sides joined by x"),
        ("mine.py:Normalize", {"shapes": "3x4"}, "shapes is one text, '3x4': give a list, one text for each input"),
        ("mine.py:Normalize", {"parameters": "a=1"}, "parameters is one text, 'a=1': give a list or a mapping"),
        ("mine.py:Nothing", {}, "mine.py: there is no Nothing"),
        ("nowhere.py:Normalize", {}, "nowhere.py"),
        ("mine.py", {}, "mine.py"),
        ("./mine.py", {}, "./mine.py"),
    ],
)
def test_a_wrong_request_is_a_usage_error(user_file, target, more, message):
    with pytest.raises(UsageError) as caught:
        check(target, **more)
    assert str(caught.value).startswith(message) or message in str(caught.value)
    assert "no op is called" not in str(caught.value)


@pytest.mark.parametrize("target", [3, None, len, object()])
def test_what_is_no_op_is_a_usage_error(target):
    with pytest.raises(UsageError, match="not a class"):
        check(target)


# --- ops of one's own -----------------------------------------------------------------------------------------------


def test_a_users_file_is_checked_without_a_derivation(user_file):
    report = check(f"{user_file}:Normalize")
    assert report.verdict in (Verdict.AGREES, Verdict.EXACT)
    assert report.name == "Normalize"
    assert report.title == "inputs x: m×n, drawn"
    assert "proof" not in witnesses(report)
    assert witnesses(report)["difference"].outcome is witnesses(report)["conduct"].outcome is Outcome.HOLDS


def test_shapes_and_parameters_of_ones_own_op(user_file):
    for parameters in ({"factor": 3}, ["factor=3"]):
        report = check(f"{user_file}:Scale", shapes=["3x4"], parameters=parameters)
        assert report.verdict in (Verdict.AGREES, Verdict.EXACT)
        assert report.title == "inputs x: 3×4, as given; factor=3"


def test_a_wrong_op_is_refuted_and_its_script_shows_it_elsewhere(user_file):
    report = check(f"{user_file}:Halved", shapes=["mxn"])
    assert report.verdict is Verdict.REFUTED
    assert "difference" in report.because
    (finding,) = witnesses(report)["difference"].findings
    ran = subprocess.run([sys.executable, "-c", finding.reproduce], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == finding.got
    assert float(finding.got) == pytest.approx(float(finding.expected.partition(" ± ")[0]) / 2, rel=1e-6)


class Cube:
    @staticmethod
    def forward(context, x):
        context["x"] = x
        return x * x * x

    @staticmethod
    def backward(context, go):
        return 3 * context["x"] * context["x"] * go


def test_a_class_and_the_op_made_of_it():
    for target in (Cube, adapt(Cube)):
        report = check(target, shapes=["m"])
        assert report.name == "Cube"
        assert report.verdict in (Verdict.AGREES, Verdict.EXACT)
        assert isinstance(report, Report)


def test_an_op_that_no_case_can_tell_about_is_not_green():
    class Steps:
        @staticmethod
        def forward(context, x):
            return np.array([round(float(entry)) for entry in x], dtype=int)

        @staticmethod
        def backward(context, go):
            return np.zeros(go.shape)

    report = check(Steps, shapes=["m"])
    assert report.verdict is Verdict.UNDECIDED
    assert witnesses(report)["conduct"].outcome is Outcome.WARNING


def test_a_wrong_op_object_is_refuted():
    right = adapt(Cube)
    wrong = Op("wrong", right.forward, lambda context, cotangents: (cotangents[0],), ("x",))
    assert check(wrong, shapes=["mxn"]).verdict is Verdict.REFUTED


# --- derivations of one's own ---------------------------------------------------------------------------------------

m, n = size("m n")
i, k = index("i k", m)
j, l = index("j l", n)  # noqa: E741 - as on the page
x, y = array("x", m, n), array("y", m, n)
y_bar = cotangent(y)


def cube(**changes):
    given = {
        "name": "cube",
        "title": "the third power",
        "inputs": (x,),
        "forward": {y[k, l]: x[k, l] ** 3},
        "gradients": (Gradient(x[i, j], algebra(3 * y_bar[i, j] * x[i, j] ** 2, "The power rule.")),),
        "op": f"{__name__}:Cube",
    }
    return Derivation(**{**given, **changes})


def test_a_derivation_of_ones_own_with_ones_own_op():
    report = check(cube())
    assert report.verdict is strongest(report), report
    assert report.title == "the third power"


def test_a_derivation_that_disagrees_with_its_op_is_refuted_by_every_witness_that_can_see_it():
    wrong = Gradient(x[i, j], algebra(2 * y_bar[i, j] * x[i, j] ** 2, "Wrong."))
    report = check(cube(gradients=(wrong,)))
    assert report.verdict is Verdict.REFUTED
    assert report.because.startswith("proof (and closed form): ")
    assert witnesses(report)["difference"].outcome is Outcome.HOLDS


def test_a_derivation_without_an_op_is_proved_and_no_more():
    report = check(cube(op=""))
    assert [each.witness for each in report.evidence] == ["proof"]
    assert report.evidence[0].outcome is Outcome.HOLDS
    assert report.verdict is Verdict.UNDECIDED
    assert report.because == "the derivation is proved for all sizes, but no code was compared"


class Other:
    @staticmethod
    def forward(context, z):
        context["z"] = z
        return z**3

    @staticmethod
    def backward(context, go):
        return 3 * context["z"] ** 2 * go


def test_an_op_with_other_input_names_is_a_usage_error():
    op = f"{__name__}:Other"
    with pytest.raises(UsageError) as caught:
        check(cube(op=op))
    assert str(caught.value) == (f"cube: the inputs of {op} are z, those of the derivation x: give them the same names")


def test_an_op_that_cannot_be_found_is_a_usage_error():
    with pytest.raises(UsageError, match="there is no Nowhere"):
        check(cube(op=f"{__name__}:Nowhere"))


def test_a_parameter_that_the_op_does_not_have_is_a_usage_error():
    with pytest.raises(UsageError, match="forward has no parameter factor"):
        check(cube(parameters={"factor": 2}))


def test_a_function_that_nothing_stands_for_is_told():
    third = prime(prime(prime(function("f"))))
    with pytest.raises(DerivationError) as caught:
        space_of(cube(parameters={"f_3": third}), adapt(Cube))
    assert str(caught.value) == (
        "cube: no function stands for f, the parameters f_3: "
        "those of one or two arguments and their first derivatives can be drawn"
    )


# --- the space of a derivation --------------------------------------------------------------------------------------


def accepts(relation, **more):
    derivation = cube(domain=(Condition(relation, "so"),), **more)
    return space_of(derivation, adapt(Cube)).accepts


def holds(relation, values, **more):
    return accepts(relation, **more)({"x": np.array(values, float)})


def test_inputs_are_specified_by_size_and_sign():
    space = space_of(find("division"), adapt("gradverify.ops:Division"))
    assert [(spec.name, spec.shape, spec.sign) for spec in space.inputs] == [
        ("x1", ("m", "n"), Sign.REAL),
        ("x2", ("m", "n"), Sign.NONZERO),
    ]
    assert space.domain == "no entry of x2 is 0"
    (spec,) = space_of(find("log"), adapt("gradverify.ops:Log")).inputs
    assert spec.sign is Sign.POSITIVE
    (spec,) = space_of(cube(domain=(Condition(x[k, l] > 0, "so"),)), adapt(Cube)).inputs
    assert spec.sign is Sign.POSITIVE


def test_parameters_are_sizes_constants_texts_and_scalars():
    positive, real = sympy.Symbol("eps", positive=True), sympy.Symbol("gain")
    derivation = cube(parameters={"a": n, "b": 3, "c": "n", "d": positive, "e": real, "dtype": np.float64})
    parameters = space_of(derivation, adapt(Cube)).parameters
    assert (parameters["a"], parameters["b"], parameters["dtype"]) == ("n", 3, np.float64)
    assert parameters["c"] == Choice(("n",))
    assert all(value > 0 for value in parameters["d"].values)
    assert min(parameters["e"].values) < 0 < max(parameters["e"].values)


def test_a_margin_keeps_cases_away_from_where_a_sum_cancels():
    row = sympy.Ne(Sum(x[k, l], l), 0)
    assert holds(row, [[1, 2], [3, -2]])
    assert not holds(row, [[1, 2], [1, -1]])
    assert not holds(row, [[1, 2], [1, -1.001]])
    assert not holds(row, [[0, 0]])
    assert holds(row, np.ones((0, 3)))
    assert not holds(row, np.ones((2, 0)))


def test_a_difference_has_the_margin_of_its_terms():
    # 1 − x and x − 1 near 0 are ill-conditioned however small the other terms are
    assert holds(1 - x[k, l] > 0, [[0.5, -3]])
    assert not holds(1 - x[k, l] > 0, [[0.5, 2]])
    assert not holds(1 - x[k, l] > 0, [[0.999]])
    assert holds(sympy.Ne(x[k, l], 1), [[2, -1]])
    assert not holds(sympy.Ne(x[k, l], 1), [[1.001]])
    assert not holds(sympy.Ne(x[k, l] - 1, 0), [[1.001]])
    assert holds(x[k, l] < 0, [[-1, -2]])
    assert not holds(x[k, l] < 0, [[-1, 2]])


def test_a_condition_may_use_an_index_that_one_of_its_sums_binds():
    share = sympy.Ne(x[k, l] - Sum(x[k, l] ** 2, l), 0)
    assert holds(share, [[1, 2]])
    assert not holds(share, [[1, 0]])


def test_a_condition_may_use_a_named_quantity():
    total = array("total", m)
    more = {"where": {total[k]: Sum(x[k, l], l)}}
    assert holds(sympy.Ne(total[k], 0), [[1, 2]], **more)
    assert not holds(sympy.Ne(total[k], 0), [[1, -1.001]], **more)


def test_functions_are_drawn_with_their_derivatives():
    space = space_of(find("elementwise"), adapt("gradverify.ops:Map", parameters={"f": None, "f_prime": None}))
    at, step = np.linspace(-2, 2, 9), 1e-6
    (bundle,) = space.bundles
    assert len(bundle) >= 2
    for together in bundle:
        f, f_prime = together["f"], together["f_prime"]
        np.testing.assert_allclose(f_prime(at), (f(at + step) - f(at - step)) / (2 * step), atol=1e-8)
