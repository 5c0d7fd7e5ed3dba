"""Finite differences: right gradients hold within the error model, wrong ones do not."""

from __future__ import annotations

import math
import re
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from gradverify.cases import SearchResult, lay_out
from gradverify.model import Case, InputSpec, Op, Outcome, Sign, Space, Strength
from gradverify.witnesses.difference import _check, difference

MATRIX = Space((InputSpec("x", ("m", "n")),))
VECTOR = Space((InputSpec("x", ("n",)),))
TWELVE = Space((InputSpec("x", (3, 4)),))


def op(forward, backward, inputs=("x",)):
    return Op("toy", forward, backward, inputs)


def test_a_right_backward_is_never_accused(right):
    outcomes = [difference(*right, seed=seed, examples=6).outcome for seed in range(20)]

    assert outcomes == [Outcome.HOLDS] * 20


def test_a_wrong_backward_is_refuted(wrong):
    evidence = difference(*wrong, seed=0)

    assert evidence.outcome is Outcome.REFUTED
    assert len(evidence.findings) == 1


def test_evidence_says_what_was_tried(toys):
    evidence = difference(*toys["sin"], seed=1)

    assert evidence.witness == "difference"
    assert evidence.strength is Strength.FLOAT
    assert 20 <= evidence.cases <= 30
    assert evidence.refused == 0
    assert evidence.seconds > 0
    assert re.match(
        r"\d+ cases × 2 directions, worst error \d\.\de-\d+ \(allowed \d\.\de-\d+\); sides 1–\d+, square and not",
        evidence.tried,
    )
    assert "the inputs are empty: only the gradients' shapes were checked" in evidence.tried


def test_the_same_seed_gives_the_same_evidence(toys):
    first, second = (replace(difference(*toys["negative x"], seed=7), seconds=0) for _ in range(2))

    assert first == second


def test_a_finding_names_the_entry_and_both_values(toys):
    (finding,) = difference(*toys["factor 2"], seed=0).findings

    assert finding.what == "a gradient differs from the central difference of forward"
    assert finding.where == "gradient of x, entry [0, 0]"
    assert float(finding.got) == 2 * 1.015625 * math.cos(2.0)
    value, _, error = finding.expected.partition(" ± ")
    assert abs(float(value) - 1.015625 * math.cos(2.0)) < float(error) < 1e-10
    assert finding.case == "x float64 (1, 1)"
    assert finding.note == "1 of 1 entries are wrong"


def test_a_reproduction_runs_and_shows_the_wrong_entry(toys, capsys):
    made, space = toys["negative x"]
    snippet = "gradients = (cotangents[0] * np.cos(inputs[0]) * np.where(inputs[0] < 0, 1.5, 1),)"
    (finding,) = difference(replace(made, snippet=snippet), space, seed=0).findings
    exec(compile(finding.reproduce, "script", "exec"), {})

    assert float(capsys.readouterr().out) == float(finding.got)
    assert finding.got in finding.reproduce.splitlines()[-1]


def test_how_many_entries_are_wrong_is_counted():
    made = op(lambda x: ((np.sin(x),), x), lambda x, g: (g[0] * np.cos(x) * np.where(np.arange(x.size) % 3, 1, 2),))
    space = Space((InputSpec("x", (6,)),))
    (finding,) = difference(made, space, seed=0).findings

    assert finding.note == "2 of 6 entries are wrong"


def test_among_many_entries_bisection_finds_the_wrong_one():
    def backward(x, g):
        x_bar = g[0] * np.cos(x)
        x_bar[3, 77] *= 1.001
        return (x_bar,)

    (finding,) = difference(
        op(lambda x: ((np.sin(x),), x), backward), Space((InputSpec("x", (5, 90)),)), seed=0
    ).findings

    assert finding.where == "gradient of x, entry [3, 77]"
    assert finding.note == "at least 1 of 450 entries are wrong"


def test_an_exception_is_a_finding_with_type_and_message(toys):
    (finding,) = difference(*toys["exception"], seed=0).findings

    assert finding.what == "backward raises KeyError"
    assert finding.got == "KeyError: 'missing'"
    assert finding.case == "x float64 (1, 1)"
    assert finding.reproduce.startswith("import numpy as np")


