"""What is not said: hypotheses that hold by chance, at one shape, or not quite."""

import numpy as np
import pytest

from gradverify.diagnosis import NOTHING, looks_like
from gradverify.model import Sign


def test_a_backward_of_another_kind_is_like_no_known_mistake(op, space):
    odd = op(lambda x: x * x, lambda g, x: g * (x**3 + 7 * x + 5) / (x * x + 3))
    assert looks_like(odd, space(("m", "n"))) == (NOTHING,)


@pytest.mark.parametrize("seed", range(6))
def test_random_polynomials_are_like_no_known_mistake(seed, op, space):
    a, b, c = (int(k) for k in np.random.default_rng(seed).integers(3, 40, 3))
    odd = op(lambda x: x * x * x, lambda g, x: g * (a * x**5 + b * x**2 + c))
    assert looks_like(odd, space(("m", "n"))) == (NOTHING,)


def test_a_factor_that_is_not_quite_2_is_not_called_2(op, space):
    almost = op(lambda x: x * x, lambda g, x: g * x * 4 * 1.0000001)
    assert (
        looks_like(almost, space(("m", "n")))[0] != "the gradient of x is 2 times the true one: a factor of 2 too many"
    )


def test_a_size_is_told_from_the_number_that_it_happens_to_be(op, space):
    averaging = op(lambda x: x.sum(axis=1), lambda g, x: np.repeat(g[:, None], x.shape[1], 1) / x.shape[1])
    (said,) = looks_like(averaging, space(("m", "n")))
    assert said == "the gradient of x is x.shape[1]⁻¹ times the true one: a factor of x.shape[1] is missing"
    (said,) = looks_like(averaging, space((3, 4)))
    assert "1/4 times the true one" in said


def test_a_sum_of_rows_is_not_taken_for_a_sum_of_columns_on_square_matrices(op, space):
    made = op(lambda x, w: x * w, lambda g, x, w: (g * w, (g * x).sum(axis=0)), inputs=("x", "w"))
    said = looks_like(made, space(("n", "n"), ("n", 1)))
    assert any("sums over axis 0, and must sum over axis 1" in each or "shape" in each for each in said)


def test_an_exception_in_forward_is_no_crash(op, space):
    def forward(x):
        raise ValueError("refused")

    said = looks_like(op(forward, lambda g, x: g), space(("m",)))
    assert said == ("no diagnosis: exact numbers cannot follow the code (it ran at none of the cases drawn for it)",)


def test_code_that_exact_numbers_cannot_follow_says_so(op, space):
    made = op(lambda x: np.fft.fft(x).real, lambda g, x: g)
    (said,) = looks_like(made, space(("m",)))
    assert said.startswith("no diagnosis: exact numbers cannot follow the code (")


def test_a_backward_that_raises_on_every_case_is_told_with_its_exception(op, space):
    made = op(lambda x: 2 * x, lambda g, x: undefined * g)  # noqa: F821  # that is the mistake
    said = looks_like(made, space(("m", "n")))
    assert said == ("backward raises NameError: uses a name that is not defined: name 'undefined' is not defined",)


@pytest.mark.parametrize(("axis", "words"), [(-1, "is wrong only where axis=-1"), (0, "is wrong only where axis=0")])
def test_a_mistake_for_one_value_of_a_parameter_is_told_with_it(axis, words, op, space):
    from gradverify.model import Choice

    def backward(g, x, axis_):
        return 2 * g if axis_ == axis else g

    made = op(
        lambda x, axis: np.flip(np.flip(x, axis), axis), lambda g, x, axis: backward(g, x, axis), parameters=("axis",)
    )
    said = looks_like(made, space(("m", "n"), axis=Choice((0, 1, -1))))
    assert said[0].startswith(f"the gradient of x {words}; there it is 2 times the true one"), said


def test_positive_inputs_are_respected(op, space):
    made = op(lambda x: np.log(x), lambda g, x: -g / x)
    assert looks_like(made, space(("m",), sign=Sign.POSITIVE)) == (
        "the gradient of x is −1 times the true one: the sign is wrong",
    )


def test_the_root_of_a_size_is_told(op, space):
    made = op(lambda x: x @ x.T / np.sqrt(x.shape[1]), lambda g, x: (g + g.T) @ x)
    (said,) = looks_like(made, space(("m", "n")))
    assert said == "the gradient of x is √(x.shape[1]) times the true one: a factor of √(x.shape[1]⁻¹) is missing"


def test_what_is_wrong_on_a_kink_alone_is_not_called_a_rounding(op, space):
    made = op(lambda x: x.max(axis=1), lambda g, x: (x == x.max(axis=1, keepdims=True)) * g[:, None])
    (said,) = looks_like(made, space(("m", "n")))
    assert said.startswith("the gradient of x is wrong only at ties: every tied entry gets the whole cotangent")


def test_a_convolution_that_overwrites_is_told(op, space):
    def windows(x):
        return [(slice(None), slice(k, k + x.shape[1] - 1)) for k in range(2)]

    def forward(x, w):
        return sum(np.einsum("cn,co->on", x[at], w[:, :, k]) for k, at in enumerate(windows(x)))

    def backward(g, x, w):
        x_bar, w_bar = np.zeros_like(x), np.zeros_like(w)
        for k, at in enumerate(windows(x)):
            x_bar[at] = np.einsum("on,co->cn", g, w[:, :, k])  # must be +=
            w_bar[:, :, k] = np.einsum("on,cn->co", g, x[at])
        return x_bar, w_bar

    (said,) = looks_like(op(forward, backward, inputs=("x", "w")), space((2, 6), (2, 3, 2)))
    assert said == (
        "the gradient of x keeps only the first of several contributions to an entry, where it must add all of them"
    )


def test_a_missing_term_is_told_without_a_derivation(op, space):
    made = op(lambda x, w: (x @ w) * x, lambda g, x, w: ((g * x) @ w.T, x.T @ (g * x)), inputs=("x", "w"))
    (said,) = looks_like(made, space(("m", "n"), ("n", "n")))
    assert said == "the gradient of x is the true one without ȳ·y/x: that is missing"


def test_a_clip_that_lets_everything_through_is_told_with_its_bound(op, space):
    made = op(lambda x: np.clip(x, -1, 1), lambda g, x: g)
    (said,) = looks_like(made, space(("m", "n")))
    assert said == "the gradient of x is wrong only at entries where |x| > 1, where it is ȳ and must be 0"
