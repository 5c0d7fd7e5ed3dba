"""One exact trial of a case, and what its ends mean: whatever an exact run raises becomes a signal of the search.

Shared by the witnesses that run the op on exact numbers.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any, TypeVar

import numpy as np

from gradverify.cases import Mismatch, Refused, Skipped
from gradverify.model import Case, Finding
from gradverify.numbers.fields import Field
from gradverify.numbers.run import Code, Trial, WrongGradients, precision, run
from gradverify.numbers.signals import NotExact, OutsideField, Tie, TooClose

__all__ = ["run_trial", "told"]

T = TypeVar("T")


def run_trial(code: Code, case: Case, field: Field, sides: bool = True) -> Trial:
    """One run; what is no result of an exact run becomes the signal that the search understands."""
    draw = getattr(field, "random_element", None)
    if draw is None:
        draws = Random(case.seed + 1)

        def draw() -> Any:
            return field.element(Fraction(draws.choice((-1, 1)) * draws.randint(2**62, 2**63), 2**62))

    with precision(field):
        return _run(code, case, field, draw, sides)


def _run(code: Code, case: Case, field: Field, draw: Callable[[], Any], sides: bool) -> Trial:
    random_values = hasattr(field, "random_element")

    def cotangents(place: int, shape: Any) -> list[Any]:
        numbers = []
        for _ in range(math.prod(shape)):
            value = draw()
            # No code should compare a cotangent; where one does, its sign is drawn too.
            near = field.near(field.random.random() - 0.5) if random_values else value
            numbers.append(field.number(value, field.zero, near))
        return numbers

    return told(
        lambda: run(
            code,
            case.inputs,
            case.parameters,
            field,
            values=lambda place, entry, x: field.random_value() if random_values else field.element(x),  # type: ignore[attr-defined]
            tangents=lambda place, entry: draw(),
            cotangents=cotangents,
            sides=sides,
        )
    )


def told(attempt: Callable[[], T]) -> T:
    """Make an attempt; its exceptions come out as `Refused`, `Skipped`, `Mismatch`, `NotExact` or `OutsideField`."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return attempt()
    except (OutsideField, NotExact, Mismatch):
        raise
    except Tie:
        raise Skipped("a kink: a comparison lands on equality") from None
    except TooClose:
        raise Skipped("a comparison of values too close to tell") from None
    except WrongGradients as wrong:
        raise Mismatch(Finding(str(wrong))) from None
    except SystemError as error:  # NumPy went on comparing after a comparison had raised: what it raised counts
        raised: BaseException | None = error
        while raised is not None and not isinstance(raised, Tie | TooClose | NotExact | OutsideField):
            raised = raised.__cause__ or raised.__context__
        if raised is None:
            raise NotExact(f"SystemError: {error}") from error
        signal = raised

        def again() -> T:
            raise signal

        return told(again)
    except RecursionError:
        raise NotExact("the code recurses too deep on exact numbers") from None
    except Exception as error:  # the user's code: what it raises on floats is the other witnesses' finding
        raise _other(error) from error


def _other(error: Exception) -> Exception:
    """What an exception of the op's own means: a refusal of the case, or code that exact numbers cannot follow."""
    if isinstance(error, ValueError | ZeroDivisionError | np.linalg.LinAlgError):
        return Refused(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    return NotExact(f"{type(error).__name__}: {error}").with_traceback(error.__traceback__)
