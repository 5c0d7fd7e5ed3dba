"""What exact numbers cannot follow raises `NotExact` with the function's name and the user's own line: no crash, no float."""

from __future__ import annotations

import math
import pickle
from random import Random

import numpy as np
import pytest
from exact_rows import INPUTS, label, on_numbers

from gradverify.numbers.array import ExactArray
from gradverify.numbers.fields import Balls, PrimeField, Rationals
from gradverify.numbers.run import where
from gradverify.numbers.signals import NotExact, OutsideField, Tie, TooClose, Unwritten

FLOATS = np.linspace(0.0, 1.0, 4)
generator = np.random.default_rng(0)

REFUSED = {
    "np.fft.fft": lambda x: np.fft.fft(x),
    "np.fft.rfft": lambda x: np.fft.rfft(x, axis=0),
    "np.unique": lambda x: np.unique(x),
    "np.histogram": lambda x: np.histogram(x, bins=3),
    "np.interp": lambda x: np.interp(x, [0.0, 1.0], [0.0, 2.0]),
    "np.bincount": lambda v: np.bincount([0, 1, 0, 1], weights=v),
    "np.linalg.svd": lambda x: np.linalg.svd(x),
    "np.linalg.eigh": lambda S: np.linalg.eigh(S),
    "np.linalg.eig": lambda A: np.linalg.eig(A),
    "np.linalg.eigvalsh": lambda S: np.linalg.eigvalsh(S),
    "np.linalg.qr": lambda A: np.linalg.qr(A),
    "np.linalg.pinv": lambda x: np.linalg.pinv(x),
    "np.linalg.lstsq": lambda A, w: np.linalg.lstsq(A, w),
    "np.linalg.matrix_rank": lambda A: np.linalg.matrix_rank(A),
    "np.linalg.cond": lambda A: np.linalg.cond(A),
    "np.linalg.norm": lambda A: np.linalg.norm(A, ord="nuc"),
    "np.roots": lambda v: np.roots(v),
    "np.polyfit": lambda u, v: np.polyfit(u, v, 1),
    "np.nextafter": lambda x: np.nextafter(x, 0.0),
    "np.spacing": lambda x: np.spacing(x),
    "np.frexp": lambda x: np.frexp(x),
    "np.ldexp": lambda x: np.ldexp(x, 2),
    "np.bitwise_and": lambda x: x & 1,
    "np.left_shift": lambda x: x << 2,
    "np.invert": lambda x: ~x,
    "np.multiply": lambda x: x * 1j,
    "np.i0": lambda x: np.i0(x),
    "np.packbits": lambda x: np.packbits(x),
    "np.save": lambda x: np.save("never-written", x),
    "np.ma": lambda x: np.ma.array(x, mask=False),
    "np.add.*float64": lambda v: np.add(v, 1, out=np.arange(4.0)),
    "np.add .*into": lambda v: np.add.at(np.arange(4.0), [0, 1, 2, 3], v),
    "np.copyto": lambda v: np.copyto(np.arange(4.0), v),
    "a rounding to float32": lambda x: np.sum(x, dtype=np.float32),
    "float32": lambda x: x.astype(np.float32),
    "to float16": lambda x: np.asarray(x, dtype=np.float16),
    "rounding to float32": lambda x: np.zeros(3, dtype=np.float32),
    "complex": lambda x: x.astype(complex),
    "turned into a float": lambda x: float(x.sum()),
    "turned into an int": lambda x: int(x.sum()),
    "used as an index": lambda x: list(range(x.sum())),
    "turned into a complex": lambda x: complex(x.sum()),
    "into a float": lambda x: np.float32(x.sum()),
    "an exact number is turned": lambda x: FLOATS.__setitem__(0, x[0, 0]),
    "number is turned into a float": lambda v: FLOATS.__setitem__(slice(None), v),
    "is turned into a float": lambda v: np.linspace(0.0, 1.0, 4).put([0, 1], v[:2]),
    "as another dtype": lambda x: x.view(np.int64),
    "the bytes of": lambda x: x.tobytes(),
    "bytes of exact": lambda x: x.ctypes.data,
    "the bytes": lambda x: x.data,
    "bytes": lambda x: bytes(x),
    "np.frombuffer": lambda x: np.frombuffer(x),
    "of exact numbers": lambda x: pickle.dumps(x.dump("never-written")),
    "np.random.binomial": lambda q: np.random.binomial(1, q),
    "np.random.normal": lambda x: np.random.normal(x, 1.0),
    "np.random.shuffle": lambda v: np.random.shuffle(v),
    "a NaN constant": lambda x: x + np.nan,
    "NaN constant": lambda x: np.where(x > 0, x, np.nan) * 2,
    "the power 5000": lambda x: x**5000,
    "something else": lambda x: x[0, 0] < "a",
}


@pytest.mark.parametrize("field", [Balls, PrimeField, Rationals])
@pytest.mark.parametrize("message", REFUSED)
def test_a_refusal_names_the_function_and_the_line(message, field):
    function = REFUSED[message]
    with pytest.raises(NotExact, match=message) as refusal:
        on_numbers(function, field(Random(1)))
    line = function.__code__.co_firstlineno
    assert where(refusal.value).endswith(f"test_numpy_refusals.py:{line}")
    assert np.array_equal(FLOATS, np.linspace(0.0, 1.0, 4))


