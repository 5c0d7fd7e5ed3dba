"""What is declared of an array without axes holds of its entry; an inverse's entry may stand at a plain number."""

import pickle

import pytest
import sympy

from gradverify.derivation import array, index, inverse_matrix, size

n = size("n")
i = index("i", n)
y, positive = array("y")[()], array("y", positive=True)[()]


def test_a_positive_one_has_a_positive_entry():
    assert positive.is_positive
    assert y.is_positive is None
    assert sympy.sqrt(positive**2) == positive


@pytest.mark.parametrize(
    "remake",
    [lambda e: e.func(*e.args), lambda e: pickle.loads(pickle.dumps(e)), lambda e: e.doit(), sympy.simplify],
    ids=["from its args", "pickled", "doit", "simplified"],
)
@pytest.mark.parametrize("made", [y, positive], ids=["real", "positive"])
def test_what_is_made_again_keeps_what_was_declared(remake, made):
    again = remake(made)
    assert again == made
    assert again.is_positive is made.is_positive


def test_an_entry_of_an_inverse_at_a_plain_number():
    inverse = inverse_matrix(array("x", n, n))
    assert inverse[i, 0] == inverse[i, sympy.S.Zero]
    assert inverse[i, 0].args[2] is sympy.S.Zero
