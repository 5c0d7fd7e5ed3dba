"""How unlikely it is that a wrong backward passes one case of the exact witness, by the degrees of a run of the code.

Takes a case and the run that decided it; what is known about a path through the code is not computed again.
"""

from __future__ import annotations

from random import Random
from typing import Any

from gradverify.cases import Mismatch, Refused, Skipped
from gradverify.cases.digest import stable_repr
from gradverify.model import Case
from gradverify.numbers.array import entries
from gradverify.numbers.fields import DegreeField, ExponentField, failure_bits
from gradverify.numbers.run import Code, Trial
from gradverify.numbers.signals import NotExact, OutsideField
from gradverify.witnesses._exact_run import run_trial

Bounds = dict[Any, float]
"""What `bits_of` gave for a path through the code."""


def bits_of(code: Code, case: Case, random: Random, decided: Trial, bounds: Bounds) -> float:
    """−log₂ of the chance that random residues satisfy a wrong identity, by the degrees of one run (Schwartz, Zippel).

    Degrees do not depend on the values: what the code does with the same shapes and parameters, on the same branches and
    with the same whole numbers, has the same ones and is run once.
    """
    field, shapes = decided.field, tuple(array.shape for array in case.inputs)
    parameters = stable_repr(dict(case.parameters))
    path = type(field), shapes, parameters, tuple(field.decisions), tuple(field.roundings)
    if path not in bounds:
        bounds[path] = _measured_bits(code, case, random, isinstance(field, ExponentField))
    return bounds[path]


def _measured_bits(code: Code, case: Case, random: Random, laws: bool) -> float:
    field = DegreeField(random, laws)
    try:
        trial = run_trial(code, case, field, sides=False)
    except (OutsideField, NotExact, Skipped, Refused, Mismatch):
        return 0.0
    tangents = [field.lift(entry).tangent for output in trial.outputs for entry in entries(output)]
    gradients = [field.lift(entry).value for gradient in trial.gradients for entry in entries(gradient)]
    return failure_bits(field, tangents, gradients)
