"""Σ and δ: contraction, unused indices, components, and that commuting, nesting and renaming of sums are no steps."""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

import pytest
from kernel_words import array, decide, delta, fn, inv, ms, mul, ns, proves, sigma, total

from gradverify.calculus.normal import is_zero, normal_form, workspace
from gradverify.calculus.terms import (
    ONE,
    ONLY,
    ZERO,
    Delta,
    Entry,
    Index,
    NoRule,
    Num,
    Partial,
    Plus,
    Power,
    Scalar,
    Sigma,
    Size,
    SortError,
    Times,
    free_indices,
    minus,
)

i, j, k, l, q = ns("i j k l q")
r, s = ms("r s")
x, y, A, X = array("x"), array("y"), array("A"), array("X")
m, n = Size("m"), Size("n")

# δ


def test_delta_on_a_bound_index_takes_one_term_of_the_sum():
    assert proves(sigma(k, mul(delta(k, i), x(k))), x(i))
    assert proves(sigma(k, mul(delta(i, k), A(k, k))), A(i, i))


def test_two_bound_indices_leave_one():
    assert proves(sigma(k, l, mul(delta(k, l), A(k, l))), sigma(q, A(q, q)))
    assert proves(sigma(k, l, delta(k, l)), n)


def test_a_chain_of_deltas_is_one_long_link():
    chain = mul(delta(i, k), delta(k, l), delta(l, j), A(k, l))
    assert proves(sigma(k, l, chain), mul(delta(i, j), A(i, i)))
    assert not proves(sigma(k, l, chain), A(i, j))


def test_free_deltas_make_their_indices_one():
    assert proves(mul(delta(i, j), x(i)), mul(delta(i, j), x(j)))
    assert proves(mul(delta(i, j), A(i, j)), mul(delta(j, i), A(j, i)))
    assert proves(mul(delta(i, j), delta(j, k)), mul(delta(i, k), delta(i, j)))
    assert not proves(mul(delta(i, j), x(i)), x(j))


def test_delta_is_idempotent_and_symmetric():
    assert proves(Power(delta(i, j), 3), delta(j, i))
    assert proves(delta(i, i), ONE)


def test_delta_on_a_size_1_axis_is_1():
    assert proves(Delta(Index("1", "a"), ONLY), ONE)
    assert proves(sigma(Index("1", "u"), mul(x(i), array("w")(i, Index("1", "u")))), mul(x(i), array("w")(i, ONLY)))


def test_delta_inside_a_denominator_is_settled_by_what_it_is_summed_with():
    base = total(ONE, delta(k, i))
    assert proves(sigma(k, mul(delta(k, i), x(k), inv(base))), mul(Num(1), x(i), inv(Num(2))))
    assert proves(mul(base, inv(base)), ONE)
    assert not proves(sigma(k, inv(base)), n)


def test_delta_inside_a_function_survives_until_it_is_contracted():
    assert proves(sigma(k, mul(delta(k, i), fn("f", delta(k, j), x(k)))), fn("f", delta(i, j), x(i)))
    assert proves(sigma(k, mul(delta(k, i), fn("f", delta(k, i), x(k)))), fn("f", ONE, x(i)))
    assert not proves(sigma(k, fn("f", delta(k, i))), fn("f", ONE))


def test_division_by_delta_is_not_decided():
    with pytest.raises(NoRule):
        normal_form(workspace(), inv(delta(i, j)))


def test_delta_of_two_sizes_is_an_error():
    with pytest.raises(SortError, match="r runs over m, but i beside it in δ has size n"):
        normal_form(workspace(), Delta(r, i))


# Σ


def test_an_unused_index_gives_the_size():
    assert proves(sigma(k, x(i)), mul(n, x(i)))
    assert proves(sigma(k, r, ONE), mul(n, m))
    assert proves(sigma(Index("5", "c"), x(i)), mul(5, x(i)))
    assert proves(sigma(Index("1", "c"), x(i)), x(i))
    assert proves(sigma(k, ZERO), ZERO)


def test_sums_over_different_things_split_into_factors():
    assert proves(sigma(k, l, mul(x(k), y(l))), mul(sigma(k, x(k)), sigma(l, y(l))))
    assert not proves(sigma(k, l, mul(x(k), y(l))), sigma(k, mul(x(k), y(k))))


def test_order_nesting_and_names_of_sums_do_not_matter():
    assert proves(sigma(k, l, mul(A(k, l), x(k))), sigma(l, k, mul(x(k), A(k, l))))
    assert proves(sigma(k, mul(x(k), sigma(l, A(k, l)))), sigma(q, i, mul(A(q, i), x(q))))
    assert not proves(sigma(k, l, mul(A(k, l), x(k))), sigma(k, l, mul(A(k, l), x(l))))


def test_graphs_that_look_alike_are_told_apart():
    a, b, c, d, e, f = ns("a b c d e f")
    hexagon = sigma(a, b, c, d, e, f, mul(A(a, b), A(b, c), A(c, d), A(d, e), A(e, f), A(f, a)))
    triangles = Power(sigma(a, b, c, mul(A(a, b), A(b, c), A(c, a))), 2)
    relabelled = sigma(a, b, c, d, e, f, mul(A(c, a), A(a, e), A(e, b), A(b, f), A(f, d), A(d, c)))
    assert proves(hexagon, relabelled)
    assert not proves(hexagon, triangles)


def test_a_power_of_a_sum_stays_small():
    ws = workspace()
    whole = normal_form(ws, Power(sigma(k, x(k)), 6))
    assert len(whole) == 1
    six = ns("a b c d e f")
    assert normal_form(ws, sigma(*six, mul(*(x(each) for each in six)))) == whole


