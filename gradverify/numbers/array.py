"""The array that exact numbers live in: an `ndarray` of objects that NumPy's own loops compute with.

To the op it looks like an array of float64. Functions whose object loops are missing or would coerce are given in `ufuncs`,
`functions` and their neighbours; what is in neither place and cannot run on objects raises `NotExact` with its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from gradverify.numbers.array_methods import FLOAT, ArrayMethods, bare, poses_as_float
from gradverify.numbers.context import running
from gradverify.numbers.number import Number, as_float
from gradverify.numbers.signals import Coerced, NotExact
from gradverify.numbers.ufuncs import EXTREMES, OWN, TRUTH, Own
from gradverify.numbers.unset import UNSET

_REDUCTIONS = ("reduce", "accumulate", "reduceat")
_PLAIN = (float, int, np.float64, np.float32, np.float16, np.int64)

OWN_FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""NumPy's functions that would coerce exact arrays, by name; the modules that replace them enter their own."""


def replaces(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function for NumPy's of these names."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        OWN_FUNCTIONS.update(dict.fromkeys(names, function))
        return function

    return enter


class ExactArray(ArrayMethods):
    """An array of exact numbers, and of plain Python numbers where the code wrote constants."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64: the dtype that the op's own code would have here."""
        kind = np.ndarray.dtype.__get__(self)
        return FLOAT if kind.kind == "O" else kind

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = (), **keywords: Any) -> Any:
        """Run the object loop of a ufunc, or our own where there is none."""
        name = f"{'np' if getattr(np, ufunc.__name__, None) is ufunc else 'scipy.special'}.{ufunc.__name__}"
        own = OWN.get(ufunc.__name__)
        keywords.pop("casting", None)
        if not poses_as_float(keywords.pop("dtype", None)):
            raise NotExact(f"{name} of exact numbers with another dtype")
        truth = own.truth if own is not None else ufunc.__name__ in TRUTH
        _check_written(name, inputs[:1] if method == "at" else out, truth)
        if method in ("__call__", "outer"):
            arguments = [_prepared(argument) for argument in inputs]
            if keywords.get("where", True) is not True and not any(array is not None for array in out):
                shape = np.broadcast_shapes(*map(np.shape, inputs), np.shape(keywords["where"]))
                out = tuple(_unset(shape) for _ in range(ufunc.nout))
        else:
            arguments = [bare(argument) for argument in inputs]
            masked = method == "reduce" and keywords.get("where", True) is not True
            if masked and keywords.get("initial", np._NoValue) is np._NoValue and ufunc.identity is not None:
                keywords["initial"] = ufunc.identity  # as for floats; NumPy's objects have no identity of their own
        if out:
            keywords["out"] = tuple(bare(array) for array in out)
        try:
            result = _called(own, ufunc, method, arguments, keywords)
        except (TypeError, Coerced) as error:
            raise NotExact(name) from error
        if method == "at":
            return None
        if len(out) == 1:
            return out[0]
        if out:
            return tuple(dressed(each) if array is None else array for array, each in zip(out, result, strict=True))
        return dressed(result)

    def __array_function__(self, function: Callable[..., Any], types: Any, arguments: Any, keywords: Any) -> Any:
        """Run a NumPy function on plain arrays of objects, or our own where that would not do."""
        name = f"{function.__module__}.{function.__name__}".replace("numpy", "np", 1)
        own = OWN_FUNCTIONS.get(name)
        try:
            if own is not None:
                return dressed(own(*arguments, **keywords))
            if "dtype" in keywords:
                keywords = {**keywords, "dtype": object if poses_as_float(keywords["dtype"]) else keywords["dtype"]}
            plain = bare_deeply(arguments)
            # Not by way of NumPy's dispatch: a function of several arrays looks into the entries of one and would ask back.
            result = getattr(function, "_implementation", function)(*plain, **bare_deeply(keywords))
        except (TypeError, Coerced) as error:
            if not holds_numbers((arguments, tuple(keywords.values()))):
                return function(*as_floats(arguments), **as_floats(keywords))
            raise NotExact(name) from error
        except ValueError as error:
            if _is_fine_on_floats(function, arguments, keywords):
                raise NotExact(name) from error
            raise
        out = keywords.get("out")
        if out is not None and bare(out) is not out and np.shares_memory(result, out):
            return out
        return dressed(result, {id(array): argument for argument, array in zip(arguments, plain, strict=True)})


