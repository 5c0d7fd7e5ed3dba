"""Chains the closed forms of the parts that a derivation is composed of: its forward and its gradients, by names alone.

Every array that a part makes, every cotangent of one and every share that a part gives to a cotangent becomes a name with
a definition. The readers unfold names with indices of their own, so nothing is substituted here and nothing is captured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy

from gradverify.calculus.from_sympy import Reader, sort_of
from gradverify.calculus.normal import workspace
from gradverify.calculus.workspace import Workspace
from gradverify.derivation.language import IndexMap, IndexRelation, Undetermined, cotangent
from gradverify.derivation.library import find
from gradverify.derivation.lines import Line, definitions, read_line
from gradverify.derivation.records import Chain, Derivation, Forward, Part
from gradverify.errors import DerivationError

__all__ = ["Composition", "composition", "needs"]

Definitions = dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Composition:
    """What chaining the parts gives: each claim beside it, as expressions in names that `definitions` explains."""

    definitions: Mapping[str, tuple[Any, Any]]
    pairs: tuple[tuple[Chain, Any, Any], ...]
    """A chain that has the entry, its direct form and the chained one: for every output's forward, then every gradient."""

    def read(self, direct: Any, chained: Any) -> tuple[Workspace, Reader, tuple[Line, ...]]:
        """Both forms in one new workspace."""
        ws, reader = workspace(), Reader(self.definitions)
        return ws, reader, (read_line(ws, reader, direct), read_line(ws, reader, chained))


def composition(derivation: Derivation) -> Composition:
    """Chain the parts of a derivation. Raises `DerivationError` where they do not fit together."""
    made = _Parts(derivation)
    for number, part in enumerate(derivation.parts, 1):
        made.forward(number, part)
    outputs = {str(entry.base.label) for entry in derivation.forward}
    for name in sorted(outputs - set(made.arrays)):
        raise DerivationError(f"{derivation.name}: no part makes {name}: give the part whose output it is")
    for number in range(len(derivation.parts), 0, -1):
        made.backward(number)
    pairs: list[tuple[Chain, Any, Any]] = [
        (Forward(entry), expression, made.arrays[str(entry.base.label)][entry.indices])
        for entry, expression in derivation.forward.items()
    ]
    pairs += [(each, each.claim, made.total(each.input, each.entry)) for each in derivation.gradients]
    return Composition({**definitions(derivation), **made.definitions}, tuple(pairs))


def needs(derivation: Derivation) -> Iterator[str]:
    """What the parts ask of what is put into them, in words."""
    for part in derivation.parts:
        of = _derivation(derivation, part)
        for condition in of.domain:
            yield f"{condition.words} ({part.name})"
        for inner, given in zip(of.inputs, part.inputs, strict=True):
            if inner.is_positive and not (given in derivation.inputs and given.is_positive):
                yield f"every entry of {given.label} is positive ({part.name})"


def _derivation(derivation: Derivation, part: Part) -> Derivation:
    of = find(part.of) if isinstance(part.of, str) else part.of
    if len(of.forward) != 1:
        raise DerivationError(f"{derivation.name}: the part {part.name} has {len(of.forward)} outputs: one is needed")
    if len(of.inputs) != len(part.inputs):
        raise DerivationError(
            f"{derivation.name}: the part {part.name} takes {len(of.inputs)} arrays, it is given {len(part.inputs)}"
        )
    return of


class _Parts:
    """The definitions as they grow: forward from part to part, then backward."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.inputs = {str(array.label): array for array in derivation.inputs}
        self.arrays: dict[str, Any] = {}
        """What stands for every array that a part makes: the same with a name of its own, so that it is no other's."""
        self.rewriters: list[tuple[Derivation, _Rewriter]] = []
        self.shares: dict[str, list[Any]] = {}
        """For every array the shares of its cotangent, one from each place where a part takes it."""
        self.definitions: Definitions = {}

    def forward(self, number: int, part: Part) -> None:
        """Define what a part makes, and what it names on the way."""
        of = _derivation(self.derivation, part)
        taken = tuple(self.known(part, array) for array in part.inputs)
        name = str(part.output.label)
        if name in self.arrays or name in self.inputs:
            raise DerivationError(f"{self.derivation.name}: {name} is made twice: give every part an array of its own")
        ((made, expression),) = of.forward.items()
        rewrite = _Rewriter(self.derivation, number, part, of)
        output = sympy.IndexedBase(f"{name} of part {number}", shape=part.output.shape)
        self.arrays[name] = output
        rewrite.known |= dict(zip(of.inputs, taken, strict=True))
        rewrite.known |= {made.base: output, cotangent(made.base): cotangent(output)}
        for entry in of.where:
            shape = tuple(map(rewrite, entry.base.shape))
            rewrite.known[entry.base] = sympy.IndexedBase(f"{entry.base.label} in part {number}", shape=shape)
        for entry, meaning in [(made, expression), *of.where.items()]:
            self.define(rewrite(entry), rewrite(sympy.sympify(meaning, strict=True)))
        self.rewriters.append((of, rewrite))

    def known(self, part: Part, array: Any) -> Any:
        """What stands for an array that a part takes: an input, or what an earlier part made."""
        name = str(array.label)
        found = self.arrays.get(name, self.inputs.get(name))
        if found is None:
            raise DerivationError(
                f"{self.derivation.name}: the part {part.name} takes {name}, which is no input and made by no part before"
            )
        if found.shape != array.shape:
            raise DerivationError(f"{self.derivation.name}: the part {part.name} takes {name} with another shape")
        return found

    def backward(self, number: int) -> None:
        """Define the cotangent of what a part made, and the share that the part gives to each array it took."""
        part = self.derivation.parts[number - 1]
        of, rewrite = self.rewriters[number - 1]
        name = str(part.output.label)
        output = self.arrays[name]
        free = tuple(
            0 if side == 1 else sympy.Idx(f"i{axis} of part {number}", side) for axis, side in enumerate(output.shape)
        )
        self.define(cotangent(output)[free], self.total(name, output[free]))
        gradients = {each.input: each for each in of.gradients}
        for place, (inner, array) in enumerate(zip(of.inputs, part.inputs, strict=True)):
            gradient = gradients[str(inner.label)]
            share = sympy.IndexedBase(f"share {place} of part {number}", shape=array.shape)
            self.define(share[tuple(map(rewrite, gradient.entry.indices))], rewrite(gradient.claim))
            self.shares.setdefault(str(array.label), []).append(share)

    def total(self, name: str, entry: Any) -> Any:
        """The cotangent of an array at an entry: the shares of all parts that took it, and ȳ if it is an output."""
        terms = [share[entry.indices] for share in self.shares.get(name, ())]
        outputs = {str(output.base.label): output.base for output in self.derivation.forward}
        if name in outputs:
            terms.append(cotangent(outputs[name])[entry.indices])
        return sympy.Add(*terms)

    def define(self, entry: Any, expression: Any) -> None:
        self.definitions[str(entry.base.label)] = (entry, expression)


