"""Where derivations are found, in which order, and what is said of files that are none."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from gradverify.derivation import library as module
from gradverify.derivation.library import find, folders, library, read
from gradverify.derivation.shipped import folder
from gradverify.errors import DerivationError, UsageError

FAMILIES = {
    "affine": ["affine"],
    "arithmetic": ["add", "sub", "multiply", "identity"],
    "attention": ["attention", "causal_attention"],
    "batchnorm": ["batchnorm"],
    "broadcast": ["broadcast", "expand", "broadcasting"],
    "conv2d": ["conv2d"],
    "cumsum": ["cumsum"],
    "division": ["division"],
    "elementwise": [
        "elementwise",
        "elementwise_rank3",
        "sigmoid",
        "relu",
        "tanh",
        "exp",
        "log",
        "square",
        "sqrt",
        "softplus",
    ],
    "gelu": ["gelu"],
    "layernorm": ["layernorm"],
    "linear_algebra": ["inverse", "solve", "logdet"],
    "matmul": ["matmul", "linear"],
    "maxpool": ["maxpool"],
    "normalize": ["normalize"],
    "permute_axes": ["permute_axes"],
    "power": ["power"],
    "prod": ["prod"],
    "rearrange": ["transpose", "permute", "reshape", "strided_slice", "unsqueeze", "squeeze", "concatenate"],
    "reductions": ["row_sum", "row_max"],
    "rmsnorm": ["rmsnorm"],
    "selection": ["select", "embedding"],
    "softmax": ["softmax", "log_softmax", "cross_entropy"],
    "statistics": ["mean", "variance", "logsumexp"],
    "stretched": ["sub_column", "add_row", "negate"],
    "sum": ["sum"],
}

DERIVATION = """
from gradverify.derivation import Derivation, Gradient, algebra, array, cotangent, index, size

