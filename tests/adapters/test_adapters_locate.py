"""Targets as they are typed: files, modules, nested classes, and every way to mistype one."""

from __future__ import annotations

import contextlib
import inspect
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradverify.adapters import locate
from gradverify.errors import UsageError

Write = Callable[[str, str], Path]

CLASSES = (
    "Classes with a backward in this module: "
    "Normalize, Sigmoid, ReLU, Expand, MatrixMultiply, Select, Parts, Join, Layer"
)


def complaint(target: str) -> str:
    with pytest.raises(UsageError) as caught:
        locate(target)
    return str(caught.value)


def found(target: str) -> Any:
    return locate(target)


# what can be found


def test_a_class_in_a_file_with_a_helper_beside_it(course: Path) -> None:
    cls = found("hw/ops.py:Normalize")
    assert cls.__name__ == "Normalize"
    assert cls.__mro__[1].__module__ == "core"


def test_a_nested_class(course: Path) -> None:
    assert found("hw/ops.py:Family.Square").__qualname__ == "Family.Square"


def test_an_absolute_path(course: Path) -> None:
    assert found(f"{course / 'hw' / 'ops.py'}:Sigmoid").__name__ == "Sigmoid"


def test_a_module_in_the_current_folder(folder: Path, write: Write) -> None:
    write("my_ops/__init__.py", "")
    write("my_ops/activations.py", "class Relu:\n    pass\n")
    assert found("my_ops.activations:Relu").__module__ == "my_ops.activations"


def test_a_module_on_the_path() -> None:
    assert found("collections:OrderedDict").__name__ == "OrderedDict"


def test_relative_imports_in_a_package(folder: Path, write: Write) -> None:
    write("lib/outer_pkg/__init__.py", "")
    write("lib/outer_pkg/base.py", "class Base:\n    pass\n")
    write("lib/outer_pkg/inner/__init__.py", "")
    write("lib/outer_pkg/inner/ops.py", "from ..base import Base\n\n\nclass Tanh(Base):\n    pass\n")
    cls = found("lib/outer_pkg/inner/ops.py:Tanh")
    assert cls.__module__ == "outer_pkg.inner.ops"
    assert cls.__mro__[1].__module__ == "outer_pkg.base"


def test_a_class_in_the_init_file_of_a_package(folder: Path, write: Write) -> None:
    write("init_pkg/base.py", "class Base:\n    pass\n")
    write("init_pkg/__init__.py", "from .base import Base\n\n\nclass Neg(Base):\n    pass\n")
    assert found("init_pkg/__init__.py:Neg").__module__ == "init_pkg"


def test_pickle_and_inspect_find_the_class_again(course: Path) -> None:
    cls = found("hw/ops.py:Normalize")
    assert pickle.loads(pickle.dumps(cls)) is cls
    assert inspect.getsource(cls).startswith("class Normalize(Op):")


def test_the_same_file_is_run_once_and_again_after_an_edit(folder: Path, write: Write) -> None:
    write("ops.py", "class Neg:\n    factor = 1\n")
    first = found("ops.py:Neg")
    assert found("ops.py:Neg") is first
    write("ops.py", "class Neg:\n    factor = -1\n")
    assert (first.factor, found("ops.py:Neg").factor) == (1, -1)


def test_files_and_helpers_of_the_same_name_in_two_folders(folder: Path, write: Write) -> None:
    for name in ("anna", "boris"):
        write(f"{name}/helper.py", f"OWNER = {name!r}\n")
        write(f"{name}/tools/__init__.py", "")
        write(f"{name}/tools/names.py", f"OWNER = {name!r}\n")
        write(
            f"{name}/ops.py",
            "import helper\nfrom tools import names\n\n\nclass Op:\n    owners = helper.OWNER, names.OWNER\n",
        )
    anna, boris = found("anna/ops.py:Op"), found("boris/ops.py:Op")
    assert anna.owners == ("anna", "anna")
    assert boris.owners == ("boris", "boris")
    assert anna.__module__ != boris.__module__


def test_packages_of_the_same_name_in_two_folders(folder: Path, write: Write) -> None:
    for name in ("anna", "boris"):
        write(f"{name}/homework_pkg/__init__.py", "")
        write(f"{name}/homework_pkg/ops.py", f"class Op:\n    owner = {name!r}\n")
    assert found("anna/homework_pkg/ops.py:Op").owner == "anna"
    assert found("boris/homework_pkg/ops.py:Op").owner == "boris"


