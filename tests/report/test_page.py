"""The report as one HTML page."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from report_samples import ENTRIES, FULL, GREEN, NASTY, PASTE, RED, SILENT, nasty

from gradverify.derivation.library import find
from gradverify.model import Case, Entries, Op, Verdict
from gradverify.report.curve import Curve, curve_of
from gradverify.report.escape import in_html, printable
from gradverify.report.heat import heat_map
from gradverify.report.page import Pictured, as_page
from gradverify.report.vcurve import as_svg, in_words

VOID = {"br", "meta", "line", "circle", "polyline"}


class Document(HTMLParser):
    """Checks that elements are closed in order; keeps tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.said: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)

    @property
    def text(self) -> str:
        return "".join(self.said)


def cube(x):
    return (x**3,), x


CUBE = Op("cube", cube, lambda x, y_bar: (3 * x**2 * y_bar[0],), ("x",))
CASE = Case((np.array([0.5, -1.25, 2.0]),), {}, {}, 0)
CURVE = curve_of(CUBE, CASE)


@pytest.mark.parametrize(
    "reports",
    [
        [],
        [Pictured(GREEN, find("normalize"), CURVE)],
        [Pictured(RED), Pictured(FULL, None, CURVE), Pictured(SILENT)],
        [Pictured(nasty(), None, CURVE)],
    ],
)
def test_it_is_well_formed_and_self_contained(reports):
    text = as_page(reports)
    page = Document(text)
    assert text.startswith("<!DOCTYPE html>\n")
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    names = {name for name, _ in page.attributes}
    assert not {name for name in names if name.startswith("on")}
    assert not names & {"src", "srcset", "action"}
    assert all(value.startswith("#op-") for name, value in page.attributes if name == "href")
    assert "url(" not in text
    assert "@import" not in text
    assert 'name="viewport"' in text
    assert "prefers-color-scheme: dark" in text


def test_everything_of_the_user_s_is_escaped():
    report = nasty()
    curve = replace(CURVE, case=NASTY, source=NASTY)
    text = as_page([Pictured(report, None, curve), Pictured(replace(report, verdict=Verdict.EXACT))])
    assert "<script" not in text
    assert "\x1b" not in text
    assert "</code></pre>\n</code>" not in text
    assert printable(NASTY) in Document(text).text
    assert text.count(in_html(NASTY)) > 20
    assert text.encode()


def test_it_says_everything():
    said = Document(as_page([Pictured(FULL, None, CURVE)])).text
    for words in (
        "✗ REFUTED",
        "exact (and difference, conduct): the code is not the true VJP",
        "got is -1 times what is expected",
        "the sign of every second term is wrong",
        "difference agrees: gradient of x, entry [0, 1] is 0.333",
        "✗ conduct: backward changes its cotangent",
        "! accuracy, a warning: an underflow to 0",
        "? undecided",
        "– not applicable",
        "ops.py:12",
        "gradverify check ops.py:Everything --shape mxn --param 'axis=(0, 1)' --seed 3 --strict",
        "numpy 2.4.6",
        PASTE.rstrip("\n"),
    ):
        assert words in said


def test_several_reports_have_an_overview_that_links_to_them():
    text = as_page([Pictured(GREEN), Pictured(RED)])
    assert re.findall(r'href="(#op-\d)"', text) == ["#op-1", "#op-2"]
    assert re.findall(r'<section class="op" id="(op-\d)"', text) == ["op-1", "op-2"]
    assert "href" not in as_page([Pictured(GREEN)])


def test_the_derivation_has_every_step_with_its_rule_and_its_reason():
    derivation = find("normalize")
    said = Document(as_page([Pictured(GREEN, derivation)])).text
    assert "x̄_ij = Σ_kl ȳ_kl ∂y_kl/∂x_ij" in said
    assert "Σ_q x_kq ≠ 0" in said
    for gradient in derivation.gradients:
        for step in gradient.steps:
            assert f"{step.rule.name}. {step.why}" in said


def cells(entries: Entries) -> list[str]:
    return re.findall(r"<td[^>]*title=.*?</td>", "\n".join(heat_map(entries)))


def test_the_heat_map_has_numbers_shades_and_marks():
    found = cells(ENTRIES)
    assert len(found) == 6
    assert found[0] == '<td title="[0, 0]: got 1.0, expected 1.0">· 1<small>1</small></td>'
    assert found[1] == '<td class="w3" title="[0, 1]: got 2.0, expected 2.5">✗ 2<small>2.5</small></td>'
    assert found[2].startswith('<td class="w4" title="[0, 2]: got nan')
    assert [("✗" in cell) for cell in found] == list(ENTRIES.wrong)


def test_a_large_heat_map_has_marks_only_and_is_cut():
    size = 40 * 50
    wrong = tuple(place == 0 for place in range(size))
    large = Entries("w", (40, 50), (1.0,) * size, (2.0,) * size, wrong)
    assert len(cells(large)) == 16 * 32
    assert "<small>" not in "".join(cells(large))
    assert "shown: rows 0 to 15 of 40, columns 0 to 31 of 50" in "\n".join(heat_map(large))
    assert list(heat_map(Entries("x", (), (1.0,), (2.0,), (True,)))) == []


def test_the_picture_of_the_curve():
    assert CURVE is not None
    svg = as_svg(CURVE)
    points = re.search(r'points="([^"]*)"', svg)
    assert points is not None
    for point in points[1].split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= 560
        assert 0 <= y <= 320
    assert "off by" in in_words(CURVE)
    assert in_html(in_words(CURVE)) in svg


def test_a_backward_that_is_off_has_its_own_line():
    curve = Curve("x", 2.0, "computed exactly", ((0.1, 1e-2), (0.01, 1e-4), (0.001, None), (1e-4, 0.0)), 3.0)
    assert "backward is off by 1.0e+00" in as_svg(curve)
    assert 'class="claim"' in as_svg(curve)
    assert in_words(curve).endswith("The backward's own slope is off by 1.0e+00.")
    assert 'class="claim"' not in as_svg(replace(curve, claimed=2.0))
    assert in_words(replace(curve, claimed=None)).endswith("The backward gives no slope to compare.")


@pytest.mark.parametrize("errors", [(), ((0.1, None),), ((0.1, 0.0),)])
def test_no_error_is_no_picture(errors):
    curve = Curve("x", 2.0, "computed exactly", errors, 2.0)
    assert as_svg(curve) == ""
    assert "Finite differences" not in as_page([Pictured(GREEN, None, curve)])
    assert in_words(curve)


@pytest.mark.parametrize("error", [1e-300, 1e300, 5e-324])
def test_extreme_errors_stay_in_the_picture(error):
    svg = as_svg(Curve("x", 2.0, "", ((0.1, error), (0.01, 1.0)), 2.0 + 1e-15))
    for y in re.findall(r'cy="([^"]*)"', svg):
        assert 0 <= float(y) <= 320
