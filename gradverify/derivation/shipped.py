"""Where gradverify's own derivations are: beside the package in a checkout, inside it once installed from a wheel."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """The folder of the shipped derivation files."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_derivations"
    return inside if inside.is_dir() else package.parent / "derivations"
