"""The report in the terminal, 80 columns wide."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from report_samples import BREACH, FULL, GREEN, PASTE, RED, UNDERFLOW, WRONG, Ascii, Terminal

from gradverify.model import Outcome, Report, Verdict
from gradverify.report.terminal import console_for, finding_text, findings_text, show, show_verdict


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(report: Report, stream: io.StringIO | None = None, **options: bool) -> str:
    stream = stream or io.StringIO()
    show(report, console_for(stream, **options))
    return stream.getvalue()


GREEN_TEXT = """\
normalize: divide every row of a matrix by its sum

  witness      tried                               outcome                  time
  proof        8 steps, each equal for all sizes   ✓ holds for all sizes   12 ms
               m, n
               domain: no row sums to 0
  closed form  40 cases, sides 0–40, C, Fortran,   ✓ holds within the     0.41 s
               strided and read-only layouts         float error model
  exact        arrays of a framework               – not applicable       < 1 ms

  ✓ AGREES  the derivation is proved for all sizes; the code was compared in
            floats (closed form, difference) (1.7 s, seed 0)
"""

RED_TEXT = """\
Normalize

  witness     tried                                 outcome                 time
  proof       8 steps, each equal for all sizes m,  ✓ holds for all sizes  12 ms
              n
              domain: no row sums to 0
  difference  12 cases                              ✗ refuted              1.0 s

  ✗ REFUTED  difference: a gradient differs (1 min 15 s, seed 7)

  ✗ difference: a gradient differs from the central difference of forward
    where     gradient of x, entry [2, 1]
    got       0.3333333333
    expected  0.1250000000 ± 3e-10
    ratio     got is about 2.667 times what is expected
    case      x float64 (3, 4) <C order>
    note      the coefficient of −(Σ_l ȳ_il x_il) / s_i² is 0: the second term
              of the quotient rule is missing
    to reproduce it, paste

import numpy as np

for k in range(2):
    print(k, 'a line that is much longer than eighty columns and that nobody may break, whatever comes')
"""


def test_a_green_report():
    assert shown(GREEN) == GREEN_TEXT


def test_a_refuted_report_shows_the_finding_in_full():
    assert shown(RED) == RED_TEXT


FULL_TEXT = """\
  ✗ exact: the code is not the true VJP
    where     gradient of x, entry [1, 1]
    got       -5
    expected  5
    ratio     got is -1 times what is expected
    case      x float64 (2, 3)
    note      3 of 6 entries are wrong
    the gradient of x: # wrong, . right
         0 1 2
      0  . # #
      1  . # .
    it looks like
      – the sign of every second term is wrong
      – right where x < 0
    ✗ difference agrees: gradient of x, entry [0, 1] is 0.333, expected 0.125 ±
      3e-10
    to reproduce it, paste

PASTE
  ✗ conduct: backward changes its cotangent
    where     cotangent 0
    got       entry [0]: 1.0
    expected  entry [0]: 2.0

  ! conduct, a warning: backward returns a view of its cotangent
    where  gradient of x

  ! accuracy, a warning: an underflow to 0
    where     gradient of x, entry [2, 9]
    got       0.0
    expected  -1.1e-69
    note      8.9e+15 ulp
""".replace("PASTE", PASTE)


def test_one_finding_in_full_then_what_is_different_in_kind():
    text = shown(FULL)
    assert text.endswith(FULL_TEXT)
    assert max(len(line) for line in text.replace(PASTE, "").splitlines()) <= 80


def test_up_to_three_findings_keep_their_scripts():
    few = replace(FULL, evidence=(*FULL.evidence[:2], replace(FULL.evidence[2], findings=(BREACH,))))
    assert shown(few).count(PASTE) == 2


def test_the_map_survives_ascii():
    text = shown(FULL, Ascii())
    assert text.isascii()
    assert "      0  . # #\n      1  . # .\n" in text
    assert "x difference agrees: gradient of x, entry [0, 1] is 0.333, expected 0.125" in text


def test_a_warning_of_a_green_report_is_marked():
    warned = replace(WRONG, witness="accuracy", outcome=Outcome.WARNING, findings=(UNDERFLOW,))
    assert "\n  ! accuracy, a warning: an underflow to 0\n" in shown(replace(GREEN, evidence=(warned,)))


def test_findings_alone_do_not_depend_on_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    text = findings_text(FULL)
    assert text == FULL_TEXT.strip("\n")
    without = findings_text(FULL, scripts=False)
    assert "to reproduce it" not in without
    assert "accuracy, a warning" in without
    assert finding_text(WRONG, WRONG.findings[0]).endswith(PASTE.rstrip("\n"))
    assert "paste" not in finding_text(WRONG, WRONG.findings[0], script=False)


def test_an_undecided_report_is_not_green():
    silent = replace(GREEN, verdict=Verdict.UNDECIDED, because="no case was drawn", evidence=())
    assert shown(silent) == (
        "normalize: divide every row of a matrix by its sum\n\n  ? UNDECIDED  no case was drawn (1.7 s, seed 0)\n"
    )


@pytest.mark.parametrize("columns", ["40", "60", "80", "100", "200"])
def test_lines_keep_to_the_width_and_reproductions_stay_whole(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    text = shown(RED)
    assert PASTE in text
    for line in text.replace(PASTE, "").splitlines():
        assert len(line) <= max(int(columns), 68)  # the table needs 68 columns at least
        assert line == line.rstrip()


def test_colour_on_a_terminal_only_and_never_the_only_sign():
    plain = shown(RED)
    coloured = shown(RED, Terminal())
    assert "\x1b[" in coloured
    assert "\x1b[" not in plain
    assert "✗ REFUTED" in plain


def test_no_colour_by_environment_or_option(monkeypatch):
    assert "\x1b[" not in shown(RED, Terminal(), color=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in shown(RED, Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b[" not in shown(RED, Terminal())


def test_forced_colour_does_not_reach_a_pipe(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" not in shown(RED)


def test_ascii_output_stays_aligned():
    text = shown(RED, Ascii())
    assert text.isascii()
    assert "note      the coefficient of -(Sum_l y_bar_il x_il) / s_i^2 is 0: the second" in text
    assert "x REFUTED" in text
    table = text.splitlines()[2:5]
    assert len({line.index(word) for line, word in zip(table, ("outcome", "+ holds", ""), strict=True) if word}) == 1


def test_user_text_is_never_markup():
    odd = replace(GREEN, title="[red]x[/red] :smile: [/] \\[b]")
    assert "normalize: [red]x[/red] :smile: [/] \\[b]\n" in shown(odd)


def test_the_verdict_on_one_line():
    stream = io.StringIO()
    show_verdict(GREEN, console_for(stream))
    show_verdict(RED, console_for(stream))
    assert stream.getvalue() == (
        "✓ AGREES    normalize: the derivation is proved for all sizes; the code was compared in floats"
        " (closed form, difference) (1.7 s)\n"
        "✗ REFUTED   Normalize: difference: a gradient differs (1 min 15 s)\n"
    )


def test_every_outcome_has_its_own_mark():
    text = shown(replace(GREEN, evidence=tuple(replace(GREEN.evidence[0], outcome=outcome) for outcome in Outcome)))
    for mark in ("✓ holds for all sizes", "✗ refuted", "? undecided", "– not applicable"):
        assert mark in text
