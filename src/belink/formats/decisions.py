"""Decisions as JSON: one object a decision and line, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast, get_args

import orjson

from belink.errors import InputError
from belink.formats.bioc import number, records, string
from belink.formats.problems import MalformedError, UnreadableError
from belink.formats.streams import lines, open_input, write_atomically
from belink.types import (
    Candidate,
    CandidateSource,
    Decision,
    Failed,
    Linked,
    Mention,
    Nil,
    Span,
    Stage,
    Verdict,
)

Record = dict[str, Any]


def decision_record(decision: Decision) -> Record:
    """Give the JSON object of a decision; `read_decisions` gives the decision back, the same.

    Keys: `document_id`, `spans` [[start, end], ...] in code points, `text`, `type`, `verdict` ("linked",
    "nil" or "failed"), `concept_ids`, `probability`, `stage`, `candidates` (`id`, `name`, `alias`, `score`,
    `source`, `homonyms`), and `reason` of a failure.
    """
    mention, verdict = decision.mention, decision.verdict
    record: Record = {
        "document_id": mention.document_id,
        "spans": [[span.start, span.end] for span in mention.spans],
        "text": mention.text,
        "type": mention.type,
        "verdict": type(verdict).__name__.lower(),
        "concept_ids": list(verdict.concept_ids) if isinstance(verdict, Linked) else [],
        "probability": decision.probability,
        "stage": decision.stage,
        "candidates": [candidate_record(candidate) for candidate in decision.candidates],
    }
    return record | {"reason": verdict.reason} if isinstance(verdict, Failed) else record


def candidate_record(candidate: Candidate) -> Record:
    """Give the JSON object of a candidate."""
    return {
        "id": candidate.concept_id,
        "name": candidate.name,
        "alias": candidate.alias,
        "score": candidate.score,
        "source": candidate.source,
        "homonyms": candidate.homonyms,
    }


def write_decisions(out: Path, decisions: Iterable[Decision]) -> None:
    """Write one decision a line to a file that appears when all are written.

    Raises:
        InputError: the file cannot be written.
    """
    with write_atomically(out) as file:
        for decision in decisions:
            file.write(orjson.dumps(decision_record(decision)) + b"\n")


def read_decisions(path: Path) -> Iterator[Decision]:
    """Read decisions one after another, BeLink's or any system's; blank lines are passed over.

    `document_id`, `spans` and `concept_ids` must be there. Without `verdict`, no ids mean nil; without
    `probability` it is 1, without `stage` "retrieved".

    Raises:
        InputError: the file or one of its lines cannot be read; the message names the line.
    """
    opened = open_input(path)
    with opened.stream:
        try:
            for line_number, line in lines(opened):
                if line.strip():
                    yield _decision(line, f"{path}:{line_number}")
        except UnreadableError as error:
            raise InputError(f"{path}: {error}") from error


def _decision(line: bytes, where: str) -> Decision:
    try:
        record = orjson.loads(line)
        if not isinstance(record, dict) or "document_id" not in record or "spans" not in record:
            raise MalformedError('expected a decision with "document_id", "spans" and "concept_ids"')
        return _parsed(record)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{where}: JSON is broken ({error})") from error
    except MalformedError as error:
        raise InputError(f"{where}: {error}") from error


def _parsed(record: Record) -> Decision:
    mention = Mention(
        string(record["document_id"], "document_id"),
        _spans(record["spans"]),
        string(record.get("text"), "text"),
        string(record.get("type"), "type"),
    )
    candidates = tuple(_candidate(candidate) for candidate in records(record, "candidates"))
    verdict = _verdict(record)
    probability = _number(record.get("probability", 0.0 if isinstance(verdict, Failed) else 1.0))
    stage = record.get("stage", "retrieved")
    if stage not in ("exact", "retrieved", "reranked"):
        raise MalformedError(f'"stage" must be exact, retrieved or reranked, found {str(stage)[:40]!r}')
    return Decision(mention, candidates, verdict, probability, cast(Stage, stage))


def _spans(values: object) -> tuple[Span, ...]:
    if not isinstance(values, list) or not all(isinstance(v, list) and len(v) == 2 for v in values):
        raise MalformedError('"spans" must be a list of [start, end]')
    return tuple(Span(number(start, "start"), number(end, "end")) for start, end in values)


def _verdict(record: Record) -> Verdict:
    ids = record.get("concept_ids")
    ids = [] if ids is None else ids
    if not isinstance(ids, list) or not all(isinstance(concept_id, str) for concept_id in ids):
        raise MalformedError('"concept_ids" must be a list of texts')
    kind = record.get("verdict", "linked" if ids else "nil")
    if kind == "failed":
        return Failed(string(record.get("reason"), "reason"))
    if kind == "nil":
        return Nil()
    if kind != "linked" or not ids:
        raise MalformedError('"verdict" must be linked (with "concept_ids"), nil or failed')
    return Linked(tuple(ids))


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise MalformedError(f"expected a number, found {str(value)[:40]!r}")


def _candidate(record: Record) -> Candidate:
    source = record.get("source", "lexical")
    if source not in get_args(CandidateSource):
        raise MalformedError(f'"source" of a candidate is not known: {str(source)[:40]!r}')
    return Candidate(
        string(record.get("id"), "id"),
        string(record.get("alias"), "alias"),
        string(record.get("name"), "name"),
        _number(record.get("score", 0.0)),
        cast(CandidateSource, source),
        number(record.get("homonyms", 1), "homonyms"),
    )
