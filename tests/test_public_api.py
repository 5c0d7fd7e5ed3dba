"""The public names, and that having them loads nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gradverify


def test_importing_the_package_loads_no_library():
    code = (
        "import sys, gradverify\n"
        "print(sorted({'numpy', 'sympy', 'hypothesis', 'rich', 'flint'} & sys.modules.keys()), gradverify.__version__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == f"[] {gradverify.__version__}\n"


def test_every_public_name_can_be_had():
    for name in gradverify.__all__:
        assert getattr(gradverify, name) is not None, name


def test_the_names_lead_to_the_objects():
    from gradverify.derivation.records import Derivation
    from gradverify.model import Verdict

    assert gradverify.Derivation is Derivation
    assert gradverify.Verdict is Verdict
    assert set(gradverify.__all__) <= set(dir(gradverify))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'gradverify' has no attribute 'chek'"):
        _ = gradverify.chek  # type: ignore[attr-defined]


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(gradverify.__file__).read_text(encoding="utf-8"))
    (guarded,) = [node for node in tree.body if isinstance(node, ast.If)]
    imported = {
        (node.module, alias.name) for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    lazy = {(home, name) for home, names in gradverify._HOMES.items() for name in names}
    assert imported == lazy
    assert {name for _, name in lazy} | {"__version__"} == set(gradverify.__all__)
