"""Composites: chaining the parts' closed forms gives the direct ones, and what does not fit together is told."""

# ruff: noqa: E741  # l is an index on the page

from dataclasses import replace

import pytest
from sympy import Rational

from gradverify import check
from gradverify.derivation import (
    D,
    Derivation,
    Gradient,
    Part,
    Sum,
    algebra,
    array,
    chain_rule,
    cotangent,
    exp,
    function,
    index,
    log,
    prime,
    scalar,
    size,
)
from gradverify.derivation.composition import composition, needs
from gradverify.derivation.library import find, library
from gradverify.errors import DerivationError
from gradverify.model import Outcome
from gradverify.witnesses.proof import evidence_of, prove, prove_by_kernel

m, n, r = size("m n r")
i, k = index("i k", m)
j, l, q = index("j l q", n)
x, s, e, y = (array(name, m, n) for name in "xsey")
c, z, h = (array(name, m, 1) for name in "czh")
y_bar = cotangent(y)

COMPOSITES = [name for name, derivation in library().items() if derivation.parts]


def of(name, parts, **changes):
    return replace(find(name), parts=parts, **changes)


def entrywise(value, slope, parts, **more):
    """y = value(x) with the claim ȳ slope(x), composed of these parts."""
    return Derivation(
        name="composite",
        title="a composite",
        inputs=(x,),
        forward={y[k, l]: value(x[k, l])},
        gradients=(
            Gradient(
                x[i, j],
                chain_rule(Sum(y_bar[k, l] * D(y[k, l], x[i, j]), k, l), "The chain rule."),
                algebra(y_bar[i, j] * slope(x[i, j]), "One term is left."),
            ),
        ),
        parts=parts,
        **more,
    )


def outcomes(derivation):
    return [each.outcome for each in prove(derivation).chained]


# A product of two matrices of one shape, which may be the same one.

u, v = array("x1", m, n), array("x2", m, n)
times = Derivation(
    name="times",
    title="the product of two matrices, entry by entry",
    inputs=(u, v),
    forward={y[k, l]: u[k, l] * v[k, l]},
    gradients=(
        Gradient(u[i, j], algebra(y_bar[i, j] * v[i, j], "The other factor.")),
        Gradient(v[i, j], algebra(y_bar[i, j] * u[i, j], "The other factor.")),
    ),
)


# --- right ones -------------------------------------------------------------------------------------------------------


def test_the_composites_of_the_issue_are_there():
    assert {"softmax", "log_softmax", "cross_entropy", "affine"} <= set(COMPOSITES)
    assert [part.name for part in find("log_softmax").parts][:5] == ["row_max", "sub_column", "exp", "row_sum", "log"]


@pytest.mark.parametrize("name", COMPOSITES)
def test_chaining_the_parts_gives_the_direct_form_for_all_sizes(name):
    derivation = find(name)
    chained = prove(derivation).chained
    assert len(chained) == len(derivation.forward) + len(derivation.gradients)
    for each in chained:
        assert each.outcome is Outcome.HOLDS
        assert each.kernel.outcome is Outcome.HOLDS
        assert Outcome.REFUTED not in (each.cutoff.outcome, each.sympy.outcome)
        assert each.counterexample is None
    assert prove_by_kernel(derivation)


def test_the_cotangents_of_a_matrix_that_is_taken_twice_add_up():
    cube = entrywise(lambda u: u**3, lambda u: 3 * u**2, (Part(s, times, x, x), Part(y, times, s, x)))
    assert outcomes(cube) == [Outcome.HOLDS] * 2
    fourth = entrywise(lambda u: u**4, lambda u: 4 * u**3, (Part(s, times, x, x), Part(y, times, s, s)))
    assert outcomes(fourth) == [Outcome.HOLDS] * 2


def test_an_input_that_no_part_takes_has_the_gradient_0():
    b = array("b", n)
    derivation = Derivation(
        name="composite",
        title="the second input plays no part",
        inputs=(x, b),
        forward={y[k, l]: exp(x[k, l])},
        gradients=(
            Gradient(x[i, j], algebra(y_bar[i, j] * exp(x[i, j]), "The exponential.")),
            Gradient(b[j], algebra(0, "Nothing depends on b.")),
        ),
        parts=(Part(y, "exp", x),),
    )
    assert outcomes(derivation) == [Outcome.HOLDS] * 3


