"""Reports to show: a green one, a red one, and one with everything that may go wrong in showing it."""

from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np

from gradverify.model import Case, Entries, Evidence, Finding, Outcome, Rating, Report, Request, Strength, Verdict

PASTE = (
    "import numpy as np\n"
    "\n"
    "for k in range(2):\n"
    "    print(k, 'a line that is much longer than eighty columns and that nobody may break, whatever comes')\n"
)

MISSING_TERM = Finding(
    what="a gradient differs from the central difference of forward",
    where="gradient of x, entry [2, 1]",
    got="0.3333333333",
    expected="0.1250000000 ± 3e-10",
    case="x float64 (3, 4) <C order>",
    note="the coefficient of −(Σ_l ȳ_il x_il) / s_i² is 0: the second term of the quotient rule is missing",
    reproduce=PASTE,
)

PROOF = Evidence(
    "proof",
    Outcome.HOLDS,
    Strength.ALL_SIZES,
    "8 steps, each equal for all sizes m, n\ndomain: no row sums to 0",
    seconds=0.012,
)
CLOSED_FORM = Evidence(
    "closed form",
    Outcome.HOLDS,
    Strength.FLOAT,
    "40 cases, sides 0–40, C, Fortran, strided and read-only layouts",
    cases=40,
    refused=3,
    seconds=0.41,
)
EXACT = Evidence("exact", Outcome.NOT_APPLICABLE, Strength.EXACT, "arrays of a framework")
WRONG = Evidence(
    "difference", Outcome.REFUTED, Strength.FLOAT, "12 cases", findings=(MISSING_TERM,), cases=12, seconds=1.0
)

GREEN = Report(
    name="normalize",
    title="divide every row of a matrix by its sum",
    verdict=Verdict.AGREES,
    because="the derivation is proved for all sizes; the code was compared in floats (closed form, difference)",
    evidence=(PROOF, CLOSED_FORM, EXACT),
    seed=0,
    seconds=1.7,
    version="0.1.0",
)
RED = Report(
    name="Normalize",
    title="",
    verdict=Verdict.REFUTED,
    because="difference: a gradient differs",
    evidence=(PROOF, WRONG),
    seed=7,
    seconds=75.2,
    version="0.1.0",
)


ENTRIES = Entries(
    name="x",
    shape=(2, 3),
    got=(1.0, 2.0, math.nan, 4.0, -5.0, 6.0),
    expected=(1.0, 2.5, 3.0, 4.0, 5.0, 6.0),
    wrong=(False, True, True, False, True, False),
)
EXACTLY = Finding(
    what="the code is not the true VJP",
    where="gradient of x, entry [1, 1]",
    got="-5",
    expected="5",
    case="x float64 (2, 3)",
    note="3 of 6 entries are wrong",
    reproduce=PASTE,
    looks_like=("the sign of every second term is wrong", "right where x < 0"),
    entries=ENTRIES,
)
BREACH = Finding("backward changes its cotangent", "cotangent 0", "entry [0]: 1.0", "entry [0]: 2.0", reproduce=PASTE)
SURPRISE = Finding("backward returns a view of its cotangent", "gradient of x", rating=Rating.WARNING)
UNDERFLOW = Finding("an underflow to 0", "gradient of x, entry [2, 9]", "0.0", "-1.1e-69", note="8.9e+15 ulp")

FAILING = Case(
    inputs=(np.array([[1.5, -0.0, math.nan]]), np.array([math.inf, 1e-320], dtype=">f4")),
    parameters={"axis": (0, 1), "mode": "same", "index": np.array([1, 2]), "function": np.tanh},
    sizes={"m": 2},
    seed=2**80,
    layout="Fortran",
    kind="zeros",
)

FULL = Report(
    name="Everything",
    title="inputs x: m×n",
    verdict=Verdict.REFUTED,
    because="exact (and difference, conduct): the code is not the true VJP",
    evidence=(
        Evidence("exact", Outcome.REFUTED, Strength.EXACT, "2 cases held", (EXACTLY,), 2, 1, 0.2, FAILING, "ab12"),
        Evidence(
            "difference",
            Outcome.REFUTED,
            Strength.FLOAT,
            "0 cases held",
            (replace(MISSING_TERM, where="gradient of x, entry [0, 1]"),),
            seconds=0.3,
        ),
        Evidence("conduct", Outcome.REFUTED, Strength.CONDUCT, "30 cases", (BREACH, SURPRISE), 30, 0, 0.1),
        Evidence("accuracy", Outcome.WARNING, Strength.ACCURACY, "32 cases", (UNDERFLOW,), 32, 0, 0.1),
        Evidence("kinks", Outcome.UNDECIDED, Strength.EXACT, "no kink was met"),
        EXACT,
    ),
    seed=3,
    seconds=1.5,
    version="0.1.0",
    request=Request("ops.py:Everything", ("mxn",), ("axis=(0, 1)",), 3, True),
    location="ops.py:12",
    versions={"python": "3.11.7", "numpy": "2.4.6", "hypothesis": "6.170.17"},
)
SILENT = replace(GREEN, name="silent", verdict=Verdict.UNDECIDED, because="no case was drawn", evidence=(EXACT,))

NASTY = "<script>alert('1')</script> & \"q\" | `c` \x1b[31m \x00 ]]> */ --> \ud800 @team **b** [l](u)"


def nasty() -> Report:
    """A report in which every text of the user's is an attack."""
    finding = Finding(
        *[NASTY] * 6,
        reproduce=NASTY + "\n```\n</code></pre>",
        looks_like=(NASTY,),
        entries=replace(ENTRIES, name=NASTY),
    )
    case = replace(FAILING, parameters={NASTY: NASTY}, layout=NASTY, kind=NASTY)
    outcomes = (Outcome.REFUTED, Outcome.WARNING, Outcome.UNDECIDED, Outcome.HOLDS)
    evidence = [Evidence(NASTY, outcome, Strength.EXACT, NASTY, (finding,), failing=case) for outcome in outcomes]
    request = Request(NASTY, (NASTY,), (NASTY,))
    return Report(
        NASTY, NASTY, Verdict.REFUTED, NASTY, tuple(evidence), 0, 0.1, NASTY, request, f"{NASTY}.py:3", {NASTY: NASTY}
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Ascii(io.StringIO):
    """A stream that could write ASCII only, as with PYTHONIOENCODING=ascii."""

    encoding = "ascii"  # type: ignore[assignment]
