"""The report in a notebook."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from report_samples import GREEN, RED

from gradverify.report.html import as_html


class Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open:
            self.cells[-1] += data


@pytest.mark.parametrize("report", [GREEN, RED, replace(GREEN, evidence=())])
def test_it_is_well_formed(report):
    parser = Balanced()
    parser.feed(as_html(report))
    assert parser.open == []
    assert len(parser.cells) == 5 * len(report.evidence)


def test_a_row_says_everything():
    parser = Balanced()
    parser.feed(as_html(GREEN))
    assert parser.cells[5:10] == [
        "closed form",
        "40 cases, sides 0–40, C, Fortran, strided and read-only layouts",
        "within the float error model, at every case tried",
        "✓ holds",
        "0.41 s",
    ]


def test_everything_is_escaped():
    assert "x float64 (3, 4) &lt;C order&gt;" in as_html(RED)
    assert "<script>" not in as_html(replace(RED, name="<script>", title="<script>", because="<script>"))


def test_a_report_shows_itself_in_jupyter():
    assert RED._repr_html_() == as_html(RED)