def test_functions_and_scalars_of_a_part_are_bound_by_name():
    f = function("f")
    g = function("g")
    a, scale = scalar("a"), scalar("scale")
    scaled = Derivation(
        name="scaled",
        title="a multiple",
        inputs=(u,),
        forward={y[k, l]: scale * u[k, l]},
        gradients=(Gradient(u[i, j], algebra(scale * y_bar[i, j], "A multiple.")),),
    )
    parts = (Part(s, "elementwise", x, f=g), Part(y, scaled, s, scale=a))
    right = entrywise(lambda u: a * g(u), lambda u: a * prime(g)(u), parts)
    assert outcomes(right) == [Outcome.HOLDS] * 2
    other = entrywise(lambda u: a * f(u), lambda u: a * prime(f)(u), parts)
    assert outcomes(other) == [Outcome.REFUTED] * 2


def test_a_function_of_a_part_may_be_a_given_one():
    a3, b3, y3 = array("x1", 1, m, 1), array("x2", 1, 1, n), array("y", 1, m, n)
    y3_bar = cotangent(y3)
    derivation = Derivation(
        name="composite",
        title="an outer product",
        inputs=(a3, b3),
        forward={y3[0, k, l]: a3[0, k, 0] * b3[0, 0, l]},
        gradients=(
            Gradient(a3[0, i, 0], algebra(Sum(y3_bar[0, i, l] * b3[0, 0, l], l), "The other factor.")),
            Gradient(b3[0, 0, j], algebra(Sum(y3_bar[0, k, j] * a3[0, k, 0], k), "The other factor.")),
        ),
        parts=(Part(y3, "broadcasting", a3, b3, g=lambda u, v: u * v),),
    )
    assert outcomes(derivation) == [Outcome.HOLDS] * 3
    (part,) = derivation.parts
    added = replace(derivation, parts=(replace_bound(part, g=lambda u, v: u + v),))
    assert outcomes(added) == [Outcome.REFUTED] * 3


def replace_bound(part, **bound):
    return Part(part.output, part.of, *part.inputs, **bound)


def test_a_part_of_other_sizes_keeps_them_apart():
    """The part's own m and n are the composite's n and m: both are replaced at once."""
    W, K = array("W", n, m), array("K", n, r)
    X = array("X", m, r)
    a, b, d = index("a", n), index("b", m), index("d", r)
    i_n, i_m, i_r = index("i", n), index("i", m), index("j", r)
    j_m = index("j", m)
    K_bar = cotangent(K)
    derivation = Derivation(
        name="composite",
        title="matmul in other letters",
        inputs=(W, X),
        forward={K[a, d]: Sum(W[a, b] * X[b, d], b)},
        gradients=(
            Gradient(W[i_n, j_m], algebra(Sum(K_bar[i_n, d] * X[j_m, d], d), "As matmul.")),
            Gradient(X[i_m, i_r], algebra(Sum(W[a, i_m] * K_bar[a, i_r], a), "As matmul.")),
        ),
        parts=(Part(K, "matmul", W, X),),
    )
    assert outcomes(derivation) == [Outcome.HOLDS] * 3


def test_the_names_that_a_part_gives_are_its_own():
    """log_softmax names its probabilities p; here p is the matrix that is put into it, and y what exp makes of it."""
    p = array("p", m, n)
    taken = Part(p, "exp", x), Part(y, "log_softmax", p)
    total = Sum(exp(exp(x[k, q])), q)
    total_i = Sum(exp(exp(x[i, q])), q)
    derivation = replace(
        entrywise(lambda u: u, lambda u: 1, taken),
        forward={y[k, l]: exp(x[k, l]) - log(total)},
        gradients=(
            Gradient(
                x[i, j],
                algebra(
                    exp(x[i, j]) * (y_bar[i, j] - exp(exp(x[i, j])) / total_i * Sum(y_bar[i, l], l)),
                    "log_softmax of the exponentials.",
                ),
            ),
        ),
    )
    assert outcomes(derivation) == [Outcome.HOLDS] * 2


# --- wrong ones -------------------------------------------------------------------------------------------------------


