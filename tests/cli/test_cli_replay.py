"""`gradverify replay`: the same request again, the same cases or which differ."""

from __future__ import annotations

import io
import json
import sys

import pytest

from gradverify.cli import main
from gradverify.model import Verdict

OP = """\
class Twice:
    @staticmethod
    def forward(context, x, factor=2):
        return factor * x

    @staticmethod
    def backward(context, grad):
        return 3 * grad
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "ops.py").write_text(OP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, **changes):
    """A JSON report by hand, as `check --json` writes it."""
    request = {"target": "normalize", "shapes": [], "parameters": [], "seed": 7, "strict": True}
    report = {
        "name": "normalize",
        "verdict": "REFUTED",
        "version": "0.0.1",
        "versions": {"numpy": "1.0"},
        "evidence": [{"witness": "proof", "cases": 8, "digest": "aa"}],
        "request": request | changes,
    }
    (folder / "report.json").write_text(json.dumps({"schema": 2, "reports": [report]}))


def test_the_same_is_asked_again(checker, folder, capsys):
    write(folder)
    assert main(["replay", "report.json"]) == 0
    assert checker.asked == [("normalize", {"shapes": [], "parameters": [], "seed": 7, "strict": True})]
    out, err = capsys.readouterr()
    assert err == ""
    assert "  ✓ PROVED  because of this (0.50 s, seed 7)\n\n  replayed (recorded by gradverify 0.0.1, seed 7)\n" in out
    assert out.endswith("    ANOTHER verdict: then REFUTED, now PROVED\n")


def test_shapes_and_parameters_are_asked_again(checker, folder):
    write(folder, target="ops.py:Twice", shapes=["mxn"], parameters=["factor=2"])
    checker.verdicts["ops.py:Twice"] = Verdict.UNDECIDED
    assert main(["replay", "report.json", "--quiet"]) == 3
    assert checker.asked == [
        ("ops.py:Twice", {"shapes": ["mxn"], "parameters": ["factor=2"], "seed": 7, "strict": True})
    ]


def test_quiet_is_two_lines(checker, folder, capsys):
    write(folder)
    assert main(["replay", "report.json", "--quiet"]) == 0
    assert capsys.readouterr().out == (
        "✓ PROVED    normalize: because of this (0.50 s)\n  replayed: then REFUTED, now PROVED\n"
    )


def test_a_document_has_stdout_for_itself(checker, folder, capsys):
    write(folder)
    assert main(["replay", "report.json", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["schema"] == 2
    assert "ANOTHER verdict: then REFUTED, now PROVED" in err


def test_stdin(checker, folder, monkeypatch):
    write(folder)
    monkeypatch.setattr(sys, "stdin", io.StringIO((folder / "report.json").read_text()))
    assert main(["replay", "-", "--quiet"]) == 0
    assert len(checker.asked) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"target": ""},
            "'normalize' was given as an object, not as a name or FILE.py:CLASS: it cannot be found again",
        ),
        ({"target": "normalise"}, "'normalize' cannot be checked again: no op is called 'normalise': did you mean"),
        ({"target": "gone.py:Op"}, "'normalize' cannot be checked again: gone.py: no such file"),
        ({"target": "ops.py:Gone"}, "'normalize' cannot be checked again: ops.py: there is no Gone"),
        ({"target": "ops.py:Twice", "shapes": ["3by4"]}, "'normalize' cannot be checked again: --shape 3by4: expected"),
        (
            {"target": "ops.py:Twice", "parameters": ["axis"]},
            "'normalize' cannot be checked again: --param axis: expected",
        ),
        ({"target": "mine.py"}, "mine.py has no derivation called 'normalize' any more"),
    ],
)
def test_what_cannot_be_checked_again_is_one_message(checker, folder, capsys, changes, message):
    (folder / "mine.py").write_text(
        "from gradverify.derivation import D, Derivation, Gradient, Sum, array, chain_rule, cotangent, index, size\n"
        'm = size("m")\n'
        'i, k = index("i k", m)\n'
        'x, y = array("x", m), array("y", m)\n'
        "line = Sum(cotangent(y)[k] * D(y[k], x[i]), k)\n"
        'own = Derivation("own", "the same", (x,), {y[k]: x[k]}, (Gradient(x[i], chain_rule(line, "So it is.")),))\n'
    )
    write(folder, **changes)
    assert main(["replay", "report.json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"gradverify: report.json: {message}")
    assert err.count("\n") == 1
    assert checker.asked == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "report.json: cannot be read: No such file or directory"),
        (b"\xff\xfe", "report.json: it is not JSON: its bytes are not UTF-8"),
        (b"nonsense", "report.json: it is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b'{"schema": 1, "reports": []}', "report.json: it has schema 1, which does not say what was asked for"),
        (b'{"schema": 2, "reports": []}', "report.json: it holds no report"),
    ],
)
def test_what_is_no_report_is_one_message(checker, folder, capsys, content, message):
    if content is not None:
        (folder / "report.json").write_bytes(content)
    assert main(["replay", "report.json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"gradverify: {message}")
    assert err.count("\n") == 1


def test_a_real_check_replays_to_the_same_verdict(folder, capsys):
    assert main(["check", "ops.py:Twice", "--shape", "n", "--seed", "5", "--quiet", "--json-file", "report.json"]) == 1
    first = json.loads((folder / "report.json").read_text())["reports"][0]
    assert main(["replay", "report.json", "--json"]) == 1
    out, err = capsys.readouterr()
    again = json.loads(out[out.index("{\n") :])["reports"][0]
    assert again["request"] == first["request"]
    assert [each["findings"] for each in again["evidence"]] == [each["findings"] for each in first["evidence"]]
    assert [each["digest"] for each in again["evidence"]] == [each["digest"] for each in first["evidence"]]
    assert "the same verdict: then REFUTED, now REFUTED" in err
