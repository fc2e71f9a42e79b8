"""What a person, or a program, sees of why a mention was decided as it was."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from belink.cli.retrieve_view import Found
from belink.cli.retrieve_view import show as show_found
from belink.cli.view import STAGES, printable
from belink.formats.decisions import decision_record
from belink.types import Linked

if TYPE_CHECKING:
    from belink.link import Explanation
    from belink.rerank.explanation import AskedQuestion, GateReport

CANDIDATES = 5


def record(explanation: Explanation) -> dict[str, Any]:
    """Give the JSON object of a decision with an `explanation` in it.

    Beside the keys of a decision: `expansion`, `variants`, `organisms` and `context` of the query; `gate` and
    `question` (a `belink.rerank.explanation.GateReport` and `AskedQuestion`, or null); and for each of the
    decision's candidates the key `lists`, a `belink.retrieve.reasons.Reason`.
    """
    query, made = explanation.query, decision_record(explanation.decision)
    made["candidates"] = [
        candidate | {"lists": asdict(reason)}
        for candidate, reason in zip(made["candidates"], explanation.reasons, strict=True)
    ]
    return made | {
        "explanation": {
            "context": query.context.text,
            "expansion": query.expansion,
            "variants": list(query.variants),
            "organisms": [list(each) for each in query.organisms],
            "gate": None if explanation.gate is None else asdict(explanation.gate),
            "question": None if explanation.question is None else asdict(explanation.question),
        }
    }


def show(explanation: Explanation, console: Console) -> None:
    """Print a decision with what retrieval found, what the gate did, and what the re-ranker was asked.

    Of the candidates the first `CANDIDATES` are shown; a program gets them all.
    """
    decision = explanation.decision
    first = decision.candidates[:CANDIDATES], explanation.reasons[:CANDIDATES]
    show_found(Found(explanation.query, *first), console)
    if explanation.gate is not None:
        console.print(Text(_gate(explanation.gate), style="dim"))
    if explanation.question is not None:
        _show_question(explanation.question, explanation, console)
    verdict = decision.verdict
    ids = " + ".join(verdict.concept_ids) if isinstance(verdict, Linked) else type(verdict).__name__.lower()
    console.print(
        Text.assemble((ids, "bold"), f"  probability {decision.probability:.3f}, {STAGES[decision.stage]}")
    )


def _gate(gate: GateReport) -> str:
    scores = f"{gate.first:.3f} for the first, {gate.second:.3f} for the second"
    needed = f"needs {gate.threshold:.3f} and less than {max(0.0, 1 - gate.threshold):.3f}"
    done = "retrieval is sure" if gate.settled else "in doubt, the re-ranker is asked"
    return f"gate: {done}: {scores}; {needed}"


def _show_question(question: AskedQuestion, explanation: Explanation, console: Console) -> None:
    first, own = question.mention, explanation.decision.mention
    if first != own:
        place = f"“{printable(first.text)}” at {first.spans[0].start}"
        console.print(Text(f"asked once in this document, with {place}", style="dim"))
    if question.degraded:
        console.print(Text("the served model did not report every option", style="dim"))
    head = question.text.partition("\nOptions:\n")[0]
    console.print(Text(printable(head), style="dim"))
    console.print(_options(question))


def _options(question: AskedQuestion) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "option", "id"):
        table.add_column(heading, overflow="fold")
    for heading in ("retrieval", "model, log", "probability"):
        table.add_column(heading, justify="right")
    for option in question.options:
        table.add_row(
            Text(option.letter),
            Text(printable(option.text)),
            Text(option.concept_id or "-"),
            Text("" if option.retrieval is None else f"{option.retrieval:.3f}"),
            Text("" if option.model is None else f"{option.model:.2f}"),
            Text(f"{option.probability:.3f}"),
        )
    return table
