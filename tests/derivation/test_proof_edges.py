"""What a proof must not be talked into: bad lines, empty domains, values drawn too narrowly, ill-formed derivations."""
# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

import math
import re
import time

import pytest
import sympy

from gradverify.derivation import (
    Condition,
    D,
    Derivation,
    Gradient,
    Iverson,
    Sum,
    algebra,
    array,
    cotangent,
    function,
    index,
    prime,
    size,
)
from gradverify.derivation.library import find
from gradverify.errors import DerivationError
from gradverify.model import Outcome
from gradverify.witnesses.proof import prove, prove_by_kernel

m, n = size("m n")
i, k = index("i k", n)
j, l = index("j l", n)
r = index("r", m)
x, a, b, c = (array(name, n) for name in "xabc")
y = array("y", n)
y_bar = cotangent(y)
SEEDS = range(25)


def derivation(forward, *lines, entry=x[j], inputs=(x,), where=None, domain=()):
    """One gradient with these lines."""
    gradient = Gradient(entry, *(algebra(line, "planted") for line in lines))
    return Derivation("t", "t", inputs, forward, (gradient,), where=where or {}, domain=domain)


def outcomes(proof):
    return [step.outcome for gradient in proof.gradients for step in gradient.steps]


CHAIN = Sum(y_bar[k] * D(y[k], x[j]), k)


def test_a_line_that_is_not_understood_is_undecided_and_the_lines_around_it_are_compared():
    proof = prove(derivation({y[k]: x[k] ** 2}, CHAIN, 2 * sympy.Abs(x[j]) * y_bar[j], 2 * x[j] * y_bar[j]))
    assert outcomes(proof) == [Outcome.HOLDS, Outcome.UNDECIDED, Outcome.HOLDS]
    assert proof.outcome is Outcome.UNDECIDED
    assert not prove_by_kernel(proof.derivation)


@pytest.mark.parametrize(
    "line",
    [
        Sum(2 * x[j] * y_bar[j], (sympy.Symbol("l"), 1, 1)),
        2 * sympy.Abs(x[j]) * y_bar[j],
        sympy.Function("h")(x[j]) * y_bar[j],
        y_bar[j] * function("exp")(x[j]),
        x[j + 1] * y_bar[j],
        sympy.nan,
        sympy.oo,
    ],
)
def test_what_the_kernel_does_not_know_is_never_proved(line):
    assert prove(derivation({y[k]: x[k] ** 2}, line)).outcome is Outcome.UNDECIDED


def test_an_index_of_another_size_refutes_the_line():
    z = array("z", m)
    proof = prove(derivation({y[k]: x[k]}, y_bar[j] * z[j] / z[j] + 0 * y_bar[j], Sum(y_bar[r], r)))
    assert proof.gradients[0].steps[-1].outcome is Outcome.REFUTED
    example = proof.gradients[0].steps[-1].counterexample
    assert example.sizes == {"n": 1, "m": 2}
    assert "r runs over m" in example.right


# Brackets are 0 at many drawn values


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_agreement_at_values_where_brackets_are_0_proves_nothing(count):
    arrays = (x, a, b, c)[:count]
    forward = sympy.Mul(*(array[k] * Iverson(array[k]) for array in arrays))
    slope = sympy.Mul(Iverson(x[j]), *(array[j] * Iverson(array[j]) for array in arrays[1:]))
    right = derivation({y[k]: forward}, CHAIN, y_bar[j] * slope)
    wrong = derivation({y[k]: forward}, CHAIN, 2 * y_bar[j] * slope)
    assert prove(right).outcome is Outcome.HOLDS
    assert Outcome.HOLDS not in {prove(wrong, seed=seed).outcome for seed in SEEDS}


def test_values_of_an_unknown_function_are_drawn_widely():
    f, g = function("f"), function("g")
    wrong = derivation({y[k]: f(x[k])}, CHAIN, y_bar[j] * prime(g)(x[j]))
    assert {prove(wrong, seed=seed).outcome for seed in SEEDS} == {Outcome.REFUTED}


