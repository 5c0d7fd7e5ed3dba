"""The closed form against the code: no good formula is accused, no bad one passes."""

import re
from dataclasses import replace

import numpy as np
import pytest
import sympy

from gradverify import ops
from gradverify.adapters import adapt
from gradverify.derivation import (
    Derivation,
    Gradient,
    Sum,
    algebra,
    array,
    cotangent,
    delta,
    index,
    scalar,
    size,
)
from gradverify.derivation.library import find
from gradverify.derived_space import MARGIN, space_of
from gradverify.errors import DerivationError
from gradverify.model import Case, Outcome
from gradverify.witnesses.closed_form import _check, closed_form

NORMALIZE = find("normalize")


def run(backward, name="normalize", forward=None, seed=0, examples=20):
    """The witness on the named derivation and its own forward, with another backward."""
    derivation = find(name)
    op = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))
    space = space_of(derivation, op)

    def changed(context, cotangents):
        gradients = backward(context, *cotangents)
        return gradients if isinstance(gradients, tuple) else (gradients,)

    op = replace(op, backward=changed, forward=forward or op.forward)
    return closed_form(op, derivation, space, seed=seed, examples=examples)


def refuted(evidence):
    assert evidence.outcome is Outcome.REFUTED
    (finding,) = evidence.findings
    return finding


def place(finding):
    """The entry that a finding names."""
    return tuple(int(k) for k in re.search(r"entry \[([\d, ]*)\]", finding.where)[1].split(","))


def inputs_of(finding, **scope):
    """What the script of a finding binds when it is run."""
    exec(finding.reproduce, scope)
    return scope


# --- right ops ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["normalize", "broadcasting", "elementwise", "sigmoid", "linear"])
def test_a_shipped_op_holds(name):
    derivation = find(name)
    op = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))
    evidence = closed_form(op, derivation, space_of(derivation, op), seed=3, examples=10)
    assert evidence.outcome is Outcome.HOLDS, evidence
    assert evidence.findings == ()
    assert 1 <= evidence.cases <= 10
    assert re.match(
        rf"{evidence.cases} cases, index and NumPy form, worst error \S+ of what rounding allows; side", evidence.tried
    )


def by_quotient(context, go):
    s = context["row_sum"]
    return (go * s - (go * context["x"]).sum(axis=1, keepdims=True)) / s**2


def by_output(context, go):
    y = context["x"] / context["row_sum"]
    return (go - (go * y).sum(axis=1, keepdims=True)) / context["row_sum"]


def by_jacobian(context, go):
    x, s = context["x"], context["row_sum"]
    J = np.eye(x.shape[1])[None] / s[:, :, None] - x[:, :, None] / (s**2)[:, :, None]
    return np.einsum("ik,ikj->ij", go, J)


def by_logarithm(context, go):
    x, s = context["x"], context["row_sum"]
    sign, size = np.sign(s), np.log(np.abs(s))
    return sign * go * np.exp(-size) - np.cumsum(go * x * np.exp(-2 * size), axis=1)[:, -1:]


FORMULAS = [by_quotient, by_output, by_jacobian]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.__name__)
def test_another_good_formula_is_no_false_alarm(formula):
    for seed in range(6):
        assert run(formula, seed=seed, examples=8).outcome is Outcome.HOLDS


@pytest.mark.parametrize("formula", [*FORMULAS, by_logarithm], ids=lambda formula: formula.__name__)
def test_rows_that_hardly_make_it_into_the_domain_are_no_false_alarm(formula):
    normalize = adapt(ops.Normalize)
    op = replace(normalize, backward=lambda context, cotangents: (formula(context, *cotangents),))
    accepts = space_of(NORMALIZE, normalize).accepts
    tried = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        m, n = int(rng.integers(1, 4)), int(rng.integers(2, 40))
        x = rng.standard_normal((m, n)) * 10 ** rng.uniform(-2, 2, (m, n))
        # the last entry brings the sum of a row to just beyond the margin
        rest = np.abs(x[:, :-1]).sum(axis=1)
        share = rng.choice([-1, 1], m) * MARGIN * 1.01
        x[:, -1] = rest * share / (1 - np.abs(share)) - x[:, :-1].sum(axis=1)
        total = np.abs(x).sum(axis=1)
        x[:, -1] += share * total - x.sum(axis=1)
        if not accepts({"x": x}):
            continue
        case = Case((x,), {}, {"m": m, "n": n}, seed)
        assert _check(op, NORMALIZE, case)["x"] <= 1
        tried += 1
    assert tried > 20


