"""A case in words for a report, and as a complete Python script that shows the failure again, bit by bit.

Short arrays are written out; long ones are written as the generator call that made them, after checking that it does.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradverify.cases.cotangents import draw_cotangents
from gradverify.cases.kinds import GENERIC
from gradverify.cases.layouts import is_one_row
from gradverify.cases.values import SHARES_NEGATIVE, generic
from gradverify.model import Array, Case, Op, Sign

WRITTEN_OUT = 100
"""Arrays of at most this many entries are written out in a script."""

MOST_DIFFERING = 8
"""Entries that may differ from what the generator gives: they are set one by one."""

_LAYOUT_WORDS = {
    "C": "",
    "Fortran": ", Fortran order",
    "strided": ", every second element of a buffer",
    "reversed": ", negative strides",
    "read-only": ", read-only",
    "big-endian": ", big-endian",
    "zero-stride": ", first stride 0",
}

# What turns a C-ordered array `{x}` into the same values in another layout; the counterpart of `lay_out`.
_LAYOUT_CODE = {
    "C": "",
    "Fortran": '{x} = np.array({x}, order="F")',
    "strided": (
        "buffer = np.full([2 * side for side in {x}.shape], np.nan, {x}.dtype)\n"
        "buffer[(..., *[slice(None, None, 2)] * {x}.ndim)] = {x}\n"
        "{x} = buffer[(..., *[slice(None, None, 2)] * {x}.ndim)]"
    ),
    "reversed": (
        'backwards = (..., *[slice(None, None, -1)] * {x}.ndim)\n{x} = np.array({x}[backwards], order="C")[backwards]'
    ),
    "read-only": "{x}.flags.writeable = False",
    "big-endian": '{x} = {x}.astype({x}.dtype.newbyteorder(">"))',
    "zero-stride": "{x} = np.broadcast_to({x}[:1].copy(), {x}.shape)",
}


def in_words(names: Sequence[str], case: Case) -> str:
    """One line: `x float64 (2, 3), ties, Fortran order; columns=4`."""
    arrays = [f"{name} {array.dtype.name} {array.shape}" for name, array in zip(names, case.inputs, strict=True)]
    parameters = [f"{name}={_value_in_words(value)}" for name, value in case.parameters.items()]
    arrays += [f"{names[k]} and {names[first]} the same array" for k, first in _repeated(case).items()]
    arrays += [case.kind] if case.kind != GENERIC else []
    text = ", ".join(arrays) + _LAYOUT_WORDS[case.layout]
    return "; ".join([text, ", ".join(parameters)]) if parameters else text


def as_python(
    op: Op, case: Case, cotangents: Sequence[Array], closing: str = "print(gradients)", opening: str = ""
) -> str:
    """A complete script: binds `inputs`, `parameters` and `cotangents`, runs `opening`, `op.snippet` and `closing`."""
    names = [_variable(name, index) for index, name in enumerate(op.inputs)]
    lines = ["import numpy as np", ""]
    repeated = _repeated(case)
    for index, (name, array) in enumerate(zip(names, case.inputs, strict=True)):
        again = index in repeated
        lines += [f"{name} = {names[repeated[index]]}"] if again else _input_code(name, array, case, index)
    lines.append(f"inputs = ({', '.join(names)},)")
    lines.append(f"parameters = {_parameters_code(case.parameters)}")
    lines.append("cotangents = []")
    for index, cotangent in enumerate(cotangents):
        lines += _cotangent_code(cotangent, cotangents, case.seed, index)
    lines += ["cotangents = tuple(cotangents)", *opening.splitlines(), ""]
    lines.append(op.snippet or f"# run {op.name} {op.location} here: bind `gradients`".replace("  ", " "))
    return "\n".join([*lines, "", closing]) + "\n"


def _repeated(case: Case) -> dict[int, int]:
    """The inputs that are the very same array as an earlier one, with its place."""
    first = {id(array): k for k, array in reversed(list(enumerate(case.inputs)))}
    return {k: first[id(array)] for k, array in enumerate(case.inputs) if first[id(array)] != k}


def _value_in_words(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"array {value.dtype} {value.shape}"
    if isinstance(value, np.ndarray):
        return str(value.tolist())
    return repr(value)


def _variable(name: str, index: int) -> str:
    taken = {"np", "rng", "buffer", "backwards", "inputs", "parameters", "cotangents", "gradients"}
    if name.isidentifier() and not keyword.iskeyword(name) and name not in taken:
        return name
    return f"input_{index}"


def literal(array: Array) -> str:
    """The array as a Python expression that gives back every bit of it, in the machine's own byte order."""
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    dtype = "" if array.dtype in (np.float64, np.int64, np.bool_) else f", dtype=np.{array.dtype.name}"
    if array.size == 0:
        return f"np.zeros({array.shape}, dtype=np.{array.dtype.name})"
    if array.dtype.kind == "f" and array.size > WRITTEN_OUT and not np.ascontiguousarray(array).tobytes().strip(b"\0"):
        return f"np.zeros({array.shape}{dtype})"
    text = repr(array.tolist())
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        text = text.replace("inf", "np.inf").replace("nan", "np.nan")
    return f"np.array({text}{dtype})"


