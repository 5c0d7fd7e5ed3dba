"""What is said of settings, of saved arrays, of arrangements and of constants, with ops made for it."""

import numpy as np
import pytest

from gradverify.diagnosis import NOTHING, looks_like
from gradverify.model import Choice, InputSpec, Op, Space


def saving(forward, backward, inputs=("x",)):
    """An op whose forward gives an output and a dict, which backward gets after the cotangent."""

    def run(*arrays):
        y, saved = forward(*arrays)
        return (y,), saved

    return Op("made", run, lambda saved, bars: (backward(*bars, saved),), inputs, ())


def centred(x):
    middle = x - x.mean(axis=1, keepdims=True)
    scale = (middle**2).mean(axis=1, keepdims=True)
    return middle / scale, {"middle": middle, "scale": scale}


def test_a_missing_term_is_told_in_the_names_of_the_context(space):
    made = saving(
        lambda x: (x * x.sum(axis=1, keepdims=True), {"total": x.sum(axis=1, keepdims=True)}),
        lambda g, s: g * s["total"],
    )
    (said,) = looks_like(made, space(("m", "n")))
    assert said == "the gradient of x is ȳ·total: it lacks the term (ȳ·x).sum(1) (total: as saved by forward)"


def test_what_is_no_sum_of_known_terms_is_not_explained_by_saved_arrays(space):
    made = saving(centred, lambda g, s: g * (s["middle"] ** 5 + 3) / (s["scale"] ** 3 + 7))
    assert looks_like(made, space(("m", "n"))) == (NOTHING,)


def test_a_broadcast_input_is_told_with_its_shape(op):
    made = op(lambda a, b: a * b, lambda g, a, b: (g * b, g * a), inputs=("a", "b"))
    pair = Space((InputSpec("a", ("m", "n"), may_be_one=(0, 1)), InputSpec("b", ("m", "n"))))
    said = looks_like(made, pair)
    assert said[0] == (
        "in some cases, such as where a is (1, n) and b is (m, n): "
        "the gradient of a is not summed: the sum over axis 0, along which a is broadcast, is missing"
    )


def test_a_mistake_for_negative_values_of_a_parameter_is_told(op, space):
    made = op(
        lambda x, axis: x.cumsum(axis) - x.cumsum(axis) + x,
        lambda g, x, axis: -g if axis < 0 else g,
        parameters=("axis",),
    )
    (said,) = looks_like(made, space(("m", "n"), axis=Choice((0, 1, -1, -2))))
    assert (
        said
        == "the gradient of x is wrong only where axis is negative; there it is −1 times the true one: the sign is wrong"
    )


@pytest.mark.parametrize(
    ("forward", "backward", "words"),
    [
        (
            lambda x: np.roll(x, 2, 1),
            lambda g, x: np.roll(g, 2, 1),
            "is np.roll(ȳ, 2, 1), and must be np.roll(ȳ, -2, 1)",
        ),
        (lambda x: np.tril(x), lambda g, x: np.triu(g), "is np.triu(ȳ), and must be np.tril(ȳ)"),
        (lambda x: x[:, ::-1], lambda g, x: g, "is ȳ itself, and must be np.flip(ȳ, 1)"),
    ],
)
def test_an_arrangement_of_the_cotangent_is_told(forward, backward, words, op, space):
    (said,) = looks_like(op(forward, backward), space(("m", "n")))
    assert said == f"the gradient of x {words}"


def test_a_permutation_for_its_inverse_is_told(op, space):
    made = op(lambda x: x.transpose(1, 2, 0), lambda g, x: g.transpose(1, 2, 0))
    (said,) = looks_like(made, space(("m", "n", "k")))
    assert said.endswith("it is ȳ.transpose(1, 2, 0), and must be transposed by the inverse permutation, (2, 0, 1)")


def test_a_rounded_constant_is_told_from_a_forgotten_one(op, space):
    rounded = op(lambda x: np.exp(x), lambda g, x: g * np.exp(x) * 0.9999)
    assert "is 0.9999 times the true one: a constant factor in it is rounded" in looks_like(rounded, space(("m",)))[0]
    forgotten = op(lambda x: np.exp(x * float(np.log(2))), lambda g, x: g * np.exp(x * float(np.log(2))))
    assert "is 1/(log(2)) times the true one: a factor of log(2) is missing" in looks_like(forgotten, space(("m",)))[0]


def test_a_transposed_cotangent_on_equal_sides_is_told(op, space):
    made = op(
        lambda u, v: np.outer(u, v),
        lambda g, u, v: (g @ v, (g if len(u) == len(v) else g.T) @ u),
        inputs=("u", "v"),
    )
    (said,) = looks_like(made, space(("m",), ("n",), names=("u", "v")))
    assert said.startswith(
        "the gradient of v is wrong only where the sizes m and n are equal; there it is the true one with the"
    )


def test_overwriting_for_large_sides_alone_is_not_called_overwriting(op, space):
    def backward(g, x):
        right = np.zeros_like(x)
        right[:, 1:] += g
        right[:, :-1] += g
        if x.shape[1] > 4:
            right[:, 1:] = g
        return right

    said = looks_like(op(lambda x: x[:, 1:] + x[:, :-1], backward), space(("m", "n")))
    assert not any("overwrites" in each or "keeps only" in each for each in said), said


def test_a_case_of_its_own_that_nothing_explains_is_told_without_more(op, space):
    made = op(lambda x: x * x, lambda g, x: g * x * (2 if len(x) != 1 else x**4 + 7 * x + 5))
    (said,) = looks_like(made, space(("m", "n")))
    assert said == "the gradient of x is wrong only where x.shape[0] is 1"
