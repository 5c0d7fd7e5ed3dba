"""The command line as a whole: help without libraries, usage errors, `list`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

import gradverify
from gradverify.cli import main
from gradverify.cli.output import progress

HEAVY = ("numpy", "sympy", "hypothesis", "rich", "flint", "matplotlib", "asyncio")


def run(*arguments: str, python: tuple[str, ...] = ("-m", "gradverify"), **environment: str):
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return subprocess.run(
        [sys.executable, *python, *arguments], capture_output=True, env=clean | environment, timeout=60, check=False
    )


def test_list(capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "family", "steps", "title"]
    (row,) = [line for line in lines if line.split()[0] == "normalize"]
    assert row.split()[1:4] == ["normalize", "9", "divide"]


def test_list_as_json(capsys):
    assert main(["list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == 1
    (entry,) = [entry for entry in document["derivations"] if entry["name"] == "normalize"]
    assert entry == {
        "name": "normalize",
        "title": "divide every row of a matrix by its sum",
        "family": "normalize",
        "inputs": ["x"],
        "steps": 9,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chek", "normalize"], "gradverify: no command is called 'chek': did you mean check?\n"),
        (["lst"], "gradverify: no command is called 'lst': did you mean list?\n"),
        (
            ["frobnicate"],
            "gradverify: no command is called 'frobnicate': the commands are check, derive, list, replay\n",
        ),
        (
            ["ops.py:Twice"],
            "gradverify: no command is called 'ops.py:Twice': did you mean `gradverify check ops.py:Twice`?\n",
        ),
        (
            [],
            "gradverify: no command given: the commands are check, derive, list, replay; "
            "`gradverify --help` says what they do\n",
        ),
        (["--frob"], "gradverify: unrecognized arguments: --frob; `gradverify --help` shows what there is\n"),
    ],
)
def test_wrong_usage_is_one_line_on_stderr(capsys, arguments, message):
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", message)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["check", "--help"], ["derive", "--help"], ["list", "-h"], ["replay", "-h"]]
)
def test_help_is_printed_and_is_no_error(capsys, arguments):
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert out.startswith("usage: gradverify")
    assert err == ""
    assert max(map(len, out.splitlines())) <= 80


def test_the_exit_codes_are_documented_in_the_help(capsys):
    main(["--help"])
    out = capsys.readouterr().out
    for promise in ("1 REFUTED", "2 usage or load error", "3 UNDECIDED"):
        assert promise in out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"gradverify {gradverify.__version__}\n"


def test_help_loads_no_library():
    code = (
        "import sys\nfrom gradverify.cli import main\nassert main(['--help']) == 0\n"
        f"print(sorted(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    )
    done = run(python=("-c", code))
    assert done.stderr.decode().strip() == "[]"


def test_a_pipe_gets_no_colour_and_eighty_columns():
    done = run("derive", "normalize", PYTHONIOENCODING="utf-8", FORCE_COLOR="1")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    source = next(place for place, line in enumerate(lines) if line.strip() == "in NumPy")
    assert 60 < max(len(line) for line in lines[:source]) <= 80 + 4  # macrons are characters without a column


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}]
)
def test_no_locale_breaks_the_output(environment):
    done = run("derive", "normalize", **environment)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert "Sum_kl y_bar_kl dy_kl/dx_ij" in text or "Σ_kl ȳ_kl ∂y_kl/∂x_ij" in text


@pytest.mark.parametrize("arguments", [["derive", "normalize", "--format", "markdown"], ["list"]])
def test_an_ascii_output_is_ascii(arguments):
    done = run(*arguments, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe that its reader closes")
def test_a_closed_pipe_ends_quietly():
    process = subprocess.Popen(
        [sys.executable, "-m", "gradverify", "derive", "normalize"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaints = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert complaints == b""


def test_progress_is_silent_off_a_terminal(capsys):
    with progress("checking"):
        print("inside")
    assert capsys.readouterr() == ("inside\n", "")


def test_progress_shows_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress("checking normalize (1 of 2)"):
        time.sleep(0.2)
    assert "checking normalize (1 of 2)" in capsys.readouterr().err
