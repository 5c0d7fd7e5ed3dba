"""Puts the stand-ins into the op's own code for the length of an exact run, and takes them out again.

Runs in several threads and runs inside runs share the stand-ins: the first puts them in, the last takes them out. What a run
leaves behind in the op's modules and objects, exact arrays in a cache for instance, is taken out as well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from gradverify.numbers.array import ExactArray
from gradverify.numbers.context import own_namespaces, running
from gradverify.numbers.modules import OwnCode, Place
from gradverify.numbers.number import Number
from gradverify.numbers.standin import is_stand_in

_lock = threading.RLock()
_bound: dict[tuple[int, Any], tuple[Place, int]] = {}
"""The places that hold a stand-in at this moment, and for how many runs."""

_MISSING = object()


@contextmanager
def exactly(code: OwnCode, field: Any) -> Iterator[None]:
    """Run the body with stand-ins in the op's own code, for numbers of this field."""
    taken: list[Place] = []
    before = [(state, _copy(state)) for state in code.state.values()]
    token = own_token = None
    try:
        token, own_token = running.set(field), own_namespaces.set(frozenset(code.namespaces))
        for place in code.places.values():
            taken.append(place)  # first noted, then done: an interrupt in between is undone as well
            _acquire(place)
        yield
    finally:
        undone: list[Callable[[], None]] = [partial(_release, place) for place in reversed(taken)]
        _to_the_end(undone + [partial(_take_out, *each) for each in before])
        field.frame = None
        if token is not None and own_token is not None:
            running.reset(token)
            own_namespaces.reset(own_token)


def _to_the_end(steps: list[Callable[[], None]]) -> None:
    """Do every step, also when one is interrupted; raise the interrupt afterwards."""
    interrupt: BaseException | None = None
    for step in steps:
        try:
            step()
        except BaseException as error:  # noqa: BLE001  # a KeyboardInterrupt may come at any point
            interrupt = error
            step()
    if interrupt is not None:
        raise interrupt


def _acquire(place: Place) -> None:
    with _lock:
        held, count = _bound.get(place.key, (place, 0))
        if count == 0:
            if _read(place) is not place.real:
                return  # the code changed since it was looked at: this place is its own affair
            try:
                place.write(place.instead)
            except (AttributeError, TypeError):  # a class that lets nobody change it
                return
        _bound[place.key] = (held, count + 1)


def _release(place: Place) -> None:
    with _lock:
        held, count = _bound.get(place.key, (place, 0))
        if count > 1:
            _bound[place.key] = (held, count - 1)
        elif count == 1:
            # Where the code itself has bound the name anew meanwhile, its new value stays.
            if _read(held) is held.instead:
                held.write(held.real)
            del _bound[place.key]


def _read(place: Place) -> Any:
    try:
        return place.read()
    except (AttributeError, IndexError, ValueError):  # the place is gone
        return _MISSING


def _copy(state: Any) -> Any:
    return dict(state) if isinstance(state, dict) else list(state)


def _take_out(state: Any, before: Any) -> None:
    """Undo what the run wrote into a dictionary or list of the op's, where that is exact or a stand-in."""
    with _lock:
        if isinstance(state, list):
            if any(_is_left_over(value) and (id(state), k) not in _bound for k, value in enumerate(state)):
                state[:] = before
            return
        for key, value in list(state.items()):
            old = before.get(key, _MISSING)
            if value is old or (id(state), key) in _bound or not _is_left_over(value):
                continue
            if old is _MISSING:
                del state[key]
            else:
                state[key] = old


def _is_left_over(value: Any) -> bool:
    """Whether a value is, or holds, something of an exact run."""
    if isinstance(value, np.ndarray):
        return isinstance(value, ExactArray) or (
            value.dtype == object and any(isinstance(x, Number) for x in value.flat)
        )
    if type(value) in (tuple, list):
        return any(_is_left_over(each) for each in value)
    if type(value) is dict:
        return any(_is_left_over(each) for each in value.values())
    return isinstance(value, Number) or is_stand_in(value)
