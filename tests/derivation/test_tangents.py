"""The JVP beside the VJP: proved from its own definition, paired with the gradients, and held against the code of the op."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy

from gradverify import DerivationError, Outcome
from gradverify.adapters import adapt
from gradverify.cases import cases, draw_cotangents
from gradverify.derivation import (
    D,
    Derivation,
    Gradient,
    Sum,
    Tangent,
    algebra,
    array,
    cotangent,
    delta,
    index,
    push_forward,
    size,
    tangent,
)
from gradverify.derivation.library import find, library
from gradverify.derivation.lines import definition, definitions, sizes_at
from gradverify.derivation.maps import code_of_maps, is_map
from gradverify.derivation.notation import derivation_latex, derivation_markdown, derivation_text, lhs
from gradverify.derivation.numeric import Numeric
from gradverify.derived_space import space_of
from gradverify.witnesses.proof import evidence_of, prove

m, n = size("m n")
i, k = index("i k", m)
j, l, q = index("j l q", n)  # noqa: E741  # the page's names
x, y = array("x", m, n), array("y", m, n)
x_dot, y_bar = tangent(x), cotangent(y)
NORMALIZE = find("normalize")
row_sum = Sum(x[k, q], q)


def with_tangent(expression):
    return replace(NORMALIZE, tangents=(Tangent(y[k, l], push_forward(expression, "why")),))


def test_the_definition_sums_over_every_entry_of_every_input():
    x1, x2 = array("x1", m, n), array("x2", m, n)
    division = find("division")
    (claimed,) = division.tangents
    k1, l1, k2, l2 = (sympy.Idx(name, extent) for name, extent in (("i", m), ("j", n), ("i′", m), ("j′", n)))
    expected = Sum(D(y[k, l], x1[k1, l1]) * tangent(x1)[k1, l1], k1, l1)
    expected += Sum(D(y[k, l], x2[k2, l2]) * tangent(x2)[k2, l2], k2, l2)
    assert definition(division, claimed) == expected


def test_the_indices_of_the_definition_are_not_those_of_the_output():
    (claimed,) = NORMALIZE.tangents
    moved = Tangent(y[i, j], *claimed.steps)
    found = definition(NORMALIZE, moved)
    assert {str(limit[0]) for limit in found.limits} == {"i′", "j′"}


WRONG = {
    "the second term forgotten": x_dot[k, l] / row_sum,
    "with the wrong sign": x_dot[k, l] / row_sum + x[k, l] * Sum(x_dot[k, q], q) / row_sum**2,
    "over the wrong axis": x_dot[k, l] / row_sum - x[k, l] * Sum(x_dot[i, l], i) / row_sum**2,
    "the VJP in its place": x_dot[k, l] / row_sum - Sum(x_dot[k, q] * x[k, q], q) / row_sum**2,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_tangent_is_refuted_with_numbers(name):
    proof = prove(with_tangent(WRONG[name]))
    assert proof.outcome is Outcome.REFUTED
    (step,) = proof.tangents[0].steps
    assert step.counterexample is not None
    assert step.counterexample.left != step.counterexample.right
    (finding,) = evidence_of(proof).findings
    assert finding.where.startswith("tangent of y, line 1 (push forward)")
    assert proof.pairing is not None
    assert proof.pairing.outcome is not Outcome.HOLDS


@pytest.mark.parametrize("name", [name for name, each in library().items() if each.tangents])
def test_the_claims_of_vjp_and_jvp_are_paired(name):
    proof = prove(library()[name])
    assert proof.pairing is not None
    assert proof.pairing.outcome is Outcome.HOLDS


def test_every_shipped_derivation_has_its_tangents():
    assert [name for name, each in library().items() if not each.tangents] == []


def test_one_tangent_for_each_output():
    z = array("z", m, n)
    wrong = replace(NORMALIZE, tangents=(Tangent(z[k, l], push_forward(x_dot[k, l], "why")),))
    with pytest.raises(DerivationError, match="the outputs are y, but tangents are derived of z: give one Tangent"):
        prove(wrong)
    with pytest.raises(DerivationError, match="the tangent of y has no steps"):
        prove(replace(NORMALIZE, tangents=(Tangent(y[k, l]),)))


def test_a_quantity_may_not_have_the_name_of_a_tangent():
    named = array("x_dot", m)
    with pytest.raises(DerivationError, match="x_dot is defined twice"):
        prove(replace(NORMALIZE, where={named[k]: row_sum}))


def test_two_outputs_have_two_tangents():
    z = array("z", m)
    made = Derivation(
        name="both",
        title="an array and its row sums",
        inputs=(x,),
        forward={y[k, l]: 2 * x[k, l], z[k]: row_sum},
        gradients=(Gradient(x[i, j], algebra(2 * y_bar[i, j] + cotangent(z)[i], "why")),),
        tangents=(
            Tangent(y[k, l], push_forward(2 * x_dot[k, l], "why")),
            Tangent(z[k], push_forward(Sum(x_dot[k, q], q), "why")),
        ),
    )
    proof = prove(made)
    assert proof.outcome is Outcome.HOLDS
    assert proof.pairing is not None
    assert proof.pairing.outcome is Outcome.HOLDS
    mixed = replace(made, tangents=(*made.tangents[:1], Tangent(z[k], push_forward(2 * Sum(x_dot[k, q], q), "why"))))
    assert prove(mixed).outcome is Outcome.REFUTED


def test_an_identity_of_sums_with_delta():
    summed = with_tangent(Sum(x_dot[k, q] * delta(q, l), q) / row_sum - x[k, l] * Sum(x_dot[k, q], q) / row_sum**2)
    assert prove(summed).outcome is Outcome.HOLDS


def test_tangents_are_written_with_a_dot():
    (claimed,) = NORMALIZE.tangents
    assert lhs(claimed) == "ẏ_kl"
    assert "ẏ_kl = ẋ_kl / Σ_q x_kq − x_kl (Σ_q ẋ_kq) / (Σ_q x_kq)²" in derivation_text(NORMALIZE)
    assert r"\dot{y}_{kl} &= " in derivation_latex(NORMALIZE)
    assert r"### The tangent $\dot{y}_{kl}$" in derivation_markdown(NORMALIZE)


# --- against the code -----------------------------------------------------------------------------------------------


def case_of(derivation, op):
    """The first case that the op takes and that has entries."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    found = []

    @seed(3)
    @settings(
        phases=[Phase.generate], max_examples=30, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(cases(space_of(derivation, op)))
    def draw(case):
        if all(array.size > 1 for array in case.inputs) and max(array.size for array in case.inputs) < 500:
            found.append(case)

    draw()
    for case in found:
        try:
            return case, *op.forward(*case.inputs, **case.parameters)
        except ValueError:
            continue
    raise AssertionError("no case was taken")


@pytest.mark.parametrize("name", [name for name, each in library().items() if each.op])
def test_the_tangent_pairs_with_what_the_code_of_the_op_returns(name):
    """⟨ȳ, ẏ⟩ = ⟨x̄, ẋ⟩ with ẏ from the derivation's JVP and x̄ from the op's own backward."""
    derivation = library()[name]
    op = adapt(derivation.op, parameters=dict.fromkeys(derivation.parameters))
    case, outputs, context = case_of(derivation, op)
    cotangents = draw_cotangents(outputs, 5)
    gradients = op.backward(context, cotangents)
    random = np.random.default_rng(7)
    tangents = [random.normal(size=array.shape) for array in case.inputs]
    named = dict(zip(op.inputs, case.inputs, strict=True))
    named |= {f"{name}_dot": moved for name, moved in zip(op.inputs, tangents, strict=True)}
    sizes = sizes_at(derivation, case.sizes, [output.shape for output in outputs])
    functions, scalars = {}, {}
    for key, value in derivation.parameters.items():
        if isinstance(value, type) and not is_map(value):
            functions[value] = case.parameters[key]
        elif isinstance(value, sympy.Symbol | int | float):
            scalars[str(value) if isinstance(value, sympy.Symbol) else key] = case.parameters[key]
    maps = code_of_maps(derivation, {**case.parameters, **named}, sizes)
    numeric = Numeric(named, sizes, functions, scalars, definitions(derivation), maps, bounded=False)
    forward = reverse = size_of_terms = 0.0
    for cotangent_, claimed in zip(cotangents, derivation.tangents, strict=True):
        moved = numeric.at_every_index(claimed.claim, claimed.entry.indices).value.astype(float)
        forward += float((cotangent_ * moved).sum())
        size_of_terms += float(np.abs(cotangent_ * moved).sum())
    for gradient, moved in zip(gradients, tangents, strict=True):
        reverse += float((gradient * moved).sum())
        size_of_terms += float(np.abs(gradient * moved).sum())
    assert size_of_terms > 0
    assert abs(forward - reverse) <= 1e-10 * size_of_terms
