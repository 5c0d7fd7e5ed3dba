"""The fields that the witnesses choose from, by name."""

from __future__ import annotations

from gradverify.numbers.balls import Balls
from gradverify.numbers.degree import DegreeField, failure_bits
from gradverify.numbers.exponent import ExponentField
from gradverify.numbers.field import Field
from gradverify.numbers.prime import DRAWN, ORDER, PRIME, PrimeField, QuadraticField
from gradverify.numbers.rationals import Rationals

__all__ = [
    "DRAWN",
    "ORDER",
    "PRIME",
    "Balls",
    "DegreeField",
    "ExponentField",
    "Field",
    "PrimeField",
    "QuadraticField",
    "Rationals",
    "failure_bits",
]
