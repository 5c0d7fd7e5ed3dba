"""What all evidence means together: never more than it carries."""

from itertools import permutations, product

import pytest

from gradverify.model import Evidence, Finding, Outcome, Strength, Verdict
from gradverify.verdict import decide

HOLDS, WARNING, REFUTED = Outcome.HOLDS, Outcome.WARNING, Outcome.REFUTED
UNDECIDED, NOT_APPLICABLE = Outcome.UNDECIDED, Outcome.NOT_APPLICABLE
SILENT = (UNDECIDED, NOT_APPLICABLE)
WITNESSES = {
    "proof": Strength.ALL_SIZES,
    "exact": Strength.EXACT,
    "closed form": Strength.FLOAT,
    "difference": Strength.FLOAT,
    "conduct": Strength.CONDUCT,
}
GREEN = (Verdict.PROVED, Verdict.EXACT, Verdict.AGREES)


def evidence(witness, outcome):
    findings = (Finding(f"{witness} is wrong"),) if outcome is REFUTED else ()
    return Evidence(witness, outcome, WITNESSES[witness], f"what {witness} tried", findings)


def given(text):
    """`proof+ difference? conduct-`: + holds, ~ warning, - refuted, ? undecided, / not applicable. A blank is a `_`."""
    outcomes = {"+": HOLDS, "~": WARNING, "-": REFUTED, "?": UNDECIDED, "/": NOT_APPLICABLE}
    return [evidence(word[:-1].replace("_", " "), outcomes[word[-1]]) for word in text.split()]


TABLE = [
    (
        "proof+ exact+ closed_form+ difference+ conduct+",
        Verdict.PROVED,
        "the derivation for all sizes, the code exactly",
    ),
    ("proof+ exact+ conduct+", Verdict.PROVED, "the derivation for all sizes, the code exactly"),
    ("exact+ difference+ conduct+", Verdict.EXACT, "the code exactly, at every case tried"),
    ("proof/ exact+ conduct+", Verdict.EXACT, "the code exactly, at every case tried"),
    (
        "proof+ closed_form+ difference+ conduct+",
        Verdict.AGREES,
        "the derivation is proved for all sizes; the code was compared in floats (closed form, difference)",
    ),
    ("difference+ conduct+", Verdict.AGREES, "the code was compared in floats (difference)"),
    (
        "exact/ difference+ conduct+",
        Verdict.AGREES,
        "the code was compared in floats (difference); not exactly: what exact tried",
    ),
    # what decided nothing is named
    (
        "proof+ exact? difference+ conduct+",
        Verdict.AGREES,
        "the derivation is proved for all sizes; the code was compared in floats (difference); exact undecided",
    ),
    (
        "proof+ closed_form+ difference? conduct+",
        Verdict.AGREES,
        "the derivation is proved for all sizes; the code was compared in floats (closed form); difference undecided",
    ),
    (
        "exact+ difference? conduct/",
        Verdict.EXACT,
        "the code exactly, at every case tried; difference undecided; conduct not applicable",
    ),
    # a warning about conduct takes nothing away, and is named
    (
        "proof+ exact+ difference+ conduct~",
        Verdict.PROVED,
        "the derivation for all sizes, the code exactly; conduct holds, with a warning",
    ),
    (
        "exact+ difference+ conduct~",
        Verdict.EXACT,
        "the code exactly, at every case tried; conduct holds, with a warning",
    ),
    (
        "difference+ conduct~",
        Verdict.AGREES,
        "the code was compared in floats (difference); conduct holds, with a warning",
    ),
    ("proof+ conduct~", Verdict.UNDECIDED, "the derivation is proved for all sizes, but no code was compared"),
    ("conduct~", Verdict.UNDECIDED, "no witness compared anything"),
    # a refutation stands, and the first witness speaks
    ("proof+ exact+ difference+ conduct-", Verdict.REFUTED, "conduct: conduct is wrong"),
    ("proof- exact+ difference+ conduct+", Verdict.REFUTED, "proof: proof is wrong"),
    ("proof+ closed_form- difference- conduct+", Verdict.REFUTED, "closed form (and difference): closed form is wrong"),
    ("proof? difference- conduct?", Verdict.REFUTED, "difference: difference is wrong"),
    # nothing is green beside an undecided proof or undecided conduct
    ("proof? exact+ difference+ conduct+", Verdict.UNDECIDED, "proof: what proof tried"),
    ("difference? proof? exact+ conduct+", Verdict.UNDECIDED, "proof: what proof tried"),
    ("difference+ conduct?", Verdict.UNDECIDED, "conduct: what conduct tried"),
    ("proof+ exact+ difference? conduct?", Verdict.UNDECIDED, "conduct: what conduct tried"),
    ("proof? exact+ conduct?", Verdict.UNDECIDED, "proof: what proof tried; conduct: what conduct tried"),
    (
        "difference+",
        Verdict.UNDECIDED,
        "the code was compared in floats (difference), but its conduct was not looked at",
    ),
    # checked nothing
    ("", Verdict.UNDECIDED, "no witness compared anything"),
    ("conduct+", Verdict.UNDECIDED, "no witness compared anything"),
    ("difference? conduct+", Verdict.UNDECIDED, "no witness compared anything; difference: what difference tried"),
    (
        "difference/ conduct/",
        Verdict.UNDECIDED,
        "no witness compared anything; difference: what difference tried; conduct: what conduct tried",
    ),
    ("proof+", Verdict.UNDECIDED, "the derivation is proved for all sizes, but no code was compared"),
    ("proof+ conduct+", Verdict.UNDECIDED, "the derivation is proved for all sizes, but no code was compared"),
]


