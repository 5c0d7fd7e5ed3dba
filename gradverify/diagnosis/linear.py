"""Exact linear equations over a field: Gaussian elimination with as many rows as unknowns are taken from all there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradverify.diagnosis.elements import is_zero


def solve(columns: Sequence[Sequence[Any]], target: Sequence[Any]) -> list[Any] | None:
    """The c with Σ c_r·column_r = target in enough rows to fix them; None where the columns are dependent.

    Whether the other rows hold is for the caller to see.
    """
    rows: list[tuple[int, list[Any]]] = []  # each with its pivot, reduced by those before it
    count = len(columns)
    for k in range(len(target)):
        row = [*(column[k] for column in columns), target[k]]
        for pivot, other in rows:
            factor = row[pivot]
            row = [a - factor * b for a, b in zip(row, other, strict=True)]
        found = next((j for j in range(count) if not _may_vanish(row[j])), None)
        if found is None:
            continue
        scale = row[found]
        rows.append((found, [value / scale for value in row]))
        if len(rows) == count:
            return _back(rows, count)
    return None


def _may_vanish(value: Any) -> bool:
    return bool(value.contains(0)) if hasattr(value, "contains") else is_zero(value)


def _back(rows: list[tuple[int, list[Any]]], count: int) -> list[Any]:
    values: dict[int, Any] = {}
    for pivot, row in reversed(rows):
        value = row[count]
        for j, known in values.items():
            value = value - row[j] * known
        values[pivot] = value
    return [values[j] for j in range(count)]