def _called(own: Own | None, ufunc: Any, method: str, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    """The ufunc's method on plain arrays of objects, or that of our own."""
    own = None if method in _REDUCTIONS and ufunc.__name__ in EXTREMES else own  # these NumPy knows, and by their names
    result = getattr(ufunc if own is None else own.ufunc, method)(*arguments, **keywords)
    if own is None or not own.truth or "out" in keywords:
        return result
    return np.asarray(result, dtype=bool) if isinstance(result, np.ndarray) else np.bool_(result)


def _check_written(name: str, arrays: Iterable[Any], truth: bool) -> None:
    """Raise `NotExact` where exact numbers would be written into an array of floats."""
    for array in arrays:
        kind = None if array is None else np.ndarray.dtype.__get__(array)
        if kind is not None and kind.kind != "O" and not (truth and kind.kind == "b"):
            raise NotExact(f"{name} writes exact numbers into an array of {kind}")


def _prepared(argument: Any) -> Any:
    """An input of a ufunc: a plain number is lifted once, not once for every entry it meets."""
    if isinstance(argument, ExactArray):
        return argument.view(np.ndarray)
    if type(argument) in _PLAIN or isinstance(argument, Number):
        field = running.get()
        if isinstance(argument, Number) or field is not None:
            holder = np.empty((), dtype=object)
            holder[()] = argument if isinstance(argument, Number) else field.lift(argument)
            return holder
    elif isinstance(argument, np.ndarray) and argument.dtype.kind == "f" and argument.dtype.itemsize < 8:
        # The shortest decimals of a narrow float, not the wide float that it becomes.
        return np.array([float(str(x)) for x in argument.reshape(-1)]).reshape(argument.shape)
    return argument


def _unset(shape: tuple[int, ...]) -> Any:
    return np.full(shape, UNSET, dtype=object).view(ExactArray)


def holds_numbers(value: Any) -> bool:
    """Whether exact numbers are somewhere in this array, number or nested list."""
    if isinstance(value, Number):
        return True
    if isinstance(value, np.ndarray):
        plain = bare(value)
        return plain.dtype == object and any(isinstance(each, Number) for each in plain.reshape(-1))
    return isinstance(value, tuple | list) and any(holds_numbers(each) for each in value)


def holds_exact(value: Any) -> bool:
    """Whether exact numbers or arrays, of constants too, are somewhere in this."""
    if isinstance(value, tuple | list):
        return any(holds_exact(each) for each in value)
    return isinstance(value, ExactArray) or holds_numbers(value)


def _is_fine_on_floats(function: Callable[..., Any], arguments: Any, keywords: Any) -> bool:
    """Whether only the exact numbers are to blame for an error."""
    try:
        function(*as_floats(arguments), **as_floats(keywords))
    except Exception:  # noqa: BLE001  # floats fail as well, in whatever way
        return False
    return True


def as_floats(value: Any) -> Any:
    """Exact arrays as plain arrays of approximations, inside tuples, lists and dicts."""
    if isinstance(value, ExactArray):
        return np.frompyfunc(as_floats, 1, 1)(bare(value)).astype(float)
    if isinstance(value, Number):
        return as_float(value.near)
    if type(value) in (tuple, list):
        return type(value)(as_floats(each) for each in value)
    return {key: as_floats(each) for key, each in value.items()} if type(value) is dict else value


def bare_deeply(value: Any) -> Any:
    """The same, inside tuples, lists and dicts; a number as an array of no axes, on which NumPy's functions do not ask back."""
    if type(value) in (tuple, list):
        return type(value)(bare_deeply(each) for each in value)
    if isinstance(value, Number):
        return bare(exact_array([value], ()))
    return {key: bare_deeply(each) for key, each in value.items()} if type(value) is dict else bare(value)


def dressed(value: Any, known: dict[int, Any] | None = None) -> Any:
    """An array of objects as an exact array; arrays of indices and truth values as they are.

    `known` says for a plain array, by its identity, which exact array it is a view of: that one is given back.
    """
    if known and id(value) in known:
        return known[id(value)]
    if isinstance(value, np.ndarray):
        kind = np.ndarray.dtype.__get__(value)
        if isinstance(value, ExactArray):
            return value if kind.kind == "O" else bare(value)
        return value.view(ExactArray) if kind.kind == "O" else value
    if isinstance(value, tuple | list) and any(isinstance(each, np.ndarray) for each in value):
        parts = [dressed(each, known) for each in value]
        return parts if type(value) is list else tuple(parts) if type(value) is tuple else type(value)(*parts)
    return value


def as_objects(value: Any) -> Any:
    """A plain array of objects that keeps Python and NumPy numbers as they are."""
    value = bare(value)
    return value if isinstance(value, np.ndarray) and value.dtype == object else np.asarray(value, dtype=object)


def exact_array(numbers: Iterable[Any], shape: tuple[int, ...]) -> ExactArray:
    """An exact array of this shape from numbers in C order."""
    # Not by assignment: NumPy would ask every number whether it is an array itself.
    return np.fromiter(numbers, dtype=object, count=math.prod(shape)).reshape(shape).view(ExactArray)


def entries(array: Any) -> Any:
    """The entries in C order."""
    return bare(array).reshape(-1).tolist() if isinstance(array, np.ndarray) else [array]
