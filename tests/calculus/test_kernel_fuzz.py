"""The kernel against brute force on random terms, in both directions: what is equal is proved, what differs never is.

Short here; `GRADVERIFY_FUZZ=20000 pytest tests/calculus/test_kernel_fuzz.py` draws so many pairs for each test instead,
from seed `GRADVERIFY_FUZZ_SEED` on. A failure prints the pair, and the seed that makes it again.
"""

# ruff: noqa: E741  # l is an index on the page

from __future__ import annotations

import os
from collections import defaultdict
from random import Random

import pytest
from exact_oracle import difference
from kernel_words import EQUAL, decide, mul, text
from random_terms import ELEMENTARY, MAPS, MATRICES, POLYNOMIAL, QUOTIENT, Maker
from term_rewrites import mutated, refresh, rewritten

from gradverify.calculus.cutoff import cutoff
from gradverify.calculus.normal import is_zero, normal_form, workspace
from gradverify.calculus.polynomial import add
from gradverify.calculus.refute import compare
from gradverify.calculus.terms import (
    Apply,
    Delta,
    Entry,
    Index,
    NoRule,
    Num,
    Partial,
    Plus,
    Power,
    Sigma,
    Size,
    Term,
    minus,
)
from gradverify.witnesses._attempt import MOST_WORK, all_sizes, work

COUNT = int(os.environ.get("GRADVERIFY_FUZZ", "300"))
FIRST = int(os.environ.get("GRADVERIFY_FUZZ_SEED", "0"))
FRAGMENTS = (POLYNOMIAL, QUOTIENT, ELEMENTARY, MAPS, MATRICES)

MOST_UNDECIDED = {POLYNOMIAL: 0.0, QUOTIENT: 0.02, ELEMENTARY: 0.02, MAPS: 0.02, MATRICES: 0.1}
"""The share of true equations that the form may leave undecided: partial fractions under a sum, and functions of δ."""


def shown(seed, left: Term, right: Term, *more) -> str:
    return "\n".join(
        [f"seed {seed}", f"  left  {text(left)}", f"  right {text(right)}", *(f"  {each}" for each in more)]
    )


def drawn(fragment: str, purpose: str):
    """A maker, a scope and a term for every seed."""
    for seed in range(FIRST, FIRST + COUNT):
        random = Random(f"{fragment} {purpose} {seed}")
        maker = Maker(random, fragment)
        scope = maker.scope()
        yield seed, maker, scope, maker.term(scope, random.choice((2, 3, 3)))


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_rewrites_that_keep_the_meaning_are_proved(fragment, record_property):
    undecided = []
    for seed, maker, scope, term in drawn(fragment, "rewrite"):
        other, steps = rewritten(term, scope, maker, maker.random.randint(1, 6))
        found, _ = difference(term, other, seed, most=2)
        assert found is None, shown(seed, term, other, "a rewrite of this test is wrong", steps, found)
        answer = decide(term, other)
        if answer != EQUAL:
            undecided.append(shown(seed, term, other, answer, steps))
    record_property("undecided", len(undecided))
    print(f"{fragment}: {len(undecided)} of {COUNT} undecided")
    assert len(undecided) <= MOST_UNDECIDED[fragment] * COUNT + (fragment != POLYNOMIAL), "\n".join(undecided[:20])


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_what_differs_is_never_proved(fragment, record_property):
    differing = proved = 0
    for seed, maker, scope, term in drawn(fragment, "mutant"):
        changed = mutated(term, scope, maker)
        if changed is None:
            continue
        other, what = changed
        if maker.random.random() < 0.5:
            other, _ = rewritten(other, scope, maker, 2)
        found, agreed = difference(term, other, seed)
        answer = decide(term, other)
        differing += found is not None
        proved += answer == EQUAL
        assert found is None or answer != EQUAL, shown(seed, term, other, "PROVED, AND FALSE", what, found)
        if fragment == POLYNOMIAL and found is None and agreed:  # there the form decides: unequal forms, unequal values
            assert answer == EQUAL or difference(term, other, seed + 1, most=30)[0], shown(seed, term, other, answer)
    record_property("differing", differing)
    print(f"{fragment}: {differing} of {COUNT} mutants differ, {proved} are equal and proved")
    assert differing > COUNT // 3


# Small terms, all against all: terms with one form must have one value, terms with one value should have one form

FREE = (Index("n", "i"), Index("n", "j"))


