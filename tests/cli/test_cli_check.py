"""`gradverify check`: targets, options, what it prints and its exit code."""

from __future__ import annotations

import json

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
        return 2 * grad
"""


@pytest.fixture
def ops(tmp_path, monkeypatch):
    (tmp_path / "ops.py").write_text(OP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_one_name(checker, capsys):
    assert main(["check", "normalize"]) == 0
    out, err = capsys.readouterr()
    assert out == (
        "normalize: a title\n\n"
        "  witness  tried                                    outcome                 time\n"
        "  proof    8 steps                                  ✓ holds for all sizes  10 ms\n\n"
        "  ✓ PROVED  because of this (0.50 s, seed 0)\n"
    )
    assert err == ""
    assert checker.asked == [("normalize", {"shapes": [], "parameters": [], "seed": 0, "strict": False})]


def test_options_reach_the_check(checker, ops):
    options = ["--shape", "3x4", "--shape", "4", "--param", "axis=1", "--param", "mode=same", "--seed", "7"]
    assert main(["check", "ops.py:Twice", *options[4:]]) == 2  # axis is no keyword of Twice: known before the check
    assert main(["check", "ops.py:Twice", "--shape", "3x4", "--seed", "7"]) == 0
    assert checker.asked == [("ops.py:Twice", {"shapes": ["3x4"], "parameters": [], "seed": 7, "strict": False})]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([Verdict.PROVED, Verdict.AGREES], 0),
        ([Verdict.EXACT, Verdict.UNDECIDED], 3),
        ([Verdict.UNDECIDED, Verdict.REFUTED], 1),
        ([Verdict.REFUTED, Verdict.UNDECIDED], 1),
        ([Verdict.REFUTED, Verdict.PROVED], 1),
    ],
)
def test_the_worst_verdict_is_the_exit_code_and_no_check_is_left_out(checker, capsys, verdicts, code):
    checker.verdicts.update(zip(("division", "normalize"), verdicts, strict=True))
    assert main(["check", "division", "normalize"]) == code
    out = capsys.readouterr().out
    assert [target for target, _ in checker.asked] == ["division", "normalize"]
    assert all(verdict.name in out for verdict in verdicts)
    assert "\n\nnormalize: a title\n" in out


def test_all(checker, capsys):
    assert main(["check", "--all", "--quiet"]) == 0
    names = [target for target, _ in checker.asked]
    assert {"division", "elementwise", "matmul", "linear", "broadcast", "normalize"} <= set(names)
    assert len(capsys.readouterr().out.splitlines()) == len(names)


def test_quiet_is_one_line_for_each(checker, capsys):
    checker.verdicts["division"] = Verdict.REFUTED
    assert main(["check", "division", "normalize", "--quiet"]) == 1
    assert capsys.readouterr().out == (
        "✗ REFUTED   division: because of this (0.50 s)\n✓ PROVED    normalize: because of this (0.50 s)\n"
    )


def test_a_name_given_twice_is_checked_once(checker):
    assert main(["check", "normalize", "normalize"]) == 0
    assert len(checker.asked) == 1


def test_json(checker, capsys):
    checker.verdicts["division"] = Verdict.REFUTED
    assert main(["check", "division", "normalize", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == 2
    assert document["exit_code"] == 1
    assert [(report["name"], report["verdict"]) for report in document["reports"]] == [
        ("division", "REFUTED"),
        ("normalize", "PROVED"),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["normalise"], "gradverify: no op is called 'normalise': did you mean normalize?"),
        (["normalize", "nrmalize"], "gradverify: no op is called 'nrmalize': did you mean normalize?"),
        (["normalize", "ops.py:Thrice"], "gradverify: ops.py: there is no Thrice; did you mean Twice?"),
        (["opps.py:Twice"], "gradverify: opps.py: no such file; did you mean ops.py?"),
        (["ops.py"], "gradverify: ops.py: expected FILE.py:CLASS or MODULE:CLASS, such as ops.py:Normalize"),
        ([], "gradverify: nothing to check: name an op, FILE.py:CLASS, or --all; `gradverify list` shows the ops"),
        (["--all", "normalize"], "gradverify: --all checks every op of the list: leave out normalize"),
        (
            ["ops.py:Twice", "--shape", "3by4"],
            "gradverify: --shape 3by4: expected sides joined by x, such as 3x4 or mxn",
        ),
        (
            ["ops.py:Twice", "--param", "axis"],
            "gradverify: --param axis: expected NAME=VALUE, such as axis=1 or mode=same",
        ),
        (
            ["division", "normalize", "--shape", "3x4"],
            "gradverify: --shape and --param belong to one op: check one at a time with them",
        ),
        (
            ["normalize", "--seed", "one"],
            "gradverify: argument --seed: a seed is a whole number from 0 on, got 'one'; "
            "`gradverify check --help` shows what there is",
        ),
        (
            ["normalize", "--seed=-1"],
            "gradverify: argument --seed: a seed is a whole number from 0 on, got '-1'; "
            "`gradverify check --help` shows what there is",
        ),
        (
            ["normalize", "--json", "--quiet"],
            "gradverify: argument --quiet: not allowed with argument --json; "
            "`gradverify check --help` shows what there is",
        ),
        (["normalize", "--sed", "1"], "gradverify: unrecognized arguments: --sed"),
    ],
)
def test_wrong_usage_is_one_message_before_any_check(checker, ops, capsys, arguments, message):
    assert main(["check", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(message)
    assert err.count("\n") == 1
    assert checker.asked == []


def test_an_error_in_a_later_check_leaves_the_earlier_reports(checker, capsys):
    checker.raises["normalize"] = DerivationError("normalize.py:12: a step has no expression")
    assert main(["check", "division", "normalize"]) == 2
    out, err = capsys.readouterr()
    assert "✓ PROVED" in out
    assert err == "gradverify: normalize.py:12: a step has no expression\n"


def test_ctrl_c_ends_quietly(checker, capsys):
    checker.raises["normalize"] = KeyboardInterrupt()
    assert main(["check", "normalize"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_mistake_of_ours_is_not_hidden(checker):
    checker.raises["normalize"] = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        main(["check", "normalize"])


def test_strict_reaches_the_check(checker):
    assert main(["check", "normalize", "--strict"]) == 0
    assert checker.asked == [("normalize", {"shapes": [], "parameters": [], "seed": 0, "strict": True})]
