"""What a person sees: the text with its mentions in colour, and a table of the links."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from belink.types import Decision, Document, Failed, Linked

COLOURS = {
    "Disease": "red",
    "Chemical": "green",
    "Gene": "blue",
    "Species": "yellow",
    "CellLine": "magenta",
    "Variant": "cyan",
    "Phenotype": "bright_red",
}
STAGES = {"exact": "exact name", "retrieved": "similar name", "reranked": "re-ranked"}


def show(doc: Document, decisions: Sequence[Decision], console: Console) -> None:
    """Print a document and its links."""
    console.print(Group(coloured_text(doc, decisions), Text(), _links(decisions)))


def coloured_text(doc: Document, decisions: Sequence[Decision]) -> Text:
    """The document's text, each mention in the colour of its type, none-of-these dimmed."""
    text = Text(printable(doc.text))
    for decision in decisions:
        style = f"bold {COLOURS.get(decision.mention.type, 'white')}"
        if not isinstance(decision.verdict, Linked):
            style += " dim"
        for span in decision.mention.spans:
            text.stylize(style, span.start, span.end)
    return text


def printable(text: str) -> str:
    """Replace control characters, which could drive the terminal, by a blank of the same length."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _links(decisions: Sequence[Decision]) -> RenderableType:
    if not decisions:
        return Text("No mention was found.", style="dim")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("mention", "type", "concept", "id"):
        table.add_column(heading, overflow="fold")
    table.add_column("probability", justify="right")
    table.add_column("decided by")
    for row in rows(decisions):
        table.add_row(*row)
    return table


def rows(decisions: Sequence[Decision]) -> list[tuple[Text, ...]]:
    """One row a distinct (mention text, type, verdict), in order of first appearance, with its count."""
    counts: dict[tuple[object, ...], int] = {}
    firsts: dict[tuple[object, ...], Decision] = {}
    for decision in decisions:
        key = (decision.mention.text.casefold(), decision.mention.type, decision.verdict)
        counts[key] = counts.get(key, 0) + 1
        firsts.setdefault(key, decision)
    return [_row(decision, counts[key]) for key, decision in firsts.items()]


def _row(decision: Decision, count: int) -> tuple[Text, ...]:
    mention, verdict = decision.mention, decision.verdict
    colour = COLOURS.get(mention.type, "white")
    times = f" ×{count}" if count > 1 else ""
    names = {candidate.concept_id: candidate for candidate in decision.candidates}
    if isinstance(verdict, Linked):
        chosen = [names[concept_id] for concept_id in verdict.concept_ids]
        concept, ids = " + ".join(c.name for c in chosen), " + ".join(verdict.concept_ids)
        matched = chosen[0].alias
        reason = STAGES[decision.stage]
        if matched.casefold() not in (mention.text.casefold(), chosen[0].name.casefold()):
            reason += f" “{matched}”"
    elif isinstance(verdict, Failed):
        concept, ids, reason = "failed", "", verdict.reason
    else:
        concept, ids, reason = "none fits", "-", STAGES[decision.stage]
    return (
        Text(printable(mention.text) + times, style=f"bold {colour}"),
        Text(mention.type, style=colour),
        Text(concept),
        Text(ids, style="bold"),
        Text(f"{decision.probability:.2f}"),
        Text(reason, style="dim"),
    )
