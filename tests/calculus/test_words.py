"""Arrays without axes: their one entry behaves as other entries do, and survives what SymPy does to expressions."""

import pickle

import pytest
import sympy
from sympy.tensor.indexed import IndexException

from gradverify.derivation import array, cotangent, index, inverse_matrix, size, tangent

n = size("n")
i = index("i", n)
y = array("y")


def test_its_entry_has_no_index():
    assert y[()] == array("y")[()]
    assert (y[()].indices, y[()].base) == ((), y)
    assert y != array("y", n)
    for other in (0, i, (i, i), ...):
        with pytest.raises(IndexException, match=r"y has no axes: its entry is y\[\(\)\]"):
            y[other]


def test_its_cotangent_and_tangent_have_no_axes_either():
    assert cotangent(y)[()] == array("y_bar")[()]
    assert tangent(y)[()] == array("y_dot")[()]


@pytest.mark.parametrize(
    "remake",
    [
        lambda e: e.func(*e.args),
        lambda e: pickle.loads(pickle.dumps(e)),
        lambda e: e.doit(),
        sympy.simplify,
        lambda e: e.subs(n, 3),
    ],
    ids=["its args", "pickled", "doit", "simplified", "another symbol replaced"],
)
@pytest.mark.parametrize("made", [y[()], array("y", positive=True)[()]])
def test_what_sympy_makes_again_is_the_same(remake, made):
    again = remake(made)
    assert again == made
    assert again.is_positive is made.is_positive


def test_a_positive_one_has_a_positive_entry():
    assert array("s", positive=True)[()].is_positive
    assert y[()].is_positive is None


def test_with_a_shape_it_is_refused():
    with pytest.raises(ValueError, match="y has no axes"):
        type(y)("y", (n,))


def test_an_entry_of_an_inverse_at_a_plain_number():
    inverse = inverse_matrix(array("x", n, n))
    assert inverse[i, 0] == inverse[i, sympy.S.Zero]
    assert inverse[i, 0].args[2] is sympy.S.Zero
