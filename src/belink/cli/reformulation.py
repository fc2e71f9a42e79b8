"""Query reformulation on the command line: its option, and what became of its questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from belink.retrieve.reformulate import Reformulator

Reformulate = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Served model to ask for the standard name of each mention."),
]


def report(reformulate: Reformulator | None) -> None:
    """Say on standard error how many answers were of use, and why the last one is missing."""
    if reformulate is not None:
        counts = reformulate.outcomes
        parts = (f"{counts[outcome]:,} {outcome}" for outcome in ("used", "of no use", "failed"))
        why = f": {reformulate.last_failure}" if reformulate.last_failure else ""
        typer.echo(f"belink: query reformulation: {', '.join(parts)}{why}", err=True)