def test_rows_near_the_margin_are_accepted_or_not_by_their_sum():
    accepts = space_of(NORMALIZE, adapt(ops.Normalize)).accepts
    assert accepts({"x": np.array([[1.0, -0.89]])})
    assert not accepts({"x": np.array([[1.0, -0.91]])})
    assert not accepts({"x": np.array([[1.0, 2.0], [1.0, -1.0]])})


# --- wrong ops ------------------------------------------------------------------------------------------------------


def right(x, go):
    s = x.sum(axis=1, keepdims=True)
    return go / s - (go * x).sum(axis=1, keepdims=True) / s**2


def without_the_second_term(context, go):
    return go / context["row_sum"]


def test_a_missing_term_is_refuted_at_the_worst_entry():
    finding = refuted(run(without_the_second_term))
    assert finding.what == "backward differs from the closed form"
    scope = inputs_of(finding)
    (x,), (go,) = scope["inputs"], scope["cotangents"]
    entry = place(finding)
    assert finding.where == f"gradient of x, entry {list(entry)}"
    assert float(finding.got) == (go / x.sum(axis=1, keepdims=True))[entry]
    expected, bound = map(float, finding.expected.split(" ± "))
    assert abs(expected - right(x, go)[entry]) <= bound < 1e-12
    assert abs(float(finding.got) - expected) > bound
    assert finding.case.startswith(f"x float64 {x.shape}")
    wrong, count = re.fullmatch(r"(\d+) of (\d+) entries are wrong", finding.note).groups()
    assert 1 <= int(wrong) <= int(count) == x.size


def test_the_smallest_case_is_shown():
    finding = refuted(run(without_the_second_term))
    assert finding.case == "x float64 (1, 1)"


def test_the_script_runs_and_shows_what_the_op_really_returns(capsys):
    # the op's own lines run the shipped, right backward: the comment beside it says what the wrong one gave
    finding = refuted(run(without_the_second_term))
    inputs_of(finding)
    shown = float(capsys.readouterr().out)
    assert f"print(gradients[0]{list(place(finding))})  # {finding.got}, the closed form is " in finding.reproduce
    assert abs(shown - float(finding.expected.split(" ± ")[0])) < 1e-12


class Forgetful:
    """Normalize without the quotient rule's second term."""

    @staticmethod
    def forward(context, x):
        context["s"] = x.sum(axis=1, keepdims=True)
        return x / context["s"]

    @staticmethod
    def backward(context, go):
        return go / context["s"]


def test_the_script_of_a_users_class_shows_the_mistake(capsys):
    op = adapt(Forgetful)
    finding = refuted(closed_form(op, NORMALIZE, space_of(NORMALIZE, op), seed=5, examples=20))
    inputs_of(finding, Forgetful=Forgetful)
    assert capsys.readouterr().out.split() == [finding.got]


def only_one_entry(context, go):
    x_bar = right(context["x"], go)
    if x_bar.size > 3:
        x_bar[-1, 0] *= 1 + 1e-12
    return x_bar


def test_one_entry_off_by_a_million_millionth_is_found():
    finding = refuted(run(only_one_entry, examples=40))
    scope = inputs_of(finding)
    assert place(finding) == (scope["inputs"][0].shape[0] - 1, 0)
    assert finding.note.startswith("1 of ")


def test_the_wrong_input_is_named():
    finding = refuted(run(lambda c, go: (go @ c["X"].T, c["W"].T @ go * 2), "matmul"))
    assert finding.where.startswith("gradient of X, entry [")
    scope = inputs_of(finding)
    W, _ = scope["inputs"]
    (go,) = scope["cotangents"]
    assert float(finding.got) == (W.T @ go * 2)[place(finding)]
    assert float(finding.expected.split(" ± ")[0]) == pytest.approx((W.T @ go)[place(finding)], rel=1e-14)


