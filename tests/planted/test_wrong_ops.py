"""Wrong backwards of the shipped derivations' ops: refuted, and said what they are in the derivation's own terms."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import pytest

from gradverify import Verdict, check
from gradverify.derivation.library import find

FOLDER = Path(__file__).parent / "wrong_ops"


def _table(file: Path) -> list[tuple[str, str, str, str]]:
    """Each row of the file's `WRONG` (derivation, class, what the diagnosis must say), with the file before it."""
    spec = importlib.util.spec_from_file_location(f"wrong_ops_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [(str(file), *row) for row in module.WRONG]


WRONG = [row for file in sorted(FOLDER.glob("*.py")) for row in _table(file)]


@pytest.mark.parametrize(("file", "name", "op", "says"), WRONG, ids=[f"{name}: {op}" for _, name, op, _ in WRONG])
def test_a_wrong_backward_is_refuted_and_named(file: str, name: str, op: str, says: str):
    report = check(replace(find(name), op=f"{file}:{op}"))
    assert report.verdict is Verdict.REFUTED, report.because
    proof, *witnesses = report.evidence
    assert not proof.findings, "the derivation is right"
    told = [line for evidence in witnesses for finding in evidence.findings for line in finding.looks_like]
    assert any(re.search(says, line) for line in told), told
