"""A stand-in for the checker, so that the command line is tested by itself."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from gradverify.model import Evidence, Outcome, Report, Strength, Verdict


@dataclass
class FakeChecker:
    """Stands for `gradverify.checker`: remembers what it was asked, answers with the verdicts it was told."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    raises: dict[str, BaseException] = field(default_factory=dict)

    def check(self, target: str, **options: Any) -> Report:
        self.asked.append((target, options))
        if target in self.raises:
            raise self.raises[target]
        evidence = Evidence("proof", Outcome.HOLDS, Strength.ALL_SIZES, "8 steps", seconds=0.01)
        verdict = self.verdicts.get(target, Verdict.PROVED)
        return Report(target, "a title", verdict, "because of this", (evidence,), options["seed"], 0.5, "0.1.0")


@pytest.fixture
def checker(monkeypatch: pytest.MonkeyPatch) -> FakeChecker:
    fake = FakeChecker()
    module = ModuleType("gradverify.checker")
    module.check = fake.check  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gradverify.checker", module)
    return fake


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
