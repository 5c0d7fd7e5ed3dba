"""The rules of maps and relations as text: `lambda k, t, stride: k * stride + t` with expressions put in for its arguments."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gradverify.errors import Unsupported

__all__ = ["arguments", "inlined", "is_lambda", "source"]


def arguments(rule: Callable[..., Any]) -> list[str]:
    """The names of a rule's arguments."""
    return list(inspect.signature(rule).parameters)


def is_lambda(rule: Callable[..., Any]) -> bool:
    """Whether a rule is one expression."""
    return getattr(rule, "__name__", "") == "<lambda>"


def inlined(rule: Any, given: Mapping[str, str]) -> str:
    """The expression of a lambda with these expressions for its arguments."""
    own = [node for node in ast.walk(ast.parse(_file(rule))) if isinstance(node, ast.Lambda) and _is(node, rule)]
    if not own:
        raise Unsupported("the source of a rule cannot be found: write it as one lambda, or as a function")
    body = _Given({**_constants(rule), **given}).visit(own[0].body)
    return ast.unparse(body)


def source(rule: Any) -> str:
    """The definition of a rule that is a function of its own."""
    try:
        text = textwrap.dedent(inspect.getsource(rule)).rstrip()
    except (OSError, TypeError):
        raise Unsupported(f"the source of the rule {rule.__name__} cannot be found") from None
    if _constants(rule):
        raise Unsupported(f"the rule {rule.__name__} uses names of its file: give them to it as arguments")
    return text


def _file(rule: Any) -> str:
    try:
        return Path(inspect.getsourcefile(rule) or "").read_text(encoding="utf-8")
    except (OSError, TypeError):
        return ""


def _is(node: ast.Lambda, rule: Any) -> bool:
    """Whether this is the lambda that the function was made from."""
    code = rule.__code__
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    compiled = compile(ast.fix_missing_locations(ast.Expression(node)), "<rule>", "eval")
    inner = next(each for each in compiled.co_consts if inspect.iscode(each))
    return node.lineno == code.co_firstlineno and names == arguments(rule) and inner.co_names == code.co_names


def _constants(rule: Any) -> dict[str, str]:
    """The whole numbers that a rule finds outside of itself, by name; NumPy is np; all else is refused."""
    found = inspect.getclosurevars(rule)
    outside = {**found.globals, **found.nonlocals}
    constants = {}
    for name, value in outside.items():
        if value is np and name == "np":
            continue
        if not isinstance(value, int):
            raise Unsupported(f"a rule uses {name}, which the emitted module does not have")
        constants[name] = repr(value)
    return constants


class _Given(ast.NodeTransformer):
    """Puts expressions in for names."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """The expression for this name, if there is one."""
        return ast.parse(self.given[node.id], mode="eval").body if node.id in self.given else node