class _Rewriter:
    """Says what a part's derivation says of its own arrays, sizes and maps of those that the part is given."""

    def __init__(self, derivation: Derivation, number: int, part: Part, of: Derivation) -> None:
        self.derivation, self.number, self.part = derivation, number, part
        self.known: dict[Any, Any] = {}
        ((made, _),) = of.forward.items()
        for inner, given in zip((*of.inputs, made.base), (*part.inputs, part.output), strict=True):
            self.fit(inner, given)
        for name, value in part.bound.items():
            standing = [each for each in _unbound(of) if _name(each) == name]
            if not standing:
                raise DerivationError(f"{derivation.name}: the part {part.name} has no {name} that could be bound")
            self.known |= {each: value for each in standing if isinstance(each, sympy.Symbol)}
        self.kinds: dict[Any, Any] = {}

    def fit(self, inner: Any, given: Any) -> None:
        """Take the sizes of a part's array for those of the array that is given."""
        fits = len(inner.shape) == len(given.shape)
        for own, side in zip(inner.shape, given.shape, strict=False):
            if isinstance(own, sympy.Symbol):
                fits = fits and self.known.setdefault(own, side) == side
            else:
                fits = fits and own == side
        if not fits:
            raise DerivationError(
                f"{self.derivation.name}: the part {self.part.name} has {inner.label} of shape {_shape(inner)}, "
                f"and {given.label} of shape {_shape(given)} does not fit"
            )

    def __call__(self, expression: Any) -> Any:
        """The expression with everything of the part's own replaced."""
        if expression in self.known:
            return self.known[expression]
        if isinstance(expression, sympy.IndexedBase):
            raise DerivationError(f"{self.derivation.name}: the part {self.part.name} speaks of {expression}, unknown")
        if not expression.args:
            return expression
        kind = type(expression)
        make = expression.func
        if issubclass(kind, IndexMap | IndexRelation):
            make = self.kind(kind)
        elif issubclass(kind, Undetermined) and kind.symbol in self.part.bound:
            make = self.function(kind)
        return make(*map(self, expression.args))

    def function(self, kind: Any) -> Any:
        """What stands for a function of the part, or for a derivative of it: of what is bound to its name."""
        places = tuple(sympy.Dummy() for _ in kind.orders)
        by = [place for place, order in zip(places, kind.orders, strict=True) for _ in range(order)]
        value = self.part.bound[kind.symbol](*places)
        slope = value.diff(*by) if by else value
        return lambda *arguments: slope.xreplace(dict(zip(places, arguments, strict=True)))

    def kind(self, kind: Any) -> Any:
        """What stands for a map of the part: what is bound to its name, else a map of this part alone."""
        if kind.symbol in self.part.bound:
            return self.part.bound[kind.symbol]
        if kind not in self.kinds:
            members = {name: getattr(kind, name) for name in ("symbol", "rule", "component") if hasattr(kind, name)}
            members |= {"selector": replace(kind.selector, name=f"{kind.selector.name} of part {self.number}")}
            members |= {
                "sides": tuple(self(sympy.sympify(side, strict=True)) for side in kind.sides),
                "nargs": len(kind.sides),
            }
            if hasattr(kind, "target"):
                members |= {"target": self(sympy.sympify(kind.target, strict=True))}
            own: Any = type(kind.__name__, kind.__bases__, members)
            self.kinds[kind] = own
            if hasattr(kind, "of"):
                own.of = own if kind.of is kind else self.kind(kind.of)
        return self.kinds[kind]


def _unbound(of: Derivation) -> set[Any]:
    """The scalars that a derivation speaks of, and its maps and functions."""
    expressions = [*of.forward.values(), *of.where.values(), *(gradient.claim for gradient in of.gradients)]
    return set().union(*(_free(sympy.sympify(expression, strict=True)) for expression in expressions))


def _free(expression: Any) -> set[Any]:
    if isinstance(expression, sympy.IndexedBase | sympy.Idx):
        return set()
    if isinstance(expression, sympy.Symbol):
        return set() if expression.is_integer else {expression}  # a size has its value from the shapes
    found = set().union(*map(_free, expression.args))
    return found | ({type(expression)} if isinstance(expression, Undetermined | IndexMap | IndexRelation) else set())


def _name(unbound: Any) -> str:
    return str(unbound) if isinstance(unbound, sympy.Symbol) else str(unbound.symbol)


def _shape(array: Any) -> str:
    return f"({', '.join(map(sort_of, array.shape))})"
