"""The shared checks must refute what is wrong: a missing term, a shared array, a context that backward overwrites."""

import cmath

import numpy as np
import op_checks
import pytest


class MissingTerm:
    @staticmethod
    def forward(context, x):
        context["s"] = x.sum(axis=1, keepdims=True)
        return x / context["s"]

    @staticmethod
    def backward(context, y_bar):
        return y_bar / context["s"]


class Overwrites:
    @staticmethod
    def forward(context, x):
        context["y"] = np.maximum(x, 0)
        return context["y"]

    @staticmethod
    def backward(context, y_bar):
        slope = context["y"]
        slope[slope > 0] = 1
        return y_bar * slope


class Aliases:
    @staticmethod
    def forward(context, x):
        return x.copy()

    @staticmethod
    def backward(context, y_bar):
        return y_bar


class Affine(Aliases):
    @staticmethod
    def backward(context, y_bar):
        return y_bar + 1


class Upcasts(Aliases):
    @staticmethod
    def backward(context, y_bar):
        return y_bar * np.float64(1)


def rows_by_loops(x):
    y = x.copy()
    for i, j in np.ndindex(x.shape):
        y[i, j] = x[i, j] / sum(x[i, 1:], x[i, 0])
    return y


def test_a_missing_term_is_refuted_in_floats_and_in_fractions():
    with pytest.raises(AssertionError, match="MissingTerm at"):
        op_checks.check_gradient(MissingTerm, [op_checks.draw(0, (2, 3), positive=True)], rows_by_loops)
    with pytest.raises(AssertionError, match="MissingTerm"):
        op_checks.check_exactly(MissingTerm, [op_checks.draw_exact(0, (2, 3), positive=True)], rows_by_loops)


@pytest.mark.parametrize(
    ("op", "complaint"),
    [(Overwrites, "written to"), (Aliases, "shared memory"), (Affine, "not linear")],
)
def test_bad_conduct_is_refuted(op, complaint):
    with pytest.raises(AssertionError, match=complaint):
        op_checks.check_conduct(op, [op_checks.draw(0, (2, 3))])


def test_a_lost_dtype_is_refuted():
    with pytest.raises(AssertionError):
        op_checks.check_gradient(Upcasts, [op_checks.draw(0, (2,), np.float32)], op_checks.entrywise(lambda z: z))


def test_the_complex_step_gives_a_known_derivative():
    (J,) = op_checks.jacobians(op_checks.entrywise(cmath.exp), [np.array([0.5, -1.0])])
    np.testing.assert_allclose(J, np.diag(np.exp([0.5, -1.0])), rtol=4e-16)


@pytest.mark.parametrize("layout", op_checks.LAYOUTS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2)])
def test_layouts_keep_the_values(layout, shape):
    x = op_checks.draw(3, shape)
    laid_out = op_checks.lay_out(x, layout)
    assert np.array_equal(laid_out, x)
    assert not np.shares_memory(laid_out, x)
    assert laid_out.flags.writeable == (layout != "read-only")
    if shape == (2, 3):
        strides = {"Fortran": (8, 16), "strided": (96, 16), "reversed": (-24, -8)}
        assert laid_out.strides == strides.get(layout, (24, 8))
