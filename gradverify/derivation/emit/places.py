"""Entries at computed places: maps of indices as arrays of integers, reading at them, and adding up at them.

Where a map has no value its array has one past the last place; what is read there is a 0 that is put behind the array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy

from gradverify.derivation.emit.code import Code, Frame, Level, align, subscript
from gradverify.derivation.emit.names import name_of
from gradverify.derivation.emit.rules import arguments, inlined, is_lambda, source
from gradverify.derivation.language import IndexMap
from gradverify.errors import Unsupported

if TYPE_CHECKING:
    from gradverify.derivation.emit.lowering import Writer

__all__ = [
    "Spots",
    "extent",
    "indices_of",
    "may_lack_value",
    "natural",
    "padded",
    "read",
    "relation_array",
    "spots",
    "values",
]


def extent(index: Any) -> Any:
    """The size that an index runs over."""
    return sympy.sympify(index.upper, strict=True) + 1


def may_lack_value(kind: Any) -> bool:
    """Whether a map may have no value somewhere: one that is partial, or the inverse of one that is not onto."""
    return not (kind.selector.onto if kind.component is not None else kind.selector.total)


def indices_of(place: Any) -> list[Any]:
    """The plain indices that a place depends on."""
    if isinstance(place, IndexMap):
        return [index for argument in place.args for index in indices_of(argument)]
    return [place] if isinstance(place, sympy.Idx) else []


def values(writer: Writer, place: Any, frame: Frame) -> Code:
    """The values of an index or of a map of indices, as integers along the axes of a frame."""
    if isinstance(place, IndexMap):
        if any(isinstance(each, IndexMap) and may_lack_value(type(each)) for each in place.args):
            raise Unsupported(f"a map of the values of a map that has not always one: {place}")
        return read(writer, map_array(writer, type(place)), place.args, frame, type(place).sides)
    if isinstance(place, sympy.Idx):
        code = Code(f"np.arange({writer.givens.size(extent(place)).text})", (place,), whole=True)
        return align(code, (place,), frame)
    return Code(str(int(place)), number=True)


@dataclass(frozen=True)
class Spots:
    """How an array is indexed by plain indices and maps: what stands in the brackets, and the axes of what is read."""

    parts: tuple[str, ...]
    axes: Frame
    lacking: tuple[int, ...]
    """The axes of the array that want a 0 behind their end."""


def spots(writer: Writer, places: Sequence[Any]) -> Spots:
    """The index that reads an array at these places: slices where it can be, arrays of integers where it must be."""
    fancy, within = _fancy(places)
    first, last = min(fancy), max(fancy)
    parts = [values(writer, place, within).text if at in fancy else ":" for at, place in enumerate(places)]
    before, after = ([place if place != 0 else None for place in part] for part in (places[:first], places[last + 1 :]))
    lacking = [at for at in fancy if isinstance(places[at], IndexMap) and may_lack_value(type(places[at]))]
    return Spots(tuple(parts), (*before, *within, *after), tuple(sorted(lacking)))


def _fancy(places: Sequence[Any]) -> tuple[set[int], Frame]:
    """The axes that are indexed by arrays of integers, and the indices that these arrays have as axes."""
    fancy = {at for at, place in enumerate(places) if isinstance(place, IndexMap)}
    while True:
        block = dict.fromkeys(index for at in sorted(fancy) for index in indices_of(places[at]))
        grown = fancy | {at for at, place in enumerate(places) if place in block}
        grown = set(range(min(grown), max(grown) + 1))  # NumPy would move what is not side by side to the front
        if grown == fancy:
            return fancy, tuple(block)
        fancy = grown


def natural(places: Sequence[Any]) -> Frame | None:
    """The axes of what is read at these places, as NumPy gives them; none where an axis of size 1 is among them."""
    if not any(isinstance(place, IndexMap) for place in places):
        return None
    fancy, within = _fancy(places)
    axes = (*places[: min(fancy)], *within, *places[max(fancy) + 1 :])
    return tuple(axes) if all(isinstance(index, sympy.Idx) for index in axes) else None


def read(writer: Writer, array: Code, places: Sequence[Any], frame: Frame, sides: Sequence[Any]) -> Code:
    """The entries of an array at these places."""
    if any(isinstance(place, IndexMap) for place in places):
        found = spots(writer, places)
        array = padded(writer, array, found.lacking, len(sides))
        code = Code(array.text + subscript(found.parts), found.axes, whole=array.whole)
        return align(code, found.axes, frame)
    labels = [None if place == 0 else place for place in places]
    named = [label for label in labels if label is not None]
    if len(set(named)) == len(named):
        return align(array, labels, frame)
    kept = list(dict.fromkeys(named))
    letters = {index: "ijklmnop"[at] for at, index in enumerate(kept)}
    dropped = subscript([":" if label is not None else "0" for label in labels])
    text = array.text + (dropped if None in labels else "")
    pattern = f"{''.join(letters[index] for index in named)}->{''.join(letters[index] for index in kept)}"
    return align(Code(f'np.einsum("{pattern}", {text})', tuple(kept), fresh=False, whole=array.whole), kept, frame)


def padded(writer: Writer, array: Code, axes: Sequence[int], rank: int) -> Code:
    """The array with a 0 behind the end of these axes."""
    if not axes:
        return array
    key = ("padded", array.text, tuple(axes))
    if writer.scope.find(key) is None:
        name = writer.givens.names.new(f"{array.text}_padded")
        widths = ", ".join("(0, 1)" if axis in axes else "(0, 0)" for axis in range(rank))
        writer.scope.lines.append(f"{name} = np.pad({array.text}, {widths if rank == 1 else f'({widths})'})")
        writer.scope.known[key] = name
    return Code(writer.scope.find(key), array.axes, whole=array.whole)


def map_array(writer: Writer, kind: Any) -> Code:
    """A map as an array of integers, with one axis for each of its arguments."""
    key = ("map", kind.symbol)
    if writer.scope.find(key) is None:
        inverse = kind.component is not None
        writer.scope.known[key] = _inverse(writer, kind) if inverse else _given(writer, kind) or _ruled(writer, kind)
    return Code(writer.scope.find(key), whole=True, fresh=False)


def _given(writer: Writer, kind: Any) -> str | None:
    """The map that is a keyword of forward: copied, since its owner may change it before backward."""
    keyword = writer.givens.keyword(kind)
    if keyword is None:
        return None
    writer.start.append(f"{keyword} = np.array({keyword})")
    lines = writer.forward.lines
    if may_lack_value(kind):
        lines.append(_past_the_end(writer, kind, keyword))
    else:
        size = writer.givens.size(kind.target).at(Level.ATOM)
        lines += [
            f"if np.any(({keyword} < 0) | ({keyword} >= {size})):",
            f'    raise IndexError(f"{keyword} must be from 0 to {{{size} - 1}}")',
        ]
    if kind.selector.injective:
        times = "exactly" if kind.selector.onto else "at most"
        lines += [
            _repeats(writer, kind, keyword),
            f'    raise ValueError("{keyword} must have every index {times} once")',
        ]
    return keyword


def _repeats(writer: Writer, kind: Any, name: str) -> str:
    """The condition that a map declared as one-to-one, or as onto too, is not."""
    size = writer.givens.size(kind.target).at(Level.ATOM)
    values = f"{name}[{name} < {size}]" if may_lack_value(kind) else name
    missing = f" or np.unique({values}).size < {size}" if kind.selector.onto else ""
    return f"if np.unique({values}).size < {values}.size{missing}:"


def _past_the_end(writer: Writer, kind: Any, name: str) -> str:
    size = writer.givens.size(kind.target)
    return f"{name} = np.where(({name} >= 0) & ({name} < {size.at(Level.ATOM)}), {name}, {size.text})"


def _arguments(writer: Writer, kind: Any) -> dict[str, str]:
    """What a rule's arguments are: the places along axes of their own, then what it asks for by name."""
    names = arguments(kind.rule)
    count = len(kind.sides)
    given = {}
    for at, (name, side) in enumerate(zip(names, kind.sides, strict=False)):
        behind = count - 1 - at
        text = f"np.arange({writer.givens.size(side).text})"
        given[name] = text + (f"[:{', None' * behind}]" if behind else "")
    return {**given, **{name: writer.by_name(name) for name in names[count:]}}


