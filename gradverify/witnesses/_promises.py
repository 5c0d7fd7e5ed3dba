"""The promises of conduct in one table: the name that a user may allow, the rating of a breach with its reason, the check.

The checks stand in the modules beside this one, one function each: it takes a trial and yields a breach for everything
that breaks the promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gradverify.model import Rating
from gradverify.witnesses import _promises_history as history
from gradverify.witnesses import _promises_layout as layout
from gradverify.witnesses import _promises_linear as linear
from gradverify.witnesses import _promises_memory as memory
from gradverify.witnesses import _promises_returned as returned
from gradverify.witnesses._breaches import Breach
from gradverify.witnesses._trial import Trial

ERROR, WARNING = Rating.ERROR, Rating.WARNING


@dataclass(frozen=True)
class Promise:
    """One promise: its name, how bad breaking it is and why, and what asks for it."""

    name: str
    rating: Rating
    reason: str
    ask: Callable[[Trial], Iterator[Breach]]


RETURNED: tuple[Promise, ...] = (
    Promise("backward returns", ERROR, "training stops at an input that forward takes", returned.backward_returns),
    Promise(
        "takes empty arrays",
        WARNING,
        "an empty batch stops the program, but no gradient comes out wrong",
        returned.takes_empty_arrays,
    ),
    Promise(
        "gradients fit",
        ERROR,
        "an engine adds the gradient to another input, or broadcasts it into a wrong sum",
        returned.gradients_fit,
    ),
)
"""Asked first; after a breach there are no gradients to go on with."""

CALM: tuple[Promise, ...] = (
    Promise(
        "forward changes nothing",
        ERROR,
        "whoever else reads the input, such as another op's backward, computes with other numbers",
        memory.forward_changes_nothing,
    ),
    Promise(
        "backward changes nothing",
        ERROR,
        "whoever else reads the array, such as another op's backward, computes with other numbers",
        memory.backward_changes_nothing,
    ),
    Promise(
        "same gradient again",
        ERROR,
        "a graph walked twice, as for a Jacobian row by row, gets a wrong gradient the second time",
        history.same_gradient_again,
    ),
    Promise(
        "new memory each call",
        ERROR,
        "the gradient that was kept from the first call becomes that of the second",
        memory.new_memory_each_call,
    ),
)
"""Asked next; after a breach that is not allowed the comparisons below would only say the same again."""

FURTHER: tuple[Promise, ...] = (
    Promise("keeps precision", ERROR, "digits that the input has are lost", returned.keeps_precision),
    Promise(
        "no wider dtype",
        WARNING,
        "the values are right; memory doubles, and what is computed from them is wider too",
        returned.no_wider_dtype,
    ),
    Promise(
        "floating gradient",
        WARNING,
        "zeros are right in any dtype, but a float cannot be added to whole numbers in place",
        returned.floating_gradient,
    ),
    Promise(
        "own memory",
        ERROR,
        "an engine that adds up gradients in place writes into the array, or a step of training into the gradient",
        memory.own_memory,
    ),
    Promise(
        "separate gradients",
        WARNING,
        "the values are right; only an engine that adds up gradients in place must copy first",
        memory.separate_gradients,
    ),
    Promise(
        "writable gradient",
        WARNING,
        "the values are right; only an engine that adds up gradients in place must copy first",
        memory.writable_gradient,
    ),
)
"""Asked of every case that is still in question; they stand beside each other."""

HISTORY: tuple[Promise, ...] = (
    Promise(
        "same from scratch",
        ERROR,
        "something that an earlier call left behind, or memory that was never set, decides the gradient",
        history.same_from_scratch,
    ),
    Promise(
        "one context, two cotangents",
        ERROR,
        "a node that is used twice gets a wrong gradient the second time",
        history.one_context_two_cotangents,
    ),
    Promise(
        "contexts kept apart",
        ERROR,
        "an op used twice in one network gets the gradient of its other use",
        history.contexts_kept_apart,
    ),
    Promise(
        "parameters kept apart",
        ERROR,
        "an op used in two modes in one network gets the gradient of its other use",
        history.parameters_kept_apart,
    ),
)
"""Asked one after the other, until a breach that is not allowed: with that state left behind, others would follow."""

LINEAR: tuple[Promise, ...] = (
    Promise("doubles and negates", ERROR, "a VJP is linear in the cotangent", linear.doubles_and_negates),
    Promise("adds", ERROR, "a VJP is linear in the cotangent", linear.adds),
    Promise("zero gives zero", ERROR, "a VJP is linear in the cotangent", linear.zero_gives_zero),
    Promise("outputs add up", ERROR, "a VJP is linear in the cotangent", linear.outputs_add_up),
    Promise("every output counts", ERROR, "what is learnt through that output is lost", linear.every_output_counts),
    Promise(
        "any cotangent layout",
        ERROR,
        "a transpose, a slice or a sum behind the op hands it such a cotangent",
        layout.any_cotangent_layout,
    ),
    Promise(
        "any input layout",
        ERROR,
        "a transpose or a slice before the op hands it such an input",
        layout.any_input_layout,
    ),
    Promise(
        "takes any byte order",
        WARNING,
        "an array read from a foreign file stops the program, but no gradient comes out wrong",
        layout.takes_any_byte_order,
    ),
    Promise("any byte order", ERROR, "an array read from a foreign file gets a wrong gradient", layout.any_byte_order),
    Promise(
        "same array twice",
        ERROR,
        "f(x, x) gets a wrong gradient",
        history.same_array_twice,
    ),
)
"""Asked where outputs and gradients are finite: they compare the values of different calls."""

PROMISES: tuple[Promise, ...] = (*RETURNED, *CALM, *FURTHER, *HISTORY, *LINEAR)
