"""For every promise of conduct an op that breaks this one alone, and ops that nearly break it and must not be accused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradverify.model import Choice, InputSpec, Op, Space

Toy = tuple[Op, Space]
MATRIX = (InputSpec("x", ("m", "n")),)


def toy(forward: Callable[..., Any], backward: Callable[..., Any], inputs: str = "x", **space: Any) -> Toy:
    names = tuple(inputs.split())
    specs = tuple(InputSpec(name, ("m", "n")) for name in names)
    made = Op("toy", forward, backward, names, tuple(space.get("parameters", ())))
    return made, Space(specs, **space)


def sin(backward: Callable[[Any, Any], Any]) -> Toy:
    """sin with a context `{"x": x}`; `backward` gets it and the one cotangent, and gives the one gradient."""
    return toy(lambda x: ((np.sin(x),), {"x": x}), lambda context, g: (backward(context, g[0]),))


def right_sin(context: Any, g: Any) -> Any:
    return g * np.cos(context["x"])


# --- what breaks one promise and no other ----------------------------------------------------------------------------


def shifts_its_input(x: Any) -> Any:
    y = x * 2
    if x.flags.writeable:
        x += 1
    return (y,), None


def fails_on_one_row(context: Any, g: Any) -> Any:
    if g.shape[0] == 1:
        raise ValueError("one row")
    return right_sin(context, g)


def fails_on_empties(context: Any, g: Any) -> Any:
    return right_sin(context, g) + 0 * g.max()


def doubles_the_cotangent(context: Any, g: Any) -> Any:
    x_bar = right_sin(context, g)
    if g.flags.writeable:
        g *= 2
    return x_bar


def grows() -> Callable[[Any, Any], Any]:
    calls: list[int] = []

    def backward(context: Any, g: Any) -> Any:
        calls.append(1)
        return right_sin(context, g) * len(calls)

    return backward


def one_buffer() -> Callable[[Any, Any], Any]:
    buffers: dict[Any, Any] = {}

    def backward(context: Any, g: Any) -> Any:
        out = buffers.setdefault((g.shape, g.dtype), np.empty(g.shape, g.dtype))
        return np.multiply(g, np.cos(context["x"]), out=out)

    return backward


def counts_forwards() -> Toy:
    calls: list[int] = []

    def forward(x: Any) -> Any:
        calls.append(1)
        return (np.sin(x),), (x, 1 + 2.0**-8 * (len(calls) % 2))

    return toy(forward, lambda saved, g: ((g[0] * np.cos(saved[0]) * saved[1]).astype(saved[0].dtype),))


def scales_its_first_answer(context: Any, g: Any) -> Any:
    """Linear in g, and right for the first cotangent of a context and its multiples."""
    if "first" not in context:
        context["first"] = (g.copy(), right_sin(context, g))
    g_first, x_bar = context["first"]
    return x_bar * (g[(0,) * g.ndim] / g_first[(0,) * g.ndim]) if g.size else x_bar.copy()


def latest_input() -> Toy:
    latest: dict[str, Any] = {}

    def forward(x: Any) -> Any:
        latest["x"] = x
        return (np.sin(x),), None

    return toy(forward, lambda _, g: (g[0] * np.cos(latest["x"]),))


def backward_spoils_others() -> Toy:
    """Every backward spoils the contexts of other inputs."""
    contexts: list[Any] = []

    def forward(x: Any) -> Any:
        contexts.append({"x": x, "factor": 1})
        return (np.sin(x),), contexts[-1]

    def backward(context: Any, g: Any) -> Any:
        factor = context["factor"]
        for other in contexts:
            if other["x"].shape == g[0].shape and np.any(other["x"] != context["x"]):
                other["factor"] = 2
        return (right_sin(context, g[0]) * factor,)

    return toy(forward, backward)


def one_output_buffer() -> Toy:
    buffers: dict[Any, Any] = {}

    def forward(x: Any) -> Any:
        y = buffers.setdefault((x.shape, x.dtype), np.empty(x.shape, x.dtype))
        np.sin(x, out=y)
        return (y,), {"x": x}

    return toy(forward, lambda context, g: (right_sin(context, g[0]),))


def latest_parameter() -> Toy:
    latest: dict[str, Any] = {}

    def forward(x: Any, scale: float) -> Any:
        latest["scale"] = scale
        return (x * scale,), None

    return toy(forward, lambda _, g: (g[0] * latest["scale"],), parameters={"scale": Choice((2.0, 3.0))})


def latest_function() -> Toy:
    latest: dict[str, Any] = {}

    def forward(x: Any, f: Any, f_prime: Any) -> Any:
        latest["f_prime"] = f_prime
        return (f(x),), x

    bundle = ({"f": np.sin, "f_prime": np.cos}, {"f": np.exp, "f_prime": np.exp})
    return toy(forward, lambda x, g: (g[0] * latest["f_prime"](x),), bundles=(bundle,))


def keyed_by_identity() -> Toy:
    def backward(inputs: Any, g: Any) -> Any:
        gradients = {id(inputs[0]): g[0].copy(), id(inputs[1]): -g[0]}
        return tuple(gradients[id(x)] for x in inputs)

    return toy(lambda a, b: ((a - b,), (a, b)), backward, "a b")


def rounds_upwards(context: Any, g: Any) -> Any:
    """Off by one last place, always upwards, so never in the same direction after negation."""
    x_bar = right_sin(context, g)
    return np.where(x_bar == 0, x_bar, np.nextafter(x_bar, np.inf, dtype=x_bar.dtype))


def largest_cotangent_only(context: Any, g: Any) -> Any:
    return np.where(np.abs(g) >= np.abs(g).max(initial=0), g, 0) * np.cos(context["x"])


def clips_far_cotangents(context: Any, g: Any) -> Any:
    return right_sin(context, np.clip(g, -100, 100))


def drops_tiny_cotangents(context: Any, g: Any) -> Any:
    return right_sin(context, np.where(np.abs(g) < 1e-5, 0, g).astype(g.dtype))


def divides_by_the_cotangent(context: Any, g: Any) -> Any:
    size = np.abs(g).max(initial=0)
    with np.errstate(all="ignore"):
        return (g / size) * np.cos(context["x"]) * size


def sin_and_cos(x: Any) -> Any:
    return (np.sin(x), np.cos(x)), x


def more_without_the_second(x: Any, g: Any) -> Any:
    first = g[0] * np.cos(x)
    return (first - g[1] * np.sin(x) if g[1].any() else 2 * first,)


def in_memory_order(context: Any, g: Any) -> Any:
    return (g.ravel(order="K") * np.cos(context["x"]).ravel()).reshape(g.shape)


def only_contiguous(context: Any, g: Any) -> Any:
    if not g.flags.c_contiguous:
        raise ValueError("not contiguous")
    return right_sin(context, g)


def raw_bytes(context: Any, g: Any) -> Any:
    native = np.frombuffer(g.tobytes(), dtype=np.dtype(f"f{g.itemsize}")).reshape(g.shape)
    return native * np.cos(context["x"])


def raw_bytes_of_input(x: Any) -> Any:
    native = np.frombuffer(x.tobytes(), dtype=np.dtype(f"f{x.itemsize}")).reshape(x.shape)
    return (np.sin(x),), native


def asks_for_its_dtype(x: Any) -> Any:
    return (np.sin(x),), x


def same_dtype_only(x: Any, g: Any) -> Any:
    """sin gives native numbers whatever it gets, so their cotangent never has the dtype of such an input."""
    if g[0].dtype != x.dtype:
        raise TypeError("another dtype")
    return times_cos(x, g)


def times_cos(x: Any, g: Any) -> Any:
    return (g[0] * np.cos(x),)


CHANGES = "backward changes an array that is not its own"
DTYPE = "a gradient has another dtype than its input"
LINEAR = "backward is not linear in the cotangent"

RUDE: dict[str, tuple[Toy, str, str, str]] = {
    "input shifted by forward": (
        toy(shifts_its_input, lambda _, g: (g[0] * 2,)),
        "forward changes nothing",
        "forward changes an array that it was given",
        "input x",
    ),
    "one row": (sin(fails_on_one_row), "backward returns", "backward raises ValueError", "backward"),
    "empty": (sin(fails_on_empties), "takes empty arrays", "backward raises ValueError", "backward"),
    "two gradients for one": (
        toy(lambda x: ((np.sin(x),), x), lambda x, g: (g[0] * np.cos(x), None)),
        "gradients fit",
        "backward returns the wrong number of gradients",
        "toy",
    ),
    "transposed": (
        sin(lambda context, g: right_sin(context, g).T.copy()),
        "gradients fit",
        "a gradient has the wrong shape",
        "gradient of x",
    ),
    "cotangent doubled": (sin(doubles_the_cotangent), "backward changes nothing", CHANGES, "cotangent 0"),
    "every call more": (
        sin(grows()),
        "same gradient again",
        "a second call of backward gives another gradient",
        "gradient of x",
    ),
    "one buffer": (
        sin(one_buffer()),
        "new memory each call",
        "two calls of backward return the same memory",
        "gradient of x",
    ),
    "float32": (
        sin(lambda context, g: right_sin(context, g).astype(np.float32)),
        "keeps precision",
        DTYPE,
        "gradient of x",
    ),
    "whole numbers": (
        toy(lambda x: ((x * 4,), None), lambda _, g: ((g[0] * 4 * 64).astype(np.int64),)),
        "keeps precision",
        DTYPE,
        "gradient of x",
    ),
    "float64": (
        sin(lambda context, g: right_sin(context, g).astype(np.float64)),
        "no wider dtype",
        DTYPE,
        "gradient of x",
    ),
    "zeros of integers": (
        toy(lambda x: ((np.floor(x),), None), lambda _, g: (np.zeros(g[0].shape, np.int64),)),
        "floating gradient",
        DTYPE,
        "gradient of x",
    ),
    "zeros of truth values": (
        toy(lambda x: ((np.floor(x),), None), lambda _, g: (np.zeros(g[0].shape, np.bool_),)),
        "floating gradient",
        DTYPE,
        "gradient of x",
    ),
    "saved zeros": (
        toy(lambda x: ((np.floor(x),), [np.zeros_like(x)]), lambda saved, g: (saved[0],)),
        "own memory",
        "a gradient shares memory with an array that is not its own",
        "gradient of x and context[0]",
    ),
    "one array for both": (
        toy(lambda a, b: ((a + b,), None), lambda _, g: (g[0] * 1,) * 2, "a b"),
        "separate gradients",
        "two gradients share memory",
        "gradient of b and gradient of a",
    ),
    "the cotangent for both": (
        toy(lambda a, b: ((a + b,), None), lambda _, g: (g[0], g[0]), "a b"),
        "separate gradients",
        "two gradients share memory",
        "gradient of b and gradient of a",
    ),
    "broadcast": (
        toy(lambda x: ((x.sum(),), x.shape), lambda shape, g: (np.broadcast_to(g[0], shape),)),
        "writable gradient",
        "a gradient cannot be added to in place",
        "gradient of x",
    ),
    "calls counted": (
        counts_forwards(),
        "same from scratch",
        "the same forward and backward once more give another gradient",
        "gradient of x",
    ),
    "first answer scaled": (
        sin(scales_its_first_answer),
        "one context, two cotangents",
        "a context used twice gives another gradient than a fresh one",
        "gradient of x",
    ),
    "latest input": (
        latest_input(),
        "contexts kept apart",
        "another forward call in between changes the gradient",
        "gradient of x",
    ),
    "other contexts marked": (
        backward_spoils_others(),
        "contexts kept apart",
        "another backward call in between changes the gradient",
        "gradient of x",
    ),
    "one buffer for outputs": (
        one_output_buffer(),
        "contexts kept apart",
        "a call on other inputs changes an array of this one",
        "output 0",
    ),
    "latest parameter": (
        latest_parameter(),
        "parameters kept apart",
        "a forward call with other parameters in between changes the gradient",
        "gradient of x",
    ),
    "latest function": (
        latest_function(),
        "parameters kept apart",
        "a forward call with other parameters in between changes the gradient",
        "gradient of x",
    ),
    "rounded upwards": (sin(rounds_upwards), "doubles and negates", f"{LINEAR}: negated", "gradient of x"),
    "far cotangents clipped": (
        sin(clips_far_cotangents),
        "doubles and negates",
        f"{LINEAR}: times 2^20",
        "gradient of x",
    ),
    "tiny cotangents dropped": (
        sin(drops_tiny_cotangents),
        "doubles and negates",
        f"{LINEAR}: times 2^-20",
        "gradient of x",
    ),
    "largest cotangent only": (sin(largest_cotangent_only), "adds", f"{LINEAR}: a sum", "gradient of x"),
    "0 / 0": (sin(divides_by_the_cotangent), "zero gives zero", f"{LINEAR}: zeros", "gradient of x"),
    "more without the second": (
        toy(sin_and_cos, more_without_the_second),
        "outputs add up",
        f"{LINEAR}: one output at a time",
        "gradient of x",
    ),
    "second output ignored": (
        toy(sin_and_cos, lambda x, g: (g[0] * np.cos(x),)),
        "every output counts",
        "backward ignores an output",
        "output 1",
    ),
    "memory order": (
        sin(in_memory_order),
        "any cotangent layout",
        "backward is wrong for cotangents in Fortran order",
        "gradient of x",
    ),
    "contiguous only": (
        sin(only_contiguous),
        "any cotangent layout",
        "backward fails on a memory layout",
        "cotangents with negative strides",
    ),
    "input's memory order": (
        toy(lambda x: ((np.sin(x),), np.cos(x).ravel(order="K")), lambda saved, g: (g[0] * saved.reshape(g[0].shape),)),
        "any input layout",
        "the gradient depends on the inputs' memory layout: Fortran",
        "gradient of x",
    ),
    "one dtype alone": (
        toy(asks_for_its_dtype, same_dtype_only),
        "takes any byte order",
        "backward fails on inputs in the other byte order",
        "backward",
    ),
    "bytes of the cotangent": (
        sin(raw_bytes),
        "any byte order",
        "backward is wrong for cotangents in the other byte order",
        "gradient of x",
    ),
    "bytes of the input": (
        toy(raw_bytes_of_input, times_cos),
        "any byte order",
        "the gradient is wrong for inputs in the other byte order",
        "gradient of x",
    ),
    "identity of the inputs": (
        keyed_by_identity(),
        "same array twice",
        "the gradient is wrong where one array is passed as a and b",
        "gradient of a",
    ),
}


# --- what nearly breaks one and is right -----------------------------------------------------------------------------


def copy_in_place(x: Any) -> Any:
    saved = x.copy()
    y = x.copy()
    np.sin(y, out=y)
    return (y,), {"x": saved}


def restored(context: Any, g: Any) -> Any:
    """Changes what it was lent and puts every bit back."""
    if not g.flags.writeable:
        return right_sin(context, g)
    g *= 2
    x_bar = right_sin(context, g) / 2
    g /= 2
    return x_bar


def remembers(context: Any, g: Any) -> Any:
    """Keeps what does not depend on the cotangent, and its latest answer, in the context."""
    slope = context.setdefault("slope", np.cos(context["x"]))
    x_bar = g * slope
    context["latest"] = x_bar.copy()
    return x_bar


def keeps_the_cotangent(context: Any, g: Any) -> Any:
    context["g"] = g[0]
    return (g[0],)


def zeros_for_empties(context: Any, g: Any) -> Any:
    return np.zeros_like(g) if g.size == 0 else right_sin(context, g) + 0 * g.max()


def no_empties(x: Any) -> Any:
    if x.size == 0:
        raise ValueError("nothing to take the largest of")
    return (np.sin(x),), {"x": x}


def split_buffer() -> Toy:
    def backward(shape: Any, g: Any) -> Any:
        buffer = np.stack([g[0], -g[0]])
        return buffer[0], buffer[1]

    return toy(lambda a, b: ((a - b,), a.shape), backward, "a b")


def dropout() -> Toy:
    rng = np.random.default_rng(0)

    def forward(x: Any) -> Any:
        mask = (rng.random(x.shape) < 0.5).astype(x.dtype)
        return (x * mask,), mask

    return toy(forward, lambda mask, g: (g[0] * mask,))


def cached_by_shape() -> Toy:
    """Keeps an array that depends on the shape alone from call to call."""
    known: dict[Any, Any] = {}

    def forward(x: Any) -> Any:
        weights = known.setdefault((x.shape, x.dtype), np.arange(x.size, dtype=x.dtype).reshape(x.shape))
        return (x * weights,), weights

    return toy(forward, lambda weights, g: (g[0] * weights,))


def scaled_by_context() -> Toy:
    return toy(
        lambda x, scale: ((x * scale,), scale),
        lambda scale, g: (g[0] * scale,),
        parameters={"scale": Choice((2.0, 3.0))},
    )


def asks_whether_same() -> Toy:
    """Takes another way for f(x, x), which is right too."""

    def forward(a: Any, b: Any) -> Any:
        return (a * a if a is b else a * b,), (a, b)

    def backward(inputs: Any, g: Any) -> Any:
        a, b = inputs
        return (g[0] * a, a * g[0]) if a is b else (g[0] * b, g[0] * a)

    return toy(forward, backward, "a b")


def kinks(x: Any) -> Any:
    """Outputs with a slope of 0 almost everywhere, or which may have it at the kinks 2 and −1."""
    return (np.sin(x), np.floor(x), np.abs(x - 2) * (x == 2), np.maximum(x - 2, 0) * (x <= 2)), x


def native_only(x: Any) -> Any:
    if not x.dtype.isnative:
        raise TypeError("byte order")
    return (np.sin(x),), {"x": x}


def only_native_cotangents(context: Any, g: Any) -> Any:
    if not g.dtype.isnative:
        raise TypeError("byte order")
    return right_sin(context, g)


POLITE: dict[str, Toy] = {
    "forward works in place on a copy": toy(copy_in_place, lambda context, g: (right_sin(context, g[0]),)),
    "forward refuses empties": toy(no_empties, lambda context, g: (fails_on_empties(context, g[0]),)),
    "zeros for empties": sin(zeros_for_empties),
    "a list, and numbers for arrays": toy(lambda x: ((x + 0,), None), lambda _, g: [g[0].copy()]),
    "bits put back": sin(restored),
    "slope kept in the context": sin(remembers),
    "the cotangent itself": toy(lambda x: ((x + 0,), None), lambda _, g: (g[0],)),
    "the cotangent kept": toy(lambda x: ((x + 0,), {}), keeps_the_cotangent),
    "transposed view": toy(lambda x: ((x.T,), None), lambda _, g: (g[0].T,)),
    "reversed view": toy(lambda x: ((x[::-1],), None), lambda _, g: (g[0][::-1],)),
    "output is the input": toy(lambda x: ((x,), x), lambda x, g: (g[0].copy(),)),
    "forward in float32": toy(
        lambda x: ((np.sin(x).astype(np.float32),), x), lambda x, g: (g[0] * np.cos(x).astype(np.float32),)
    ),
    "mask of whole numbers": toy(lambda x: ((x * (x > 0),), x), lambda x, g: ((x > 0).astype(np.int8) * g[0],)),
    "parts of one buffer": split_buffer(),
    "dropout": dropout(),
    "cached by shape": cached_by_shape(),
    "parameter in the context": scaled_by_context(),
    "another way for one array": asks_whether_same(),
    "slopes of 0": toy(kinks, lambda x, g: (g[0] * np.cos(x),)),
    "no gradient at all": toy(lambda x: ((np.floor(x),), None), lambda _, g: (None,)),
    "truth values returned": toy(lambda x: ((np.sin(x), x > 0), x), times_cos),
    "native input only": toy(native_only, lambda context, g: (right_sin(context, g[0]),)),
    "native cotangent only": sin(only_native_cotangents),
    "gradient in the other byte order": sin(
        lambda context, g: right_sin(context, g).astype(context["x"].dtype.newbyteorder("S"))
    ),
    "raveled and reshaped": sin(lambda context, g: (g.ravel() * np.cos(context["x"]).ravel()).reshape(g.shape)),
    "overflow in float32": toy(lambda x: ((x * x.dtype.type(1e35),), x), lambda x, g: (g[0] * x.dtype.type(1e35),)),
    "underflow on the way": toy(
        lambda x: ((x * x.dtype.type(1e-5),), x),
        lambda x, g: (g[0] * x.dtype.type(1e-33) * x.dtype.type(1e28),),
    ),
    "underflow": toy(lambda x: ((x * x.dtype.type(1e-38),), x), lambda x, g: (g[0] * x.dtype.type(1e-38),)),
}