def test_a_power_of_a_sum_of_two_terms_is_multiplied_out():
    left = Power(total(sigma(k, x(k)), x(i)), 2)
    right = total(Power(sigma(k, x(k)), 2), mul(2, x(i), sigma(l, x(l))), Power(x(i), 2))
    assert proves(left, right)


def test_whole_powers_of_inner_sums_get_indices_of_their_own():
    rows = sigma(k, X(r, k))
    assert proves(sigma(r, Power(rows, 2)), sigma(r, k, l, mul(X(r, k), X(r, l))))
    assert not proves(sigma(r, Power(rows, 2)), sigma(r, k, Power(X(r, k), 2)))


@pytest.mark.parametrize("k_times", [2, 3, 4])
def test_newtons_polynomials_vanish_at_small_sizes_and_are_not_equal_to_0(k_times):
    # k!·e_k of the diagonal: 0 at every n < k, and not at n = k.
    power_sums = [None, *(sigma(q, Power(x(q), degree)) for degree in range(1, 5))]
    e = [ONE]
    for degree in range(1, k_times + 1):  # d·e_d = Σ ±e_{d−s}·p_s
        signs = [(-1) ** (step - 1) for step in range(1, degree + 1)]
        parts = [mul(signs[s - 1], e[degree - s], power_sums[s]) for s in range(1, degree + 1)]
        e.append(mul(inv(Num(degree)), Plus(tuple(parts))))
    assert not proves(e[k_times], ZERO)


# Names


def test_what_a_sum_binds_is_not_what_stands_outside():
    # SymPy's Sum(X[l, q], q).subs(l, q) becomes the trace; here the index is renamed by contraction and stays apart.
    row = sigma(q, A(l, q))
    contracted = sigma(l, mul(delta(l, i), row))
    assert proves(contracted, sigma(k, A(i, k)))
    assert not proves(contracted, sigma(k, A(k, k)))
    assert not proves(contracted, A(i, i))


def test_a_sum_over_a_name_that_is_free_outside():
    assert proves(mul(x(i), sigma(Index("n", "i#1"), x(Index("n", "i#1")))), sigma(k, mul(x(k), x(i))))


def test_the_same_name_on_two_sizes_is_two_indices():
    over_m, over_n = Index("m", "i"), Index("n", "i")
    assert not proves(sigma(over_m, x(over_n)), sigma(over_n, x(over_n)))
    assert proves(sigma(over_m, x(over_n)), mul(m, x(over_n)))


def test_a_derivative_by_an_entry_whose_index_is_summed_outside():
    # Σ_k ∂(Σ_l x_l²)/∂x_k = 2 Σ_k x_k
    square = sigma(l, Power(x(l), 2))
    assert proves(sigma(k, Partial(square, Entry("x", (k,)))), mul(2, sigma(q, x(q))))
    assert proves(Partial(square, Entry("x", (i,))), mul(2, x(i)))


def test_second_derivatives_commute_and_give_two_terms():
    form = sigma(k, l, mul(x(k), A(k, l), x(l)))
    first = Partial(Partial(form, Entry("x", (i,))), Entry("x", (j,)))
    second = Partial(Partial(form, Entry("x", (j,))), Entry("x", (i,)))
    assert proves(first, total(A(i, j), A(j, i)))
    assert proves(first, second)
    assert not proves(first, mul(2, A(i, j)))


def test_an_entry_of_another_rank_has_no_derivative():
    assert decide(Partial(x(i), Entry("x", (i, j))), ZERO) == "no rule"


# Sums under denominators


def test_a_row_divided_by_its_sum_sums_to_1():
    row = sigma(k, X(r, k))
    assert proves(sigma(j, mul(X(r, j), inv(row))), ONE)
    assert proves(sigma(r, j, mul(X(r, j), inv(row))), m)
    assert not proves(sigma(j, mul(X(s, j), inv(row))), ONE)


def test_a_shifted_row_divided_by_its_shifted_sum_sums_to_1():
    row = total(sigma(k, X(r, k)), n)
    assert proves(sigma(r, j, mul(total(X(r, j), ONE), inv(row))), m)


def test_the_square_of_a_denominator_is_folded_once():
    row, other = sigma(k, X(r, k)), sigma(l, mul(X(r, l), y(l)))
    left = sigma(j, mul(X(r, j), other, inv(row, 2)))
    assert proves(left, mul(other, inv(row)))


def test_a_sum_over_its_own_shifted_self():
    eps, row = Scalar("eps", positive=True), sigma(k, X(r, k))
    quotient = sigma(r, mul(row, inv(total(row, eps))))
    assert proves(quotient, minus(m, mul(eps, sigma(s, inv(total(sigma(k, X(s, k)), eps))))))
    assert proves(quotient, sigma(r, j, mul(X(r, j), inv(total(row, eps)))))


def test_a_sum_times_its_own_logarithm():
    row = sigma(k, X(r, k))
    left = sigma(r, mul(row, fn("log", row)))
    assert proves(left, sigma(r, j, mul(X(r, j), fn("log", row))))


def test_zero_is_zero_only_after_denominators_are_cleared():
    ws = workspace()
    a, b = x(i), x(j)
    form = normal_form(ws, Plus((inv(total(a, b)), Times((Num(-1), inv(total(b, a)))))))
    assert is_zero(ws, form)
    assert not is_zero(ws, normal_form(ws, Plus((inv(total(a, b)), inv(total(b, a))))))


def test_free_indices_see_through_sums_and_derivatives():
    term = Sigma(k, Partial(mul(A(k, l), x(i)), Entry("x", (j,))))
    assert free_indices(term) == {i, j, l}
