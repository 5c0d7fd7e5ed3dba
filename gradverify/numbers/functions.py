"""NumPy functions that are not ufuncs and would coerce exact arrays: choosing, comparing, padding, shaping.

Each computes with exact arrays what its namesake computes with floats, by way of functions that already do.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from gradverify.numbers.array import ExactArray, as_objects, dressed, replaces
from gradverify.numbers.array_methods import bare
from gradverify.numbers.signals import NotExact
from gradverify.numbers.ufuncs import is_finite, is_nan


@replaces("np.where")
def where(condition: Any, *choices: Any) -> Any:
    """Where, on plain arrays of objects."""
    condition = truth(condition)
    if not choices:
        return np.nonzero(condition)
    left, right = (as_objects(choice) for choice in choices)
    return np.where(condition, left, right)


def truth(condition: Any) -> Any:
    """A condition as a plain array of truth values."""
    condition = bare(condition)
    if isinstance(condition, np.ndarray) and condition.dtype == object:
        return np.asarray(condition != 0, dtype=bool)
    return np.asarray(condition, dtype=bool)


@replaces("np.select")
def select(conditions: Any, choices: Any, default: Any = 0) -> Any:
    """np.select."""
    result = as_objects(default)
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        result = np.where(truth(condition), as_objects(choice), result)
    return result


@replaces("np.clip")
def clip(array: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **keywords: Any) -> Any:
    """The entries, held between two bounds."""
    a_min, a_max = keywords.pop("min", a_min), keywords.pop("max", a_max)
    result = dressed(as_objects(array))
    if a_min is not None:
        result = np.maximum(result, a_min, **keywords)
    if a_max is not None:
        result = np.minimum(result, a_max, **keywords)
    if out is None:
        return result
    out[...] = result
    return out


@replaces("np.round", "np.around")
def round_(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """The nearest multiples of a power of ten."""

    def rounded(x: Any) -> Any:
        return round(x, decimals)

    result = np.frompyfunc(rounded, 1, 1)(bare(a))
    if out is None:
        return result
    out[...] = result
    return out


@replaces("np.sum")
def sum_of(a: Any, *arguments: Any, **keywords: Any) -> Any:
    """The method of the same name, which knows what an empty sum is."""
    return dressed(as_objects(a)).sum(*arguments, **given(keywords))


@replaces("np.prod")
def product_of(a: Any, *arguments: Any, **keywords: Any) -> Any:
    """The method of the same name, which knows what an empty product is."""
    return dressed(as_objects(a)).prod(*arguments, **given(keywords))


def given(keywords: dict[str, Any]) -> dict[str, Any]:
    """The keywords that were given, without NumPy's mark for those that were not."""
    return {name: value for name, value in keywords.items() if value is not np._NoValue}


# Its body runs on exact arrays, not on arrays of objects; that functions have one is unknown to the type checker.
replaces("np.gradient")(getattr(np.gradient, "__wrapped__"))  # noqa: B009


@replaces("np.any")
def any_of(array: Any, *arguments: Any, **keywords: Any) -> Any:
    """Whether an entry is not 0."""
    return np.any(truth(array), *arguments, **keywords)


@replaces("np.all")
def all_of(array: Any, *arguments: Any, **keywords: Any) -> Any:
    """Whether no entry is 0."""
    return np.all(truth(array), *arguments, **keywords)


@replaces("np.nonzero")
def nonzero(array: Any) -> Any:
    """Where the entries are not 0."""
    return np.nonzero(truth(array))


@replaces("np.count_nonzero")
def count_nonzero(array: Any, *arguments: Any, **keywords: Any) -> Any:
    """How many entries are not 0."""
    return np.count_nonzero(truth(array), *arguments, **keywords)


@replaces("np.isclose")
def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """|a − b| ≤ atol + rtol·|b|."""
    a, b = dressed(as_objects(a)), dressed(as_objects(b))
    return np.abs(a - b) <= atol + rtol * np.abs(b)