def small(random: Random, scope: tuple[Index, ...], depth: int, functions: tuple[str, ...]) -> Term:
    def index():
        return random.choice(scope)

    def inner():
        return small(random, scope, depth - 1, functions)

    match random.randrange(3 if depth == 0 else 12):
        case 0:
            return random.choice((Entry("x", (index(),)), Entry("p", (index(),), positive=True)))
        case 1:
            return Entry("A", (index(), index()))
        case 2:
            pair = random.sample(scope, 2)
            return random.choice((Delta(*pair), Delta(*pair), Num(-1), Num(2), Size("n")))
        case 3 | 4:
            return Plus((inner(), inner()))
        case 5 | 6:
            return mul(inner(), inner())
        case 7 | 8:
            bound = Index("n", f"{random.choice('ahkz')}{random.randrange(10**9)}")
            return Sigma(bound, small(random, (*scope, bound), depth - 1, functions))
        case 9:
            return Power(inner(), random.choice((2, -1, -1, -2)))
        case 10:
            return Partial(inner(), Entry("x", (index(),)))
        case _:
            return Apply(random.choice(functions), (inner(),), (0,))


@pytest.mark.parametrize("functions", [("f",), ("iverson", "exp", "log")])
def test_terms_of_one_form_have_one_value(functions, record_property):
    ws = workspace()
    groups = defaultdict(list)
    for seed in range(FIRST, FIRST + 4 * COUNT):
        random = Random(f"small {functions} {seed}")
        term = small(random, FREE, random.choice((2, 2, 3)), functions)
        try:
            form = frozenset(normal_form(ws, term).items())
        except NoRule:
            continue
        groups[form].append((seed, term))
    collisions = 0
    for group in groups.values():
        (_, first), *rest = group
        for seed, term in rest:
            collisions += 1
            found, _ = difference(first, term, seed, most=2)
            assert found is None, shown(seed, first, term, "ONE FORM, TWO VALUES", found)
    record_property("collisions", collisions)
    print(f"{functions}: {collisions} terms shared a form with another, {len(groups)} forms")
    assert collisions > COUNT // 3


@pytest.mark.parametrize("fragment", [POLYNOMIAL, QUOTIENT])
def test_agreement_at_the_cutoff_means_equal_atall_sizes(fragment):
    """Pairs that differ, some of them only above a certain size: at the cutoff sizes a difference must show."""
    settled = 0
    for seed, maker, scope, term in drawn(fragment, "cutoff"):
        other = vanishing_at_small_sizes(term, scope, maker)
        ws = workspace()
        try:
            left, right = normal_form(ws, term), normal_form(ws, other)
        except NoRule:
            continue
        plan = cutoff(ws, (term, other), (left, right))
        if is_zero(ws, add(dict(left), right, -1)) or not plan.settled:
            continue
        sizes = [{"m": 2, "n": 2} | each for each in all_sizes(plan)]
        if any(work(term, each) + work(other, each) > MOST_WORK / 10 for each in sizes):
            continue
        settled += 1
        if not any(compare(term, other, each, (), maker.random, largest=10**15).difference for each in sizes):
            found, _ = difference(term, other, seed, most=40)
            assert found is None, shown(seed, term, other, "EQUAL AT THE CUTOFF, AND FALSE", plan, found)
    assert settled > COUNT // 4


def vanishing_at_small_sizes(term: Term, scope: tuple[Index, ...], maker: Maker) -> Term:
    """The term changed, or with something added that is 0 at n = 1, or at n = 1 and 2."""
    kind = maker.random.randrange(4)
    if kind == 0:
        changed = mutated(term, scope, maker)
        return changed[0] if changed else term
    if kind == 1:
        extra = mul(minus(Size("n"), Num(1)), minus(Size("n"), Num(maker.random.choice((1, 2)))))
    elif kind == 2:  # (Σa)² − Σa² of the diagonal
        k, l = maker.bound("n"), maker.bound("n")
        extra = minus(Power(Sigma(k, Entry("a", (k,))), 2), Sigma(l, Power(Entry("a", (l,)), 2)))
    else:  # (tr A)² − tr A²
        k, l, q = maker.bound("n"), maker.bound("n"), maker.bound("n")
        traces = Sigma(k, Sigma(l, mul(Entry("A", (k, l)), Entry("A", (l, k)))))
        extra = minus(Power(Sigma(q, Entry("A", (q, q))), 2), traces)
    return refresh(Plus((term, mul(extra, maker.leaf(scope)))), maker)


def test_brute_force_would_notice():
    """Planted: what the kernel once took for equal is told apart, and so is a sum that caught a free index."""
    (i, j), k = FREE, Index("n", "k")
    x_i, x_j, x_k = (Entry("x", (index,)) for index in (i, j, k))
    planted = (
        (Power(minus(x_i, x_j), -1), Power(minus(x_j, x_i), -1)),
        (mul(x_i, Sigma(k, x_k)), Sigma(k, mul(x_k, x_k))),
        (Partial(Power(x_i, 2), x_j), mul(2, x_i)),
    )
    for left, right in planted:
        assert difference(left, right, 0)[0] is not None
        assert difference(left, left, 0)[0] is None