@pytest.mark.parametrize(
    ("backward", "name", "what", "where", "got", "expected"),
    [
        (lambda c, go: None, "exp", "backward differs from the closed form", "gradient of x", "None", None),
        (
            lambda c, go: right(c["x"], go).sum(axis=1),
            "normalize",
            "a gradient has the wrong shape",
            "gradient of x",
            "(1,)",
            "(1, 1), the shape of x",
        ),
        (
            lambda c, go: (right(c["x"], go),) * 2,
            "normalize",
            "backward returns the wrong number of gradients",
            "Normalize",
            "2",
            "1: one for each of x",
        ),
        (
            lambda c, go: c["nothing"],
            "normalize",
            "backward raises KeyError",
            "backward",
            "KeyError: 'nothing'",
            "a gradient: forward accepted this input",
        ),
        (
            lambda c, go: go * 1j,
            "exp",
            "a gradient is not an array of real numbers",
            "gradient of x",
            "dtype complex128",
            "dtype float64",
        ),
        (
            lambda c, go: go * np.nan,
            "exp",
            "backward differs from the closed form",
            "gradient of x, entry [0, 0]",
            "nan",
            None,
        ),
    ],
)  # fmt: skip
def test_what_is_no_gradient_is_refuted(backward, name, what, where, got, expected):
    finding = refuted(run(backward, name))
    assert (finding.what, finding.got) == (what, got)
    assert finding.where.startswith(where)
    assert expected is None or finding.expected == expected
    assert finding.case
    inputs_of(finding)


def test_none_is_a_gradient_of_zeros():
    # ∂(x − x)/∂x = 0: returning None says the same
    y = array("y", m)
    flat = simple(
        y[k], forward={y[k]: 0 * x[k]}, steps=[algebra(0 * cotangent(y)[i], "It does not depend on x.")], numpy=None
    )

    class Constant:
        @staticmethod
        def forward(context, x):
            return np.zeros_like(x)

        @staticmethod
        def backward(context, go):
            return None

    assert witness(flat, Constant).outcome is Outcome.HOLDS


def test_a_downcast_is_refuted():
    finding = refuted(run(lambda c, go: right(c["x"], go).astype(np.float32)))
    assert finding.what == "backward differs from the closed form"
    assert abs(float(finding.got) - float(finding.expected.split(" ± ")[0])) < 1e-5


def test_whole_numbers_and_booleans_are_compared_too():
    assert refuted(run(lambda c, go: np.zeros(go.shape, bool), "relu")).got in ("False", "0")


# --- the derivation's own forms -------------------------------------------------------------------------------------

m = size("m")
i, k = index("i k", m)
x = array("x", m)
y = array("y", m)
y_bar = cotangent(y)


def simple(entry=None, *, forward=None, steps=None, numpy=lambda y_bar: 2 * y_bar, **more):
    """y = 2x, or another forward with another derivation of x̄_i."""
    steps = steps or [algebra(2 * y_bar[i], "The slope is 2.")]
    return Derivation(
        name="simple",
        title="",
        inputs=(x,),
        forward=forward or {y[k]: 2 * x[k]},
        gradients=(Gradient(x[i], *steps, numpy=numpy),),
        **more,
    )


class Double:
    @staticmethod
    def forward(context, x):
        return 2 * x

    @staticmethod
    def backward(context, go):
        return 2 * go


def witness(derivation, cls, seed=0, examples=15):
    op = adapt(cls, parameters=dict.fromkeys(derivation.parameters))
    return closed_form(op, derivation, space_of(derivation, op), seed=seed, examples=examples)


def test_a_wrong_numpy_form_is_refuted_with_its_place_in_the_file():
    def x_bar(y_bar):
        return 3 * y_bar

    finding = refuted(witness(simple(numpy=x_bar), Double))
    line = x_bar.__code__.co_firstlineno
    assert finding.what == "the NumPy form of the claim differs from its index form"
    assert finding.where == f"NumPy form of the gradient of x, {__file__}:{line}, entry [0]"
    assert float(finding.got) == 1.5 * float(finding.expected.split(" ± ")[0])
    assert finding.case == "x float64 (1,)"
    assert finding.reproduce == ""


@pytest.mark.parametrize(
    ("numpy", "what", "got"),
    [
        (lambda y_bar: y_bar.sum(), "the NumPy form of the claim has the wrong shape", "(), dtype float64"),
        (lambda y_bar: y_bar[None], "the NumPy form of the claim has the wrong shape", "(1, 1), dtype float64"),
        (lambda y_bar: np.linalg.inv(y_bar), "the NumPy form of the claim raises LinAlgError", None),
        (lambda y_bar: None, "the NumPy form of the claim has the wrong shape", "(), dtype object"),
    ],
)
def test_a_numpy_form_that_gives_no_gradient_is_refuted(numpy, what, got):
    finding = refuted(witness(simple(numpy=numpy), Double))
    assert finding.what == what
    assert got is None or finding.got == got


def test_a_numpy_form_that_takes_what_nobody_has_is_its_authors_mistake():
    with pytest.raises(DerivationError) as caught:
        witness(simple(numpy=lambda x, go: 2 * go), Double)
    assert str(caught.value) == "simple: the NumPy form of the gradient of x takes go; it can take x, y_bar"


