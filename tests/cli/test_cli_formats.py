"""All report formats by their options, together and on stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from gradverify.cli import main
from gradverify.errors import DerivationError
from gradverify.model import Verdict

OP = """\
class Twice:
    @staticmethod
    def forward(context, x):
        return 2 * x

    @staticmethod
    def backward(context, grad):
        return 3 * grad
"""

FORMS = ("json-file", "junit", "markdown", "sarif", "html")


@pytest.fixture
def ops(tmp_path, monkeypatch):
    (tmp_path / "ops.py").write_text(OP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_forms_at_once_beside_the_text(checker, ops, capsys):
    checker.verdicts["division"] = Verdict.REFUTED
    options = [word for form in FORMS for word in (f"--{form}", f"out.{form}")]
    assert main(["check", "division", "normalize", "--quiet", *options]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert sorted(each.name for each in ops.iterdir()) == sorted([*(f"out.{form}" for form in FORMS), "ops.py"])
    assert json.loads((ops / "out.json-file").read_text())["exit_code"] == 1
    assert ET.parse(ops / "out.junit").getroot().attrib["tests"] == "2"
    assert "| division | **✗ REFUTED** |" in (ops / "out.markdown").read_text()
    assert json.loads((ops / "out.sarif").read_text())["version"] == "2.1.0"
    assert "<h3>Derivation</h3>" in (ops / "out.html").read_text()


@pytest.mark.parametrize("form", FORMS)
def test_a_dash_is_stdout_and_takes_it_alone(checker, ops, capsys, form):
    assert main(["check", "normalize", f"--{form}", "-"]) == 0
    out = capsys.readouterr().out
    assert "witness  tried" not in out
    assert main(["check", "normalize", f"--{form}", "file"]) == 0
    assert "witness  tried" in capsys.readouterr().out
    assert (ops / "file").read_text() == out


def test_json_is_the_same_on_stdout_and_in_a_file(checker, ops, capsys):
    assert main(["check", "normalize", "--json", "--json-file", "out.json"]) == 0
    assert (ops / "out.json").read_text() == capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--json", "--html", "-"], "--json and --html both write to stdout: give each a file of its own"),
        (["--junit", "-", "--html", "-"], "--junit and --html both write to stdout: give each a file of its own"),
        (["--junit", "a", "--html", "./a"], "--junit and --html both write to ./a: give each a file of its own"),
        (["--quiet", "--sarif", "-"], "--quiet prints to stdout, where a report is to be written: leave it out"),
        (["--html", "gone/a.html"], "--html gone/a.html: cannot be written: there is no folder "),
        (["--html", "."], "--html .: cannot be written: it is a folder"),
        (["--html", ""], "--html: an empty path; give a file, or - for stdout"),
    ],
)
def test_wrong_usage_is_found_before_any_check(checker, ops, capsys, arguments, message):
    assert main(["check", "normalize", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"gradverify: {message}")
    assert err.count("\n") == 1
    assert checker.asked == []


def test_an_error_in_a_later_check_writes_no_file(checker, ops):
    checker.raises["normalize"] = DerivationError("normalize.py:12: a step has no expression")
    assert main(["check", "division", "normalize", "--junit", "out.xml"]) == 2
    assert not (ops / "out.xml").exists()


def test_a_real_refutation_in_every_form(ops, capsys):
    options = [word for form in FORMS for word in (f"--{form}", f"out.{form}")]
    assert main(["check", "ops.py:Twice", "--shape", "n", *options]) == 1
    assert "ratio     got is 3/2 times what is expected" in capsys.readouterr().out
    (report,) = json.loads((ops / "out.json-file").read_text())["reports"]
    assert report["request"]["target"] == "ops.py:Twice"
    assert report["location"] == "ops.py:1"
    (result,) = json.loads((ops / "out.sarif").read_text())["runs"][0]["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "ops.py"
    assert physical["region"] == {"startLine": 1}
    page = (ops / "out.html").read_text()
    assert "backward is off by" in page
    assert "gradverify check ops.py:Twice --shape n --seed 0" in page
    assert "got is 3/2 times what is expected" in (ops / "out.markdown").read_text()
    assert "got is 3/2 times what is expected" in (ops / "out.junit").read_text()


def test_a_file_of_derivations_is_remembered_by_its_name(ops, capsys):
    (ops / "mine.py").write_text(
        "from gradverify.derivation import D, Derivation, Gradient, Sum, array, chain_rule, cotangent, index, size\n"
        'm = size("m")\n'
        'i, k = index("i k", m)\n'
        'x, y = array("x", m), array("y", m)\n'
        "line = Sum(cotangent(y)[k] * D(y[k], x[i]), k)\n"
        'own = Derivation("own", "the same", (x,), {y[k]: x[k]}, (Gradient(x[i], chain_rule(line, "So it is.")),))\n'
    )
    code = main(["check", "mine.py", "--json-file", "out.json", "--html", "out.html", "--quiet"])
    (report,) = json.loads((ops / "out.json").read_text())["reports"]
    assert report["exit_code"] == code
    assert report["request"]["target"] == "mine.py"
    assert "So it is." in (ops / "out.html").read_text()
    capsys.readouterr()
    assert main(["replay", "out.json", "--quiet"]) == code
    assert "own" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe that its reader closes")
@pytest.mark.parametrize("form", ["--json", "--html=-"])
def test_a_closed_pipe_ends_quietly(ops, form):
    process = subprocess.Popen(
        [sys.executable, "-m", "gradverify", "check", "ops.py:Twice", "--shape", "2", form],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaints = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert complaints == b""


def test_a_document_on_stdout_is_utf_8_whatever_the_locale_is(ops):
    done = subprocess.run(
        [sys.executable, "-m", "gradverify", "check", "ops.py:Twice", "--shape", "2", "--junit", "-"],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert ET.fromstring(done.stdout).attrib["failures"] == "3"
    assert "✗".encode() in done.stdout