def _parameters_code(parameters: Mapping[str, Any]) -> str:
    entries = []
    for name, value in parameters.items():
        if isinstance(value, np.ndarray):
            code = literal(value)
        elif callable(value):
            code = _function_code(value)
        else:
            code = repr(value)
        entries.append(f"{name!r}: {code}")
    return "{" + ", ".join(entries) + "}"


def _function_code(function: Any) -> str:
    """How to import a function; a lambda, or one defined inside another, has no text of its own."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    if isinstance(function, np.ufunc):
        return f"np.{function.__name__}"
    if module is None or "<" in name:
        return "..."
    return f"__import__({module!r}, fromlist=[{name!r}]).{name}"


def _input_code(name: str, array: Array, case: Case, index: int) -> list[str]:
    recipe = _recipe(name, array, case.seed, index) if array.size > WRITTEN_OUT else None
    lines = recipe or [f"{name} = {literal(array)}"]
    plain = case.layout == "zero-stride" and not is_one_row(array)  # as `lay_out` has it
    layout = _LAYOUT_CODE["C" if plain else case.layout].format(x=name)
    return [*lines, *layout.splitlines()]


def _recipe(name: str, array: Array, seed: int, index: int) -> list[str] | None:
    """The generator call that gives exactly this array but for a few entries, or None."""
    dtype = array.dtype.newbyteorder("=")
    for attempt, share in enumerate(SHARES_NEGATIVE):
        for sign in (Sign.REAL, Sign.POSITIVE):
            key = (seed, index, attempt)
            made = generic(array.shape, sign, key, share).astype(dtype)
            differing = np.flatnonzero(made != array)
            if len(differing) > MOST_DIFFERING:
                continue
            lines = [
                f"rng = np.random.default_rng({key})",
                f"{name} = np.ceil(2**20 * (0.1 + 3.9 * rng.random({array.shape}) ** 2)) / 2**20",
            ]
            if sign is Sign.REAL:
                lines.append(f"{name} = np.where(rng.random({array.shape}) < {share}, -{name}, {name})")
            if dtype != np.float64:
                lines.append(f"{name} = {name}.astype(np.{dtype.name})")
            return lines + [f"{name}.flat[{int(k)}] = {array.flat[int(k)].item()!r}" for k in differing]
    return None


def _cotangent_code(cotangent: Array, all_of_them: Sequence[Array], seed: int, index: int) -> list[str]:
    if cotangent.size > WRITTEN_OUT and np.array_equal(cotangent, draw_cotangents(all_of_them, seed)[index]):
        return [
            f"rng = np.random.default_rng(({seed}, 1, 0, {index}))",
            f"numerator = 2 * rng.integers(0, 32, {cotangent.shape}) + 33",
            f"cotangent = np.where(rng.random({cotangent.shape}) < 0.5, -numerator, numerator) / 64",
            f"cotangents.append(cotangent.astype(np.{cotangent.dtype.name}))",
        ]
    return [f"cotangents.append({literal(cotangent)})"]