def test_a_numpy_form_may_have_defaults_and_may_write_into_what_it_gets():
    def x_bar(x, y_bar, factor=2):
        x[...] = np.nan
        y_bar *= factor
        return y_bar

    assert witness(simple(numpy=x_bar), Double).outcome is Outcome.HOLDS


def test_without_a_numpy_form_the_index_form_is_compared():
    assert witness(simple(numpy=None), Double).outcome is Outcome.HOLDS


def test_a_wrong_claim_is_refuted_with_the_ops_own_code():
    finding = refuted(witness(simple(steps=[algebra(3 * y_bar[i], "Wrong.")], numpy=None), Double))
    scope = inputs_of(finding, Double=Double)
    assert float(finding.got) == scope["gradients"][0][place(finding)]


def test_a_claim_may_use_outputs_named_quantities_scalars_and_deltas():
    n = size("n")
    r, s = index("r s", m)
    c, d = index("c d", n)
    X, Y, total = array("X", m, n), array("Y", m, n), array("total", m)
    eps, gain = scalar("eps", positive=True), scalar("gain")
    Y_bar = cotangent(Y)
    derivation = Derivation(
        name="softened",
        title="",
        inputs=(X,),
        where={total[r]: Sum(X[r, c] ** 2, c) + eps},
        forward={Y[r, c]: gain * X[r, c] / total[r]},
        gradients=(
            Gradient(
                X[s, d],
                algebra(
                    gain * Sum(Y_bar[s, c] * delta(c, d), c) / total[s]
                    - Sum(Y_bar[s, d] * Y[s, d], d) * 2 * X[s, d] / total[s],
                    "As it comes.",
                ),
                numpy=lambda X, Y_bar, epsilon, gain: (
                    gain * Y_bar / ((X**2).sum(1, keepdims=True) + epsilon)
                    - 2 * X * gain * (Y_bar * X).sum(1, keepdims=True) / ((X**2).sum(1, keepdims=True) + epsilon) ** 2
                ),
            ),
        ),
        parameters={"epsilon": eps, "gain": gain, "mode": "plain"},
    )
    seen = set()

    class Softened:
        @staticmethod
        def forward(context, X, epsilon, gain, mode):
            assert mode == "plain"
            seen.add((epsilon, gain))
            context.update(X=X, t=(X * X).sum(axis=1, keepdims=True) + epsilon, gain=gain)
            return gain * X / context["t"]

        @staticmethod
        def backward(context, go):
            X, t, gain = context["X"], context["t"], context["gain"]
            return gain * (go / t - 2 * X * (go * X).sum(axis=1, keepdims=True) / t**2)

    assert witness(derivation, Softened, examples=25).outcome is Outcome.HOLDS
    assert len({epsilon for epsilon, _ in seen}) > 1
    assert all(epsilon > 0 for epsilon, _ in seen)
    assert len({gain for _, gain in seen}) > 1

    class Wrong(Softened):
        @staticmethod
        def backward(context, go):
            X, t, gain = context["X"], context["t"], context["gain"]
            return gain * (go / t - X * (go * X).sum(axis=1, keepdims=True) / t**2)

    assert refuted(witness(derivation, Wrong)).where.startswith("gradient of X")


def test_a_constant_parameter_is_known_by_its_name():
    scaled = simple(
        forward={y[k]: scalar("c") * x[k]},
        steps=[algebra(scalar("c") * y_bar[i], "c is a constant.")],
        numpy=lambda y_bar, c: c * y_bar,
        parameters={"c": 2.5},
    )

    class Scale:
        @staticmethod
        def forward(context, x, *, c):
            context["c"] = c
            return c * x

        @staticmethod
        def backward(context, go):
            return context["c"] * go

    assert witness(scaled, Scale).outcome is Outcome.HOLDS


def test_inputs_are_matched_by_name_whatever_their_order():
    division = find("division")

    class Into:
        @staticmethod
        def forward(context, x2, x1):
            context.update(x1=x1, x2=x2)
            return x1 / x2

        @staticmethod
        def backward(context, go):
            return -go * context["x1"] / context["x2"] ** 2, go / context["x2"]

    assert witness(division, Into).outcome is Outcome.HOLDS


# --- what cannot be compared ----------------------------------------------------------------------------------------


