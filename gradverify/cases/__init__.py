"""Draws the cases that the float witnesses try: sizes, entries, memory layouts, cotangents; and searches through them.

Takes a `Space`, gives Hypothesis strategies of `Case`; a failing case comes back shrunk.
"""

from gradverify.cases.cotangents import draw_cotangents, draw_directions
from gradverify.cases.describe import as_python, in_words
from gradverify.cases.layouts import LAYOUTS, lay_out, zero_stride
from gradverify.cases.search import Mismatch, Refused, SearchResult, Skipped, search
from gradverify.cases.strategies import cases
from gradverify.cases.values import generic, inside

__all__ = [
    "LAYOUTS",
    "Mismatch",
    "Refused",
    "SearchResult",
    "Skipped",
    "as_python",
    "cases",
    "draw_cotangents",
    "draw_directions",
    "generic",
    "in_words",
    "inside",
    "lay_out",
    "search",
    "zero_stride",
]