m = size("m")
i, k = index("i k", m)
x, y = array("x", m), array("y", m)
{name} = Derivation(
    name="{name}",
    title="twice {name}",
    inputs=(x,),
    forward={{y[k]: 2 * x[k]}},
    gradients=(Gradient(x[i], algebra(2 * cotangent(y)[i], "The slope is 2.")),),
)
"""


@pytest.fixture
def write(tmp_path):
    def write_file(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def installed(monkeypatch):
    """A function that makes these the entry points of the group; the library is read anew before and after."""

    def install(*points):
        def entry_points(*, group):
            assert group == "gradverify.derivations"
            return points

        monkeypatch.setattr(module, "entry_points", entry_points)
        library.cache_clear()

    yield install
    library.cache_clear()


def point(name, value):
    return EntryPoint(name, value, "gradverify.derivations")


def offer(monkeypatch, name, **attributes):
    """Put a module that an entry point can load under this name."""
    made = ModuleType(name)
    for key, value in attributes.items():
        setattr(made, key, value)
    monkeypatch.setitem(sys.modules, name, made)


SHIPPED = point("gradverify", "gradverify.derivation.shipped:folder")


# --- what ships -----------------------------------------------------------------------------------------------------


def test_every_family_of_the_issue_ships():
    shipped = folder()
    assert shipped.name in ("derivations", "_derivations")
    assert sorted(file.stem for file in shipped.glob("*.py")) == sorted(FAMILIES)
    for family, names in FAMILIES.items():
        assert [derivation.name for derivation in read(shipped / f"{family}.py")] == names


def test_the_library_has_them_in_the_order_of_the_files(installed):
    installed(SHIPPED)
    assert list(library()) == [name for names in FAMILIES.values() for name in names]


def test_a_checkout_and_a_wheel_keep_them_in_different_places(monkeypatch, tmp_path):
    package = tmp_path / "site" / "gradverify"
    (package / "derivation").mkdir(parents=True)
    monkeypatch.setattr("gradverify.derivation.shipped.__file__", str(package / "derivation" / "shipped.py"))
    assert folder() == tmp_path / "site" / "derivations"
    (package / "_derivations").mkdir()
    assert folder() == package / "_derivations"


def test_a_derivation_is_found_by_its_name():
    assert find("normalize") is library()["normalize"]
    assert find("tanh").title == "the hyperbolic tangent of every entry"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sigmiod", "no op is called 'sigmiod': did you mean sigmoid?"),
        ("broadcastin", "no op is called 'broadcastin': did you mean broadcasting, broadcast?"),
        ("zzz", "no op is called 'zzz': `gradverify list` shows the names there are."),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name, message):
    with pytest.raises(UsageError) as caught:
        find(name)
    assert str(caught.value) == message


# --- other people's libraries ---------------------------------------------------------------------------------------


def test_a_package_of_derivations_comes_in_by_the_same_door(installed, monkeypatch, write, tmp_path):
    write("theirs/twice.py", DERIVATION.format(name="theirs"))
    write("theirs/_private.py", "raise RuntimeError('not a derivation file')")
    write("theirs/notes.txt", "nothing")
    offer(monkeypatch, "theirs_package", __path__=[str(tmp_path / "theirs")])
    installed(point("theirs", "theirs_package"), SHIPPED)
    assert list(library())[-1] == "theirs"
    assert find("theirs").title == "twice theirs"
    assert folders() == (folder(), tmp_path / "theirs")


def test_a_function_may_name_the_folder(installed, monkeypatch, write, tmp_path):
    write("more/twice.py", DERIVATION.format(name="more"))
    offer(monkeypatch, "more_package", where=lambda: str(tmp_path / "more"))
    installed(SHIPPED, point("more", "more_package:where"), point("again", "more_package:where"))
    assert folders() == (folder(), tmp_path / "more")
    assert find("more").name == "more"


def test_a_name_given_twice_is_refused(installed, monkeypatch, write, tmp_path):
    file = write("theirs/other.py", DERIVATION.format(name="normalize"))
    offer(monkeypatch, "clash_package", where=lambda: tmp_path / "theirs")
    installed(SHIPPED, point("theirs", "clash_package:where"))
    with pytest.raises(DerivationError) as caught:
        library()
    taken = folder() / "normalize.py"
    assert str(caught.value) == f"{file}: the name 'normalize' is taken by {taken}: choose another"


@pytest.mark.parametrize("value", ["no_such_module_anywhere", "gradverify.derivation.shipped:nothing", "math:pi"])
def test_a_library_that_cannot_be_loaded_is_named(installed, value):
    installed(SHIPPED, point("broken", value))
    with pytest.raises(DerivationError, match=f"the derivation library broken \\({value}\\) cannot be loaded: "):
        folders()


def test_a_folder_that_is_not_there_is_named(installed, monkeypatch, tmp_path):
    offer(monkeypatch, "gone_package", where=lambda: tmp_path / "gone")
    installed(point("gone", "gone_package:where"))
    with pytest.raises(DerivationError, match=r"the derivation library gone \(gone_package:where\) cannot be loaded: "):
        library()


# --- files ----------------------------------------------------------------------------------------------------------


def test_all_derivations_of_a_file_in_their_order(write):
    file = write("two.py", DERIVATION.format(name="b") + DERIVATION.format(name="a"))
    assert [derivation.name for derivation in read(file)] == ["b", "a"]


def test_one_derivation_under_two_names_is_one(write):
    file = write("one.py", DERIVATION.format(name="a") + "\nalias = a\n")
    assert [derivation.name for derivation in read(file)] == ["a"]


def test_a_missing_file_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError) as caught:
        list(read(tmp_path / "nothing.py"))
    assert str(caught.value) == f"no derivation file at {tmp_path / 'nothing.py'}"


def test_a_file_that_is_not_python_is_a_usage_error(write):
    file = write("notes.txt", "x")
    with pytest.raises(UsageError) as caught:
        list(read(file))
    assert str(caught.value) == f"{file} is not a Python file"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = 1\ny = (\n", 2, "SyntaxError: '(' was never closed"),
        ("import math\n\nmath.nothing\n", 3, "AttributeError: module 'math' has no attribute 'nothing'"),
        ("def f():\n    raise KeyError('deep')\n\nf()\n", 2, "KeyError: 'deep'"),
        ("import no_such_module\n", 1, "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(3)\n", 1, "SystemExit: 3"),
        (
            "from gradverify.derivation import array, size\n\nx = array('x', size('m'))\nx.nothing\n",
            4,
            "AttributeError: ",
        ),
    ],
)
@pytest.mark.parametrize("relative", [False, True])
def test_what_a_file_raises_is_told_with_its_line(write, monkeypatch, text, line, message, relative):
    file = write("mine.py", text)
    if relative:
        monkeypatch.chdir(file.parent)
        file = Path("mine.py")
    before = set(sys.modules)
    with pytest.raises(DerivationError) as caught:
        list(read(file))
    where, _, what = str(caught.value).partition(": ")
    assert Path(where.rpartition(":")[0]).resolve() == file.resolve()
    assert where.rpartition(":")[2] == str(line)
    assert what.startswith(message)
    assert not [name for name in set(sys.modules) - before if name.startswith("gradverify_derivation")]
