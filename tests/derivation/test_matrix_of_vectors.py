"""A vector is a column in matrix notation: its entries there are the entries it has with one index."""

from dataclasses import replace

import pytest
from sympy import OneMatrix

from gradverify.derivation import Tangent, array, matrix, size, tangent
from gradverify.derivation.library import find
from gradverify.model import Outcome
from gradverify.witnesses.proof import prove

n, f, m = size("n f m")
X, W, b = array("X", n, f), array("W", m, f), array("b", m)
X_dot, W_dot, b_dot = (matrix(tangent(each)) for each in (X, W, b))
products = X_dot * matrix(W).T + matrix(X) * W_dot.T


@pytest.mark.parametrize(
    ("form", "outcome"),
    [
        (products + OneMatrix(n, 1) * b_dot.T, Outcome.HOLDS),
        (products - OneMatrix(n, 1) * b_dot.T, Outcome.REFUTED),
        (products + OneMatrix(n, 1) * matrix(b).T, Outcome.REFUTED),
        (products, Outcome.REFUTED),
    ],
)
def test_a_vector_in_a_matrix_form(form, outcome):
    affine = find("affine")
    (moved,) = affine.tangents
    proof = prove(replace(affine, tangents=(Tangent(moved.entry, *moved.steps, matrix=form),)))
    assert proof.tangents[0].matrix is not None
    assert proof.tangents[0].matrix.outcome is outcome
    assert proof.outcome is outcome
