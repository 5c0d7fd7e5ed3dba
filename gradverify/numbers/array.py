"""The array that exact numbers live in: an `ndarray` of objects that NumPy's own loops compute with.

To the op it looks like an array of float64. Functions whose object loops are missing or would coerce are given here; what is
in neither place raises `NotExact` with the function's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from gradverify.numbers.number import Number
from gradverify.numbers.signals import NotExact, OutsideField, Tie, TooClose

FLOAT = np.dtype(np.float64)


class ExactArray(np.ndarray):
    """An array of exact numbers, and of Python integers where a 0 or 1 was written in."""

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]  # what the op is to see, not what NumPy's loops see
        """float64: the dtype that the op's own code would have here."""
        return FLOAT

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        """Run the object loop of a ufunc, or our own where there is none."""
        out = keywords.pop("out", ())
        if out:
            keywords["out"] = tuple(bare(array) for array in out)
            for array in out:
                if array is not None and not isinstance(array, ExactArray) and plain_dtype(array).kind != "O":
                    raise NotExact(f"np.{ufunc.__name__} writes exact numbers into an array of {array.dtype}")
        if keywords.get("dtype") is not None:
            keywords.pop("dtype")
        own = OWN_UFUNCS.get(ufunc.__name__) if method == "__call__" else None
        arguments = [bare(argument) for argument in inputs]
        try:
            if own is not None:
                result = own(*arguments, **{key: value for key, value in keywords.items() if key != "casting"})
            else:
                keywords.pop("casting", None)
                result = getattr(ufunc, method)(*arguments, **keywords)
        except TypeError as error:
            raise NotExact(f"np.{ufunc.__name__}") from error
        if method == "at":
            return None
        if out:
            return out[0] if len(out) == 1 else out
        return dressed(result)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, keywords: Any) -> Any:
        """Run a NumPy function on plain arrays of objects, or our own where that would not do."""
        name = f"{function.__module__}.{function.__name__}".replace("numpy", "np", 1)
        own = OWN_FUNCTIONS.get(name)
        if own is not None:
            return dressed(own(*arguments, **keywords))
        if name in REFUSED:
            raise NotExact(name)
        keywords = {key: bare_deeply(value) for key, value in keywords.items()}
        if is_float(keywords.get("dtype")):
            keywords.pop("dtype")
        out = keywords.get("out")
        try:
            result = function(*bare_deeply(arguments), **keywords)
        except TypeError as error:
            raise NotExact(name) from error
        return out.view(ExactArray) if out is not None and result is out else dressed(result)

    def astype(self, dtype: Any, *arguments: Any, **keywords: Any) -> Any:
        """A copy for float64; a narrower float would round, and whole numbers would cut."""
        if is_float(dtype):
            return self.copy() if keywords.get("copy", True) else self
        kind = np.dtype(dtype)
        if kind.kind == "b":
            return np.asarray(bare(self) != 0, dtype=bool)
        if kind.kind == "O":
            return self.copy()
        raise NotExact(f"astype({kind})")

    def tolist(self) -> Any:
        """The exact numbers in lists."""
        return bare(self).tolist()

    def item(self, *place: Any) -> Any:
        """One exact number."""
        return bare(self).item(*place)


def is_float(dtype: Any) -> bool:
    """Whether this asks for float64, in which exact numbers pose; a narrower float raises `NotExact`."""
    if dtype is None:
        return False
    kind = np.dtype(dtype)
    if kind.kind == "f" and kind.itemsize < FLOAT.itemsize:
        raise NotExact(f"a rounding to {kind}")
    return kind.kind == "f"


def plain_dtype(array: Any) -> np.dtype[Any]:
    """The dtype that NumPy sees."""
    return np.ndarray.dtype.__get__(array)  # type: ignore[no-any-return]


def bare(array: Any) -> Any:
    """The same memory as a plain array of objects."""
    return array.view(np.ndarray) if isinstance(array, ExactArray) else array


def bare_deeply(value: Any) -> Any:
    """The same, inside tuples and lists."""
    if isinstance(value, tuple | list):
        return type(value)(bare_deeply(each) for each in value) if type(value) in (tuple, list) else value
    return bare(value)


def dressed(value: Any) -> Any:
    """An array of objects as an exact array; arrays of indices and truth values as they are."""
    if isinstance(value, np.ndarray):
        if isinstance(value, ExactArray):
            if plain_dtype(value).kind == "O":
                return value
            value = bare(value)
        return value.view(ExactArray) if value.dtype == object else value
    if isinstance(value, tuple | list) and any(isinstance(each, np.ndarray) for each in value):
        return type(value)(dressed(each) for each in value) if type(value) in (tuple, list) else value
    return value


def exact_array(numbers: Any, shape: tuple[int, ...]) -> ExactArray:
    """An exact array of this shape from numbers in C order."""
    array = np.empty(shape, dtype=object)
    array.reshape(-1)[:] = list(numbers)
    return array.view(ExactArray)


