"""Writes proved derivations as a module of NumPy code: a class each, its gradient lines from the proved closed forms."""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Sequence
from typing import Any

import sympy

from gradverify._version import __version__
from gradverify.derivation.emit.layout import comment, statement
from gradverify.derivation.emit.lowering import Writer
from gradverify.derivation.emit.names import quantities
from gradverify.derivation.emit.scatter import scattered
from gradverify.derivation.language import Undetermined
from gradverify.derivation.maps import is_map
from gradverify.derivation.notation import domain_text, equations, lhs, text
from gradverify.derivation.notation.page import domain
from gradverify.derivation.proof import Proof
from gradverify.derivation.records import Derivation, Gradient
from gradverify.errors import DerivationError, Unsupported
from gradverify.model import Choice, Outcome

__all__ = ["asked_sizes", "class_name", "numpy_module"]

WIDTH = 100
"""The columns of a docstring."""


def numpy_module(proofs: Sequence[Proof]) -> str:
    """One Python module with a class for each of these derivations; it imports NumPy and nothing else.

    Raises `DerivationError` for one that is not proved, and for one that speaks of something that has no form in NumPy.
    """
    for proof in proofs:
        _refuse_unproved(proof)
    written = [_Emitted(proof.derivation) for proof in proofs]
    names = ", ".join(proof.derivation.name for proof in proofs)
    head = f'"""{names}: NumPy code emitted by gradverify {__version__}; every gradient is the proved closed form."""'
    functions = {name: source for each in written for name, source in each.writer.functions.items()}
    parts = [*functions.values(), *(each.source for each in written)]
    return "\n\n\n".join([f"{head}\n\nimport numpy as np", *parts]) + "\n"


def class_name(derivation: Derivation) -> str:
    """The name of the emitted class: RowSum for row_sum."""
    return "".join(part[:1].upper() + part[1:] for part in derivation.name.split("_"))


def asked_sizes(derivation: Derivation) -> dict[str, Any]:
    """The sizes that the emitted forward takes as further keywords, because only the output has them."""
    return {name: sympy.Symbol(name, integer=True, positive=True) for name in _Emitted(derivation).writer.givens.asked}


def _refuse_unproved(proof: Proof) -> None:
    if proof.outcome is Outcome.HOLDS:
        return
    steps = [step for chain in proof.chains for step in chain.steps]
    held = sum(step.outcome is Outcome.HOLDS for step in steps)
    name = proof.derivation.name
    raise DerivationError(
        f"{name}: no code is emitted, because the derivation is not proved: {held} of its {len(steps)} steps hold; "
        f"`gradverify derive {name} --steps` shows which"
    )


