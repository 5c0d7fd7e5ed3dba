"""The convention of static forward and backward as the one shape that the witnesses know."""

from __future__ import annotations

import functools
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Optional

import numpy as np
import pytest

from gradverify.adapters import CONVENTIONS, Convention, adapt, from_static_pair, locate
from gradverify.errors import UsageError
from gradverify.model import Op

Write = Callable[[str, str], Path]

EXPECTED = "a class with static methods forward(context, x, …) and backward(context, grad_output, …)"
RNG = np.random.default_rng(7)


def op_of(
    forward: Callable[..., Any],
    backward: Callable[..., Any] = lambda context, go: go,
    parameters: Mapping[str, Any] | None = None,
    input_count: int | None = None,
) -> Op:
    cls = type("Sample", (), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
    return from_static_pair(cls, parameters=parameters or {}, input_count=input_count)


def complaint(call: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        call()
    return str(caught.value)


# running


def test_forward_and_backward_of_a_file_target(course: Path) -> None:
    op = adapt("hw/ops.py:Normalize")
    x, y_bar = RNG.uniform(1, 2, (2, 3)), RNG.uniform(1, 2, (2, 3))
    (y,), context = op.forward(x)
    np.testing.assert_array_equal(y, x / x.sum(axis=1, keepdims=True))
    assert context["x"] is x
    (x_bar,) = op.backward(context, (y_bar,))
    assert x_bar is not None
    assert x_bar.shape == (2, 3)
    assert (op.name, op.inputs, op.parameters, op.location) == ("Normalize", ("x",), (), "hw/ops.py:5")


def test_every_forward_gets_a_fresh_context(course: Path) -> None:
    op = adapt("hw/ops.py:Sigmoid")
    assert op.forward(np.ones(2))[1] is not op.forward(np.ones(2))[1]


def test_several_outputs_and_gradients_in_lists(course: Path) -> None:
    op = adapt("hw/ops.py:Parts")
    x = RNG.uniform(1, 2, (2, 2))
    (double, total), context = op.forward(x)
    assert (double.shape, total.shape, float(total)) == ((2, 2), (), float(x.sum()))
    (x_bar,) = op.backward(context, (np.full((2, 2), 3.0), np.asarray(5.0)))
    np.testing.assert_array_equal(x_bar, np.full((2, 2), 11.0))


def test_nothing_is_copied_so_a_saved_output_that_backward_overwrites_is_seen(course: Path) -> None:
    op = adapt("hw/ops.py:ReLU")
    (y,), context = op.forward(np.array([-1.0, 2.0, 3.0]))
    assert context["y"] is y
    op.backward(context, (np.ones(3),))
    np.testing.assert_array_equal(y, [0, 1, 1])


def test_a_subclass_of_ndarray_stays_what_it_is() -> None:
    class Exact(np.ndarray):
        pass

    op = op_of(lambda context, x: x[:1])
    (y,), _ = op.forward(np.ones(3).view(Exact))
    assert type(y) is Exact


def test_none_is_a_gradient_and_a_number_becomes_an_array() -> None:
    op = op_of(lambda context, x, y: x.sum(), lambda context, go: (None, np.float32(2)))
    (total,), context = op.forward(np.ones(2), np.ones(2))
    gradients = op.backward(context, (total,))
    assert gradients[0] is None
    assert gradients[1] is not None
    assert (gradients[1].shape, gradients[1].dtype) == ((), np.float32)


def test_one_gradient_for_each_positional_argument_is_read_by_position() -> None:
    op = op_of(
        lambda context, x, axis, w, eps=1e-5: (x * w).sum(axis),
        lambda context, go: (1 * go, None, 3 * go, None),
        parameters={"axis": 0},
    )
    gradients = op.backward({}, (np.ones(1),))
    assert [g is not None and float(g[0]) for g in gradients] == [1, 3]


def test_a_wrong_number_of_gradients_is_passed_on_as_it_is() -> None:
    op = op_of(lambda context, x, y: x * y, lambda context, go: (go, go, go))
    assert len(op.backward({}, (np.ones(1),))) == 3


def test_class_methods_are_called_with_their_class() -> None:
    class Scale:
        factor = 3

        @classmethod
        def forward(cls, context: dict[str, Any], x: Any) -> Any:
            return cls.factor * x

        @classmethod
        def backward(cls, context: dict[str, Any], go: Any) -> Any:
            return cls.factor * go

    op = from_static_pair(Scale)
    (y,), context = op.forward(np.ones(1))
    assert (op.inputs, float(y[0]), float(op.backward(context, (y,))[0][0])) == (("x",), 3, 9)  # type: ignore[index]


def test_the_op_can_be_pickled(course: Path) -> None:
    op = pickle.loads(pickle.dumps(adapt("hw/ops.py:Sigmoid")))
    assert op.forward(np.zeros(1))[0][0] == 0.5


@pytest.mark.parametrize("returned", [None, (), (np.ones(1), None)])
def test_a_forward_that_returns_no_array_is_told(returned: object) -> None:
    op = op_of(lambda context, x: returned)
    text = complaint(lambda: op.forward(np.ones(1)))
    assert text == f"Sample: forward returned {returned!r}; expected an array or a tuple of arrays"


def test_a_forward_that_returns_a_dict_is_told() -> None:
    op = op_of(lambda context, x: {"y": x})
    text = complaint(lambda: op.forward(np.ones(1)))
    assert text == "Sample: forward returned a dict; expected an array or a tuple of arrays"


# inputs and parameters


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def annotated(context: Any, x: np.ndarray, axis: int, size: tuple[int, ...], mode: Literal["a", "b"], y: Any) -> Any:
    return x


def optional(context: Any, x: Any, axis: int | None, keep: Any, w: np.ndarray | None) -> Any:
    return x


# the annotations above are texts, those here are the types themselves
def with_types(function: Callable[..., Any], **types: Any) -> Callable[..., Any]:
    copy = functools.partial(function)
    copy.__signature__ = inspect.signature(function).replace(  # type: ignore[attr-defined]
        parameters=[
            p.replace(annotation=types.get(p.name, p.empty)) for p in inspect.signature(function).parameters.values()
        ]
    )
    return copy


annotated_with_types = with_types(
    annotated, x=np.ndarray, axis=int, size=tuple[int, ...], mode=Literal["a", "b"], y=float
)
optional_with_types = with_types(optional, axis=int | None, keep=Optional[bool], w=np.ndarray | None)  # noqa: UP045  # the older spelling is what is read here


@pytest.mark.parametrize(
    ("forward", "given", "count", "inputs", "parameters"),
    [
        (lambda context, x: x, {}, None, ("x",), ()),
        (lambda context, x, y, eps=1e-5: x, {}, None, ("x", "y"), ("eps",)),
        (lambda context, x, *, dim: x, {"dim": 1}, None, ("x",), ("dim",)),
        (lambda context, x, labels: x, {"labels": (0, 1)}, None, ("x",), ("labels",)),
        (lambda context, *xs: xs[0], {}, 2, ("xs_0", "xs_1"), ()),
        (lambda context, w, *xs, axis=0: w, {}, 3, ("w", "xs_0", "xs_1"), ("axis",)),
        (lambda context, x, **options: x, {"mode": "same"}, None, ("x",), ("mode",)),
        (lambda *args, **kwargs: args[1], {}, 1, ("args_0",), ()),
        (traced(lambda context, x, y=1: x), {}, None, ("x",), ("y",)),
        (annotated, {"axis": 0, "size": (1,), "mode": "a"}, None, ("x", "y"), ("axis", "size", "mode")),
        (optional, {"axis": 0}, None, ("x", "keep", "w"), ("axis",)),
        (annotated_with_types, {"axis": 0, "size": (1,), "mode": "a"}, None, ("x", "y"), ("axis", "size", "mode")),
        (optional_with_types, {"axis": 0, "keep": True}, None, ("x", "w"), ("axis", "keep")),
        (lambda context, x, w, b=None: x, {}, None, ("x", "w"), ("b",)),
        (lambda context, x, w, b=None: x, {}, 3, ("x", "w", "b"), ()),
        (lambda context, x, eps=1e-5, b=None: x, {}, 2, ("x",), ("eps", "b")),
    ],
)
def test_which_arguments_are_inputs(
    forward: Callable[..., Any], given: dict[str, Any], count: int | None, inputs: Any, parameters: Any
) -> None:
    op = op_of(forward, parameters=given, input_count=count)
    assert (op.inputs, op.parameters) == (inputs, parameters)


def test_arguments_arrive_where_they_belong() -> None:
    seen: list[Any] = []

    def forward(context: Any, a: Any, n: int, /, b: Any, mode: str, *rest: Any, last: Any = 9) -> Any:
        seen.append((a, n, b, mode, rest, last))
        return np.ones(1)

    op = op_of(forward, parameters={"n": 2, "mode": "m", "last": 3}, input_count=4)
    op.forward("a", "b", "c", "d", n=2, mode="m", last=3)
    assert seen == [("a", 2, "b", "m", ("c", "d"), 3)]


def test_a_default_before_var_positional_inputs_is_kept() -> None:
    op = op_of(lambda context, axis=1, *xs: np.concatenate(xs, axis), input_count=2)
    assert (op.inputs, op.parameters) == (("xs_0", "xs_1"), ("axis",))
    assert op.forward(np.ones((2, 1)), np.ones((2, 2)))[0][0].shape == (2, 3)
    assert op.forward(np.ones((1, 2)), np.ones((2, 2)), axis=0)[0][0].shape == (3, 2)
    assert "forward(context, parameters.get('axis', 1), inputs[0], inputs[1], **{" in op.snippet


@pytest.mark.parametrize(
    ("forward", "given", "text"),
    [
        (
            lambda context, x, *, dim, repeats: x,
            {},
            "Sample: forward needs a value for dim and repeats; give --param dim=VALUE --param repeats=VALUE",
        ),
        (annotated, {"axis": 0, "size": (1,)}, "Sample: forward needs a value for mode; give --param mode=VALUE"),
        (lambda context, x, *, dim=0: x, {"din": 1}, "Sample: forward has no parameter din; did you mean dim?"),
        (lambda context, x, *, dim=0: x, {"zebra": 1}, "Sample: forward has no parameter zebra; it has x, dim"),
        (
            lambda context, *xs: xs,
            {},
            "Sample: forward takes any number of inputs (*xs); give one --shape for each of them",
        ),
        (lambda: 0, {}, "Sample: forward takes no context; expected forward(context, x, …)"),
        (
            lambda context, eps=1: eps,
            {},
            "Sample: forward takes no array after its context, so there is nothing to differentiate by",
        ),
    ],
)
def test_what_is_wrong_with_the_arguments_is_told(
    forward: Callable[..., Any], given: dict[str, Any], text: str
) -> None:
    assert complaint(lambda: op_of(forward, parameters=given)) == text


# objects that are no such class


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Op", "class Op has no forward of its own, only an abstract one"),
        ("OneWay", "class OneWay has no backward"),
        ("Family", "class Family has no forward"),
        ("Layer", "Layer.forward takes self; it must be a static method"),
        ("layer", "this is an object; give its class, Layer"),
        ("double", "this is a function, not a class"),
        ("np", "this is a module, not a class"),
    ],
)
def test_an_object_that_is_no_op_is_told(course: Path, name: str, reason: str) -> None:
    text = f"hw/ops.py:{name}: {reason}; expected {EXPECTED}"
    assert complaint(lambda: adapt(f"hw/ops.py:{name}")) == text
    found = locate(f"hw/ops.py:{name}")
    assert complaint(lambda: from_static_pair(found, target=f"hw/ops.py:{name}")) == text


