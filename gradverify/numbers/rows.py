"""A tangent by every input entry at once: a sparse row of the Jacobian, so that one run of a forward gives all of it.

Takes the place of a field's element as the tangent of a number; a product of two rows never arises, as ε² = 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Key = tuple[int, int]
"""Which input, and which of its entries in C order."""


class Row:
    """Σ slope·ẋ_key over the entries that a number depends on; those that are missing have the slope 0."""

    __slots__ = ("slopes",)

    def __init__(self, slopes: Mapping[Key, Any]) -> None:
        self.slopes = slopes

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Row):
            return self  # the only other tangent there is: 0
        slopes = dict(self.slopes)
        for key, slope in other.slopes.items():
            slopes[key] = slopes[key] + slope if key in slopes else slope
        return Row(slopes)

    __radd__ = __add__

    def __neg__(self) -> Row:
        return Row({key: -slope for key, slope in self.slopes.items()})

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __mul__(self, factor: Any) -> Row:
        return Row({key: slope * factor for key, slope in self.slopes.items()})

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> Row:
        return Row({key: slope / divisor for key, slope in self.slopes.items()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and all(slope == 0 for slope in (self - other).slopes.values())

    __hash__ = None  # type: ignore[assignment]  # equal rows may be written in different ways

    def overlaps(self, other: Any) -> bool:
        """Whether two rows of balls may be the same."""
        return all(slope.overlaps(slope - slope) for slope in (self - other).slopes.values())
