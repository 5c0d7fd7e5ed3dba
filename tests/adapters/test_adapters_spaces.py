"""The space of somebody's own op: shapes given or guessed, signs found by running forward."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradverify.adapters import Described, adapt, from_static_pair, parse_parameter, parse_shape, space_for
from gradverify.errors import UsageError
from gradverify.model import Choice, Sign

R, P = Sign.REAL, Sign.POSITIVE


def complaint(call: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        call()
    return str(caught.value)


def described(
    forward: Callable[..., Any],
    backward: Callable[..., Any] = lambda context, go: go,
    shapes: Sequence[str] = (),
    **parameters: Any,
) -> Described:
    cls = type("Sample", (), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
    op = from_static_pair(cls, parameters=parameters, input_count=len(shapes) or None)
    return space_for(op, shapes=[parse_shape(text) for text in shapes], parameters=parameters)


# texts


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("3x4", (3, 4)),
        ("3×4", (3, 4)),
        ("3X4", (3, 4)),
        ("mxn", ("m", "n")),
        ("m x n", ("m", "n")),
        ("2xcxhxw", (2, "c", "h", "w")),
        ("rows x 10", ("rows", 10)),
        ("5", (5,)),
        ("n", ("n",)),
        ("1xn", (1, "n")),
        ("scalar", ()),
        ("()", ()),
        (" () ", ()),
    ],
)
def test_a_shape_is_read(text: str, shape: tuple[str | int, ...]) -> None:
    assert parse_shape(text) == shape


@pytest.mark.parametrize(
    "text", ["3y4", "", "x", "3x", "x4", "3xx4", "-3x4", "0x3", "3,4", "(3, 4)", "3 4", "3.0", "m-n", "²"]
)
def test_a_malformed_shape_is_told(text: str) -> None:
    assert complaint(lambda: parse_shape(text)) == f"--shape {text}: expected sides joined by x, such as 3x4 or mxn"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("p=1", 1),
        ("p=-1", -1),
        ("p=1e-5", 1e-5),
        ("p=True", True),
        ("p=None", None),
        ("p=(0, 2)", (0, 2)),
        ("p=[1, 2]", [1, 2]),
        ("p=same", "same"),
        ("p='a b'", "a b"),
        ("p = 3 ", 3),
        ("p=float64", "float64"),
        ("p=half-up", "half-up"),
    ],
)
def test_a_parameter_is_read(text: str, value: Any) -> None:
    name, got = parse_parameter(text)
    assert (name, got, type(got)) == ("p", value, type(value))


@pytest.mark.parametrize("text", ["axis", "=1", "axis=", "2=1", "a b=1", "", "="])
def test_a_malformed_parameter_is_told(text: str) -> None:
    assert complaint(lambda: parse_parameter(text)) == (
        f"--param {text}: expected NAME=VALUE, such as axis=1 or mode=same"
    )


@pytest.mark.parametrize("value", ["(1,", "1 2", "a b", "a=b", "1or", "__import__('os')", "-inf", "(" * 9999])
def test_a_malformed_value_is_told_and_never_run(value: str) -> None:
    assert complaint(lambda: parse_parameter(f"p={value}")) == (
        f"--param p={value}: {value} is neither a Python literal, such as 1, (0, 2) or 'same', nor one word"
    )


# shapes that are guessed


@pytest.mark.parametrize(
    ("forward", "shapes"),
    [
        (lambda c, x: x / x.sum(axis=1, keepdims=True), [("m", "n")]),
        (lambda c, x: x.transpose(2, 0, 1), [("m", "n", "k")]),
        (lambda c, x: np.linalg.inv(x), [("n", "n")]),
        (lambda c, x: x.transpose(0, 2, 3, 1), [("b", "c", "h", "w")]),
        (lambda c, x: np.multiply.outer(x, np.ones(3)).reshape(len(x), 3), [("m",)]),
        (lambda c, x: np.asarray(float(x)), [()]),
        (lambda c, x, y: x / y, [("m", "n"), ("m", "n")]),
        (lambda c, w, x: w @ x, [("m", "k"), ("k", "n")]),
        (lambda c, x, w: x @ w.T, [("m", "k"), ("n", "k")]),
        (lambda c, a, b: np.concatenate((a, b), axis=1), [("m", "n"), ("m", "k")]),
        (lambda c, a, b: np.concatenate((a, b), axis=0), [("m", "k"), ("n", "k")]),
        (lambda c, a, b: np.linalg.solve(a, b[:, None]), [("n", "n"), ("n",)]),
        (lambda c, q, k, v: (q @ k.T) @ v, [("m", "k"), ("n", "k"), ("n", "p")]),
        (lambda c, x, w, b: x @ w + np.broadcast_to(b, (w.shape[1],)), [("m", "k"), ("k", "n"), ("n",)]),
        (lambda c, a, b, d, e: a * b * d * e, [("m", "n")] * 4),
    ],
)
def test_the_freest_shapes_that_run_are_taken(forward: Callable[..., Any], shapes: list[Any]) -> None:
    assert [spec.shape for spec in described(forward).space.inputs] == shapes


def product(context: dict[str, Any], x: Any, y: Any) -> Any:
    context["x"], context["y"] = x, y
    return x * y


@pytest.mark.parametrize(
    ("second_gradient", "shape"),
    [
        (lambda g: g, ("m", "n")),
        (lambda g: g.sum(axis=0), ("n",)),
        (lambda g: g.sum(axis=0, keepdims=True), (1, "n")),
        (lambda g: g.sum(axis=1, keepdims=True), ("m", 1)),
        (lambda g: g.sum(), ()),
        (lambda g: g[1:], ("m", "n")),  # no reading fits: the first that runs
    ],
)
def test_backward_decides_between_shapes_that_broadcasting_cannot_tell_apart(
    second_gradient: Callable[[Any], Any], shape: tuple[Any, ...]
) -> None:
    def backward(context: dict[str, Any], go: Any) -> Any:
        return go * context["y"], second_gradient(go * context["x"])

    assert [spec.shape for spec in described(product, backward).space.inputs] == [("m", "n"), shape]


def test_a_backward_of_the_wrong_shape_does_not_move_a_lone_input_to_shapes_where_it_fits() -> None:
    found = described(lambda c, x: x * x, lambda c, go: go.sum())
    assert found.space.inputs[0].shape == ("m", "n")


def test_an_op_that_takes_one_size_only_is_refused_with_what_it_says(course: Path) -> None:
    op = adapt("hw/ops.py:Select", parameters={"indices": (0, 2, 1)})
    text = complaint(lambda: space_for(op, parameters={"indices": (0, 2, 1)}))
    assert text == (
        "Select takes none of the shapes that gradverify tries by itself; at x: 2x5 its forward raised IndexError: "
        "shape mismatch: indexing arrays could not be broadcast together with shapes (2,) (3,); "
        "give --shape for each of x, or --param NAME=VALUE for one that is no array of real numbers"
    )
    assert space_for(op, shapes=[(3, "n")], parameters={"indices": (0, 2, 1)}).space.inputs[0].shape == (3, "n")


def test_an_axis_of_size_1_is_found(course: Path) -> None:
    parameters = {"dim": 1, "repeats": 3}
    found = space_for(adapt("hw/ops.py:Expand", parameters=parameters), parameters=parameters)
    assert found.note == "inputs x: m×1, drawn; dim=1; repeats=3"


# shapes that are given


def test_given_shapes_are_taken_as_they_are(course: Path) -> None:
    found = space_for(adapt("hw/ops.py:MatrixMultiply"), shapes=[(3, 4), (4, "n")])
    assert [spec.shape for spec in found.space.inputs] == [(3, 4), (4, "n")]
    assert found.note == "inputs a: 3×4, b: 4×n, as given"


@pytest.mark.parametrize(
    ("shapes", "text"),
    [
        (
            ["3x4"],
            "MatrixMultiply has 2 inputs (a, b), but 1 --shape was given; give one for each input, in this order",
        ),
        (
            ["3"] * 3,
            "MatrixMultiply has 2 inputs (a, b), but 3 --shape were given; give one for each input, in this order",
        ),
        (
            ["3x4", "3x4"],
            "MatrixMultiply refuses --shape 3x4 --shape 3x4: its forward raised ValueError: matmul: Input operand 1 "
            "has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) (size 3 is different "
            "from 4); give shapes and --param values that it takes",
        ),
        (
            ["mxn", "scalar"],
            "MatrixMultiply refuses --shape mxn --shape scalar (tried a: 3x4, b: scalar and a: 2x5, b: scalar): its "
            "forward raised ValueError: matmul: Input operand 1 does not have enough dimensions (has 0, gufunc core "
            "with signature (n?,k),(k,m?)->(n?,m?) requires 1); give shapes and --param values that it takes",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_told(course: Path, shapes: list[str], text: str) -> None:
    op = adapt("hw/ops.py:MatrixMultiply")
    assert complaint(lambda: space_for(op, shapes=[parse_shape(s) for s in shapes])) == text


def test_a_size_that_is_refused_is_noted() -> None:
    found = described(lambda c, x, *, k: x[:, k], shapes=["nxn"], k=2)
    assert found.note == (
        "inputs x: n×n, as given; k=2; refuses x: 2x2 (IndexError: index 2 is out of bounds for axis 1 with size 2)"
    )


# parameters


def test_a_parameter_may_name_a_drawn_size_and_other_words_stay_words() -> None:
    seen = set()

    def forward(context: Any, x: Any, *, width: Any, mode: Any) -> Any:
        seen.add((x.shape[0], width, mode))
        return x.reshape(width)

    found = described(forward, shapes=["n"], width="n", mode="same")
    assert found.space.parameters == {"width": "n", "mode": Choice(("same",))}
    assert seen == {(3, 3, "same"), (2, 2, "same")}
    assert found.note == "inputs x: n, as given; width=n; mode=same"


def test_without_shapes_a_word_is_never_a_size() -> None:
    found = described(lambda c, x, *, mode: x, mode="n")
    assert found.space.parameters == {"mode": Choice(("n",))}


def test_parameters_at_their_defaults_are_noted() -> None:
    assert described(lambda c, x, eps=1: x).note == "inputs x: m×n, drawn; eps at its default"
    assert described(lambda c, x, eps=1, k=2: x).note == "inputs x: m×n, drawn; eps, k at their defaults"


# signs


def refuse_negative(context: Any, x: Any) -> Any:
    if (x <= 0).any():
        raise ValueError("x must be positive")
    return x


def warn_and_refuse(context: Any, x: Any) -> Any:
    warnings.warn("about to take a root", UserWarning, stacklevel=1)
    return np.sqrt(x)


@pytest.mark.parametrize(
    ("forward", "signs", "domain"),
    [
        (lambda c, x: np.exp(x), (R,), ""),
        (lambda c, x: np.log(x), (P,), "x positive"),
        (lambda c, x: np.sqrt(x.sum()), (P,), "x positive"),
        (lambda c, x: np.log1p(-x), (R,), ""),  # neither real nor positive entries will do
        (refuse_negative, (P,), "x positive"),
        (warn_and_refuse, (P,), "x positive"),
        (lambda c, x, y: x * np.log(y), (R, P), "y positive"),
        (lambda c, x, y: x**y, (P, R), "x positive"),
        (lambda c, x, y: np.log(x * y), (P, P), "x and y positive"),
        (lambda c, x, y: x / y, (R, R), ""),
        (lambda c, x: np.where(x > 0, np.log(np.abs(x)), 0), (R,), ""),
        (lambda c, x: np.where(x > 0, np.log(x), 0), (R,), ""),  # it warns, but is defined everywhere
    ],
)
def test_an_input_is_positive_where_real_entries_will_not_do(
    forward: Callable[..., Any], signs: tuple[Sign, ...], domain: str
) -> None:
    found = described(forward).space
    assert (tuple(spec.sign for spec in found.inputs), found.domain) == (signs, domain)


def test_a_lone_number_is_tried_with_both_signs() -> None:
    assert described(lambda c, x: np.log(x), shapes=["scalar"]).space.inputs[0].sign is P


def test_a_positive_input_is_noted() -> None:
    found = described(lambda c, x, y: x * np.log(y), shapes=["mxn", "mxn"])
    assert found.note == "inputs x: m×n, y: m×n positive, as given"


def test_prints_of_the_op_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    def forward(context: Any, x: Any) -> Any:
        print("called")
        return x

    described(forward)
    assert set(capsys.readouterr().out.split()) == {"called"}
