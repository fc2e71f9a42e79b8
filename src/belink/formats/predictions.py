"""Decisions of any system: our decisions file, or the annotations of any document format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from belink.formats.decisions import read_decisions
from belink.formats.problems import OnProblem, raise_unless_warning
from belink.formats.reading import read_many
from belink.formats.streams import lines, open_input
from belink.types import Decision, Document, Linked, Nil


def read_predictions(path: Path, *, on_problem: OnProblem = raise_unless_warning) -> Iterator[Decision]:
    """Read what a system decided, from decisions (`decision_record`) or from annotated documents.

    Raises:
        InputError: the file cannot be read.
    """
    if path.is_file() and _holds_decisions(path):
        yield from read_decisions(path)
        return
    for source in read_many(path, on_problem=on_problem):
        for doc in source.documents:
            yield from annotated_decisions(doc)


def annotated_decisions(doc: Document) -> Iterator[Decision]:
    """Read a document's annotations as decisions: no identifier is Nil; every probability is 1."""
    for annotation in doc.annotations:
        verdict = Linked(annotation.concept_ids) if annotation.concept_ids else Nil()
        yield Decision(annotation.mention, (), verdict, 1.0, "retrieved")


def _holds_decisions(path: Path) -> bool:
    """Tell by the first line that is not blank."""
    opened = open_input(path)
    with opened.stream:
        first = next((line for _, line in lines(opened) if line.strip()), b"")
    try:
        record = orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return isinstance(record, dict) and "document_id" in record and "spans" in record
