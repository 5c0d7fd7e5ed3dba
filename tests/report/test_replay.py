"""A recorded report is read without trust, and asked again."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from report_samples import FULL, GREEN

from gradverify.errors import UsageError
from gradverify.model import Report, Request, Verdict
from gradverify.report.console import Page, console_for
from gradverify.report.recorded import Recorded, read_reports
from gradverify.report.replayed import compare, in_one_line, show_replay
from gradverify.report.to_json import as_dict, as_document, as_json

REQUEST = Request("normalize", seed=4)
EARLIER = replace(
    GREEN,
    request=REQUEST,
    evidence=tuple(replace(each, digest=digest) for each, digest in zip(GREEN.evidence, ("", "aa", "bb"), strict=True)),
    versions={"numpy": "2.4.6", "hypothesis": "6.170.17"},
)


def read(report: Report) -> Recorded:
    (recorded,) = read_reports(as_json([report]))
    return recorded


def test_what_was_asked_for_comes_back():
    assert read(FULL).request == FULL.request
    assert read(EARLIER).request == REQUEST
    assert read(FULL).drawn["exact"].cases == 0  # the second of that name is the one that counts
    assert read(EARLIER).drawn["closed form"].digest == "aa"
    assert (read(FULL).name, read(FULL).verdict, read(FULL).version) == ("Everything", "REFUTED", "0.1.0")


def test_a_report_may_stand_alone():
    (recorded,) = read_reports(json.dumps(as_dict(EARLIER)))
    assert recorded == read(EARLIER)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is not JSON: Expecting value"),
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it is no report of gradverify: expected what `gradverify check --json` prints"),
        ('{"schema": 1}', "it has schema 1, which does not say what was asked for; check again to write a new one"),
        ('{"schema": 3}', "it has schema 3, and this gradverify reads schema 2"),
        ('{"schema": 2.0, "reports": []}', "it has schema 2.0, and this gradverify reads schema 2"),
        ('{"schema": true}', "it has schema True"),
        ('{"schema": 2, "reports": []}', "it holds no report"),
        ('{"schema": 2, "reports": {}}', "it is no report of gradverify: reports is not an array"),
        ('{"schema": 2, "reports": [3]}', "it is no report of gradverify: reports[0] is not an object"),
        ('{"schema": 2}', "it is no report of gradverify: reports[0].name is missing"),
    ],
)
def test_what_is_no_report_is_said(text, message):
    with pytest.raises(UsageError) as raised:
        read_reports(text)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("request", None, "reports[0], 'normalize', does not say what was asked for, so it cannot be checked again"),
        ("request", [], "it is no report of gradverify: reports[0].request is not an object"),
        ("evidence", [{}], "it is no report of gradverify: reports[0].evidence[0].witness is missing"),
        ("versions", {"numpy": 2}, "it is no report of gradverify: reports[0].versions.numpy is not a text"),
        ("verdict", None, "it is no report of gradverify: reports[0].verdict is not a text"),
    ],
)
def test_what_does_not_fit_is_named(key, value, message):
    document = as_document([EARLIER])
    document["reports"][0][key] = value
    with pytest.raises(UsageError) as raised:
        read_reports(json.dumps(document))
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("target", "", "'normalize' was given as an object, not as a name or FILE.py:CLASS: it cannot be found again"),
        ("seed", True, "it is no report of gradverify: reports[0].request.seed is not a whole number"),
        ("seed", -1, "reports[0].request.seed is -1, and a seed is a whole number from 0 on"),
        ("strict", 1, "it is no report of gradverify: reports[0].request.strict is not true or false"),
        ("shapes", [3], "it is no report of gradverify: reports[0].request.shapes[0] is not a text"),
    ],
)
def test_a_request_is_not_believed_either(key, value, message):
    document = as_document([EARLIER])
    document["reports"][0]["request"][key] = value
    with pytest.raises(UsageError) as raised:
        read_reports(json.dumps(document))
    assert str(raised.value) == message


def shown(recorded: Recorded, report: Report) -> str:
    stream = io.StringIO()
    show_replay(recorded, report, Page(console_for(stream)))
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def test_the_same_cases():
    recorded = read(EARLIER)
    assert [(each.witness, each.same, each.said) for each in compare(recorded, EARLIER)] == [
        ("proof", None, "cases not recorded"),
        ("closed form", True, "the same 40 cases"),
        ("exact", True, "the same cases"),
    ]
    assert shown(recorded, EARLIER) == (
        "\n  replayed (recorded by gradverify 0.1.0, seed 4)\n"
        "    –  proof        cases not recorded\n"
        "    ✓  closed form  the same 40 cases\n"
        "    ✓  exact        the same cases\n"
        "    the same verdict: then AGREES, now AGREES\n"
    )
    assert in_one_line(recorded, EARLIER) == "the same cases (closed form, exact); then AGREES, now AGREES"


def test_other_cases_name_the_version_that_drew_them():
    other = tuple(replace(each, digest="cc", cases=1) for each in EARLIER.evidence[1:2])
    now = replace(
        EARLIER, evidence=other, verdict=Verdict.REFUTED, versions={"numpy": "2.5.0", "hypothesis": "6.170.17"}
    )
    text = shown(read(EARLIER), now)
    assert "    !  closed form  other cases: 40 cases then, 1 case now\n" in text
    assert "    –  proof        is not asked any more\n" in text
    assert "Another version draws other cases: numpy 2.4.6 then, 2.5.0 now." in text
    assert "ANOTHER verdict: then AGREES, now REFUTED" in text
    assert in_one_line(read(EARLIER), now) == "other cases (closed form); then AGREES, now REFUTED"


def test_other_cases_with_the_same_versions_are_the_op_s():
    now = replace(EARLIER, evidence=tuple(replace(each, digest="cc") for each in EARLIER.evidence))
    text = " ".join(shown(read(EARLIER), now).split())
    assert "The versions are the same, so the op itself must have changed" in text


def test_a_new_witness_is_said_to_be_new():
    recorded = read(replace(EARLIER, evidence=EARLIER.evidence[:1]))
    assert [each.said for each in compare(recorded, EARLIER)[1:]] == ["was not asked then", "was not asked then"]