@pytest.mark.parametrize(
    ("name", "what", "got", "expected"),
    [
        ("broadcast shape", "a gradient has the wrong shape", "(1, 1)", "(1,), the shape of x"),
        ("one gradient too few", "backward returns the wrong number of gradients", "1", "2: one for each of a, b"),
    ],
)
def test_a_gradient_that_does_not_fit_is_refuted_before_any_entry_is_compared(toys, name, what, got, expected):
    (finding,) = difference(*toys[name], seed=0).findings

    assert (finding.what, finding.got, finding.expected) == (what, got, expected)
    assert finding.reproduce


def test_a_gradient_of_none_stands_for_zeros():
    zero = op(lambda x, y: ((np.sin(x),), x), lambda x, g: (g[0] * np.cos(x), None), ("x", "y"))
    space = Space((InputSpec("x", ("n",)), InputSpec("y", ("n",))))

    assert difference(zero, space, seed=0).outcome is Outcome.HOLDS


def test_a_gradient_that_is_not_finite_is_refuted_where_forward_is_smooth(toys):
    (finding,) = difference(*toys["not a number"], seed=0).findings

    assert finding.what == "a gradient is not finite where forward is smooth"
    assert finding.got == "nan"
    assert float(finding.expected.split(" ± ")[0]) != 0


def test_a_gradient_that_is_not_finite_at_a_kink_is_left_out():
    made = op(lambda x: ((np.abs(x),), x), lambda x, g: (g[0] * x / np.abs(x),))
    evidence = difference(made, MATRIX, seed=0, examples=60)

    assert evidence.outcome is Outcome.HOLDS
    assert "backward is not finite, and forward has no slope to compare it with" in evidence.tried


def test_any_subgradient_is_right_at_a_kink_and_the_kink_is_reported():
    for at_0 in (0.0, 0.5, 1.0):
        made = op(lambda x: ((np.maximum(x, 0),), x), lambda x, g, at_0=at_0: (g[0] * np.where(x == 0, at_0, x > 0),))
        evidence = difference(made, MATRIX, seed=0, examples=60)

        assert evidence.outcome is Outcome.HOLDS
        assert "the slopes on both sides differ: a kink" in evidence.tried


def test_where_everything_is_a_kink_nothing_is_decided():
    def sawtooth(x):
        return (np.abs(x - np.round(64 * x) / 64),), x

    # At a single entry the step may lie within one tooth by chance.
    evidence = difference(op(sawtooth, lambda x, g: (g[0],)), TWELVE, seed=0)

    assert evidence.outcome is Outcome.UNDECIDED
    assert evidence.findings == ()
    assert evidence.tried.startswith("no effective comparison of the gradient of x")


def test_a_slope_that_rounding_hides_is_not_decided():
    made = op(lambda x: ((1e-12 * x + 1e6,), x), lambda x, g: (1e-12 * g[0],))
    nearly_constant = difference(made, MATRIX, seed=0)

    assert nearly_constant.outcome is Outcome.UNDECIDED


def test_each_input_must_be_seen():
    made = op(lambda a, b: ((a + 1e-14 * b,), None), lambda _, g: (g[0], 1e-14 * g[0]), ("a", "b"))
    space = Space((InputSpec("a", ("n",), Sign.POSITIVE), InputSpec("b", ("n",))))
    evidence = difference(made, space, seed=0)

    assert evidence.outcome is Outcome.UNDECIDED
    assert evidence.tried.startswith("no effective comparison of the gradient of b")


def test_a_small_gradient_beside_a_large_one_is_compared():
    space = Space((InputSpec("a", ("n",)), InputSpec("b", ("n",))))

    def forward(a, b):
        return (a + 1e-9 * b,), None

    assert difference(op(forward, lambda _, g: (g[0], 1e-9 * g[0]), ("a", "b")), space, seed=0).outcome is Outcome.HOLDS
    for wrong in (0.0, 1.001e-9):
        made = op(forward, lambda _, g, wrong=wrong: (g[0], wrong * g[0]), ("a", "b"))
        assert difference(made, space, seed=0).outcome is Outcome.REFUTED


