"""Draws random kernel terms for the fuzz test: entries with repeated indices, δ, Σ, quotients, roots, exp, f, ∂."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from gradverify.calculus.terms import (
    Apply,
    Delta,
    Entry,
    Index,
    Inverse,
    Num,
    Partial,
    Plus,
    Power,
    Product,
    Scalar,
    Selected,
    Selector,
    Sigma,
    Size,
    Term,
    Times,
)

POLYNOMIAL, QUOTIENT, ELEMENTARY, MAPS, MATRICES = "polynomial", "quotient", "elementary", "maps", "matrices"

ARRAYS = {"a": "n", "b": "n", "c": "m", "A": "nn", "X": "mn", "T": "nnn", "u": "1n", "v": "n3", "k": ""}
POSITIVE_ARRAYS = {"p": "n", "q": "m", "Q": "mn"}
SELECTORS = (
    (Selector("t"), "m", "n"),
    (Selector("perm", injective=True, onto=True), "n", "n"),
    (Selector("slice", injective=True), "m", "n"),
    (Selector("pad", total=False), "mn", "n"),
    (Selector("inner", total=False, injective=True), "n", "m"),
    (Selector("below", single=False, total=False), "n", "n"),
)
NAMES = "abcdefgh"
HALF = Fraction(1, 2)


class Maker:
    """Draws terms. `fragment` says which operations may occur in them."""

    def __init__(self, random: Random, fragment: str) -> None:
        self.random, self.fragment = random, fragment
        self.count = 0

    def bound(self, sort: str) -> Index:
        """A new index, whose name comes before or after others at random."""
        self.count += 1
        return Index(sort, f"{self.random.choice(NAMES)}{self.count}")

    def scope(self) -> tuple[Index, ...]:
        """Free indices for an expression."""
        return tuple(self.bound(sort) for sort in self.random.choice(("n", "m", "nn", "mn", "nnm", "nnn", "n3")))

    def term(self, scope: tuple[Index, ...], depth: int) -> Term:
        """A term whose free indices are in scope."""
        kinds = [self.leaf] if depth <= 0 else [self.leaf, self.plus, self.times, self.times, self.sigma, self.sigma]
        if depth > 0:
            kinds += [self.whole_power, self.partial]
            if self.fragment != POLYNOMIAL:
                kinds += [self.quotient, self.quotient]
            if self.fragment == MATRICES:
                kinds += [self.product, self.product, self.times_inverse]
            if self.fragment in (ELEMENTARY, MAPS):
                kinds += [self.elementary, self.elementary, self.opaque, self.root]
        return self.random.choice(kinds)(scope, depth)

    def leaf(self, scope: tuple[Index, ...], depth: int = 0) -> Term:
        if self.fragment == MAPS and self.random.random() < 0.45:
            found = self.selected(scope)
            if found is not None:
                return found
        if self.fragment == MATRICES and self.random.random() < 0.3:
            places = [v for v in scope if v.sort == "n"]
            if places:
                return Inverse("A", self.random.choice(places), self.random.choice(places))
        kind = self.random.randrange(10)
        if kind == 0:
            return Num(self.random.choice((-2, -1, 2, 3, Fraction(1, 2))))
        if kind == 1:
            return Size(self.random.choice("mn"))
        if kind == 2:
            return Scalar("t")
        if kind in (3, 4):
            pairs = [(v, w) for v in scope for w in scope if v < w and v.sort == w.sort]
            if pairs:
                return Delta(*self.random.choice(pairs))
        return self.entry(scope, ARRAYS, positive=False)

    def product(self, scope: tuple[Index, ...], depth: int) -> Term:
        """Π over n or m of something small, perhaps without some of the places in scope."""
        index = self.bound(self.random.choice("nm"))
        places = [v for v in scope if v.sort == index.sort]
        without = tuple(self.random.sample(places, min(len(places), self.random.choice((0, 0, 1, 2)))))
        return Product(index, self.term((*scope, index), min(depth - 1, 1)), without)

    def times_inverse(self, scope: tuple[Index, ...], depth: int) -> Term:
        """A sum in which A may meet its inverse."""
        index = self.bound("n")
        inner = [v for v in (*scope, index) if v.sort == "n"]
        pick = self.random.choice
        factors = [Entry("A", (pick(inner), index)), Inverse("A", index, pick(inner))]
        if self.random.random() < 0.5:
            factors = [Entry("A", (index, pick(inner))), Inverse("A", pick(inner), index)]
        if self.random.random() < 0.3:
            factors.append(self.term((*scope, index), 0))
        return Sigma(index, Times(tuple(factors)))

    def selected(self, scope: tuple[Index, ...]) -> Term | None:
        """[t(i) = j] for one of the maps, where indices for it are in scope."""
        selector, places, values = self.random.choice(SELECTORS)
        of_sort = {sort: [v for v in scope if v.sort == sort] for sort in (*places, *values)}
        if not all(of_sort.values()):
            return None
        chosen = [tuple(self.random.choice(of_sort[sort]) for sort in sorts) for sorts in (places, values)]
        return Selected(selector, *chosen)

    def entry(self, scope: tuple[Index, ...], arrays: dict[str, str], *, positive: bool) -> Entry:
        """An entry of one of the arrays for which there are indices."""
        sorts = {index.sort for index in scope} | {"1"}
        name = self.random.choice([name for name, sides in arrays.items() if sorts >= set(sides)] or ["k"])
        indices = tuple(
            Index("1", "0") if side == "1" else self.random.choice([v for v in scope if v.sort == side])
            for side in {**ARRAYS, **POSITIVE_ARRAYS}[name]
        )
        return Entry(name, indices, positive and name != "k")

    def plus(self, scope: tuple[Index, ...], depth: int) -> Term:
        return Plus(tuple(self.term(scope, depth - 1) for _ in range(self.random.choice((2, 2, 3)))))

    def times(self, scope: tuple[Index, ...], depth: int) -> Term:
        return Times(tuple(self.term(scope, depth - 1) for _ in range(self.random.choice((2, 2, 3)))))

    def sigma(self, scope: tuple[Index, ...], depth: int) -> Term:
        index = self.bound(self.random.choice("nnnmm3"))
        return Sigma(index, self.term((*scope, index), depth - 1))

    def whole_power(self, scope: tuple[Index, ...], depth: int) -> Term:
        return Power(self.term(scope, min(depth - 1, 1)), self.random.choice((2, 2, 3)))

    def partial(self, scope: tuple[Index, ...], depth: int) -> Term:
        return Partial(self.term(scope, depth - 1), self.entry(scope, {"a": "n", "A": "nn", "X": "mn"}, positive=False))

    def quotient(self, scope: tuple[Index, ...], depth: int) -> Term:
        return Power(self.base(scope, depth - 1), self.random.choice((-1, -1, -2)))

    def base(self, scope: tuple[Index, ...], depth: int) -> Term:
        """Something that is not 0 for almost all values; often positive."""
        if self.random.random() < 0.4:
            return self.positive(scope, depth)
        left = self.entry(scope, {"a": "n", "b": "n", "X": "mn"}, positive=False)
        if self.random.random() < 0.15:  # 0 where two indices meet
            right = self.entry(scope, {left.array: ARRAYS[left.array]}, positive=False)
            if right != left:
                return Plus((left, Times((Num(-1), right))))
        other = self.random.choice((Scalar("t"), Num(1), self.entry(scope, {"b": "n", "c": "m"}, positive=False)))
        return self.random.choice((left, Plus((left, Times((Num(2), other))))))

    def positive(self, scope: tuple[Index, ...], depth: int) -> Term:
        """Something positive, and known to be so by its form."""
        leaf = self.entry(scope, POSITIVE_ARRAYS, positive=True)
        if leaf.array == "k":
            leaf = Scalar("eps", positive=True)
        kind = self.random.randrange(5 if depth > 0 else 2)
        if kind == 0:
            return leaf
        if kind == 1:
            return Plus((leaf, Scalar("eps", positive=True)))
        if kind == 2:
            return Plus((Scalar("eps", positive=True), Power(self.leaf(scope), 2)))
        index = self.bound(self.random.choice("nm"))
        if kind == 3:
            return Sigma(index, self.positive((*scope, index), depth - 1))
        return Times((leaf, Plus((Num(1), self.positive(scope, depth - 1)))))

    def elementary(self, scope: tuple[Index, ...], depth: int) -> Term:
        name = self.random.choice(("exp", "exp", "log", "iverson", "tanh", "sin"))
        if name == "log":
            return Apply(name, (self.positive(scope, depth - 1),), (0,))
        if name == "iverson":
            return Apply(name, (self.base(scope, 0),), (0,))
        return Apply(name, (self.term(scope, min(depth - 1, 1)),), (0,))

    def opaque(self, scope: tuple[Index, ...], depth: int) -> Term:
        if self.random.random() < 0.5:
            return Apply("f", (self.term(scope, min(depth - 1, 1)),), (self.random.choice((0, 0, 1)),))
        return Apply("g", (self.leaf(scope), self.leaf(scope)), self.random.choice(((0, 0), (1, 0), (0, 1))))

    def root(self, scope: tuple[Index, ...], depth: int) -> Term:
        return Power(self.positive(scope, depth - 1), self.random.choice((HALF, -HALF, 3 * HALF)))
