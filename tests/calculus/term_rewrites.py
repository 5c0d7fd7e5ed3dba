"""Changes kernel terms at one place: rewrites that keep the meaning, and mutants that as a rule do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from random import Random

from random_terms import MAPS, MATRICES, POLYNOMIAL, QUOTIENT, SELECTORS, Maker

from gradverify.calculus.terms import (
    ZERO,
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
    Selected,
    Sigma,
    Size,
    Term,
    Times,
    children,
    free_indices,
)


def with_children(term: Term, inner: tuple[Term, ...]) -> Term:
    match term:
        case Plus():
            return Plus(inner)
        case Times():
            return Times(inner)
        case Power(_, exponent):
            return Power(inner[0], exponent)
        case Apply(function, _, orders):
            return Apply(function, inner, orders)
        case Sigma(index, _):
            return Sigma(index, inner[0])
        case Product(index, _, without):
            return Product(index, inner[0], without)
        case Partial(_, entry):
            return Partial(inner[0], entry)
    return term


def rename(term: Term, labels: dict[Index, Index]) -> Term:
    """Replace free indices."""
    match term:
        case Entry(array, indices, positive):
            return Entry(array, tuple(labels.get(index, index) for index in indices), positive)
        case Delta(left, right):
            return Delta(labels.get(left, left), labels.get(right, right))
        case Inverse(array, row, column):
            return Inverse(array, labels.get(row, row), labels.get(column, column))
        case Product(index, body, without):
            inside = rename(body, {old: new for old, new in labels.items() if old != index})
            return Product(index, inside, tuple(labels.get(v, v) for v in without))
        case Selected(selector, places, values):
            return Selected(selector, *(tuple(labels.get(v, v) for v in part) for part in (places, values)))
        case Sigma(index, body):
            return Sigma(index, rename(body, {old: new for old, new in labels.items() if old != index}))
        case Partial(body, entry):
            return Partial(rename(body, labels), rename(entry, labels))
    return with_children(term, tuple(rename(child, labels) for child in children(term)))


def refresh(term: Term, maker: Maker) -> Term:
    """Give every sum an index of its own, with a new name."""
    if isinstance(term, Sigma):
        index = maker.bound(term.index.sort)
        return Sigma(index, refresh(rename(term.body, {term.index: index}), maker))
    if isinstance(term, Product):
        index = maker.bound(term.index.sort)
        return Product(index, refresh(rename(term.body, {term.index: index}), maker), term.without)
    return with_children(term, tuple(refresh(child, maker) for child in children(term)))


def places(term: Term, scope: tuple[Index, ...], path: tuple[int, ...] = ()) -> Iterator[tuple]:
    """Every subterm with its path and the indices in scope there."""
    yield path, term, scope
    inner = (*scope, term.index) if isinstance(term, Sigma | Product) else scope
    for number, child in enumerate(children(term)):
        yield from places(child, inner, (*path, number))


def put(term: Term, path: tuple[int, ...], new: Term) -> Term:
    if not path:
        return new
    inner = list(children(term))
    inner[path[0]] = put(inner[path[0]], path[1:], new)
    return with_children(term, tuple(inner))


# Rewrites that keep the meaning: a function of a subterm, the indices in scope and the maker; None where it does not fit.


def shuffle(term, scope, maker):
    if isinstance(term, Plus | Times):
        inner = list(children(term))
        maker.random.shuffle(inner)
        return with_children(term, tuple(inner))
    return None


def distribute(term, scope, maker):
    if isinstance(term, Times):
        for place, factor in enumerate(term.factors):
            if isinstance(factor, Plus):
                before, after = term.factors[:place], term.factors[place + 1 :]
                return Plus(tuple(Times((*before, each, *after)) for each in factor.terms))
    return None


def swap_sums(term, scope, maker):
    if isinstance(term, Sigma) and isinstance(term.body, Sigma):
        return Sigma(term.body.index, Sigma(term.index, term.body.body))
    return None


def split_sum(term, scope, maker):
    if isinstance(term, Sigma) and isinstance(term.body, Plus):
        return Plus(tuple(Sigma(term.index, each) for each in term.body.terms))
    return None


def merge_sums(term, scope, maker):
    if isinstance(term, Plus):
        sums = [each for each in term.terms if isinstance(each, Sigma)]
        for left in sums:
            for right in sums:
                if left is not right and left.index.sort == right.index.sort:
                    merged = Sigma(left.index, Plus((left.body, rename(right.body, {right.index: left.index}))))
                    return Plus((merged, *(each for each in term.terms if each is not left and each is not right)))
    return None


def pull_out(term, scope, maker):
    if isinstance(term, Sigma) and isinstance(term.body, Times):
        outside = [each for each in term.body.factors if term.index not in free_indices(each)]
        inside = [each for each in term.body.factors if term.index in free_indices(each)]
        return Times((*outside, Sigma(term.index, Times(tuple(inside)))))
    return None


def push_in(term, scope, maker):
    if isinstance(term, Times):
        for place, factor in enumerate(term.factors):
            if isinstance(factor, Sigma):
                rest = term.factors[:place] + term.factors[place + 1 :]
                return Sigma(factor.index, Times((*rest, factor.body)))
    return None


def insert_delta(term, scope, maker):
    free = sorted(index for index in free_indices(term) if index.sort != "1")
    if not free:
        return None
    old = maker.random.choice(free)
    new = maker.bound(old.sort)
    pair = (old, new) if maker.random.random() < 0.5 else (new, old)
    return Sigma(new, Times((Delta(*pair), rename(term, {old: new}))))


def mean_of_copies(term, scope, maker):
    index = maker.bound(maker.random.choice("mn"))
    return Times((Power(Size(index.sort), -1), Sigma(index, term)))


def multiply_and_divide(term, scope, maker):
    factor = maker.positive(scope, 1)
    return Times((term, factor, Power(factor, -1)))


def add_and_subtract(term, scope, maker):
    extra = maker.leaf(scope)
    return Plus((extra, term, Times((Num(-1), extra))))


def negate_twice(term, scope, maker):
    return Times((Num(-1), Times((Num(-1), term))))


def split_power(term, scope, maker):
    match term:
        case Power(Times(factors), int(exponent)):
            return Times(tuple(Power(factor, exponent) for factor in factors))
        case Power(base, int(exponent)) if abs(exponent) > 1:
            step = 1 if exponent > 0 else -1
            return Times((Power(base, step), Power(base, exponent - step)))
        case Power(base, Fraction() as exponent):
            return Times((base, Power(base, exponent - 1)))
        case Power(base, -1):
            return Times((Num(-1), Power(Times((Num(-1), base)), -1)))
    return None


def function_law(term, scope, maker):
    match term:
        case Apply("exp", (Plus(terms),), _):
            return Times(tuple(Apply("exp", (each,), (0,)) for each in terms))
        case Apply("exp", (argument,), _):
            return Power(Apply("exp", (Times((Num(-1), argument)),), (0,)), -1)
        case Apply("log", (Times(factors),), _):
            return Plus(tuple(Apply("log", (each,), (0,)) for each in factors))
        case Apply("iverson", (argument,), _):
            flipped = Apply("iverson", (Times((Num(-3), argument)),), (0,))
            return maker.random.choice((Power(term, 2), Plus((Num(1), Times((Num(-1), flipped))))))
    return None


def derivative_rule(term, scope, maker):
    if not isinstance(term, Partial):
        return None
    entry = term.entry
    match term.body:
        case Plus(terms):
            return Plus(tuple(Partial(each, entry) for each in terms))
        case Times(factors):
            return Plus(
                tuple(
                    Times((*factors[:place], Partial(factor, entry), *factors[place + 1 :]))
                    for place, factor in enumerate(factors)
                )
            )
        case Sigma(index, body):
            return Sigma(index, Partial(body, entry))
        case Power(base, -1):
            return Times((Num(-1), Partial(base, entry), Power(Times((base, base)), -1)))
        case Power(base, exponent):
            return Times((Num(exponent), Power(base, exponent - 1), Partial(base, entry)))
        case Entry(array, indices, _):
            if array != entry.array:
                return ZERO
            return Times(tuple(Delta(*pair) for pair in zip(indices, entry.indices, strict=True)))
        case Apply("exp", (argument,), _):
            return Times((term.body, Partial(argument, entry)))
        case Apply("f", (argument,), (order,)):
            return Times((Partial(argument, entry), Apply("f", (argument,), (order + 1,))))
        case Partial(body, other):
            return Partial(Partial(body, entry), other)
    return None


def insert_map(term, scope, maker):
    """Times Σ_j [t(i) = j], which is 1 for a map with a value everywhere."""
    if maker.fragment != MAPS:
        return None
    selector, places, values = maker.random.choice([row for row in SELECTORS if row[0].total])
    visible = [v for v in scope if v.sort == places]
    if not visible:
        return None
    index = maker.bound(values)
    return Times((term, Sigma(index, Selected(selector, (maker.random.choice(visible),), (index,)))))


def follow_map(term, scope, maker):
    """[t(i) = j]·u_j = [t(i) = j]·Σ_l [t(i) = l]·u_l, and so for places where the map is injective."""
    if not isinstance(term, Times):
        return None
    for at, factor in enumerate(term.factors):
        if isinstance(factor, Selected) and (factor.selector.single or factor.selector.injective):
            kept, moved = (factor.places, factor.values) if factor.selector.single else (factor.values, factor.places)
            fresh = {old: maker.bound(old.sort) for old in moved if old not in kept}
            rest = rename(Times(term.factors[:at] + term.factors[at + 1 :]), fresh)
            inner = Times((rename(factor, fresh), rest))
            for index in fresh.values():
                inner = Sigma(index, inner)
            return Times((factor, inner)) if fresh else None
    return None


def meet_inverse(term, scope, maker):
    """u_i = Σ_jk A_ij (A⁻¹)_jk u_k, and the other way round."""
    free = sorted(index for index in free_indices(term) if index.sort == "n")
    if maker.fragment != MATRICES or not free:
        return None
    old = maker.random.choice(free)
    new, middle = maker.bound("n"), maker.bound("n")
    pair = Times((Entry("A", (old, middle)), Inverse("A", middle, new)))
    if maker.random.random() < 0.5:
        pair = Times((Inverse("A", old, middle), Entry("A", (middle, new))))
    return Sigma(new, Times((Sigma(middle, pair), rename(term, {old: new}))))


def square_map(term, scope, maker):
    return Power(term, maker.random.choice((2, 3))) if isinstance(term, Selected | Delta) else None


REWRITES = (
    insert_map,
    follow_map,
    square_map,
    meet_inverse,
    shuffle,
    distribute,
    swap_sums,
    split_sum,
    merge_sums,
    pull_out,
    push_in,
    insert_delta,
    mean_of_copies,
    add_and_subtract,
    negate_twice,
    split_power,
    function_law,
    derivative_rule,
    derivative_rule,
    multiply_and_divide,
)


def rewritten(term: Term, scope: tuple[Index, ...], maker: Maker, steps: int) -> tuple[Term, list[str]]:
    """The term after some rewrites at random places, and their names."""
    used = []
    rules = [rule for rule in REWRITES if maker.fragment != POLYNOMIAL or rule is not multiply_and_divide]
    for _ in range(steps * 12):
        if len(used) == steps:
            break
        rule = maker.random.choice(rules)
        path, part, visible = maker.random.choice(list(places(term, scope)))
        new = rule(part, visible, maker)
        if new is not None:
            term = refresh(put(term, path, new), maker)
            used.append(rule.__name__)
    return term, used


def mutated(term: Term, scope: tuple[Index, ...], maker: Maker) -> tuple[Term, str] | None:
    """The term with one change that as a rule changes its value, and what was changed."""
    random: Random = maker.random
    path, part, visible = random.choice(list(places(term, scope)))
    match part:
        case Num(value):
            new, what = Num(value + 1), "another constant"
        case Size(sort):
            new, what = Size("m" if sort == "n" else "n"), "another size"
        case Entry(array, indices, positive):
            options = [(at, v) for at, old in enumerate(indices) for v in visible if v.sort == old.sort and v != old]
            if not options:
                return None
            at, other = random.choice(options)
            new, what = Entry(array, (*indices[:at], other, *indices[at + 1 :]), positive), "another index"
        case Inverse(array, row, column):
            if row == column:
                return None
            new, what = Inverse(array, column, row), "a transposed inverse"
        case Product(index, body, without):
            others = [v for v in visible if v.sort == index.sort and v not in without]
            if others and maker.random.random() < 0.5:
                new, what = Product(index, body, (*without, random.choice(others))), "one place more left out"
            else:
                new, what = Product(index, body, without[:-1]), "one place less left out"
        case Selected(selector, where, values):
            options = [v for v in visible if v.sort == values[0].sort and v != values[0]]
            if not options:
                new, what = Num(1), "no map"
            else:
                new, what = Selected(selector, where, (random.choice(options), *values[1:])), "another value of a map"
        case Delta(left, right):
            others = [v for v in visible if v.sort == left.sort and v not in (left, right)]
            new, what = (Delta(left, random.choice(others)), "another δ") if others else (Num(1), "no δ")
        case Plus(terms) if len(terms) > 1:
            at = random.randrange(len(terms))
            flipped = (*terms[:at], Times((Num(-1), terms[at])), *terms[at + 1 :])
            dropped = terms[:at] + terms[at + 1 :]
            new, what = Plus(random.choice((flipped, dropped))), "a sign or a term"
        case Times(factors) if len(factors) > 1:
            at = random.randrange(len(factors))
            new, what = Times(factors[:at] + factors[at + 1 :]), "a factor dropped"
        case Power(base, exponent):
            new, what = Power(base, exponent + random.choice((1, -1)) or 1), "another exponent"
        case Sigma(index, body):
            others = [v for v in visible if v.sort == index.sort]
            new = rename(body, {index: random.choice(others)}) if others else Times((Size(index.sort), part))
            what = "a sum dropped or a factor n"
        case Partial(body, entry):
            new, what = Partial(body, replace(entry, array="b" if entry.array == "a" else "a")), "another derivative"
            if len(entry.indices) != 1:
                new, what = Partial(body, replace(entry, indices=entry.indices[::-1])), "a transposed derivative"
                if entry.array == "X":
                    return None
        case Apply(function, arguments, orders):
            new, what = Apply(function, (Times((Num(2), arguments[0])), *arguments[1:]), orders), "2 in a function"
        case _:
            new, what = Times((Size(random.choice("mn")), part)), "a factor n"
    return refresh(put(term, path, new), maker), what


__all__ = ["QUOTIENT", "mutated", "places", "put", "refresh", "rename", "rewritten"]
