from __future__ import annotations

import io

from gradverify.model import Evidence, Finding, Outcome, Report, Strength, Verdict

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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Ascii(io.StringIO):
    """A stream that could write ASCII only, as with PYTHONIOENCODING=ascii."""

    encoding = "ascii"  # type: ignore[assignment]
