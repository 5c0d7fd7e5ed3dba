"""A gradient whose entries are sums over the places that were read: written as additions to an array of zeros.

Σ_k ȳ_kl δ_(t(k),j) as an array of [t(k) = j] would be as large as all places times all rows; `np.add.at` needs no such array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from gradverify.derivation.emit.code import Frame, subscript
from gradverify.derivation.emit.names import free_indices
from gradverify.derivation.emit.places import indices_of, spots
from gradverify.derivation.emit.sums import renamed
from gradverify.derivation.language import IndexMap
from gradverify.derivation.notation import order

if TYPE_CHECKING:
    from gradverify.derivation.emit.lowering import Writer

__all__ = ["scattered"]


def scattered(writer: Writer, name: str, claim: Any, frame: Frame, shape: Any) -> list[str] | None:
    """The statements that bind `name` to such a gradient; none where the claim has another form."""
    if not isinstance(claim, sympy.Sum):
        return None
    bound, body = renamed(order.bound_indices(claim), claim.function, frame)
    factors = sympy.Mul.make_args(body)
    targets, rest = {}, []
    for factor in factors:
        pair = _target(factor, frame)
        if pair is None or pair[0] in targets:
            rest.append(factor)
        else:
            targets[pair[0]] = pair[1]
    reads = {index for place in targets.values() for index in indices_of(place)}
    value = sympy.Mul(*rest)
    if not reads & set(bound) or set(targets) & (free_indices(value) | reads):
        return None
    own = [index for index in bound if index not in reads]
    places = [0 if index is None else targets.get(index, index) for index in frame]
    found = spots(writer, places)
    code = writer.floating(writer.lower(sympy.Sum(value, *own) if own else value, found.axes))
    sides = [writer.givens.size(side) for side in shape]
    longer = [f"{side.text} + 1" if axis in found.lacking else side.text for axis, side in enumerate(sides)]
    parts = ["slice(None)" if part == ":" else part for part in found.parts]
    while parts[-1] == "slice(None)":
        parts.pop()
    where = parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
    lines = [
        f"{name} = np.zeros(({', '.join(longer)}{',' if len(longer) == 1 else ''}), {writer.dtype})",
        f"np.add.at({name}, {where}, {code.text})",
    ]
    if found.lacking:
        cut = [f":{side.text}" if axis in found.lacking else ":" for axis, side in enumerate(sides)]
        lines.append(f"{name} = {name}{subscript(cut)}.copy()")
    return lines


def _target(factor: Any, frame: Frame) -> tuple[Any, Any] | None:
    """The free index and the map of a δ between the two; none of everything else."""
    if isinstance(factor, sympy.KroneckerDelta):
        for place, index in (factor.args[:2], factor.args[1::-1]):
            if isinstance(place, IndexMap) and index in frame:
                return index, place
    return None