@pytest.mark.parametrize(
    "function",
    [lambda x: generator.normal(x), lambda v: generator.choice(4, p=v), lambda q: generator.binomial(1, q)],
    ids=label,
)
def test_a_generator_of_random_numbers_does_not_take_exact_numbers(function):
    with pytest.raises((NotExact, TypeError)):
        on_numbers(function, PrimeField(Random(1)))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.random.rand(*x.shape) * x,
        lambda x: np.random.default_rng(0).permutation(x),
        lambda x: x[np.random.permutation(3)],
        lambda x: x * (np.random.random_sample(x.shape) < 0.5) / 0.5,
        lambda x: x * np.random.RandomState(0).binomial(1, 0.5, size=x.shape),
        lambda v: np.random.default_rng(0).choice(v, size=2),
        lambda v: v[np.random.choice(4, p=np.array([0.25, 0.25, 0.5, 0.0]))] * np.ones(2),
        lambda v: v[:2] * np.frombuffer(np.array([0.5, 2.0])),
    ],
    ids=label,
)
def test_random_numbers_beside_exact_ones(function):
    assert isinstance(on_numbers(function, PrimeField(Random(1))), ExactArray | np.ndarray)


EMPTY = [
    lambda x: np.empty(x.shape) + x,
    lambda x: np.empty_like(x).sum(),
    lambda x: np.exp(np.empty(3)),
    lambda x: np.maximum(x, np.empty_like(x)),
    lambda x: np.log(x, where=x > 0).sum(),
    lambda x: np.empty(3)[0] > 0,
    lambda x: bool(np.empty(1)),
    lambda x: float(np.empty(1)[0]),
]


@pytest.mark.parametrize("function", EMPTY, ids=label)
def test_memory_that_was_never_written_is_told(function):
    with pytest.raises(Unwritten, match=r"an entry of np\.empty that it has not written"):
        on_numbers(function, PrimeField(Random(1)))


LOOPS = [
    # floats come to rest, exact numbers never do
    lambda p: next(z for z in iterate(lambda z: z / 2, p.sum()) if z == z / 2),
]


def iterate(step, z):
    while True:
        yield z
        z = step(z)


@pytest.mark.parametrize("function", LOOPS, ids=["halving until nothing changes"])
def test_a_loop_that_never_ends_is_told(function, monkeypatch):
    monkeypatch.setattr("gradverify.numbers.field.MOST_DECISIONS", 1000)
    with pytest.raises(NotExact, match="more than 1000 comparisons"):
        on_numbers(function, PrimeField(Random(1)))


KINKS = [
    lambda x: np.maximum(x - x[0, 0], 0),
    lambda x: np.abs(x - x[0, 0]),
    lambda x: np.floor(x / x[0, 0]),
]


@pytest.mark.parametrize("field", [Balls, PrimeField, Rationals])
def test_a_comparison_of_what_is_identical_is_no_kink(field):
    made = on_numbers(lambda x: (x - x[0, 0] >= 0, x == x.max()), field(Random(1)))
    expected = INPUTS["x"]
    assert np.array_equal(made[0], expected >= expected[0, 0])
    assert np.array_equal(made[1], expected == expected.max())


def test_two_inputs_that_happen_to_be_equal_are_a_kink():
    for field in (Balls(Random(1)), PrimeField(Random(1)), Rationals(Random(1))):
        one = field.number(field.element(0.5), field.one, field.near(0.5))
        other = field.number(
            field.element(0.5) if field.certain else field.random_element(), field.zero, field.near(0.5)
        )
        with pytest.raises(Tie):
            one > other  # noqa: B015


def test_values_that_the_approximations_cannot_tell_apart_are_not_compared():
    field = PrimeField(Random(1))
    x = field.number(field.random_element(), field.one, field.near(2.0)).exp()
    y = field.number(field.random_element(), field.one, field.near(2.0)).exp()
    with pytest.raises(TooClose):
        x > y  # noqa: B015


def test_a_value_outside_its_domain_is_not_compared_and_not_returned():
    for field in (Balls(Random(1)), PrimeField(Random(1))):
        minus = field.number(field.element(-2.0), field.one, field.near(-2.0))
        with pytest.raises(OutsideField, match="domain"):
            minus.log() > 0  # noqa: B015


def test_infinities_follow_the_rules_of_floats():
    field = PrimeField(Random(1))
    x = field.number(field.random_element(), field.one, field.near(2.0))
    up, down = field.lift(math.inf), field.lift(-math.inf)
    assert (up + x).near == math.inf
    assert (x - up).near == -math.inf
    assert (down * x).near == -math.inf
    assert (down * -x).near == math.inf
    assert (x / up) == 0
    assert down.exp() == 0
    assert up.tanh() == 1
    assert down < x < up
    assert not up < up
    assert max(down, x) is x
    for undefined in (up - up, up * 0, x * 0 / 0, up / up, down.log()):
        assert math.isnan(undefined.near)
        assert not any((undefined > x, undefined < x, undefined == x))
        assert undefined != x
    assert (x / 0).near == math.inf
    assert (-x / 0).near == -math.inf


def test_an_exact_array_is_never_a_silent_float():
    made = on_numbers(lambda x: x, PrimeField(Random(1)))
    assert isinstance(made, ExactArray)
    for conversion in (np.asarray, np.array, np.ascontiguousarray):
        with pytest.raises(NotExact):
            conversion(made, dtype=float)