@pytest.mark.parametrize(("text", "verdict", "because"), TABLE, ids=[text or "nothing" for text, *_ in TABLE])
def test_the_table(text, verdict, because):
    assert decide(given(text)) == (verdict, because)


def test_a_refutation_without_a_finding_is_one_all_the_same():
    lone = Evidence("difference", REFUTED, Strength.FLOAT, "30 cases")
    assert decide([lone]) == (Verdict.REFUTED, "difference: a counterexample")


def every_combination():
    """Each witness absent or with any outcome."""
    for outcomes in product((None, *Outcome), repeat=len(WITNESSES)):
        yield {w: outcome for w, outcome in zip(WITNESSES, outcomes, strict=True) if outcome is not None}


def test_never_stronger_than_the_evidence():
    for outcomes in every_combination():
        verdict, because = decide([evidence(*each) for each in outcomes.items()])
        held = {WITNESSES[witness] for witness, outcome in outcomes.items() if outcome not in (REFUTED, *SILENT)}
        assert because
        assert (verdict is Verdict.REFUTED) == (REFUTED in outcomes.values())
        if verdict is Verdict.PROVED:
            assert {Strength.ALL_SIZES, Strength.EXACT} <= held
        if verdict is Verdict.EXACT:
            assert Strength.EXACT in held
            assert Strength.ALL_SIZES not in held
        if verdict is Verdict.AGREES:
            assert Strength.FLOAT in held
            assert Strength.EXACT not in held
        if verdict in GREEN:
            assert outcomes["conduct"] is not UNDECIDED
            assert outcomes.get("proof") is not UNDECIDED


def test_every_refuting_witness_is_named():
    for outcomes in every_combination():
        _, because = decide([evidence(*each) for each in outcomes.items()])
        for witness, outcome in outcomes.items():
            assert (outcome is REFUTED) <= (witness in because)


def test_a_weaker_outcome_never_makes_the_verdict_stronger():
    order = [Verdict.REFUTED, Verdict.UNDECIDED, Verdict.AGREES, Verdict.EXACT, Verdict.PROVED]
    for outcomes in every_combination():
        before = order.index(decide([evidence(*each) for each in outcomes.items()])[0])
        for witness in [witness for witness, outcome in outcomes.items() if outcome is HOLDS]:
            for weaker in (WARNING, UNDECIDED, REFUTED):
                changed = {**outcomes, witness: weaker}
                assert order.index(decide([evidence(*each) for each in changed.items()])[0]) <= before


def test_the_verdict_does_not_depend_on_the_order_of_the_witnesses():
    for text, verdict, _ in TABLE:
        for order in permutations(given(text)):
            assert decide(order)[0] is verdict
