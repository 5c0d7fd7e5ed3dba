"""What a stranger gets: the built wheel, installed elsewhere, runs command 1 of the README on its own derivations."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(file.name for file in (ROOT / "derivations").glob("*.py"))
NAMES = [
    "affine",
    "add",
    "sub",
    "multiply",
    "identity",
    "attention",
    "causal_attention",
    "batchnorm",
    "broadcast",
    "expand",
    "broadcasting",
    "conv2d",
    "cumsum",
    "division",
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
    "gelu",
    "layernorm",
    "inverse",
    "solve",
    "logdet",
    "matmul",
    "linear",
    "maxpool",
    "normalize",
    "permute_axes",
    "power",
    "prod",
    "transpose",
    "permute",
    "reshape",
    "strided_slice",
    "unsqueeze",
    "squeeze",
    "concatenate",
    "row_sum",
    "row_max",
    "rmsnorm",
    "select",
    "embedding",
    "softmax",
    "log_softmax",
    "cross_entropy",
    "mean",
    "variance",
    "logsumexp",
    "sub_column",
    "add_row",
    "negate",
    "sum",
]

needs_backend = pytest.mark.skipif(
    find_spec("hatchling") is None or find_spec("pip") is None,
    reason="the build backend cannot be had: hatchling and pip must be installed (pip install '.[test]')",
)


def run(*command, **options):
    """Run a command; its output, and a failure that shows everything."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)
    assert done.returncode == 0, f"{command} exits with {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A folder with the installed wheel and nothing else in it."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target", folder, wheel],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def elsewhere(site, tmp_path):
    """How to run a command in an empty folder where only the installed wheel can be found."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
    environment |= {"PYTHONPATH": str(site), "PYTHONIOENCODING": "utf-8"}
    return {"cwd": tmp_path, "env": environment}


@needs_backend
def test_the_wheel_holds_the_package_with_its_derivations_and_claims_no_other_name(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        points = next(name for name in names if name.endswith(".dist-info/entry_points.txt"))
        texts = archive.read(metadata).decode(), archive.read(points).decode()
    assert {name.split("/")[0] for name in names} == {"gradverify", metadata.split("/")[0]}
    assert {"gradverify/report/schema/report-2.json", "gradverify/report/assets/page.css"} <= set(names)
    assert sorted(Path(name).name for name in names if "/_derivations/" in name) == FILES
    assert "gradverify/ops/normalize.py" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    assert "Requires-Python: >=3.11" in texts[0]
    assert "gradverify = gradverify.cli:main" in texts[1]
    assert "[gradverify.derivations]\ngradverify = gradverify.derivation.shipped:folder" in texts[1]


@needs_backend
def test_the_installed_wheel_finds_its_own_derivations(elsewhere, site):
    code = (
        "import gradverify; from gradverify.derivation.library import folders, library; "
        "print(gradverify.__file__); print(*folders(), sep='\\n'); print(library()['normalize'].gradients[0].steps[0].location)"
    )
    package, folder, location = run(sys.executable, "-c", code, **elsewhere).splitlines()
    assert Path(package) == site / "gradverify" / "__init__.py"
    assert Path(folder) == site / "gradverify" / "_derivations"
    assert Path(location.rpartition(":")[0]) == site / "gradverify" / "_derivations" / "normalize.py"


@needs_backend
def test_the_installed_wheel_runs_command_1_of_the_readme(elsewhere, site):
    script = site / ("Scripts/gradverify.exe" if os.name == "nt" else "bin/gradverify")
    shown = run(script, "check", "normalize", **elsewhere)
    assert "normalize" in shown
    assert "PROVED" in shown or "AGREES" in shown
    assert str(ROOT) not in shown
    assert list(elsewhere["cwd"].iterdir()) == []


@needs_backend
def test_the_installed_wheel_lists_every_derivation(elsewhere):
    listed = json.loads(run(sys.executable, "-m", "gradverify", "list", "--json", **elsewhere))
    assert [each["name"] for each in listed["derivations"]] == NAMES


def test_a_checkout_finds_the_derivations_that_stand_beside_the_package():
    code = "from gradverify.derivation.library import folders; print(folders()[0])"
    assert Path(run(sys.executable, "-c", code, cwd=ROOT).strip()) == ROOT / "derivations"


def loaded_by(*arguments):
    """The top-level modules that one call of the command line has loaded at its end."""
    code = (
        "import atexit, sys; sys.argv[0] = 'gradverify'; "
        "atexit.register(lambda: print('|', *sorted({name.partition('.')[0] for name in sys.modules}))); "
        "from gradverify.cli import main; raise SystemExit(main())"
    )
    return set(run(sys.executable, "-c", code, *arguments).rpartition("|")[2].split())


HEAVY = {"numpy", "sympy", "hypothesis", "rich", "flint", "matplotlib", "pytest", "torch", "jax"}


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["list", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments):
    assert not HEAVY & loaded_by(*arguments)


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, gradverify; print(*{name.partition('.')[0] for name in sys.modules})"
    assert not HEAVY & set(run(sys.executable, "-c", code).split())


def test_listing_loads_no_hypothesis():
    assert "hypothesis" not in loaded_by("list")
