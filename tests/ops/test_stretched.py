"""A column taken off, a row added and the change of sign against explicit Jacobians."""

import numpy as np
import pytest
from op_checks import DTYPES, MATRICES, check_conduct, check_exactly, check_gradient, draw, draw_exact, entrywise

from gradverify.ops import AddRow, Negate, SubColumn


def less_column(x, c):
    y = np.empty(x.shape, object)
    for i, j in np.ndindex(y.shape):
        y[i, j] = x[i, j] - c[i, 0]
    return y


def plus_row(x, b):
    y = np.empty(x.shape, object)
    for i, j in np.ndindex(y.shape):
        y[i, j] = x[i, j] + b[j]
    return y


negative = entrywise(lambda u: u - u - u)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", MATRICES)
def test_the_gradients(shape, dtype):
    x = draw(3, shape, dtype)
    check_gradient(SubColumn, [x, draw(4, (shape[0], 1), dtype)], less_column)
    check_gradient(AddRow, [x, draw(5, shape[1:], dtype)], plus_row)
    check_gradient(Negate, [x], negative)


def test_the_gradients_hold_exactly_on_fractions():
    x = draw_exact(3, (2, 3))
    check_exactly(SubColumn, [x, draw_exact(4, (2, 1))], less_column)
    check_exactly(AddRow, [x, draw_exact(5, (3,))], plus_row)
    check_exactly(Negate, [x], negative)


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (3, 2)])
def test_conduct(shape):
    check_conduct(SubColumn, [draw(3, shape), draw(4, (shape[0], 1))])
    check_conduct(AddRow, [draw(3, shape), draw(5, shape[1:])])
    check_conduct(Negate, [draw(3, shape)])


def test_what_does_not_fit_is_refused():
    x = np.ones((2, 3))
    for c in (np.ones((3, 1)), np.ones((2, 3))):
        with pytest.raises(ValueError, match="SubColumn needs x m-by-n and c m-by-1"):
            SubColumn.forward({}, x, c)
    with pytest.raises(ValueError, match="SubColumn needs a matrix"):
        SubColumn.forward({}, x, np.ones(2))
    with pytest.raises(ValueError, match="AddRow needs x m-by-n and b of n"):
        AddRow.forward({}, x, np.ones(2))
    with pytest.raises(ValueError, match="AddRow needs a vector"):
        AddRow.forward({}, x, np.ones((1, 3)))
    with pytest.raises(TypeError, match="floating-point"):
        Negate.forward({}, np.ones(2, int))


@pytest.mark.parametrize(
    ("op", "inputs"), [(SubColumn, [(2, 3), (2, 1)]), (AddRow, [(2, 3), (3,)]), (Negate, [(2, 3)])]
)
def test_another_cotangent_is_refused(op, inputs):
    context = {}
    op.forward(context, *map(np.ones, inputs))
    with pytest.raises(ValueError, match="cotangent of the output's shape"):
        op.backward(context, np.ones((3, 3)))
