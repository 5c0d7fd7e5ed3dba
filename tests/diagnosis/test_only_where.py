"""Mistakes of which only some cases, entries, layouts, sizes of cotangents or later calls know."""

import numpy as np

from gradverify.diagnosis import NOTHING, looks_like
from gradverify.model import Case, Choice


def cubed(x):
    return x * x * x


def test_a_logarithm_in_backward_is_told_by_where_it_is_undefined(op, space):
    made = op(cubed, lambda g, x: 3 * g * np.exp(2 * np.log(x)))
    (said,) = looks_like(made, space(("m", "n")))
    assert said == "the gradient of x is not finite exactly where x < 0: as from a logarithm or a root of x"


def test_an_exception_on_empty_arrays_alone_is_told(op, space):
    made = op(cubed, lambda g, x: 3 * g * x * x + 0 * x.max())
    (said,) = looks_like(made, space(("m", "n")))
    assert said.startswith("backward raises only where an array is empty: ValueError: zero-size array")


def test_nan_for_one_value_of_a_parameter_is_told_with_it(op, space):
    def backward(g, x, eps):
        share = x * x / np.float64(eps)
        return g * (1 - share) / (1 + share) ** 2 / np.float64(eps)

    made = op(lambda x, eps: x / (x * x + eps), backward, parameters=("eps",))
    (said,) = looks_like(made, space(("m", "n"), eps=Choice((0.0, 0.5))))
    assert said == "the gradient of x is not finite only where eps=0.0"


def test_cotangents_that_are_taken_for_0_are_told_with_their_size(op, space):
    made = op(lambda x: x * x, lambda g, x: 2 * x * np.where(np.abs(g) < 1e-3, 0, g))
    (said,) = looks_like(made, space(("m", "n")))
    assert said == (
        "the gradient of x is not linear in the cotangent ȳ: "
        "wrong only for small ones, where |ȳ| is below about 0.001, where it is 0"
    )


def test_clipped_cotangents_are_told_with_their_size(op, space):
    made = op(lambda x: x * x, lambda g, x: 2 * x * np.clip(g, -50, 50))
    (said,) = looks_like(made, space(("m", "n")))
    assert said.endswith("wrong only for large ones, where |ȳ| is above about 5e+01"), said


def test_a_clipped_norm_is_told_without_a_bound_for_entries(op, space):
    made = op(lambda x: x * x, lambda g, x: 2 * x * g / max(1.0, float(np.sqrt((g * g).sum())) / 1000))
    (said,) = looks_like(made, space((3,)))
    assert said.startswith("the gradient of x is not linear in the cotangent ȳ: wrong only for large ones"), said


def test_the_layout_of_the_failing_case_is_told(op, space):
    made = op(lambda x: x * x, lambda g, x: 2 * g * x.ravel("K").reshape(x.shape))
    case = Case((np.array([[1.0, 2.0], [4.0, 8.0]]),), {}, {"m": 2, "n": 2}, 3, "Fortran")
    (said,) = looks_like(made, space(("m", "n")), case)
    assert said.startswith(
        "the gradient of x depends on the memory layout: it is right where the inputs lie in C order"
    )
    assert said.endswith("(Fortran)")


def test_a_lost_zero_of_a_product_is_told(op, space):
    def backward(g, x):
        zero = x == 0
        return np.where(zero, 0, (g * x.prod(axis=1))[:, None] / np.where(zero, 1, x))

    (said,) = looks_like(op(lambda x: x.prod(axis=1), backward), space(("m", "n")))
    assert said == "the gradient of x is wrong only at entries where x is 0, where it is 0"


def test_the_largest_magnitude_is_told(op, space):
    def backward(g, x):
        chosen = np.abs(x).argmax(axis=1)
        return g[:, None] * (np.arange(x.shape[1]) == chosen[:, None])

    (said,) = looks_like(op(lambda x: x.max(axis=1), backward), space(("m", "n")))
    assert said == "the gradient of x is the true one at |x| instead of x: right only where no entry below 0 matters"


def test_a_bound_below_0_is_told(op, space):
    made = op(
        lambda x: np.where(np.abs(x) <= 1, x * x / 2, np.abs(x) - 0.5),
        lambda g, x: g * np.where(x < -1, 1, np.clip(x, -1, 1)),
    )
    (said,) = looks_like(made, space(("m", "n")))
    assert said == "the gradient of x is wrong only at entries where x < −1, where it is −1 times the true one"


