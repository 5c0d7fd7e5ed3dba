"""What the body of an emitted function consists of so far, and where it has its sizes, parameters and functions from.

`forward` is written first; `backward` sees what stands there already and has it from the context.
"""

from __future__ import annotations

from typing import Any

import sympy

from gradverify.derivation.emit.code import Code, Level, scalar
from gradverify.derivation.emit.names import Names
from gradverify.derivation.language import Undetermined, cotangent
from gradverify.derivation.maps import is_map, maps_of
from gradverify.derivation.records import Derivation
from gradverify.errors import Unsupported

__all__ = ["Givens", "Scope"]


class Scope:
    """The statements of one function, and what it knows by which name."""

    def __init__(self, outer: Scope | None = None) -> None:
        self.outer = outer
        self.lines: list[str] = []
        self.known: dict[Any, Any] = {}

    def find(self, key: Any) -> Any:
        """What stands for a quantity here or in the function before; `None` if nothing does yet."""
        if key in self.known:
            return self.known[key]
        return self.outer.find(key) if self.outer is not None else None


class Givens:
    """What forward is given: arrays, and keywords for sizes, scalars, functions and maps."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.inputs = [str(array.label) for array in derivation.inputs]
        self.outputs = [str(entry.base.label) for entry in derivation.forward]
        self.cotangents = [str(cotangent(entry.base).label) for entry in derivation.forward]
        self.keywords = list(derivation.parameters)
        self.names = Names([*self.inputs, *self.outputs, *self.cotangents, *self.keywords])
        self.sizes: dict[str, str] = {}
        """For each size that the code speaks of its name there."""
        self.asked: list[str] = []
        """The sizes that nothing but a further keyword of forward can say."""
        self._maps = {kind.symbol: kind for kind in maps_of(derivation).values()}

    def size(self, side: Any) -> Code:
        """A size, or an expression of sizes, as a Python integer."""
        side = sympy.sympify(side, strict=True)
        if side.is_Integer:
            return scalar(str(int(side)))
        if side.is_Symbol:
            return scalar(self._named(str(side)))
        names = {symbol: sympy.Symbol(self._named(str(symbol))) for symbol in side.free_symbols}
        return scalar(str(side.xreplace(names)).replace("*", " * "), Level.SUM)

    def _named(self, name: str) -> str:
        if name not in self.sizes:
            keyword = next((key for key, value in self.derivation.parameters.items() if str(value) == name), None)
            self.sizes[name] = self.names.new(name) if keyword != name else name
            if self.is_asked(sympy.Symbol(name)):
                self.asked.append(self.sizes[name])
        return self.sizes[name]

    def is_asked(self, side: Any) -> bool:
        """Whether only a further keyword says this size."""
        given = {str(each) for _, sides in self.sided() for each in sides}
        given |= {str(value) for value in self.derivation.parameters.values()}
        return any(str(symbol) not in given for symbol in sympy.sympify(side, strict=True).free_symbols)

    def sided(self) -> list[tuple[str, tuple[Any, ...]]]:
        """The arrays that forward is given, with their sides: the inputs, and the maps among its keywords."""
        found = [(str(array.label), tuple(array.shape)) for array in self.derivation.inputs]
        found += [(key, tuple(value.sides)) for key, value in self.derivation.parameters.items() if is_map(value)]
        return found

    def keyword(self, value: Any) -> str | None:
        """The keyword that is this map, function or scalar."""
        for key, given in self.derivation.parameters.items():
            same = getattr(given, "symbol", None) == value.symbol if is_map(given) and is_map(value) else given == value
            if same:
                return key
        return None

    def scalar(self, symbol: Any) -> Code:
        """A number that is a keyword, or a size."""
        key = self.keyword(symbol) or (str(symbol) if str(symbol) in self.keywords else None)
        if key is not None and not (symbol.is_integer and symbol.is_positive):
            return scalar(key)
        if symbol.is_integer and symbol.is_positive:
            return self.size(symbol)
        raise Unsupported(f"{symbol} has no value: it is no parameter")

    def function(self, kind: type[Undetermined]) -> str:
        """The keyword that is this undetermined function."""
        for key, given in self.derivation.parameters.items():
            if given is kind:
                return key
        raise Unsupported(f"no parameter is the function {kind.__name__}")

    def unpacking(self) -> list[str]:
        """The statements by which forward has the sizes that the code speaks of."""
        lines, found = [], set(self.asked) | set(self.keywords)
        for array, sides in self.sided():
            wanted = [self.sizes.get(str(side), "_") for side in sides]
            wanted = [name if name not in found and name not in wanted[:at] else "_" for at, name in enumerate(wanted)]
            found.update(wanted)
            if any(name != "_" for name in wanted):
                lines.append(f"{', '.join(wanted) if len(wanted) > 1 else f'({wanted[0]},)'} = {array}.shape")
        for key, value in self.derivation.parameters.items():
            name = self.sizes.get(str(value))
            if name is not None and name not in found:
                lines.append(f"{name} = {key}")
        return lines
