"""The rules a step may name. Calling a rule with an expression and a reason makes the step: `chain_rule(…, "because …")`.

A rule's name tells the reader why a line follows; it is not trusted: the proof compares the lines themselves.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import sympy

__all__ = [
    "Rule",
    "Step",
    "algebra",
    "chain_rule",
    "collapse_delta",
    "constant_rule",
    "elementary_rule",
    "entry_rule",
    "insert_forward",
    "name_quantity",
    "power_rule",
    "product_rule",
    "push_forward",
    "quotient_rule",
    "sum_rule",
]


@dataclass(frozen=True)
class Step:
    """One line of a derivation: the expression it arrives at, the rule, the reason, and where it stands in the file."""

    rule: Rule
    expression: Any
    why: str
    location: str


@dataclass(frozen=True)
class Rule:
    """A named rule of calculus or algebra, with its statement."""

    name: str
    statement: str

    def __call__(self, expression: Any, why: str) -> Step:
        """Make the step that arrives at `expression` by this rule; `why` is one sentence for the reader."""
        caller = sys._getframe(1)
        line = sympy.sympify(expression, strict=True)
        return Step(self, line, why, f"{caller.f_code.co_filename}:{caller.f_lineno}")


chain_rule = Rule("chain rule", "x̄_i = Σ_k ȳ_k ∂y_k/∂x_i: the loss changes with x through every output")
push_forward = Rule("push forward", "ẏ_k = Σ_i ∂y_k/∂x_i ẋ_i: the output moves with every entry of every input")
insert_forward = Rule("substitute the forward", "y is what the forward computes")
name_quantity = Rule("name a quantity", "a name stands for what it was defined as")
sum_rule = Rule("sum rule", "∂(u + v) = ∂u + ∂v, and ∂Σu = Σ∂u")
product_rule = Rule("product rule", "∂(uv) = ∂u·v + u·∂v")
quotient_rule = Rule("quotient rule", "∂(u/v) = (∂u·v − u·∂v)/v²")
power_rule = Rule("power rule", "∂(u^a) = a·u^(a−1)·∂u")
elementary_rule = Rule("derivative of a function", "∂f(u) = f′(u)·∂u")
constant_rule = Rule("constant rule", "what does not depend on x has derivative 0")
entry_rule = Rule("∂x_kl/∂x_ij = δδ", "an entry changes with itself and with no other: ∂x_kl/∂x_ij = δ_ki δ_lj")
collapse_delta = Rule("collapse δ", "Σ_k δ_ki u_k = u_i: only one term of the sum is left")
algebra = Rule("algebra", "the same value, written otherwise")
