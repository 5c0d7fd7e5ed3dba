"""Wrapping, durations and characters of the terminal."""

from __future__ import annotations

import io

import pytest
from rich.text import Text

from gradverify.report.characters import never_fail, writable
from gradverify.report.console import console_for, held, wrap
from gradverify.report.words import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "< 1 ms"),
        (0.0007, "1 ms"),
        (0.0123, "12 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.10 s"),
        (0.41, "0.41 s"),
        (0.999, "1.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.9, "60 s"),
        (59.96, "1 min 0 s"),
        (125.0, "2 min 5 s"),
    ],
)
def test_durations(seconds, said):
    assert duration(seconds) == said


def lines(text: str, width: int, hang: int = 0) -> list[str]:
    return [line.plain for line in wrap(Text(text), width, hang)]


def test_wrapping():
    assert lines("one two three", 7) == ["one two", "three"]
    assert lines("one two three", 7, hang=2) == ["one two", "  three"]
    assert lines("one\ntwo", 7, hang=2) == ["one", "two"]
    assert lines("", 7) == [""]
    assert lines("a\n\nb", 7) == ["a", "", "b"]


def test_what_is_held_together_is_broken_only_if_it_does_not_fit():
    assert lines(f"in {held('2 min 5 s')}", 10) == [
        "in",
        "2\N{NO-BREAK SPACE}min\N{NO-BREAK SPACE}5\N{NO-BREAK SPACE}s",
    ]
    assert lines(held("1 + 2 + 3 + 4"), 7) == ["1 + 2 +", "3 + 4"]
    assert lines("incomprehensibilities it is", 7) == ["incomprehensibilities", "it is"]


def test_macrons_take_no_column():
    assert lines("x̄ x̄ x̄ x̄", 7) == ["x̄ x̄ x̄ x̄"]


def test_width(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console_for(io.StringIO()).width == 80
    for columns, width in (("120", 120), ("50", 50), ("0", 80), ("many", 80)):
        monkeypatch.setenv("COLUMNS", columns)
        assert console_for(io.StringIO()).width == width


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("Σ_kl ȳ_kl ∂y_kl/∂x_ij", "Sum_kl y_bar_kl dy_kl/dx_ij"),
        ("x̄1_ij − √s_i²", "x_bar1_ij - sqrt s_i^2"),
        ("δ_ki ε Γ f′(x)", "delta_ki epsilon Gamma f'(x)"),
        ("K̄ Xᵀ ≠ ∂₁g", "K_bar X^T != d_1g"),
        ("✓ ✗ ? – … × · ±", "+ x ? - ... x * +/-"),
        ("名 é", "? e?"),
    ],
)
def test_replacements(text, ascii_text):
    assert writable(text, "ascii") == ascii_text
    assert writable(text, "utf-8") == text


def test_only_what_is_missing_is_replaced():
    assert writable("3 × 4 ≠ é", "latin-1") == "3 × 4 != é"


def test_an_ascii_stream_never_fails():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    never_fail(stream)
    print("ȳ_ij ✓", file=stream, flush=True)
    assert raw.getvalue() == b"y_bar_ij +\n"


def test_a_unicode_stream_is_left_alone():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    never_fail(stream)
    assert stream.errors == "strict"
