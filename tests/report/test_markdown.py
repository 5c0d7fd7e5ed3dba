"""The report as Markdown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from report_samples import FULL, GREEN, PASTE, RED, SILENT, UNDERFLOW, WRONG, nasty

from gradverify.model import Outcome
from gradverify.report.markdown import as_markdown


def table(text: str) -> list[list[str]]:
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def outside_of_code(text: str) -> str:
    """The document without its fenced blocks."""
    kept, fence = [], ""
    for line in text.splitlines():
        mark = re.match("`{3,}", line)
        if not fence and mark:
            fence = mark[0]
        elif fence and line == fence:
            fence = ""
        elif not fence:
            kept.append(line)
    assert not fence
    return "\n".join(kept)


def test_a_table_of_verdicts_then_a_fold_for_each_that_is_not_green():
    text = as_markdown([GREEN, FULL, SILENT])
    assert text.startswith(
        "## gradverify\n\n1 AGREES, 1 REFUTED, 1 UNDECIDED\n\n| op | verdict | because | time |\n|---|"
    )
    assert [row[:2] for row in table(text)[1:]] == [
        ["normalize", "**✓ AGREES**"],
        ["Everything", "**✗ REFUTED**"],
        ["silent", "**? UNDECIDED**"],
    ]
    assert text.count("<details>") == text.count("</details>") == 2
    assert "<summary><b>Everything</b>: ✗ REFUTED</summary>\n\nCode: ops.py:12\n\n```text\n" in text
    assert "      0  . # #\n      1  . # .\n" in text
    assert f"To reproduce what exact found, run\n\n```python\n{PASTE}```" in text
    assert "<summary><b>silent</b>: ? UNDECIDED</summary>\n\nno case was drawn\n" in text


def test_only_green_ones_need_no_fold():
    assert "<details>" not in as_markdown([GREEN])
    assert as_markdown([]) == "## gradverify\n\nNothing was checked.\n"


def test_a_warning_of_a_green_op_has_its_fold():
    warned = replace(WRONG, witness="accuracy", outcome=Outcome.WARNING, findings=(UNDERFLOW,))
    text = as_markdown([replace(GREEN, evidence=(warned,))])
    assert "<summary><b>normalize</b>: ✓ AGREES, with warnings</summary>" in text
    assert "! accuracy, a warning: an underflow to 0" in text


@pytest.mark.parametrize("report", [nasty(), replace(nasty(), name="a\n\n| b", because="`c` | d\n<b>")])
def test_everything_is_escaped(report):
    text = as_markdown([report])
    outside = outside_of_code(text)
    assert "<script" not in outside
    assert set(re.findall(r"<[^>]*>", outside)) <= {"<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>"}
    assert [len(row) for row in table(text)] == [4, 4]
    assert not re.search(r"(?<!\\)`", outside.replace("```", ""))


def test_a_script_cannot_end_its_block():
    text = as_markdown([nasty()])
    assert "````" in text
    assert "```\n</code></pre>" not in outside_of_code(text)


def test_red_is_told_from_green_without_colour():
    assert "**✗ REFUTED**" in as_markdown([RED])