def test_a_module_that_others_imported_is_theirs_again_afterwards(
    folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("host/shared_name.py", "OWNER = 'host'\n")
    monkeypatch.syspath_prepend(folder / "host")
    import shared_name

    write("hw/shared_name.py", "OWNER = 'student'\n")
    write("hw/ops.py", "from shared_name import OWNER\n\n\nclass Op:\n    owner = OWNER\n")
    assert found("hw/ops.py:Op").owner == "student"
    assert sys.modules["shared_name"] is shared_name


# what it leaves behind


@pytest.mark.parametrize("target", ["hw/ops.py:Normalize", "hw/ops.py:Missing", "hw/broken.py:Op", "no_such_module:Op"])
def test_the_path_and_the_bytecode_switch_are_restored(course: Path, write: Write, target: str) -> None:
    write("hw/broken.py", "import sys\nsys.path.insert(0, 'elsewhere')\n1 / 0\n")
    before = sys.path[:], sys.dont_write_bytecode
    with contextlib.suppress(UsageError):
        locate(target)
    assert (sys.path, sys.dont_write_bytecode) == before


def test_no_bytecode_is_written(course: Path) -> None:
    found("hw/ops.py:Normalize")
    assert sorted(p.name for p in course.rglob("*")) == ["core.py", "hw", "ops.py"]


def test_a_file_that_failed_leaves_no_module(folder: Path, write: Write) -> None:
    write("broken.py", "1 / 0\n")
    before = set(sys.modules)
    complaint("broken.py:Op")
    assert set(sys.modules) == before


def test_prints_of_the_file_are_kept(folder: Path, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("ops.py", "print('loading')\n\n\nclass Op:\n    pass\n")
    found("ops.py:Op")
    assert capsys.readouterr().out == "loading\n"


# mistakes


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("hw/ops.py", "hw/ops.py: expected FILE.py:CLASS or MODULE:CLASS, such as hw/ops.py:Normalize"),
        ("hw/ops.py:", "hw/ops.py:: expected FILE.py:CLASS or MODULE:CLASS, such as hw/ops.py:Normalize"),
        (":Normalize", ":Normalize: expected FILE.py:CLASS or MODULE:CLASS, such as ops.py:Normalize"),
        ("", "'': expected FILE.py:CLASS or MODULE:CLASS, such as ops.py:Normalize"),
        ("hw/ops.py:3", "hw/ops.py:3: '3' is not a class name; expected FILE.py:CLASS or MODULE:CLASS"),
        ("a..b:Op", "a..b:Op: 'a..b' is neither a file nor a module; expected FILE.py:CLASS or MODULE:CLASS"),
        ("my-ops:Op", "my-ops:Op: 'my-ops' is neither a file nor a module; expected FILE.py:CLASS or MODULE:CLASS"),
        ("bar:Op", "bar: no such module in the current folder or on Python's path; did you mean bare?"),
        ("hw/opps.py:Normalize", "hw/opps.py: no such file; did you mean hw/ops.py?"),
        ("hww/ops.py:Normalize", "hww/ops.py: no such file; did you mean hw/ops.py?"),
        ("hw/ops:Normalize", "hw/ops: no such file; did you mean hw/ops.py?"),
        ("hw/zebra.py:Normalize", "hw/zebra.py: no such file"),
        ("lib/x/zebra.py:Op", "lib/x/zebra.py: no such file; there is no folder lib"),
        ("hw/:Op", "hw/: this is a folder; name a Python file in it, such as hw/ops.py:CLASS"),
        ("hw:Op", "hw: this is a folder; name a Python file in it, such as hw/ops.py:CLASS"),
        ("notes.txt:Op", "notes.txt: not a Python file; its name must end in .py"),
        (
            "hw/ops.py:Normalise",
            f"hw/ops.py: there is no Normalise; did you mean Normalize? {CLASSES}",
        ),
        ("hw/ops.py:Zebra", f"hw/ops.py: there is no Zebra. {CLASSES}"),
        (
            "hw/ops.py:Family.Sqare",
            f"hw/ops.py: there is no Sqare in Family; did you mean Square? {CLASSES}",
        ),
        ("bare.py:Op", "bare.py: there is no Op. Classes with a backward in this module: none"),
        (
            "good_pkg.opps:Op",
            "good_pkg.opps: no such module in the current folder or on Python's path; did you mean good_pkg.ops?",
        ),
        ("zebra_zoo.ops:Op", "zebra_zoo.ops: no such module in the current folder or on Python's path"),
    ],
)
def test_a_wrong_target_is_told_in_one_sentence(course: Path, write: Write, target: str, text: str) -> None:
    write("notes.txt", "no Python\n")
    write("bare.py", "import math\n")
    write("good_pkg/__init__.py", "")
    write("good_pkg/ops.py", "")
    assert complaint(target) == text