class _Emitted:
    """The class of one derivation."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        claims = {gradient.input: gradient for gradient in derivation.gradients}
        self.gradients = [claims[str(array.label)] for array in derivation.inputs]
        lines = [*derivation.where.values(), *derivation.forward.values(), *(each.claim for each in self.gradients)]
        self.writer = Writer(derivation, quantities(derivation, (sympy.sympify(line, strict=True) for line in lines)))
        try:
            self.source = self._class()
        except Unsupported as trouble:
            raise DerivationError(f"{derivation.name}: no code can be emitted: {trouble}") from trouble

    def _class(self) -> str:
        writer = self.writer
        for name in writer.givens.outputs:
            writer.array(name)
        writer.start_backward()
        for gradient in self.gradients:
            self._gradient(gradient)
        backward = [*writer.scope.lines, f"return {', '.join(each.symbol for each in self.gradients)}"]
        saved = self._needed(backward)
        forward = [
            *self._constants(),
            *writer.start,
            *writer.givens.unpacking(),
            *writer.forward.lines,
            *_save(saved, writer),
        ]
        forward.append(f"return {', '.join(writer.givens.outputs)}")
        head = f"class {class_name(self.derivation)}:\n" + textwrap.indent(self._docstring(), "    ")
        bodies = [
            _method(f"forward({', '.join(self._signature())})", forward),
            _method(f"backward({', '.join(['context', *writer.givens.cotangents])})", [*_load(saved), *backward]),
        ]
        return "\n\n".join([head, *bodies])

    def _gradient(self, gradient: Gradient) -> None:
        """The statements of one gradient, below its equation."""
        writer, base = self.writer, gradient.entry.base
        frame = tuple(index if index != 0 else None for index in gradient.entry.indices)
        lines = scattered(writer, gradient.symbol, gradient.claim, frame, base.shape)
        if lines is None:
            code = writer.full(writer.lower(gradient.claim, frame, whole_line=True), frame, base.shape)
            lines = [f"{gradient.symbol} = {code.text}"]
        writer.scope.lines += [comment(f"{lhs(gradient)} = {text(gradient.claim)}"), *lines]

    def _needed(self, backward: Sequence[str]) -> list[str]:
        """The names that backward has from forward, in the order of their use."""
        own = {*self.writer.givens.cotangents, *self.writer.functions, "np", *dir(builtins)}
        found: dict[str, None] = {}
        for line in backward:
            tree = ast.parse(line if not line.startswith("return") else line.removeprefix("return "))
            nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
            found |= dict.fromkeys(node.id for node in nodes if isinstance(node.ctx, ast.Load) and node.id not in own)
            own |= {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
        given = self.writer.givens
        return sorted(found, key=lambda name: (name not in given.inputs, name in given.sizes.values()))

    def _signature(self) -> list[str]:
        given = self.writer.givens
        keywords = [
            f"{name}={value!r}" if _is_constant(value) else name for name, value in self.derivation.parameters.items()
        ]
        keywords += given.asked
        return ["context", *given.inputs, *(["*", *keywords] if keywords else [])]

    def _constants(self) -> list[str]:
        """The parameters that the derivation fixes are refused with another value."""
        lines = []
        for name, value in self.derivation.parameters.items():
            if _is_constant(value):
                lines += [
                    f"if {name} != {value!r}:",
                    f'    raise ValueError(f"this code was derived for {name} = {value!r}, got {{{name}!r}}")',
                ]
        return lines

    def _docstring(self) -> str:
        derivation = self.derivation
        title = derivation.title[:1].upper() + derivation.title[1:]
        lines = [f"{left} = {right}" for left, right in ((text(a), text(b)) for _, a, b in equations(derivation))]
        lines += [f"{lhs(gradient)} = {text(gradient.claim)}" for gradient in self.gradients]
        body = [
            f'"""{title}.',
            "",
            *(_filled(line, "    ") for line in lines),
            "",
            _filled(f"Shapes: {self._shapes()}."),
        ]
        conditions = [domain_text(*condition) for condition in domain(derivation)]
        body += [_filled(f"Domain: {'; '.join(conditions)}.")] if conditions else []
        words = [f"`{name}`: {_words(value)}" for name, value in derivation.parameters.items()]
        words += [f"`{name}`: a size that only the output has" for name in self.writer.givens.asked]
        body += [_filled(f"Parameters: {'; '.join(words)}.")] if words else []
        return "\n".join([*body, '"""'])

    def _shapes(self) -> str:
        arrays = [*self.derivation.inputs, *(entry.base for entry in self.derivation.forward)]
        shapes = []
        for array in arrays:
            sides = ", ".join(text(sympy.sympify(side, strict=True)) for side in array.shape)
            shapes.append(f"{text(array)} ({sides}{',' if len(array.shape) == 1 else ''})")
        return ", ".join(shapes)


def _is_constant(value: Any) -> bool:
    """Whether a parameter has one value in the derivation."""
    return not isinstance(value, sympy.Basic | type | Choice)


def _words(value: Any) -> str:
    """What a parameter is, in words."""
    if is_map(value):
        return "an array of indices"
    if isinstance(value, type) and issubclass(value, Undetermined):
        return f"the function {value.__name__}"
    if isinstance(value, Choice):
        return "one of " + ", ".join(map(repr, value.values))
    if _is_constant(value):
        return f"{value!r} in this derivation"
    return f"the size {value}" if value.is_integer else f"the number {text(value)}"


def _filled(line: str, further: str = "") -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent=further, break_long_words=False, break_on_hyphens=False)


def _method(head: str, body: Sequence[str]) -> str:
    lines = [f"@staticmethod\ndef {head}:", *(textwrap.indent(statement(line), "    ") for line in body)]
    return textwrap.indent("\n".join(lines), "    ")


def _save(names: Sequence[str], writer: Writer) -> list[str]:
    """The statement that leaves these names for backward; an output as a copy, since its owner may write into it."""
    values = [f"{name}.copy()" if name in writer.givens.outputs else name for name in names]
    if _together([f'context["{name}"]' for name in names], values):
        return _assignments([f'context["{name}"]' for name in names], values)
    return [f"context.update({', '.join(f'{name}={value}' for name, value in zip(names, values, strict=True))})"]


def _load(names: Sequence[str]) -> list[str]:
    return _assignments(names, [f'context["{name}"]' for name in names])


def _assignments(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """One assignment where that is short, else one for each name."""
    if _together(left, right):
        return [f"{', '.join(left)} = {', '.join(right)}"] if left else []
    return [f"{name} = {value}" for name, value in zip(left, right, strict=True)]


def _together(left: Sequence[str], right: Sequence[str]) -> bool:
    return len(", ".join([*left, *right])) < WIDTH