# Domains


def test_a_root_of_a_square_needs_a_sign():
    wrong = derivation({y[k]: sympy.sqrt(x[k] ** 2)}, CHAIN, y_bar[j] * x[j] / sympy.sqrt(x[j] ** 2), y_bar[j])
    assert outcomes(prove(wrong)) == [Outcome.HOLDS, Outcome.HOLDS, Outcome.REFUTED]
    p = array("x", n, positive=True)
    right = derivation(
        {y[k]: sympy.sqrt(p[k] ** 2)}, Sum(y_bar[k] * D(y[k], p[j]), k), y_bar[j], entry=p[j], inputs=(p,)
    )
    assert prove(right).outcome is Outcome.HOLDS


def test_a_domain_that_is_needed_saves_a_step_from_refutation():
    # |x| written as a root is x where x > 0, which is given as a condition and not as a declaration
    line = y_bar[j] * x[j] / sympy.sqrt(x[j] ** 2)
    given = derivation(
        {y[k]: sympy.sqrt(x[k] ** 2)}, CHAIN, line, y_bar[j], domain=(Condition(x[k] > 0, "x is positive"),)
    )
    assert Outcome.REFUTED not in outcomes(prove(given))


def test_nothing_holds_on_an_empty_domain():
    never = Condition(sympy.Gt(-(x[k] ** 2), 0), "never")
    assert prove(derivation({y[k]: x[k] ** 2}, 2 * x[j] * y_bar[j], domain=(never,))).outcome is not Outcome.HOLDS


def test_nothing_holds_where_the_diagonal_is_divided_by_0():
    forward = x[k] * Sum(x[k] / (x[k] - x[i]), i)
    assert prove(derivation({y[k]: forward}, CHAIN)).outcome is not Outcome.HOLDS


def test_sizes_at_which_no_values_were_found_are_not_called_checked():
    # Ten entries that must be positive are so in one draw of 1024: at n = 2 nothing is tried, and at n = 1 both sides agree.
    wide, out = array("x", n, 5), array("y", n, 5)
    p, s = index("p s", 5)
    out_bar = cotangent(out)
    wrong = derivation(
        {out[k, s]: n * wide[k, s]},
        n * out_bar[i, p],
        out_bar[i, p],
        entry=wide[i, p],
        inputs=(wide,),
        domain=(Condition(wide[k, s] > 0, "x is positive"),),
    )
    for seed in range(5):
        last = prove(wrong, seed=seed).gradients[0].steps[-1]
        assert last.cutoff.outcome is not Outcome.HOLDS


# Ill-formed derivations


def test_a_definition_may_not_use_an_index_it_does_not_have():
    u = array("u", n)
    with pytest.raises(DerivationError):
        prove(derivation({y[k]: x[k] * u[j]}, CHAIN, y_bar[j] * u[j]))


@pytest.mark.parametrize(
    ("forward", "where"),
    [
        ({y[k]: array("s", n)[k]}, {array("s", n)[k]: array("s", n)[k] + x[k]}),
        ({y[k]: y[k] + x[k]}, {}),
        ({y[k]: array("s", n)[k]}, {array("s", n)[k]: array("t", n)[k], array("t", n)[k]: array("s", n)[k]}),
    ],
)
def test_a_definition_may_not_use_itself(forward, where):
    with pytest.raises(DerivationError):
        prove(derivation(forward, y_bar[j], where=where))


def test_an_input_may_not_have_the_name_of_a_cotangent():
    other = array("y_bar", n)
    wrong = Gradient(x[j], algebra(y_bar[j] * y_bar[j], "ȳ or the input?"))
    both = Derivation(
        "t", "t", (x, other), {y[k]: x[k] * other[k]}, (wrong, Gradient(other[j], algebra(y_bar[j] * x[j], "")))
    )
    with pytest.raises(DerivationError):
        prove(both)


