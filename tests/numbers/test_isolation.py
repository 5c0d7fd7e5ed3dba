"""An exact run reaches the op's own code wherever it keeps numpy, and leaves everything as it was."""

from __future__ import annotations

import builtins
import gc
import importlib
import sys
import threading
from random import Random
from textwrap import dedent

import numpy as np
import pytest
from user_programs import DEEP, HELPERS, LATE, OUT_OF_REACH, SPELLINGS, STATE, TOP

from gradverify.numbers.array import ExactArray
from gradverify.numbers.binding import exactly
from gradverify.numbers.context import running
from gradverify.numbers.fields import PrimeField
from gradverify.numbers.modules import own_code
from gradverify.numbers.run import code_of, run, where
from gradverify.numbers.signals import NotExact

X = np.arange(6.0).reshape(2, 3) + 0.5


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A function that writes modules of a package and imports one; they are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)

    def write(**modules):
        folder = tmp_path / "their_package"
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(dedent(text))
        importlib.invalidate_caches()
        return importlib.import_module(f"their_package.{next(iter(modules))}")

    yield write
    for name in set(sys.modules) - before:
        if name.startswith("their_package"):
            del sys.modules[name]


def snapshot(*things):
    """Everything reachable in modules, classes and functions, by identity."""
    found = {}

    def look(path, thing):
        if isinstance(thing, type(np)):
            items = vars(thing).items() if thing.__name__.startswith("their_package") else ()
        elif isinstance(thing, type):
            items = vars(thing).items() if thing.__module__.startswith("their_package") else ()
        elif callable(thing) and hasattr(thing, "__closure__"):
            items = [(f"cell {k}", cell.cell_contents) for k, cell in enumerate(thing.__closure__ or ())]
            items += [("defaults", thing.__defaults__), *(thing.__kwdefaults__ or {}).items()]
        elif type(thing) in (list, tuple):
            items = enumerate(thing)
        elif type(thing) is dict:
            items = thing.items()
        elif type(type(thing)) is type and type(thing).__module__.startswith("their_package"):
            items = vars(thing).items()
        else:
            return
        for name, value in list(items):
            key = f"{path}.{name}"
            if name not in ("__builtins__", "__dict__", "__weakref__") and key not in found:
                found[key] = value
                if key.count(".") < 9:
                    look(key, value)

    for number, thing in enumerate(things):
        look(str(number), thing)
    return found


def assert_same(before, after):
    assert before.keys() == after.keys()
    assert [key for key in before if before[key] is not after[key]] == []


def random_trial(code, x=X, seed=1, parameters=None):
    field = PrimeField(Random(seed))
    return run(
        code,
        [x],
        parameters or {},
        field,
        values=lambda k, e, number: field.random_value(),
        tangents=lambda k, e: field.random_element(),
        cotangents=lambda k, shape: [
            field.number(field.random_element(), field.zero, field.near(1.0)) for _ in range(int(np.prod(shape)))
        ],
    )


def code_from(module):
    return code_of(module.forward, module.backward, [module.forward, module.backward])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_numpy_is_found_wherever_the_code_keeps_it(spelling, package):
    module = package(op=SPELLINGS[spelling])
    module.forward(X)  # as the witnesses do, on floats first
    before, imported = snapshot(module), builtins.__import__

    trial = random_trial(code_from(module))

    assert trial.left == trial.right
    assert isinstance(trial.gradients[0], ExactArray)
    assert_same(before, snapshot(module))
    assert builtins.__import__ is imported
    (y,), _ = module.forward(X)
    assert type(y) is np.ndarray
    assert np.array_equal(y, X * X + X)


@pytest.mark.parametrize("spelling", OUT_OF_REACH)
def test_numpy_out_of_reach_is_told_with_the_line_that_needed_it(spelling, package):
    module = package(op=OUT_OF_REACH[spelling])
    module.forward(X)
    before = snapshot(module)

    with pytest.raises(NotExact, match="an exact number is turned into a float") as refusal:
        random_trial(code_from(module))

    text = OUT_OF_REACH[spelling].splitlines()
    assert where(refusal.value).endswith(f"op.py:{text.index('        y[i] = x[i] * x[i]') + 1}")
    assert_same(before, snapshot(module))