def test_a_syntax_error_is_told_with_its_line(folder: Path, write: Write) -> None:
    write("hw/ops.py", "import math\n\nclass Op\n    pass\n")
    assert complaint("hw/ops.py:Op") == "hw/ops.py:3: SyntaxError: expected ':', in \"class Op\""


def test_a_syntax_error_in_a_helper_names_the_helper(folder: Path, write: Write) -> None:
    write("hw/helper.py", "class Op\n")
    write("hw/ops.py", "import helper\n")
    assert complaint("hw/ops.py:Op") == "hw/helper.py:1: SyntaxError: expected ':', in \"class Op\""


def test_a_file_that_is_no_text_is_told(folder: Path) -> None:
    (folder / "ops.py").write_bytes(b"x = '\xff'\n")
    assert complaint("ops.py:Op").startswith(
        "ops.py:1: SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xff"
    )


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("x = 1\n1 / 0\n", "hw/ops.py: importing it raised ZeroDivisionError: division by zero (hw/ops.py:2)"),
        ("import sys\nsys.exit(2)\n", "hw/ops.py: importing it raised SystemExit: 2 (hw/ops.py:2)"),
        ("def f():\n    raise ValueError\n\nf()\n", "hw/ops.py: importing it raised ValueError (hw/ops.py:2)"),
        (
            "import json\njson.loads('{')\n",
            "hw/ops.py: importing it raised JSONDecodeError: Expecting property name enclosed in double quotes: "
            "line 1 column 2 (char 1) (hw/ops.py:2)",
        ),
        (
            "\nimport failing\n",
            "hw/ops.py: importing it raised KeyError: 'lost' (hw/ops.py:2, from hw/failing.py:1)",
        ),
        (
            "import no_such_library\n",
            "hw/ops.py: importing it raised ModuleNotFoundError: No module named 'no_such_library' (hw/ops.py:1); "
            "install it, or put its folder on PYTHONPATH",
        ),
        (
            "from .core import Op\n",
            "hw/ops.py: importing it raised ImportError: attempted relative import with no known parent package "
            "(hw/ops.py:1); name it as a module from the folder above, such as hw.ops:CLASS",
        ),
        (
            "exec('1 +')\n",
            "hw/ops.py: importing it raised SyntaxError: invalid syntax (<string>, line 1) (hw/ops.py:1)",
        ),
    ],
)
def test_what_the_file_raises_is_told_with_the_users_line(folder: Path, write: Write, code: str, text: str) -> None:
    write("hw/failing.py", "{}['lost']\n")
    write("hw/ops.py", "placeholder\n").write_text(code, encoding="utf-8")
    assert complaint("hw/ops.py:Op") == text


def test_a_module_that_raises_is_told_with_its_line(folder: Path, write: Write) -> None:
    write("raising_pkg/__init__.py", "")
    write("raising_pkg/ops.py", "import math\nmath.sqrt(-1)\n")
    text = "raising_pkg.ops: importing it raised ValueError: math domain error (raising_pkg/ops.py:2)"
    assert complaint("raising_pkg.ops:Op") == text


def test_a_package_that_python_has_from_elsewhere_is_refused(folder: Path, write: Write) -> None:
    import numpy as np

    write("numpy/__init__.py", "")
    write("numpy/linalg.py", "")
    text = complaint("numpy/linalg.py:Op")
    assert text.startswith("numpy/linalg.py: Python already has another module numpy.linalg, from ")
    assert text.endswith("; rename the package")
    assert sys.modules["numpy"] is np