@replaces("np.allclose")
def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all entries are close."""
    return bool(np.all(isclose(a, b, rtol, atol)))


@replaces("np.array_equal", "np.array_equiv")
def array_equal(a: Any, b: Any, equal_nan: bool = False) -> bool:
    """Whether shapes and entries are equal."""
    return np.shape(a) == np.shape(b) and bool(np.all(as_objects(a) == as_objects(b)))


@replaces("np.nan_to_num")
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """The entries, with plain numbers for what is no real number."""
    largest = float(np.finfo(float).max)
    posinf, neginf = largest if posinf is None else posinf, -largest if neginf is None else neginf

    def finite(entry: Any) -> Any:
        return entry if is_finite(entry) else nan if is_nan(entry) else posinf if entry.near > 0 else neginf

    result = np.frompyfunc(finite, 1, 1)(bare(x))
    if copy or not isinstance(x, np.ndarray):
        return result
    x[...] = result
    return x


@replaces("np.pad")
def pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """Pad, by way of indices, so that NumPy's own code decides what goes where."""
    values = as_objects(array)
    numbers = np.arange(values.size).reshape(values.shape)
    if mode == "constant":
        fill = keywords.get("constant_values", 0)
        places = np.pad(numbers, pad_width, constant_values=-1)
        if np.ndim(fill) == 0:
            return np.append(values.reshape(-1), as_objects(fill))[places]
        return np.where(
            places < 0, np.pad(np.zeros(values.shape, object), pad_width, constant_values=fill), 0
        ) + np.where(places < 0, 0, np.append(values.reshape(-1), 0)[places])
    if mode in ("edge", "reflect", "symmetric", "wrap", "empty") and keywords.get("reflect_type", "even") == "even":
        return values.reshape(-1)[np.pad(numbers, pad_width, mode=mode, **keywords)]
    return np.pad(values, pad_width, mode=mode, **keywords)


@replaces("np.copyto")
def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Write into an array, where a mask says so."""
    if not isinstance(dst, ExactArray):
        raise NotExact("np.copyto writes exact numbers into an array of floats")
    np.copyto(bare(dst), as_objects(src), where=where if where is True else truth(where))


@replaces("np.iscomplexobj")
def iscomplexobj(x: Any) -> bool:
    """Exact numbers are real."""
    return False


@replaces("np.isrealobj")
def isrealobj(x: Any) -> bool:
    """Exact numbers are real."""
    return True


@replaces("np.iscomplex")
def iscomplex(x: Any) -> Any:
    """No entry is complex."""
    return np.zeros(np.shape(x), bool)


@replaces("np.isreal")
def isreal(x: Any) -> Any:
    """Every entry is real."""
    return np.ones(np.shape(x), bool)


@replaces("np.real", "np.real_if_close")
def real(x: Any, *arguments: Any) -> Any:
    """The array itself."""
    return x


@replaces("np.imag")
def imag(x: Any) -> Any:
    """Zeros."""
    return np.zeros(np.shape(x), object)


@replaces("np.result_type")
def result_type(*arguments: Any) -> Any:
    """The dtype that the op's code would see."""
    return np.result_type(*(each.dtype if isinstance(each, ExactArray) else each for each in arguments))


@replaces("np.can_cast")
def can_cast(from_: Any, to: Any, casting: Any = "safe") -> bool:
    """Whether the dtype that the op's code would see can be cast."""
    return np.can_cast(from_.dtype, to, casting)


@replaces("np.min_scalar_type")
def min_scalar_type(a: Any) -> Any:
    """float64."""
    return a.dtype


@replaces("np.common_type")
def common_type(*arrays: Any) -> Any:
    """np.common_type, of the dtypes that the op's code would see."""
    return np.common_type(*(np.empty(0, each.dtype) for each in arrays))


@replaces(
    "np.unique",
    "np.unique_all",
    "np.unique_counts",
    "np.unique_inverse",
    "np.unique_values",
    "np.histogram",
    "np.histogram2d",
    "np.histogramdd",
    "np.histogram_bin_edges",
    "np.bincount",
    "np.packbits",
    "np.save",
    "np.savez",
    "np.savez_compressed",
    "np.savetxt",
)
def refused(*arguments: Any, **keywords: Any) -> NoReturn:
    """What would read the bytes of exact numbers, or is no smooth function of them."""
    raise TypeError