# where it is and how to run it again


def run_snippet(op: Op, arrays: str, print_what: str) -> str:
    """Paste the snippet into a fresh Python in the current folder."""
    code = f"import numpy as np\n{arrays}\n{op.snippet}\nprint({print_what})\n"
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.strip()


def test_the_snippet_of_a_file_runs_in_a_fresh_python(course: Path) -> None:
    op = adapt("hw/ops.py:Normalize")
    assert op.snippet.startswith("import sys\nsys.path.insert(0, 'hw')\nfrom ops import Normalize\n\ncontext = {}\n")
    arrays = "inputs, parameters, cotangents = (np.array([[1.0, 3.0]]),), {}, (np.array([[1.0, 0.0]]),)"
    assert run_snippet(op, arrays, "outputs[0].tolist(), gradients[0].tolist()") == "[[0.25, 0.75]] [[0.1875, -0.0625]]"


def test_the_snippet_runs_by_exec_too(course: Path) -> None:
    op = adapt(f"{course / 'hw' / 'ops.py'}:Family.Square")
    scope: dict[str, Any] = {"inputs": (np.array([3.0]),), "parameters": {}, "cotangents": (np.array([2.0]),)}
    path = sys.path[:]
    try:
        exec(op.snippet, scope)
    finally:
        sys.path[:] = path
    assert (scope["outputs"][0].tolist(), scope["gradients"][0].tolist()) == ([9.0], [12.0])