def test_helpers_classes_and_late_imports_across_modules(package):
    module = package(op=TOP, helpers=HELPERS, deep=DEEP, late=LATE)
    importlib.import_module("their_package.late")
    before = snapshot(*(sys.modules[f"their_package.{name}"] for name in ("op", "helpers", "deep", "late")))

    trial = random_trial(code_from(module))

    assert trial.left == trial.right
    after = snapshot(*(sys.modules[f"their_package.{name}"] for name in ("op", "helpers", "deep", "late")))
    assert_same(before, after)


def test_what_the_op_keeps_from_an_exact_run_is_taken_out_again(package):
    module = package(op=STATE)
    before = snapshot(module)

    trial = random_trial(code_from(module))

    assert trial.left == trial.right
    assert module.count == 1  # its own plain state is its own affair
    module.count = 0
    assert_same(before, snapshot(module))
    (y,), _ = module.forward(X)
    assert np.array_equal(y, X * X)
    again = random_trial(code_from(module), seed=2)
    assert again.left == again.right


ERRORS = {
    "an exception": ("raise KeyError('theirs')", KeyError),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", KeyboardInterrupt),
    "SystemExit": ("raise SystemExit(3)", SystemExit),
    "not exact": ("return float(x.sum())", NotExact),
}


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("place", ["forward", "backward"])
def test_everything_is_as_before_after(error, place, package):
    line, raised = ERRORS[error]
    text = "import numpy as np\nfrom numpy import zeros\nTABLE = [np.zeros]\n"
    text += "def keep(xp=np): return lambda: xp\nkept = keep()\n"
    text += f"def fail(x):\n    {line}\n"
    text += "def forward(x):\n    " + ("fail(x)\n    " if place == "forward" else "") + "return (x * 1,), x\n"
    text += "def backward(x, g):\n    " + ("fail(x)\n    " if place == "backward" else "") + "return (g[0],)\n"
    module = package(op=text)
    before = snapshot(module)
    code = code_from(module)
    for _ in range(2):
        with pytest.raises(raised) as caught:
            random_trial(code)
        assert_same(before, snapshot(module))
        assert running.get() is None
        assert gc.isenabled()
        assert where(caught.value).endswith("op.py:7")


def test_a_run_inside_a_run(package):
    module = package(op=SPELLINGS["a closure"])
    before = snapshot(module)
    code = code_from(module)
    inner = []

    def forward(x):
        inner.append(random_trial(code))
        y, saved = module.forward(x)
        inner.append(random_trial(code))
        return y, saved

    trial = random_trial(code_of(forward, module.backward, [module.forward, module.backward]))

    assert trial.left == trial.right
    assert all(each.left == each.right for each in inner)
    assert_same(before, snapshot(module))


@pytest.mark.parametrize("spelling", ["import numpy as np", "a closure", "a local import", "an instance attribute"])
def test_threads_do_not_meet(spelling, package):
    module = package(op=SPELLINGS[spelling])
    module.forward(X)
    before, imported = snapshot(module), builtins.__import__
    code = code_from(module)
    wrong, stop = [], threading.Event()

    def on_floats():
        while not stop.is_set():
            (y,), saved = module.forward(X)
            (g,) = module.backward(saved, (np.ones_like(X),))
            if type(y) is not np.ndarray or not np.array_equal(y, X * X + X) or not np.array_equal(g, 2 * X + 1):
                wrong.append((y, g))

    def on_numbers(seed):
        for k in range(15):
            trial = random_trial(code, seed=100 * seed + k)
            if trial.left != trial.right or not isinstance(trial.outputs[0], ExactArray):
                wrong.append(trial)

    floats = [threading.Thread(target=on_floats) for _ in range(2)]
    exact = [threading.Thread(target=on_numbers, args=(seed,)) for seed in range(4)]
    for thread in floats + exact:
        thread.start()
    for thread in exact:
        thread.join()
    stop.set()
    for thread in floats:
        thread.join()

    assert wrong == []
    assert_same(before, snapshot(module))
    assert builtins.__import__ is imported


def test_numpy_itself_is_never_touched(package):
    module = package(op=SPELLINGS["import numpy as np"])
    before = {name: dict(vars(sys.modules[name])) for name in list(sys.modules) if name.partition(".")[0] == "numpy"}
    seen = []

    def forward(x):
        seen.append({name: dict(vars(sys.modules[name])) for name in before})
        return module.forward(x)

    random_trial(code_of(forward, module.backward, [module.forward, module.backward]))

    for names in (seen[0], {name: dict(vars(sys.modules[name])) for name in before}):
        changed = [(m, k) for m in before for k in before[m] if names[m].get(k) is not before[m][k]]
        assert changed == []


