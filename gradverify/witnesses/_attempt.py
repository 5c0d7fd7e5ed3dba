"""Judges whether one line equals another: by the kernel for all sizes, at the cutoff sizes, and by SymPy at small ones.

Takes a derivation and one of its chains, or two sides; gives the opinions, and a counterexample where the sides differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from itertools import cycle, product
from random import Random
from typing import Any

import sympy
from sympy.matrices.expressions.matexpr import MatrixElement

from gradverify.calculus.cutoff import Cutoff, cutoff
from gradverify.calculus.from_sympy import sort_of
from gradverify.calculus.normal import is_zero
from gradverify.calculus.polynomial import add
from gradverify.calculus.refute import (
    Comparison,
    Condition,
    Difference,
    compare,
    smallest_sizes,
)
from gradverify.calculus.terms import Inverse, Partial, Sigma, SortError, Term, children, sorts_of
from gradverify.calculus.workspace import Workspace
from gradverify.derivation.composition import Composition
from gradverify.derivation.explicit import NoSuchMap, WriteOut, sympy_equal
from gradverify.derivation.language import cotangent, tangent
from gradverify.derivation.lines import Line, read_line, read_lines
from gradverify.derivation.maps import is_map, maps_of
from gradverify.derivation.proof import Counterexample, GradientProof, Opinion, StepProof
from gradverify.derivation.records import Chain, Derivation
from gradverify.model import Outcome
from gradverify.witnesses._proof_words import misfit, named, written

__all__ = ["MOST_WORK", "Attempt", "all_sizes", "same", "work"]

LARGEST = 10**15
"""Entries at the cutoff are whole numbers up to this: a false agreement has a chance of about degree/2·10¹⁵."""

NO_VALUES = "no values inside the domain were found"

LARGEST_UNSETTLED = 3
"""A step that the kernel proved and that no sizes are known to settle, or none in balls, is evaluated at sizes up to this:
larger ones cost far more, and settle no more."""

SIDES = ((2, 3), (3, 2), (2, 1, 1), (1, 2, 1), (1, 1, 2), (2, 1), (1, 2))
"""The sides at which SymPy is asked, in turn to the sizes in their order; the first that are not too much work."""

MOST_WRITTEN = 3_000
"""Elementary steps that all lines of a chain may take together, written out."""

MOST_WORK = 400_000
"""An evaluation at the cutoff of more elementary steps than this is not made."""


def same(ws: Workspace, left: Line, right: Line) -> bool:
    if left.form is None or right.form is None:
        return False
    return is_zero(ws, add(dict(left.form), right.form, -1))


class Attempt:
    """The proof of one gradient or tangent."""

    def __init__(
        self,
        derivation: Derivation,
        gradient: Chain,
        domain: tuple[Condition, ...],
        random: Random,
        composed: Composition | None = None,
        sides: tuple[Any, ...] = (),
    ) -> None:
        self.derivation, self.gradient, self.domain, self.random = derivation, gradient, domain, random
        self.defined = {**derivation.where, **derivation.forward}
        if composed is None:
            self.ws, self.reader, self.lines = read_lines(derivation, gradient)
        else:  # two sides in place of a chain of lines
            self.ws, self.reader, self.lines = composed.read(*sides)
            self.defined = dict(composed.definitions.values())
        self.explicit: dict[int, list[Any]] = {}
        self.writer: WriteOut | None = None

    def run(self) -> GradientProof:
        """Every step against the last line before it that means anything."""
        steps: list[StepProof] = []
        before = 0
        inhabited = self.has_values()
        for number, step in enumerate(self.gradient.steps, 1):
            left, right = self.lines[before], self.lines[number]
            kernel, settled, asked, counterexample = self.judged(left, right, inhabited=inhabited)
            remark = self.remark(number, before) if counterexample is not None else ""
            steps.append(StepProof(number, step, left.expression, kernel, settled, asked, counterexample, remark))
            if right.term is not None:
                before = number
        return GradientProof(self.gradient, self.lines[0].expression, tuple(steps), self.matrix_form())

    def judged(
        self, left: Line, right: Line, *, inhabited: bool
    ) -> tuple[Opinion, Opinion, Opinion, Counterexample | None]:
        """The three opinions on one line's being equal to another, and a counterexample if it is not."""
        kernel = self.by_kernel(left, right) if inhabited else Opinion(Outcome.UNDECIDED, NO_VALUES)
        if isinstance(right.trouble, SortError):
            misplaced = Opinion(Outcome.REFUTED, str(right.trouble))
            return kernel, misplaced, misplaced, misfit(right.trouble)
        settled, difference = self.at_cutoff(left, right)
        asked = self.by_sympy(left, right)
        if kernel.outcome is not Outcome.HOLDS and difference is None:
            difference = self.smallest_difference(left, right)
        if difference is None:
            return kernel, settled, asked, None
        difference = self.smallest_difference(left, right) or difference
        refuted = Opinion(Outcome.REFUTED, "different normal forms, and different values")
        return refuted, settled, asked, written(difference)

    def has_values(self) -> bool:
        """Whether the definition has values anywhere: on an empty domain every equation would hold."""
        start = self.lines[0].term
        if start is None:
            return True  # the kernel says why
        return any(self.compare(start, start, sizes, 9).trials for sizes in smallest_sizes(self.all_sorts(), 2))

    def by_kernel(self, left: Line, right: Line) -> Opinion:
        """The first opinion: equal normal forms for symbolic sizes."""
        trouble = right.trouble or left.trouble
        if isinstance(trouble, SortError):
            return Opinion(Outcome.REFUTED, str(trouble))
        if trouble is not None:
            return Opinion(Outcome.UNDECIDED, str(trouble))
        if same(self.ws, left, right):
            return Opinion(Outcome.HOLDS, "equal normal forms, for all sizes")
        return Opinion(Outcome.UNDECIDED, "different normal forms")

    def at_cutoff(self, left: Line, right: Line) -> tuple[Opinion, Difference | None]:
        """The second: exact values at the sizes that settle all sizes."""
        if left.term is None or right.term is None:
            return Opinion(Outcome.UNDECIDED, str(right.trouble or left.trouble)), None
        plan = self.plan(left, right)
        trials, field, checked = 0, "exactly", []
        for sizes in map(self.whole, all_sizes(plan)):
            if work(left.term, sizes) + work(right.term, sizes) > MOST_WORK:
                return Opinion(Outcome.UNDECIDED, f"{named(sizes)} would take too long to evaluate"), None
            found = self.compare(left.term, right.term, sizes, LARGEST)
            if found.difference is not None:
                return Opinion(Outcome.REFUTED, f"different values at {named(sizes)}"), found.difference
            if found.missed:
                return Opinion(Outcome.UNDECIDED, f"{NO_VALUES} at {named(sizes)}"), None
            trials += found.trials
            field = found.field if found.field != "exactly" else field
            checked.append(named(sizes))
        if not trials:
            return Opinion(Outcome.UNDECIDED, NO_VALUES), None
        where = checked[0] if len(checked) == 1 else f"{checked[0]} … {checked[-1]}"
        if plan.settled and field == "exactly":
            return Opinion(Outcome.HOLDS, f"equal {field} at {where}, which settles all sizes"), None
        return Opinion(Outcome.UNDECIDED, f"equal {field} at {where}; that settles these sizes only"), None

    def plan(self, left: Line, right: Line) -> Cutoff:
        """Which sizes settle the step; where a normal form is missing, or a proved step has none, small sizes."""
        assert left.term is not None
        assert right.term is not None
        if left.form is None or right.form is None:
            sorts = sorts_of(left.term) | sorts_of(right.term)
            return Cutoff({sort: (2, 2) for sort in sorted(sorts) if not sort.isdigit()}, settled=False)
        found = cutoff(self.ws, (left.term, right.term), (left.form, right.form))
        if self.compound:  # the theorem lets every size be chosen by itself
            found = replace(found, settled=False)
        if not same(self.ws, left, right):
            return found
        smallest = dict.fromkeys(found.sizes, 1)
        if found.settled and self.compare(left.term, right.term, smallest, 9).field == "exactly":
            return found
        sizes = {sort: min(first, LARGEST_UNSETTLED) for sort, (first, _) in found.sizes.items()}
        return Cutoff({sort: (size, size) for sort, size in sizes.items()}, settled=False)

    def compare(self, left: Term, right: Term, sizes: Mapping[str, int], largest: int) -> Comparison:
        """Both sides at these sizes, at drawn values inside the domain."""
        every = self.whole(dict.fromkeys(sorted(self.all_sorts()), 2) | dict(sizes))
        return compare(left, right, every, self.domain, self.random, largest=largest)

    def whole(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """These sizes with those that are made of others as long as they make them: m + n is m and n together."""
        made = {
            name: int(side.subs({symbol: sizes.get(str(symbol), 2) for symbol in side.free_symbols}))
            for name, side in self.compound.items()
        }
        return {**sizes, **made}

    def all_sorts(self) -> set[str]:
        """Every size that a line or a condition speaks of."""
        terms = [line.term for line in self.lines if line.term is not None]
        terms += [condition.term for condition in self.domain]
        return {sort for term in terms for sort in sorts_of(term) if not sort.isdigit()}

    def smallest_difference(self, left: Line, right: Line) -> Difference | None:
        """The smallest sizes, and small whole values there, at which the two sides differ."""
        if left.term is None or right.term is None:
            return None
        sorts = sorts_of(left.term) | sorts_of(right.term)
        for sizes in smallest_sizes(sorts, 3):
            for _ in range(3):
                found = self.compare(left.term, right.term, sizes, 5)
                if found.difference is not None:
                    return found.difference
        return None

    def by_sympy(self, left: Line, right: Line) -> Opinion:
        """The third: SymPy's own algebra at one small shape."""
        sizes = self.small_sizes
        try:
            pairs = zip(self.written_out(left, sizes), self.written_out(right, sizes), strict=True)
            outcomes = {sympy_equal(*pair) for pair in pairs}
        except NoSuchMap as reason:
            return Opinion(Outcome.UNDECIDED, str(reason))
        except (KeyError, TypeError) as error:  # an index of the line that nothing binds
            return Opinion(Outcome.UNDECIDED, f"not a closed expression: {error}")
        shape = named({str(size): value for size, value in sizes.items()})
        for outcome, text in ((Outcome.REFUTED, "different at"), (Outcome.UNDECIDED, "not decided at")):
            if outcome in outcomes:
                return Opinion(outcome, f"{text} {shape}")
        return Opinion(Outcome.HOLDS, f"equal at {shape}")

    @cached_property
    def compound(self) -> dict[str, Any]:
        """The sizes that are made of others, such as m + n, by their names in the kernel."""
        sides = [side for array in self.arrays() for side in array.shape]
        maps = [kind for kind in maps_of(self.derivation).values() if is_map(kind)]
        sides += [side for kind in maps for side in (*kind.sides, kind.target)]
        return {sort_of(side): side for side in sides if not isinstance(side, sympy.Symbol | int | sympy.Integer)}

    @cached_property
    def small_sizes(self) -> dict[Any, int]:
        """The sizes at which SymPy is asked: sides of 2 and 3, or smaller ones where too much would be written out."""
        symbols = sorted(self.symbols(), key=str)
        terms = [line.term for line in self.lines if line.term is not None]
        for sides in SIDES:
            sizes = dict(zip(symbols, cycle(sides), strict=False))
            named_sizes = {str(symbol): size for symbol, size in sizes.items()}
            if sum(work(term, named_sizes) for term in terms) <= MOST_WRITTEN:
                break
        return sizes

    def written_out(self, line: Line, sizes: dict[Any, int]) -> list[Any]:
        """A line at fixed sizes, once where all free indices are 0 and once where they differ."""
        if id(line) not in self.explicit:
            if self.writer is None:
                self.writer = WriteOut(self.defined, sizes)
            free = [index for index in self.gradient.entry.indices if isinstance(index, sympy.Idx)]
            extents = [int(sympy.sympify(index.upper + 1, strict=True).subs(sizes)) for index in free]
            rows = [[(shift * number) % extent for number, extent in enumerate(extents)] for shift in (0, 1)]
            scopes = [dict(zip(free, row, strict=True)) for row in rows]
            self.explicit[id(line)] = [self.writer.at(line.expression, scope) for scope in scopes]
        return self.explicit[id(line)]

    def symbols(self) -> set[Any]:
        """The size symbols of the derivation."""
        return {side for array in self.arrays() for side in array.shape if isinstance(side, sympy.Symbol)}

    def arrays(self) -> list[Any]:
        """The arrays of the derivation."""
        arrays = [*self.derivation.inputs, *(entry.base for entry in self.derivation.forward)]
        return [*arrays, *(entry.base for entry in self.derivation.where)]

    def remark(self, number: int, before: int) -> str:
        """How a wrong line stands to the lines before: whether it is right all the same."""
        here = self.lines[number]
        if same(self.ws, self.lines[0], here):
            return "this line equals the definition again: it undoes an earlier mistake"
        for earlier in range(before - 1, 0, -1):
            if same(self.ws, self.lines[earlier], here):
                return f"this line equals line {earlier} again"
        later = self.lines[number + 1 :]
        if later and not any(same(self.ws, self.lines[0], line) for line in later):
            return "no later line is right again"
        return ""

    def matrix_form(self) -> Opinion | None:
        """The claim in matrix notation against the claim in index notation."""
        matrix = self.gradient.matrix
        if matrix is None:
            return None
        places = [0 if index == 0 else index for index in self.gradient.entry.indices]
        places += [0] * (2 - len(places))
        claim, line = self.lines[-1], read_line(self.ws, self.reader, self.by_axes(matrix[tuple(places)]))
        opinion = self.by_kernel(claim, line)
        if opinion.outcome is Outcome.UNDECIDED:
            difference = self.smallest_difference(claim, line)
            if difference is not None:
                return Opinion(Outcome.REFUTED, f"different values at {named(difference.sizes)}")
        return opinion

    def by_axes(self, expression: Any) -> Any:
        """The expression where an entry of a vector, which is a column among matrices, has its one index."""
        arrays = [*self.derivation.inputs, *(entry.base for entry in self.derivation.forward)]
        arrays += [made(each) for each in arrays for made in (cotangent, tangent)]
        vectors = {str(each.label): each for each in arrays if len(each.shape) == 1}
        return expression.replace(
            lambda each: isinstance(each, MatrixElement) and str(each.parent) in vectors,
            lambda each: vectors[str(each.parent)][each.i],
        )


def all_sizes(plan: Cutoff) -> list[dict[str, int]]:
    """Every combination of the sizes from their first to their last value."""
    ranges = [range(low, high + 1) for low, high in plan.sizes.values()]
    return [dict(zip(plan.sizes, values, strict=True)) for values in product(*ranges)]


def work(term: Term, sizes: Mapping[str, int]) -> int:
    """About how many elementary steps one evaluation takes."""
    if isinstance(term, Inverse):
        return int(4.0 ** min(sizes.get(term.row.sort, 2), 9))
    inner = sum(work(child, sizes) for child in children(term)) + 1
    if isinstance(term, Sigma):
        return inner * (int(term.index.sort) if term.index.sort.isdigit() else sizes.get(term.index.sort, 2))
    return inner * 2 if isinstance(term, Partial) else inner