def test_a_forward_that_draws_random_numbers_is_not_accused():
    rng = np.random.default_rng(0)

    def dropout(x):
        mask = rng.random(x.shape) < 0.5
        return (x * mask,), mask

    # At a single entry all the masks may be equal by chance.
    evidence = difference(op(dropout, lambda mask, g: (g[0] * mask,)), TWELVE, seed=0)

    assert evidence.outcome is Outcome.UNDECIDED


def test_steps_shrink_where_forward_refuses_the_larger_ones():
    def forward(x):
        if (np.abs(x) > np.round(np.abs(x), 1) + 0.06).any():
            raise ValueError("outside")
        return (np.sin(x),), x

    evidence = difference(op(forward, lambda x, g: (g[0] * np.cos(x),)), VECTOR, seed=0)

    assert evidence.outcome is Outcome.HOLDS


def test_steps_stay_inside_the_domain():
    seen = []

    def forward(x):
        seen.append(np.abs(x).max(initial=0))
        return (np.arcsin(x / 4.001),), x

    inside = Space((InputSpec("x", ("n",)),), accepts=lambda arrays: np.abs(arrays["x"]).max(initial=0) <= 4)
    evidence = difference(op(forward, lambda x, g: (g[0] / np.sqrt(4.001**2 - x**2),)), inside, seed=0)

    assert max(seen) <= 4
    assert evidence.outcome is Outcome.HOLDS


def test_positive_inputs_stay_positive():
    seen = []

    def forward(x):
        seen.append(x.min(initial=1))
        return (np.log(x),), x

    space = Space((InputSpec("x", ("n",), Sign.POSITIVE),))
    assert difference(op(forward, lambda x, g: (g[0] / x,)), space, seed=0).outcome is Outcome.HOLDS
    assert min(seen) > 0


def test_refusals_are_counted_with_their_reason(toys):
    made, _ = toys["logsumexp"]
    evidence = difference(made, MATRIX, seed=0, examples=60)

    assert evidence.refused > 0
    assert f"refused: {evidence.refused} cases: ValueError: zero-size array" in evidence.tried


def test_an_op_that_always_refuses_is_undecided():
    def forward(x):
        raise TypeError("not today")

    evidence = difference(op(forward, lambda _, g: g), MATRIX, seed=0, examples=3)

    assert evidence.outcome is Outcome.UNDECIDED
    assert evidence.cases == 0
    assert "TypeError: not today" in evidence.tried


def test_a_domain_that_nothing_meets_is_undecided_and_named(monkeypatch):
    nothing = SearchResult((), 0, (), 0, (), "no shapes", outside=True)
    monkeypatch.setattr("gradverify.witnesses.difference.search", lambda *_, **__: nothing)
    evidence = difference(op(np.sin, None), VECTOR, seed=0)

    assert evidence.outcome is Outcome.UNDECIDED
    assert evidence.tried == "no effective comparison of the gradient of x; none of the inputs drawn lies in the domain"


def test_whole_number_outputs_take_no_part():
    made = op(lambda x: ((np.sin(x), x.argmax(axis=0)), x), lambda x, g: (g[0] * np.cos(x),))
    space = Space((InputSpec("x", (3, "n")),))

    assert difference(made, space, seed=0).outcome is Outcome.HOLDS
    nothing = difference(op(lambda x: ((x > 0,), x), lambda x, g: (0 * x,)), space, seed=0)
    assert nothing.outcome is Outcome.UNDECIDED
    assert "no output is an array of floats" in nothing.tried


def test_every_output_counts():
    both = op(lambda x: ((np.sin(x), x * x), x), lambda x, g: (g[0] * np.cos(x) + 2 * g[1] * x,))
    one = op(lambda x: ((np.sin(x), x * x), x), lambda x, g: (g[0] * np.cos(x),))

    assert difference(both, MATRIX, seed=0).outcome is Outcome.HOLDS
    assert difference(one, MATRIX, seed=0).outcome is Outcome.REFUTED