def test_an_op_that_is_numpys_own_does_not_bring_stand_ins_into_numpy():
    for root in (np.linalg.norm, np.vectorize, np, np.lib.stride_tricks, threading.Thread, importlib):
        found = own_code([root])
        assert not found.namespaces
        assert not found.places


def test_a_module_that_is_reloaded_during_the_run_keeps_its_new_contents(package):
    module = package(op=SPELLINGS["import numpy as np"])
    code = code_from(module)
    field = PrimeField(Random(1))
    with exactly(code.own, field):
        assert module.np is not np
        importlib.reload(module)
        new = module.np
        module.extra = 5
        module.zeros = "mutated"
    assert new is np
    assert module.np is np
    assert (module.extra, module.zeros) == (5, "mutated")


def test_a_name_that_is_deleted_during_the_run_stays_deleted(package):
    module = package(op=SPELLINGS["a list"])
    code = code_from(module)
    with exactly(code.own, PrimeField(Random(1))):
        del module.np
        module.TABLE.clear()
    assert not hasattr(module, "np")
    assert module.TABLE == []


def test_a_module_that_changed_before_the_run_is_left_alone(package):
    module = package(op=SPELLINGS["import numpy as np"])
    code = code_from(module)
    module.np = None
    with exactly(code.own, PrimeField(Random(1))):
        assert module.np is None
    assert module.np is None


def test_a_stand_in_outside_a_run_is_the_real_thing(package):
    module = package(
        op="""
import math
import numpy as np

def forward(x):
    return (x,), None

def backward(_, g):
    return g
"""
    )
    code = code_from(module)
    with exactly(code.own, PrimeField(Random(1))):
        stand_in, zeros, float64, maths = module.np, module.np.zeros, module.np.float64, module.math
        assert isinstance(zeros(2), ExactArray)
        assert dir(stand_in) == dir(np)
        assert stand_in.random.default_rng is not None
    assert type(zeros(2)) is np.ndarray
    assert zeros(2).dtype == np.float64
    assert type(stand_in.array([1.0])) is np.ndarray
    assert type(float64(3)) is np.float64
    assert isinstance(np.float64(3), float64)
    assert np.dtype(float64) == np.float64
    assert {np.float64: 1}[float64] == 1
    assert stand_in.__version__ == np.__version__
    assert maths.exp(0.5) == np.exp(0.5)
    assert stand_in.vectorize(lambda v: 2 * v)(np.arange(3)).tolist() == [0, 2, 4]


def test_the_functions_of_math_and_builtins(package):
    module = package(
        op="""
import math
import numpy as np
from math import exp, sqrt

def entry(v):
    return exp(v) / (1 + math.exp(v)) + math.tanh(v) + sqrt(math.pow(v, 2) + 1) + math.log(v) * abs(-v) + math.fabs(v) + math.pi

def forward(x):
    y = np.empty_like(x)
    for place in np.ndindex(*x.shape):
        y[place] = entry(x[place]) if not math.isnan(x[place]) else 0.0
    return (y,), x

def backward(x, g):
    x_bar = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        v = x[place]
        s = 1 / (1 + math.exp(-v))
        x_bar[place] = g[0][place] * (s * (1 - s) + 1 - math.tanh(v) ** 2 + v / math.sqrt(v * v + 1) + 1 + math.log(v) + 1)
    return (x_bar,)
"""
    )
    from gradverify.numbers.fields import Balls

    field = Balls(Random(1))
    trial = run(
        code_from(module),
        [X],
        {},
        field,
        values=lambda k, e, x: field.element(x),
        tangents=lambda k, e: field.element(1 + e / 8),
        cotangents=lambda k, shape: [field.constant(1 + e / 16) for e in range(6)],
    )
    assert trial.left.overlaps(trial.right)
    assert float(trial.left.rad()) < 1e-60


def test_parameters_may_be_copied_and_written(package):
    module = package(
        op="""
import numpy as np

def forward(x, w):
    y = w.copy()
    y += x
    return (y * w,), w

def backward(w, g):
    return (g[0] * w,)
"""
    )
    w = np.full((2, 3), 0.1)
    trial = random_trial(code_from(module), parameters={"w": w})
    assert trial.left == trial.right
    assert type(w) is np.ndarray
    assert (w == 0.1).all()
