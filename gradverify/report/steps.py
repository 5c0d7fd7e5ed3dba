"""Shows a derivation line by line in the terminal, and what its proof says of each line where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from gradverify.derivation.composition import needs
from gradverify.derivation.notation import (
    domain,
    domain_text,
    equations,
    lhs,
    matrix_text,
    numpy_source,
    text,
    text_name,
)
from gradverify.derivation.proof import Chained, Counterexample, GradientProof, Opinion, Proof, StepProof
from gradverify.derivation.records import Chain, Derivation
from gradverify.model import Outcome
from gradverify.paths import shown
from gradverify.report.console import STYLES, Page, Piece, held
from gradverify.report.words import MARKS, duration

__all__ = ["show_derivation"]

_INDENT = 2
_WORDS = {Outcome.HOLDS: "proved", Outcome.REFUTED: "refuted", Outcome.UNDECIDED: "undecided"}


def show_derivation(subject: Derivation | Proof, console: Console, steps: bool = False) -> None:
    """Print a derivation, or a proof: then every line has its mark, and a wrong line its counterexample.

    `steps` adds the three opinions on every line: the kernel's, the cutoff sizes', SymPy's.
    """
    page = Page(console)
    proof = subject if isinstance(subject, Proof) else None
    derivation = subject.derivation if isinstance(subject, Proof) else subject
    page.rows((page.text((derivation.name, "bold"), f": {derivation.title}"),), hang=2)
    if derivation.about:
        page.line()
        page.rows((page.text(derivation.about),), indent=2)
    page.line()
    given = [(heading, _equation(f"{text(left)} = {text(right)}")) for heading, left, right in equations(derivation)]
    given += [("domain", domain_text(*condition)) for condition in domain(derivation)]
    page.rows(*_labelled(given, page), indent=2)
    unproved = [(gradient, None) for gradient in derivation.chains]
    for gradient, proved in [(each.gradient, each) for each in proof.chains] if proof else unproved:
        page.line()
        _gradient(gradient, proved, page, steps)
    if proof and proof.chained:
        page.line()
        _composed(proof, page, steps)
    if steps and proof and proof.pairing is not None:
        page.line()
        page.rows(
            _opinion("Σ ȳ ẏ = Σ x̄ ẋ, so that the VJP is the transpose of the JVP", proof.pairing, page), indent=2, gap=1
        )
    if proof:
        page.line()
        _conclusion(proof, page)


def _labelled(rows: Sequence[tuple[str, str]], page: Page) -> list[tuple[Text, Text]]:
    return [(page.text((label, "dim")), page.text(value)) for label, value in rows]


def _equation(line: str) -> str:
    """A line of mathematics, held together but before a sign of operation."""
    return re.sub(r" (?![+−/·=] )", "\N{NO-BREAK SPACE}", line)


def _gradient(gradient: Chain, proved: GradientProof | None, page: Page, opinions: bool) -> None:
    left = page.text(lhs(gradient))
    verdicts: Sequence[StepProof | None] = proved.steps if proved else [None] * len(gradient.steps)
    for number, (step, verdict) in enumerate(zip(gradient.steps, verdicts, strict=True), 1):
        mark: list[Piece] = [_mark(verdict.outcome), " "] if verdict else []
        marked = page.text(*mark, (f"{number:>2}", "dim"))
        shown = left if number == 1 else page.text(" " * left.cell_len)
        margin = _INDENT + marked.cell_len + 2
        page.rows(
            (marked, page.text(f"{shown.plain} = ", _equation(text(step.expression)))),
            indent=_INDENT,
            gap=2,
            hang=left.cell_len + 3,
        )
        page.rows((page.text((step.rule.name, "cyan"), (f". {step.why}", "dim")),), indent=margin + left.cell_len + 3)
        if verdict and (opinions or verdict.outcome is not Outcome.HOLDS):
            _opinions(verdict, page, margin + left.cell_len + 3)
        if verdict and verdict.outcome is not Outcome.HOLDS:
            _complaint(verdict, page, margin)
    _closed_form(gradient, proved, page, opinions)


def _closed_form(gradient: Chain, proved: GradientProof | None, page: Page, opinions: bool) -> None:
    """The claim in matrix notation and in NumPy."""
    if gradient.matrix is not None:
        page.rows(*_labelled([("in matrix notation", matrix_text(gradient))], page), indent=_INDENT)
    if proved and proved.matrix is not None and (opinions or proved.matrix.outcome is not Outcome.HOLDS):
        page.rows(_opinion("matrix notation", proved.matrix, page), indent=_INDENT + 2, gap=1)
    source = numpy_source(gradient)
    if source:
        page.line(" " * _INDENT, ("in NumPy", "dim"))
        page.verbatim(source, indent=_INDENT + 2)


def _composed(proof: Proof, page: Page, opinions: bool) -> None:
    """The forward and every gradient against what the closed forms of the parts give."""
    names = ", ".join(part.name for part in proof.derivation.parts)
    asked = " and ".join(needs(proof.derivation))
    head = page.text("chained from ", (names, "cyan"), (f", where {asked}" if asked else "", "dim"))
    page.rows((head,), indent=_INDENT, hang=_INDENT)
    for each in proof.chained:
        equal = {Outcome.HOLDS: "the same", Outcome.REFUTED: "not the same"}.get(each.outcome, "not compared")
        words = f"{text(each.entry)}, the {each.subject}: {equal}"
        page.rows((page.text(_mark(each.outcome)), page.text(words)), indent=_INDENT, gap=1)
        if opinions or each.outcome is not Outcome.HOLDS:
            _opinions(each, page, _INDENT + 2)
        if each.outcome is not Outcome.HOLDS:
            rows = [("claim", _equation(text(each.direct)))]
            rows += _numbers(each.counterexample, "the claim", "the chain of parts") if each.counterexample else []
            page.rows(*_labelled(rows, page), indent=_INDENT + 2)


def _mark(outcome: Outcome) -> tuple[str, str]:
    return MARKS[outcome], STYLES[outcome]


def _opinion(name: str, opinion: Opinion, page: Page) -> tuple[Text, ...]:
    outcome = "" if opinion.outcome is Outcome.HOLDS else f", {opinion.outcome.value}"
    return page.text(_mark(opinion.outcome)), page.text(f"{name}{outcome}: {opinion.basis}")


def _opinions(verdict: StepProof | Chained, page: Page, margin: int) -> None:
    named = (("kernel", verdict.kernel), ("cutoff", verdict.cutoff), ("SymPy", verdict.sympy))
    page.rows(*(_opinion(name, opinion, page) for name, opinion in named), indent=margin, gap=1)


def _complaint(verdict: StepProof, page: Page, margin: int) -> None:
    """What is wrong with a line, or not known of it: where it stands, both sides, the counterexample, the remark."""
    before = f"line {verdict.number - 1}" if verdict.number > 1 else "definition"
    here = f"line {verdict.number}"
    wrong = verdict.counterexample is not None
    what = f"{here} {'is not equal' if wrong else 'could not be proved or refuted to be equal'} to "
    what += before if verdict.number > 1 else f"the {before}"
    rows = [("where", _nearby(verdict.step.location)), ("rule", verdict.step.rule.name)]
    rows += [(before, _equation(text(verdict.previous))), (here, _equation(text(verdict.step.expression)))]
    if verdict.counterexample is not None:
        rows += _numbers(verdict.counterexample, before, here)
    rows += [("remark", verdict.remark)] if verdict.remark else []
    page.rows((page.text((f"{MARKS[verdict.outcome]} {what}", STYLES[verdict.outcome])),), indent=margin, hang=2)
    page.rows(*_labelled(rows, page), indent=margin + 2)


def _numbers(example: Counterexample, before: str, here: str) -> list[tuple[str, str]]:
    rows = [("sizes", _assigned(example.sizes)), ("at", _assigned(example.indices))]
    rows += [("with", "\n".join(f"{_name(name)} = {value}" for name, value in example.values.items()))]
    rows += [(f"{before} gives", example.left), (f"{here} gives", example.right)]
    return [(label, value) for label, value in rows if value]


def _name(quantity: str) -> str:
    """A quantity or an entry of it: `ȳ[0, 1]`."""
    name, bracket, indices = quantity.partition("[")
    return text_name(name) + bracket + indices


def _assigned(values: Mapping[str, int]) -> str:
    return ", ".join(f"{text_name(name)} = {value}" for name, value in values.items())


def _nearby(location: str) -> str:
    """FILE:LINE from the working directory, where the file is inside of it."""
    file, _, line = location.rpartition(":")
    return f"{shown(file)}:{line}"


def _conclusion(proof: Proof, page: Page) -> None:
    outcomes = [step.outcome for chain in proof.chains for step in chain.steps]
    count, good, wrong = len(outcomes), outcomes.count(Outcome.HOLDS), outcomes.count(Outcome.REFUTED)
    said = "each of the " if good == count else f"{good} of "
    said += f"{count} steps {'holds' if good == count else 'hold'} for all sizes"
    said += f" where {' and '.join(proof.domain)}" if proof.domain else ""
    said += f"; {wrong} {'is' if wrong == 1 else 'are'} wrong" if wrong else ""
    if proof.chained:
        same = sum(each.outcome is Outcome.HOLDS for each in proof.chained)
        said += f"; of {len(proof.chained)} equations with the parts {same} {'holds' if same == 1 else 'hold'}"
    head = page.text((f"{MARKS[proof.outcome]} {_WORDS[proof.outcome]}", f"bold {STYLES[proof.outcome]}"))
    page.rows((head, page.text(said, (f" ({held(duration(proof.seconds))})", "dim"))), indent=_INDENT)
