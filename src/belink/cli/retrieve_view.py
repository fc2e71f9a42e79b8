"""What a person, or a program, sees of candidates and of what speaks for each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from belink.cli.view import printable
from belink.formats.decisions import candidate_record
from belink.types import Candidate, Query

if TYPE_CHECKING:
    from belink.retrieve.reasons import Reason

_COLUMNS = ("exact", "same words", "lexical", "dense", "short form", "variant", "organism", "narrower")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a query, with what speaks for each candidate, and what a served model called it."""

    query: Query
    candidates: tuple[Candidate, ...]
    reasons: tuple[Reason, ...]
    answers: tuple[str, ...] = ()


def record(found: Found) -> dict[str, Any]:
    """Give the JSON object of a query: mention, what was asked beside it, and the candidates, best first.

    Each candidate has its `rank`, the keys of a decision's candidate, and `lists`, a
    `belink.retrieve.reasons.Reason`.
    """
    query, mention = found.query, found.query.mention
    return {
        "document_id": mention.document_id,
        "spans": [[span.start, span.end] for span in mention.spans],
        "text": mention.text,
        "type": mention.type,
        "expansion": query.expansion,
        "variants": list(query.variants),
        "organisms": [list(each) for each in query.organisms],
        "answers": list(found.answers),
        "candidates": [
            {"rank": rank, **candidate_record(candidate), "lists": asdict(reason)}
            for rank, (candidate, reason) in enumerate(
                zip(found.candidates, found.reasons, strict=True), start=1
            )
        ],
    }


def show(found: Found, console: Console) -> None:
    """Print a mention and a table of its candidates."""
    query = found.query
    console.print(Text(printable(query.mention.text), style="bold"), Text(query.mention.type, style="dim"))
    parts = [("written out", [query.expansion] if query.expansion else []), ("also asked", query.variants)]
    parts.append(("the model calls it", found.answers))
    parts.append(("organisms", [f"{taxon} {chance:.2f}" for taxon, chance in query.organisms]))
    for label, values in parts:
        if values:
            console.print(Text(f"{label}: " + printable(", ".join(values)), style="dim"))
    console.print(_table(found) if found.candidates else Text("Nothing was found.", style="dim"))


def _table(found: Found) -> RenderableType:
    columns = [each for each in _COLUMNS if any(_cell(reason, each) for reason in found.reasons)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right")
    for heading in ("id", "name", "found by"):
        table.add_column(heading, overflow="fold")
    for heading in ("score", *columns):
        table.add_column(heading, justify="right")
    for rank, (candidate, reason) in enumerate(zip(found.candidates, found.reasons, strict=True), start=1):
        alias = "" if candidate.alias == candidate.name else candidate.alias
        if candidate.homonyms > 1:
            alias = f"{alias or candidate.name} (1 of {candidate.homonyms})"
        if candidate.source == "memory":
            alias = f"{alias or candidate.name} (labelled)"
        if candidate.source == "broader":
            alias = f"{alias or candidate.name} (broader)"
        texts = (str(rank), candidate.concept_id, candidate.name, alias, f"{candidate.score:.3f}")
        table.add_row(*(Text(each) for each in (*texts, *(_cell(reason, each) for each in columns))))
    return table


def _cell(reason: Reason, column: str) -> str:
    """Write what a list says: its score and, in brackets, the place in it.

    Of the concepts directly below: the best score of them, and their share of the first in the lists.
    """
    if column in ("exact", "same words"):
        return "yes" if (reason.exact if column == "exact" else reason.same_words) else ""
    if column == "short form":
        return "exact" if reason.short_exact else _scored(reason.short_lexical, None)
    if column == "variant":
        return _scored(reason.variant_lexical, reason.variant)
    if column == "organism":
        return _scored(reason.organism, None)
    if column == "narrower":
        return "" if reason.narrower is None else f"{reason.narrower:.2f} ({reason.narrower_share:.0%})"
    ranked = (
        (reason.lexical, reason.lexical_rank) if column == "lexical" else (reason.dense, reason.dense_rank)
    )
    return _scored(*ranked)


def _scored(score: float | None, rank: int | None) -> str:
    if score is None:
        return ""
    return f"{score:.2f}" + (f" ({rank})" if rank else "")
