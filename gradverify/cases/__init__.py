"""Draws the cases that the witnesses try: sizes, entries, memory layouts, cotangents; and searches through them.

Takes a `Space`, gives Hypothesis strategies of `Case`; a failing case comes back shrunk.
"""

from gradverify.cases.cotangents import draw_cotangents, draw_directions, one_at_a_time
from gradverify.cases.describe import as_python, in_words
from gradverify.cases.digest import Digest, joined_digest
from gradverify.cases.kinds import ALL_KINDS, EXTREME, GENERIC, KINKY, ORDINARY
from gradverify.cases.layouts import CONDUCT_LAYOUTS, LAYOUTS, lay_out, lay_out_together, zero_stride
from gradverify.cases.same import with_same_array
from gradverify.cases.search import Mismatch, Refused, SearchResult, Skipped, joined, search, shrink
from gradverify.cases.shrink import mapped
from gradverify.cases.strategies import cases, certain, empty_ones, of_sides
from gradverify.cases.values import generic, inside

__all__ = [
    "ALL_KINDS",
    "CONDUCT_LAYOUTS",
    "EXTREME",
    "GENERIC",
    "KINKY",
    "LAYOUTS",
    "ORDINARY",
    "Digest",
    "Mismatch",
    "Refused",
    "SearchResult",
    "Skipped",
    "as_python",
    "cases",
    "certain",
    "draw_cotangents",
    "draw_directions",
    "empty_ones",
    "generic",
    "in_words",
    "inside",
    "joined",
    "joined_digest",
    "lay_out",
    "lay_out_together",
    "mapped",
    "of_sides",
    "one_at_a_time",
    "search",
    "shrink",
    "with_same_array",
    "zero_stride",
]