def test_the_snippet_passes_parameters_by_position_where_it_must(course: Path) -> None:
    op = adapt("hw/ops.py:Join", parameters={"axis": 1}, input_count=2)
    arrays = "inputs, parameters = (np.ones((1, 1)), np.ones((1, 2))), {'axis': 1}"
    arrays += "\ncotangents = (np.array([[1.0, 2.0, 3.0]]),)"
    assert run_snippet(op, arrays, "[g.tolist() for g in gradients]") == "[[[1.0]], [[2.0, 3.0]]]"


def test_the_snippet_of_a_file_in_a_package(folder: Path, write: Write) -> None:
    write("lib/snip_pkg/__init__.py", "")
    write("lib/snip_pkg/base.py", "class Base:\n    pass\n")
    write(
        "lib/snip_pkg/ops.py",
        """
        from .base import Base


        class Neg(Base):
            @staticmethod
            def forward(context, x):
                return -x

            @staticmethod
            def backward(context, go):
                return -go
        """,
    )
    op = adapt("lib/snip_pkg/ops.py:Neg")
    assert op.snippet.startswith("import sys\nsys.path.insert(0, 'lib')\nfrom snip_pkg.ops import Neg\n")
    assert op.location == "lib/snip_pkg/ops.py:4"
    arrays = "inputs, parameters, cotangents = (np.ones(1),), {}, (np.ones(1),)"
    assert run_snippet(op, arrays, "gradients[0].tolist()") == "[-1.0]"


