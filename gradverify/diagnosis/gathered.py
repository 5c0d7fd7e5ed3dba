"""The exact runs that a diagnosis rests on: of general cases, of square ones and of special ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradverify.diagnosis.draws import Draws
from gradverify.diagnosis.points import Laboratory, Point, alike
from gradverify.model import Case, Op

__all__ = ["Gathered", "is_wrong"]


def is_wrong(point: Point) -> bool:
    """Whether anything is wrong with the gradients of this run."""
    places = range(len(point.seen.inputs))
    return not point.fits or any(not point.shapes_fit(k) or any(point.wrong(k)) for k in places)


@dataclass(frozen=True)
class Gathered:
    """The exact runs, of general cases and of special ones."""

    general: tuple[Point, ...]
    square: tuple[Point, ...]
    special: tuple[Point, ...]

    @classmethod
    def of(cls, laboratory: Laboratory, cases: Draws) -> Gathered:
        """Run these cases; those that refuse are left out."""

        def run(group: Sequence[Case]) -> tuple[Point, ...]:
            made = [laboratory.point(case) for case in group]
            return tuple(point for point in made if point is not None)

        made = cls(run(cases.general), run(cases.square), run(cases.special))
        if len({point.seen.field.certain for point in made.all}) > 1:  # residues could not follow all of them
            made = cls(run(cases.general), run(cases.square), run(cases.special))
        same = {id(point) for point in alike(made.all)}
        return cls(*(tuple(p for p in group if id(p) in same) for group in (made.general, made.square, made.special)))

    @property
    def all(self) -> tuple[Point, ...]:
        """Every run."""
        return (*self.general, *self.square, *self.special)

    def wrong_inputs(self, op: Op) -> list[int]:
        """The inputs whose gradients are wrong at some run, of those where all have their shapes."""
        runs = [p for p in self.all if all(p.shapes_fit(k) for k in range(len(op.inputs)))]
        return [k for k in range(len(op.inputs)) if any(any(p.wrong(k)) for p in runs)]

    def wrong_somewhere(self) -> bool:
        """Whether anything is wrong with the gradients at any of them."""
        return any(map(is_wrong, self.all))