def test_one_side_is_told_though_another_side_of_1_hides_it(op, space):
    def backward(g, x, w):
        w_bar = x.T @ g
        return np.outer(g, w), g[:1] * x[:1, 0] if len(w) == 1 else w_bar

    (said,) = looks_like(op(lambda x, w: x @ w, backward, inputs=("x", "w")), space(("m", "n"), ("n",)))
    assert said.startswith(
        "the gradient of w is wrong only where x.shape[1] is 1; there it takes the first entry over axis 0"
    )


def test_a_wrong_shape_in_some_cases_is_told_with_where(op, space):
    made = op(lambda x, w: x + w, lambda g, x, w: (g, g if len(g) == 1 else g.sum(axis=0)), inputs=("x", "w"))
    (said,) = looks_like(made, space(("m", "n"), ("n",)))
    assert said.startswith("the gradient of w is wrong only where x.shape[0] is 1; there it ")


def test_only_the_sign_of_the_cotangent_is_told(op, space):
    made = op(lambda x: x * x, lambda g, x: 2 * x * np.sign(g))
    (said,) = looks_like(made, space(("m", "n")))
    assert said.startswith("the gradient of x uses only the sign of the cotangent ȳ")


def test_a_gradient_in_the_memory_of_another_is_told_first(op, space):
    def backward(g, x, w):
        first = g.copy()
        return first, np.negative(first, out=first)

    said = looks_like(op(np.subtract, backward, inputs=("x", "w")), space(("m", "n"), ("m", "n")))
    assert said[0] == "the gradients of x and w are one and the same array, which holds that of w alone"


def test_two_arrays_of_equal_values_are_not_called_one(op, space):
    made = op(np.subtract, lambda g, x, w: (g, g.copy()), inputs=("x", "w"))
    (said,) = looks_like(made, space(("m", "n"), ("m", "n")))
    assert said == "the gradient of w is −1 times the true one: the sign is wrong"


def test_what_an_earlier_call_has_kept_is_told(op, space):
    kept = {}

    def forward(x):
        kept.setdefault(x.shape, 2 * np.array(x))
        return x * x

    said = looks_like(op(forward, lambda g, x: g * kept[x.shape]), space(("m", "n")))
    assert any("the same for two inputs of one shape where the true ones differ" in each for each in said), said


def test_a_linear_op_keeps_nothing(op, space):
    odd = op(lambda x: 3 * x, lambda g, x: g * 3 + 0.5 * g**3)
    assert not any("earlier call" in each for each in looks_like(odd, space(("m", "n"))))


def test_a_random_backward_is_told(op, space):
    generator = np.random.default_rng(1)
    made = op(lambda x: x * x, lambda g, x: 2 * g * x * (generator.random(x.shape) < 0.5))
    (said,) = looks_like(made, space(("m", "n")))
    assert said.startswith("backward differs from call to call on the same values")


def test_a_backward_wrong_near_nothing_special_is_like_no_known_mistake(op, space):
    odd = op(cubed, lambda g, x: g * (3 * x * x + (x > 0.37) * (x**4 + 7 * x + 5) / (x * x + 3)))
    said = looks_like(odd, space(("m", "n")))
    assert said == (NOTHING,) or all("x >" in each for each in said), said


def test_a_gradient_without_the_input_is_not_called_kept(op, space):
    odd = op(cubed, lambda g, x: g * 7.3 + 0 * x)
    assert not any("earlier call" in each for each in looks_like(odd, space(("m", "n"))))


def test_a_mistake_in_large_arrays_alone_is_told_at_the_size_that_failed(op, space):
    def backward(g, x):
        x_bar = 3 * g * x * x
        x_bar[len(x) // 128 * 128 if len(x) > 128 else len(x) :] = 0
        return x_bar

    drawn = space(("m",))
    case = Case((np.linspace(1, 2, 133),), {}, {"m": 133}, 3)
    (said,) = looks_like(op(cubed, backward), drawn, case)
    assert said == "the gradient of x is wrong only at entries from 128 on along axis 0, where it is 0"


def test_writing_into_a_read_only_input_is_told(op, space):
    def backward(g, x):
        x *= 2
        return g * x

    case = Case((np.array([1.0, 2.0]),), {}, {"m": 2}, 3, "read-only")
    (said,) = looks_like(op(lambda x: x * x, backward), space(("m",)), case)
    assert said.startswith(
        "backward writes into an input in place: it raises only where the inputs lie in memory otherwise"
    )