def test_a_derivation_without_an_output_is_refused():
    with pytest.raises(DerivationError):
        prove(derivation({}, 0 * y_bar[j]))


def test_a_name_defined_twice_is_refused():
    with pytest.raises(DerivationError):
        prove(derivation({y[k]: x[k]}, y_bar[j], where={y[k]: 2 * x[k]}))


def test_a_line_that_is_a_plain_number_is_a_line():
    assert prove(derivation({y[k]: sympy.Integer(3)}, 0)).outcome is Outcome.HOLDS


def test_steps_and_gradients_may_not_be_missing():
    with pytest.raises(DerivationError, match="has no steps"):
        prove(derivation({y[k]: x[k]}))
    with pytest.raises(DerivationError, match="one Gradient for each input"):
        prove(derivation({y[k]: x[k] * a[k]}, y_bar[j] * a[j], inputs=(x, a)))


# Time


def test_a_large_power_does_not_run_away():
    started = time.process_time()
    proof = prove(derivation({y[k]: x[k] ** 2}, CHAIN, 2 * x[j] * y_bar[j] * (1 + x[j]) ** 60 / (1 + x[j]) ** 60))
    assert proof.outcome is Outcome.HOLDS
    assert time.process_time() - started < 10


def test_sympys_opinion_is_asked_only_within_limits():
    deep = 1 + Sum(x[l] ** 3, l) + 1 / (1 + Sum(y_bar[l], l))
    started = time.process_time()
    prove(derivation({y[k]: x[k] ** 2}, 1 / (1 + x[j] + 1 / (1 + y_bar[j] + 1 / deep)) ** 3))
    assert time.process_time() - started < 1


def test_a_proved_step_that_no_sizes_settle_is_evaluated_at_small_ones():
    deviation = x[k] - Sum(x[l], l) / n
    root = sympy.sqrt(Sum((x[i] - Sum(x[l], l) / n) ** 2, i) + 1)
    proof = prove(derivation({y[k]: deviation / root}, CHAIN, Sum(y_bar[k] * D(deviation / root, x[j]), k)))
    assert outcomes(proof) == [Outcome.HOLDS] * 2
    for step in proof.gradients[0].steps:
        assert step.cutoff.outcome is Outcome.UNDECIDED
        assert step.cutoff.basis == "equal in balls at n = 3; that settles these sizes only"


@pytest.mark.parametrize(("name", "sizes"), [("concatenate", "m + r"), ("reshape", "m*n"), ("permute_axes", "m*n*r")])
def test_sizes_made_of_others_are_told_as_they_were_evaluated(name, sizes):
    told = [step.cutoff.basis for chain in prove(find(name)).gradients for step in chain.steps]
    assert told
    for basis in told:
        values = {side: int(value) for side, value in re.findall(r"([a-z]+(?:(?: \+ |\*)[a-z]+)*) = (\d+)", basis)}
        factors, plus = re.split(r" \+ |\*", sizes), "+" in sizes
        parts = [values.get(side, 2) for side in factors]  # a size that a line does not speak of is 2
        assert values[sizes] == (sum(parts) if plus else math.prod(parts)), basis


def test_a_step_that_is_not_proved_is_evaluated_at_all_sizes_that_its_form_asks_for():
    # the elementary symmetric polynomial of degree 4 is 0 wherever n < 4; its factor keeps the theorem from settling it
    p1, p2, p3, p4 = (Sum(x[l] ** power, l) for power in (1, 2, 3, 4))
    e4 = (p1**4 - 6 * p1**2 * p2 + 3 * p2**2 + 8 * p1 * p3 - 6 * p4) / 24
    wrong = derivation({y[k]: x[k]}, CHAIN, y_bar[j], y_bar[j] + e4 * Iverson(x[j]))
    assert outcomes(prove(wrong)) == [Outcome.HOLDS, Outcome.HOLDS, Outcome.REFUTED]