def test_a_backward_that_is_wrong_for_a_memory_layout_is_refuted():
    made = op(lambda x: ((np.sin(x),), x), lambda x, g: (g[0] * np.cos(x).ravel(order="K").reshape(x.shape),))
    (finding,) = difference(made, MATRIX, seed=0).findings

    assert finding.case.endswith(("Fortran order", "negative strides"))


def test_warnings_of_the_op_are_not_ours(recwarn):
    def forward(x):
        np.float64(1) / np.zeros(1)
        return (np.sin(x),), x

    with np.errstate(all="raise"):
        evidence = difference(op(forward, lambda x, g: (g[0] * np.cos(x),)), VECTOR, seed=0)

    assert evidence.outcome is Outcome.HOLDS
    assert not recwarn.list


def test_an_interrupt_inside_the_op_passes():
    def forward(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        difference(op(forward, lambda _, g: g), VECTOR, seed=0)


@pytest.mark.parametrize("options", [{"examples": 0}, {"directions": 0}])
def test_checking_nothing_is_an_error(options):
    with pytest.raises(ValueError, match="at least one example and one direction"):
        difference(op(np.sin, None), VECTOR, seed=0, **options)


def test_at_most_ten_forwards_and_one_backward_for_a_direction(toys):
    made, space = toys["matmul"]
    calls = {"forward": 0, "backward": 0}

    def forward(*inputs):
        calls["forward"] += 1
        return made.forward(*inputs)

    def backward(*arguments):
        calls["backward"] += 1
        return made.backward(*arguments)

    evidence = difference(replace(made, forward=forward, backward=backward), space, seed=0, directions=2, examples=30)

    assert evidence.outcome is Outcome.HOLDS
    # 30 drawn ones, two wide ones for each of two sizes, one that is sure not to be square, and four with sides of 0
    cases = 30 + 2 * 2 + 1 + 4
    assert calls["forward"] <= 10 * 2 * cases
    assert calls["backward"] <= cases


def test_memory_stays_below_eight_times_the_input(toys):
    made, space = toys["sin"]
    x = lay_out(np.random.default_rng(0).uniform(0.1, 4, (400, 500)), "Fortran")
    tracemalloc.start()
    try:
        (comparison,) = _check(made, space, Case((x,), {}, {}, 1, "Fortran"), 1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert comparison.sees(0)
    assert comparison.error <= comparison.allowed
    assert peak < 8 * x.nbytes


def test_a_scalar_input_stays_an_array():
    kinds = set()

    def forward(x):
        kinds.add(type(x))
        return (np.sin(x),), x

    made = op(forward, lambda x, g: (g[0] * np.cos(x),))

    assert difference(made, Space((InputSpec("x", ()),)), seed=0).outcome is Outcome.HOLDS
    assert kinds == {np.ndarray}


def test_gradients_too_large_to_add_up_are_no_accident():
    huge = op(lambda x: ((x * 1e307,), x), lambda x, g: (g[0] * 1e307,))

    assert difference(huge, MATRIX, seed=0).findings == ()
    assert difference(op(huge.forward, lambda x, g: (g[0] * 1.1e307,)), MATRIX, seed=0).outcome is Outcome.REFUTED


@pytest.mark.parametrize("name", ["m", "n"])
def test_a_mistake_above_128_is_found_with_every_seed_and_few_cases(name):
    axis = "mn".index(name)

    def backward(x, g):
        x_bar = 2 * x * g[0]
        np.moveaxis(x_bar, axis, 0)[128:] = 0
        return (x_bar,)

    made = op(lambda x: ((x * x,), x), backward)

    assert {difference(made, MATRIX, seed=seed, examples=4).outcome for seed in range(5)} == {Outcome.REFUTED}


def test_the_sizes_compared_above_128_are_named():
    made = op(lambda x: ((x * x,), x), lambda x, g: (2 * x * g[0],))

    assert "; above 128: m, n" in difference(made, MATRIX, seed=0, examples=4).tried
    assert "above" not in difference(made, TWELVE, seed=0, examples=4).tried
