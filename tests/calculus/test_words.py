"""Arrays without axes: their one entry is made again, copied and pickled like any other."""

import copy
import pickle

import pytest
import sympy

from gradverify.calculus.words import base_of
from gradverify.derivation import array, cotangent, size

ENTRY = array("y")[()]


def test_sympy_makes_it_again_from_its_arguments():
    assert ENTRY.func(*ENTRY.args) == ENTRY
    assert ENTRY.base.func(*ENTRY.base.args) == ENTRY.base
    assert (2 * ENTRY).subs(sympy.Symbol("y"), sympy.Symbol("z")) == 2 * array("z")[()]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda entry: pickle.loads(pickle.dumps(entry))])
def test_copies_are_equal(again):
    assert again(ENTRY) == ENTRY
    assert again(ENTRY).base.shape == ()


def test_it_is_not_another_array():
    assert array("z")[()] != ENTRY
    assert cotangent(ENTRY.base)[()] != ENTRY
    assert array("y", size("m")) != ENTRY.base


def test_it_has_no_index_and_no_axes():
    with pytest.raises(sympy.tensor.indexed.IndexException, match=r"y has no axes: its entry is y\[\(\)\]"):
        array("y")[0]
    with pytest.raises(ValueError, match="y has no axes, got the shape"):
        type(base_of("y", ()))("y", (3,))