def replaced(name, number, part):
    parts = list(find(name).parts)
    parts[number] = part
    return of(name, tuple(parts))


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (replaced("log_softmax", 2, Part(e, "square", s)), [Outcome.REFUTED] * 2),
        (
            of(
                "log_softmax",
                (
                    Part(c, "row_max", x),
                    Part(s, "sub_column", x, c),
                    Part(e, "exp", s),
                    Part(array("w", m, n), "log", e),
                    Part(h, "row_sum", array("w", m, n)),
                    Part(y, "sub_column", s, h),
                ),
            ),
            [Outcome.REFUTED] * 2,
        ),
        (replaced("log_softmax", 5, Part(y, "sub_column", x, h)), [Outcome.REFUTED] * 2),
        (replaced("log_softmax", 3, Part(z, "row_max", e)), [Outcome.REFUTED] * 2),
        (replaced("softmax", 1, Part(y, "square", array("q", m, n))), [Outcome.REFUTED] * 2),
        # Without t=t the class that is taken is any class.
        (
            replaced("cross_entropy", 1, Part(array("s", m), "select", array("q", m, n))),
            [Outcome.REFUTED] * 2,
        ),
        (
            of(
                "cross_entropy",
                (
                    Part(array("q", m, n), "log_softmax", x),
                    Part(array("y", m), "select", array("q", m, n), t=find("cross_entropy").parts[1].bound["t"]),
                ),
            ),
            [Outcome.REFUTED] * 2,
        ),
    ],
    ids=[
        "square for exp",
        "log before the sum",
        "the maximum taken off once",
        "the largest for the sum",
        "square for exp, softmax",
        "another class",
        "the minus forgotten",
    ],
)
def test_wrong_parts_are_refuted(wrong, expected):
    proof = prove(wrong)
    assert [each.outcome for each in proof.chained] == expected
    assert proof.outcome is Outcome.REFUTED
    assert all(step.outcome is Outcome.HOLDS for chain in proof.chains for step in chain.steps)
    for each in proof.chained:
        assert each.counterexample is not None
        assert each.counterexample.left != each.counterexample.right
    assert not prove_by_kernel(wrong)


def test_a_part_with_a_wrong_closed_form_is_refuted_in_the_gradient_alone():
    half = replace(times, gradients=(times.gradients[0], Gradient(v[i, j], algebra(0 * u[i, j], "Forgotten."))))
    square = entrywise(lambda u: u**2, lambda u: 2 * u, (Part(y, half, x, x),))
    proof = prove(square)
    forward, gradient = proof.chained
    assert forward.outcome is Outcome.HOLDS
    assert gradient.outcome is Outcome.REFUTED
    example = gradient.counterexample
    assert Rational(example.left) == 2 * Rational(example.right)
    (finding,) = evidence_of(proof).findings
    assert finding.what == "the parts give something else"
    assert finding.where == "gradient of x, chained from times"
    assert finding.expected.endswith(f"= {example.left}")


def test_a_wrong_claim_is_refuted_by_its_parts_too():
    wrong = entrywise(lambda u: u**2, lambda u: u, (Part(y, times, x, x),))
    assert outcomes(wrong) == [Outcome.HOLDS, Outcome.REFUTED]


def test_the_checker_says_it():
    report = check(replaced("log_softmax", 2, Part(e, "square", s)))
    assert report.verdict.name == "REFUTED"
    assert "the parts give something else" in report.because


def test_what_was_tried_counts_the_equations():
    derivation = find("log_softmax")
    evidence = evidence_of(prove(derivation))
    assert (
        "composed of row_max, sub_column, exp, row_sum, log, sub_column: 2 equations, "
        "the forward's and the chained gradients', where every entry of z is positive (log)"
    ) in evidence.tried
    assert evidence.cases == derivation.steps + 2
    assert list(needs(derivation)) == ["every entry of z is positive (log)"]


# --- what does not fit together ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((Part(y, "exp", s), Part(s, "exp", x)), "the part exp takes s, which is no input and made by no part before"),
        ((Part(s, "exp", x),), "no part makes y: give the part whose output it is"),
        ((Part(s, "exp", x), Part(s, "exp", x)), "s is made twice: give every part an array of its own"),
        ((Part(x, "exp", x),), "x is made twice"),
        ((Part(y, "exp", x, scale=2),), "the part exp has no scale that could be bound"),
        ((Part(y, "exp", x, m=2),), "the part exp has no m that could be bound"),
        ((Part(y, times, x),), "the part times takes 2 arrays, it is given 1"),
        (
            (Part(c, "row_max", x), Part(y, "sub_column", c, x)),
            r"the part sub_column has c of shape \(m, 1\), and x of shape \(m, n\) does not fit",
        ),
        ((Part(c, "exp", x),), r"the part exp has y of shape \(m, n\), and c of shape \(m, 1\) does not fit"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts, message):
    with pytest.raises(DerivationError, match=message):
        composition(entrywise(exp, exp, parts))


def test_an_empty_page_of_parts_proves_nothing_more():
    assert prove(find("normalize")).chained == ()
