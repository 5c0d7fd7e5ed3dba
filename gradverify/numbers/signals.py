"""What an exact run may raise instead of a result. None of these says anything about the op's mathematics."""

from __future__ import annotations


class NotExact(Exception):
    """The code did something that exact numbers cannot follow: the witness does not apply, and says where."""


class Coerced(NotExact):
    """An exact number was to become a float, an integer or an index."""


class Unwritten(NotExact):
    """The code computes with an entry of `np.empty` that nothing was written to."""


class TooClose(Exception):
    """Two values to be compared are closer than their approximations can tell: draw other inputs."""


class Tie(Exception):
    """A comparison landed on equality of values that may differ: the inputs lie on a kink."""


class OutsideField(Exception):
    """A value does not exist in the field (a root of a non-square, a division by 0): draw others, or change the field."""