@pytest.mark.parametrize("file", ["my-ops.py", "random.py", "class.py", "v1.2.py"])
def test_the_snippet_of_a_file_whose_name_cannot_be_imported(course: Path, write: Write, file: str) -> None:
    write(f"hw/{file}", (course / "hw" / "ops.py").read_text(encoding="utf-8"))
    op = adapt(f"hw/{file}:Sigmoid")
    assert f"'hw/{file}')\n" in op.snippet
    arrays = "inputs, parameters, cotangents = (np.zeros(1),), {}, (np.ones(1),)"
    assert run_snippet(op, arrays, "gradients[0].tolist()") == "[0.25]"


def test_the_snippet_of_a_module_and_of_a_class(folder: Path, write: Write) -> None:
    write(
        "snip_mod.py",
        """
        class Neg:
            @staticmethod
            def forward(context, x):
                return -x

            @staticmethod
            def backward(context, go):
                return -go
        """,
    )
    op = adapt("snip_mod:Neg")
    assert op.snippet.startswith("from snip_mod import Neg\n\ncontext = {}\n")
    assert adapt(locate("snip_mod:Neg")).snippet == op.snippet
    of_file = adapt(locate("snip_mod.py:Neg"))
    assert of_file.snippet.startswith(f"import sys\nsys.path.insert(0, {str(folder)!r})\nfrom snip_mod import Neg\n")


def test_the_snippet_of_a_local_class_says_where_it_is() -> None:
    class Neg:
        @staticmethod
        def forward(context: Any, x: Any) -> Any:
            return -x

        @staticmethod
        def backward(context: Any, go: Any) -> Any:
            return -go

    op = adapt(Neg)
    assert op.name == "Neg"
    assert op.snippet.startswith(f"# run this where Neg is defined: {op.location}\n\ncontext = {{}}\n")


def test_a_class_without_a_file_has_the_location_of_its_forward() -> None:
    op = op_of(annotated, parameters={"axis": 0, "size": (1,), "mode": "a"})
    assert op.location.endswith(f"test_adapters_static_pair.py:{annotated.__code__.co_firstlineno}")


# the table of conventions


def test_another_convention_is_one_more_row(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def from_function(function: object, *, target: str | None, **options: Any) -> Op:
        assert callable(function)
        return Op(
            name=f"function {target}", forward=lambda x: ((function(x),), x), backward=lambda c, g: g, inputs=("x",)
        )

    row = Convention(
        "a function", lambda candidate: "" if inspect.isfunction(candidate) else "no function", from_function
    )
    monkeypatch.setattr("gradverify.adapters.CONVENTIONS", (*CONVENTIONS, row))
    assert adapt("hw/ops.py:double").name == "function hw/ops.py:double"
    assert adapt("hw/ops.py:Sigmoid").name == "Sigmoid"
    assert complaint(lambda: adapt("hw/ops.py:OneWay")) == (
        f"hw/ops.py:OneWay: class OneWay has no backward; expected {EXPECTED}; or no function; expected a function"
    )
