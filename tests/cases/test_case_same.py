"""One array in the place of two inputs, and only where that is allowed."""

from __future__ import annotations

import numpy as np

from gradverify.cases import cases, lay_out_together, search, with_same_array
from gradverify.model import Case, InputSpec, Sign, Space

PAIR = Space((InputSpec("a", ("m",)), InputSpec("b", ("n",))))


def case(*arrays):
    return Case(arrays, {}, {}, 0)


def test_two_inputs_become_one_object_and_stay_so():
    made = with_same_array(PAIR, case(np.ones(3), np.zeros(3)))
    a, b = lay_out_together(made.inputs, made.layout)

    assert made.inputs[0] is made.inputs[1]
    assert a is b
    assert a.tolist() == [1.0, 1.0, 1.0]


def test_other_shapes_dtypes_signs_or_a_single_input_have_no_such_case():
    signed = Space((InputSpec("a", ("m",)), InputSpec("b", ("m",), Sign.POSITIVE)))

    assert with_same_array(PAIR, case(np.ones(3), np.ones(4))) is None
    assert with_same_array(PAIR, case(np.ones(3), np.ones(3, np.float32))) is None
    assert with_same_array(signed, case(np.ones(3), np.ones(3))) is None
    assert with_same_array(Space(PAIR.inputs[:1]), case(np.ones(3))) is None


def test_a_domain_that_forbids_it_is_respected():
    apart = Space(PAIR.inputs, accepts=lambda arrays: bool((arrays["a"] != arrays["b"]).all()))

    assert with_same_array(apart, case(np.ones(3), np.zeros(3))) is None


def test_the_first_pair_that_fits_is_taken():
    space = Space((InputSpec("a", ()), InputSpec("b", ("n",)), InputSpec("c", ("n",))))
    x, y, z = with_same_array(space, case(np.array(1.0), np.ones(2), np.zeros(2))).inputs

    assert y is z
    assert x is not y


def test_drawn_cases_have_it_wherever_shapes_agree():
    seen = search(cases(PAIR), lambda case: case, examples=60, seed=0).seen
    possible = [each.inputs[0].shape == each.inputs[1].shape for each in seen]

    assert [with_same_array(PAIR, each) is not None for each in seen] == possible
    assert any(possible)
    assert not all(possible)