def each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of numbers, entry by entry, with broadcasting."""

    def apply(*arrays: Any, where: Any = True, out: Any = None, **keywords: Any) -> Any:
        if where is not True:
            raise NotExact("a ufunc with where=")
        made = np.frompyfunc(function, len(arrays), 1)(*arrays)
        if out is not None:
            out[0][...] = made
            return out[0]
        return made

    return apply


def truth(function: Callable[[Any], bool]) -> Callable[..., Any]:
    """A predicate of numbers, as an array of truth values."""
    applied = each(function)
    return lambda *arrays, **keywords: np.asarray(applied(*arrays, **keywords), dtype=bool)


def method(name: str) -> Callable[..., Any]:
    """A number's method; plain numbers that stand among exact ones are lifted by the first exact one."""

    def call(x: Any, *others: Any) -> Any:
        if isinstance(x, Number):
            return getattr(x, name)(*others)
        for other in others:
            if isinstance(other, Number):
                return getattr(other.field.lift(x), name)(*others)
        return getattr(np, name)(float(x), *map(float, others))

    return call


def sign(x: Any) -> int:
    """−1, 0 or 1."""
    return x.sign() if isinstance(x, Number) else (x > 0) - (x < 0)


def is_finite(x: Any) -> bool:
    """Whether a number is finite: an exact number always is."""
    return bool(np.isfinite(x.near)) if isinstance(x, Number) and x.value is None else True


def larger(x: Any, y: Any) -> Any:
    """The larger of two; what is not exact on either side is compared as it is."""
    return max(x, y)


def smaller(x: Any, y: Any) -> Any:
    """The smaller of two."""
    return min(x, y)


def log_add_exp(x: Any, y: Any) -> Any:
    """log(eˣ + eʸ)."""
    return method("log")(method("exp")(x) + method("exp")(y))


def expit(x: Any) -> Any:
    """1/(1 + e^−x)."""
    return 1 / (1 + method("exp")(-x))


def special(name: str) -> Callable[[Any], Any]:
    """A function of `scipy.special` that the fields know by name."""
    return lambda x: x.field.function(name, x)


def heaviside(x: Any, at_zero: Any) -> Any:
    """0, `at_zero` or 1."""
    order = sign(x)
    return at_zero if order == 0 else int(order > 0)


METHODS = [
    "exp",
    "log",
    "sqrt",
    "tanh",
    "sin",
    "cos",
    "tan",
    "arctan",
    "arcsin",
    "arccos",
    "arcsinh",
    "arccosh",
    "arctanh",
    "sinh",
    "cosh",
    "log1p",
    "expm1",
    "log2",
    "log10",
    "exp2",
    "cbrt",
    "reciprocal",
    "square",
    "hypot",
    "arctan2",
    "floor",
    "ceil",
    "rint",
    "trunc",
]

OWN_UFUNCS: dict[str, Callable[..., Any]] = {
    **{name: each(method(name)) for name in METHODS},
    "sign": each(sign),
    "absolute": each(abs),
    "fabs": each(abs),
    "maximum": each(larger),
    "minimum": each(smaller),
    "fmax": each(larger),
    "fmin": each(smaller),
    "isfinite": truth(is_finite),
    "isnan": truth(lambda x: False),
    "isinf": truth(lambda x: not is_finite(x)),
    "signbit": truth(lambda x: sign(x) < 0),
    "logaddexp": each(log_add_exp),
    "heaviside": each(heaviside),
    "expit": each(expit),
    "logit": each(lambda x: (x / (1 - x)).log()),
    "log_expit": each(lambda x: -(1 + (-x).exp()).log()),
    "erf": each(special("erf")),
    "erfc": each(lambda x: 1 - x.field.function("erf", x)),
    "gammaln": each(special("gammaln")),
    "psi": each(special("digamma")),
    "xlogy": each(lambda x, y: 0 if sign(x) == 0 else x * y.log()),
    "degrees": each(lambda x: x * (180 / np.pi)),
    "radians": each(lambda x: x * (np.pi / 180)),
    "deg2rad": each(lambda x: x * (np.pi / 180)),
    "rad2deg": each(lambda x: x * (180 / np.pi)),
    "positive": each(lambda x: x),
    "float_power": each(lambda x, y: x**y),
    "power": each(lambda x, y: x**y),
}


def entries(array: Any) -> Iterable[Any]:
    """The entries in C order."""
    return bare(array).reshape(-1).tolist()  # type: ignore[no-any-return]


SIGNALS = (NotExact, OutsideField, Tie, TooClose)

REFUSED = frozenset(
    {
        "np.nanmedian",
        "np.nanpercentile",
        "np.nanquantile",
        "np.fft.fft",
        "np.fft.ifft",
        "np.histogram",
        "np.linalg.eig",
        "np.linalg.eigh",
        "np.linalg.eigvals",
        "np.linalg.eigvalsh",
        "np.linalg.svd",
        "np.linalg.qr",
        "np.linalg.pinv",
        "np.linalg.lstsq",
        "np.linalg.matrix_rank",
        "np.roots",
        "np.save",
        "np.savez",
    }
)

OWN_FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""Filled by `functions` and `linalg`: what NumPy's own Python code would coerce to float."""