def _by_rule(writer: Writer, kind: Any) -> str:
    """The rule of a map or relation at all of its places."""
    if kind.rule is None:
        raise Unsupported(f"no rule and no parameter says what the map {kind.symbol} is")
    given = _arguments(writer, kind)
    if is_lambda(kind.rule):
        return inlined(kind.rule, given)
    writer.functions.setdefault(kind.rule.__name__, source(kind.rule))
    return f"{kind.rule.__name__}({', '.join(given.values())})"


def _ruled(writer: Writer, kind: Any) -> str:
    name = writer.givens.names.new(kind.symbol)
    writer.scope.lines.append(f"{name} = {_by_rule(writer, kind)}")
    if may_lack_value(kind):
        writer.scope.lines.append(_past_the_end(writer, kind, name))
    elif any(writer.givens.is_asked(side) for side in (*kind.sides, kind.target)):
        size = writer.givens.size(kind.target).at(Level.ATOM)
        writer.scope.lines += [
            f"if np.any(({name} < 0) | ({name} >= {size})):",
            f'    raise ValueError(f"{name} must be from 0 to {{{size} - 1}}: give other sizes")',
        ]
        if kind.selector.injective:  # else an inverse has places that nothing fills
            times = "exactly" if kind.selector.onto else "at most"
            writer.scope.lines += [
                _repeats(writer, kind, name),
                f'    raise ValueError("{name} must have every index {times} once: give other sizes")',
            ]
    return name


def _inverse(writer: Writer, kind: Any) -> str:
    """The places at which a one-to-one map takes each of its values, one component of them."""
    straight = map_array(writer, kind.of).text
    name = writer.givens.names.new(kind.symbol)
    sides = [writer.givens.size(side).text for side in kind.of.sides]
    size = writer.givens.size(kind.of.target).text
    axis = f"np.arange({sides[kind.component]})" + (
        f"[:{', None' * (len(sides) - 1 - kind.component)}]" if kind.component < len(sides) - 1 else ""
    )
    if kind.selector.onto and kind.selector.total:
        writer.scope.lines += [f"{name} = np.empty({size}, dtype=int)", f"{name}[{straight}] = {axis}"]
        return name
    writer.scope.lines += [
        f"{name} = np.full({size} + 1, {sides[kind.component]})",
        f"{name}[{straight}] = {axis}",
        f"{name} = {name}[:{size}]",
    ]
    return name


def relation_array(writer: Writer, kind: Any) -> Code:
    """A relation between two indices as an array of truth values."""
    key = ("relation", kind.symbol)
    if writer.scope.find(key) is None:
        given = writer.givens.keyword(kind) if kind.rule is None else None
        text = given or _by_rule(writer, kind)
        wanted = kind.symbol if kind.symbol.isidentifier() else name_of(writer.derivation, kind, "related")
        name = writer.givens.names.new(wanted)
        writer.scope.lines.append(f"{name} = {text}")
        writer.scope.known[key] = name
    return Code(writer.scope.find(key), whole=True, fresh=False)
