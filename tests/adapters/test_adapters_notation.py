"""The notation of shapes and parameters: what may broadcast, what is chosen from, what is malformed."""

from __future__ import annotations

from typing import Any

import pytest

from gradverify.adapters.notation import parameter_text, parse_parameter, parse_shape, shape_in_words, spec_of
from gradverify.errors import UsageError
from gradverify.model import Choice, InputSpec, Leading, Sign


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("mxn", InputSpec("x", ("m", "n"))),
        ("m?xn", InputSpec("x", ("m", "n"), may_be_one=(0,))),
        ("m? x 3?", InputSpec("x", ("m", 3), may_be_one=(0, 1))),
        ("...", InputSpec("x", (), leading=Leading.ALL)),
        ("...xn", InputSpec("x", ("n",), leading=Leading.ALL)),
        ("...?xm?xn", InputSpec("x", ("m", "n"), may_be_one=(0,), leading=Leading.SOME)),
        ("scalar", InputSpec("x", ())),
    ],
)
def test_what_broadcasting_may_leave_out_is_read(text: str, spec: InputSpec) -> None:
    shape = parse_shape(text)

    assert spec_of("x", shape) == spec
    assert parse_shape(shape_in_words(shape)) == shape


def test_the_sign_is_passed_on() -> None:
    assert spec_of("x", ("n",), Sign.POSITIVE).sign is Sign.POSITIVE


@pytest.mark.parametrize("text", ["mx...", "?xn", "m??", "...m", "....xn", "0?xn", "...?...", "²?"])
def test_a_malformed_mark_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="expected sides joined by x"):
        parse_shape(text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0|1|-1", (0, 1, -1)),
        ("0 | 1", (0, 1)),
        ("0|-1|(0,1)|None", (0, -1, (0, 1), None)),
        ("same|valid", ("same", "valid")),
        ("True|False|1", (True, False, 1)),
        ("1|1|2", (1, 2)),
        ("'a|b'|c", ("a|b", "c")),
        ("[1, 2]|('x|y', 2)", ([1, 2], ("x|y", 2))),
        (r"'it\'s|one'|2", ("it's|one", 2)),
    ],
)
def test_several_values_are_a_choice(text: str, values: tuple[Any, ...]) -> None:
    name, choice = parse_parameter(f"p={text}")

    assert name == "p"
    assert choice == Choice(values)
    assert list(map(type, choice.values)) == list(map(type, values))


@pytest.mark.parametrize("text", ["'a|b'", '"a|b"'])
def test_a_bar_within_quotes_is_text(text: str) -> None:
    assert parse_parameter(f"p={text}") == ("p", "a|b")


@pytest.mark.parametrize(
    ("text", "shown"), [("1|", "an empty text"), ("|1", "an empty text"), ("1|a b", "a b"), ("(1|2", "(1|2")]
)
def test_a_malformed_choice_is_told(text: str, shown: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_parameter(f"p={text}")
    assert str(caught.value).startswith(f"--param p={text}: {shown} is neither a Python literal")


@pytest.mark.parametrize("value", [1, "a|b", "it's", (0, None), Choice((0, (1, "x|y"), "z")), Choice((True, 1, -0.5))])
def test_the_text_of_a_parameter_is_read_as_it_was(value: Any) -> None:
    assert parse_parameter(parameter_text("p", value)) == ("p", value)