def test_an_op_that_refuses_everything_leaves_it_undecided():
    def forward(x):
        raise ValueError("not today")

    evidence = run(without_the_second_term, forward=forward, examples=3)
    assert evidence.outcome is Outcome.UNDECIDED
    assert evidence.cases == 0
    assert evidence.refused >= 1
    refused = f"{evidence.refused} cases refused: ValueError: not today"
    assert evidence.tried == f"no entry of the gradient of x was compared; {refused}"


def test_empty_arrays_alone_leave_it_undecided():
    shipped = adapt(ops.Normalize)

    def forward(x):
        if x.size:
            raise ValueError("too much")
        return shipped.forward(x)

    evidence = run(without_the_second_term, forward=forward, examples=4)
    assert evidence.outcome is Outcome.UNDECIDED
    assert "cases left out: the inputs are empty: only the gradients' shapes were checked" in evidence.tried


def test_a_forward_that_is_never_finite_leaves_it_undecided():
    op = adapt(ops.Exp)
    evidence = run(lambda c, go: go, "exp", forward=lambda x: ((op.forward(x)[0][0] * np.nan,), {}))
    assert evidence.outcome is Outcome.UNDECIDED
    assert "cases left out: forward is not finite" in evidence.tried


def test_points_outside_a_forgotten_domain_are_no_false_alarm():
    # y = √(x²) has the slope 0/0 at 0, and the derivation does not say so
    size_of = simple(
        forward={y[k]: sympy.sqrt(x[k] ** 2)},
        steps=[algebra(y_bar[i] * x[i] / sympy.sqrt(x[i] ** 2), "The chain rule.")],
        numpy=lambda x, y_bar: y_bar * x / np.sqrt(x**2),
    )

    class Size:
        @staticmethod
        def forward(context, x):
            context["x"] = x
            return np.sqrt(x * x)

        @staticmethod
        def backward(context, go):
            return go * context["x"] / np.sqrt(context["x"] ** 2)

    for seed in range(4):
        assert witness(size_of, Size, seed=seed, examples=25).outcome is Outcome.HOLDS


def test_a_claim_without_numbers_leaves_it_undecided():
    vague = simple(steps=[algebra(2 * y_bar[i] * sympy.Heaviside(x[i] ** 2 + 1), "Who knows.")])
    evidence = witness(vague, Double)
    assert evidence.outcome is Outcome.UNDECIDED
    assert "there are no numbers for Heaviside" in evidence.tried


def test_another_output_shape_than_the_derivation_says_is_refuted():
    class Column(Double):
        @staticmethod
        def forward(context, x):
            return 2 * x[:, None]

    finding = refuted(witness(simple(), Column))
    assert (finding.what, finding.where) == ("forward returns another shape than the derivation says", "output y")
    assert (finding.got, finding.expected) == ("(1, 1)", "(1,)")


def test_another_number_of_outputs_than_the_derivation_has_is_refuted():
    class Twice(Double):
        @staticmethod
        def forward(context, x):
            return 2 * x, x

        @staticmethod
        def backward(context, go, other):
            return 2 * go + other

    finding = refuted(witness(simple(), Twice))
    assert finding.what == "forward returns another number of outputs than the derivation has"
    assert (finding.got, finding.expected) == ("2", "1: y")


def test_at_least_one_example_is_asked_for():
    with pytest.raises(ValueError, match="closed_form needs at least one example, got 0"):
        run(without_the_second_term, examples=0)


# --- determinism ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backward", [by_output, without_the_second_term, only_one_entry])
def test_one_seed_gives_one_answer(backward):
    first, second = (replace(run(backward, seed=11), seconds=0) for _ in range(2))
    assert first == second


def test_another_seed_tries_other_cases():
    assert len({run(by_output, seed=seed).tried for seed in range(4)}) > 1


def test_two_outputs_are_both_weighed():
    z = array("z", m)
    both = Derivation(
        name="both",
        title="",
        inputs=(x,),
        forward={y[k]: 2 * x[k], z[k]: x[k] ** 2},
        gradients=(
            Gradient(
                x[i],
                algebra(2 * y_bar[i] + 2 * x[i] * cotangent(z)[i], "Both."),
                numpy=lambda x, y_bar, z_bar: 2 * y_bar + 2 * x * z_bar,
            ),
        ),
    )

    class Both:
        @staticmethod
        def forward(context, x):
            context["x"] = x
            return 2 * x, x * x

        @staticmethod
        def backward(context, go, other):
            return 2 * go + 2 * context["x"] * other

    class First(Both):
        @staticmethod
        def backward(context, go, other):
            return 2 * go

    assert witness(both, Both).outcome is Outcome.HOLDS
    assert refuted(witness(both, First)).what == "backward differs from the closed form"
