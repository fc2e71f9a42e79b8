"""JSONL: one JSON object a document and line.

    {"id": "1", "text": "...", "passages": [{"name": "title", "start": 0, "end": 9}],
     "annotations": [{"id": "T1", "spans": [[0, 9]], "text": "...", "type": "Disease",
                      "identifier": "MESH:D003924"}]}

Offsets are Unicode code points. Decisions add "concept_ids", "probability", "stage" and "candidates" to an
annotation. Read as well: the list called "mentions"; "start" and "end" in place of "spans"; the identifier
under "id" where it is a CURIE; "text" as a list of parts; the type under "ontology" or left out. Keys
that are not known are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from belink.formats.bioc import number, records, string
from belink.formats.decisions import candidate_record
from belink.formats.mentions import (
    Claim,
    Key,
    answers,
    check,
    free_ids,
    identifier_of,
    key_of,
    new_answers,
)
from belink.formats.problems import MalformedError, OnProblem
from belink.formats.raw import pack, unpack
from belink.formats.streams import NotTextError, Opened, decode, lines
from belink.types import Annotation, Decision, Document, Linked, Passage, Problem, Span

NAME = "jsonl"
_BOM = b"\xef\xbb\xbf"
Record = dict[str, Any]


def header(_opened: Opened) -> bytes:
    """Give the header: JSONL has none."""
    return b""


def read(opened: Opened, on_problem: OnProblem) -> Iterator[Document]:
    """Read one document a line; a bad one is a `Problem` and the next one follows."""
    for first_line, content in _blocks(opened):
        where = f"{opened.path}:{first_line}"
        try:
            doc, _ = parse(content, where, on_problem)
        except NotTextError as error:
            on_problem(Problem(where, f"{error}: document left out", "document"))
        except orjson.JSONDecodeError as error:
            on_problem(Problem(where, f"JSON is broken ({error}): document left out", "document"))
        except MalformedError as error:
            on_problem(Problem(where, f"{error}: document left out", "document"))
        else:
            yield doc


def _blocks(opened: Opened) -> Iterator[tuple[int, bytes]]:
    """Give each line that is not blank with its number, and with it the blank lines behind it."""
    first, block = 1, b""
    for count, line in lines(opened):
        if not line.strip() or not block.strip(b"\r\n\t " + _BOM):
            first = first if block.strip() else count
            block += line
            continue
        yield first, block
        first, block = count, line
    if block.strip(b"\r\n\t " + _BOM):
        yield first, block


def parse(content: bytes, where: str, on_problem: OnProblem) -> tuple[Document, list[tuple[int, Annotation]]]:
    """Read a line; give the document and its annotations with their numbers in the record's list.

    Raises:
        MalformedError: the object is not a document.
        orjson.JSONDecodeError: it is not JSON.
        NotTextError: it is not UTF-8.
    """
    record = orjson.loads(decode(content).removeprefix("\ufeff"))
    if not isinstance(record, dict):
        raise MalformedError('expected an object with "id" and "text"')
    if not isinstance(record.get("text"), str):
        raise MalformedError('expected "text" with the document\'s text')
    text: str = record["text"]
    doc_id = string(next((record[key] for key in _ID_KEYS if record.get(key) is not None), ""), "id")
    if not text.strip():
        on_problem(Problem(where, f"document {doc_id} has no text", "warning"))
    found = []
    for count, said in enumerate(records(record, _list_key(record))):
        annotation = check(_claim(said), doc_id, text, lambda: where, on_problem)
        if annotation:
            found.append((count, annotation))
    passages = tuple(_passage(passage, len(text)) for passage in records(record, "passages"))
    annotations = tuple(annotation for _, annotation in found)
    return Document(doc_id, text, passages, annotations, pack(NAME, content)), found


_ID_KEYS = ("id", "document_id", "doc_id", "pmid", "_id")


def _list_key(record: Record) -> str:
    return "mentions" if "mentions" in record and "annotations" not in record else "annotations"


def _passage(record: Record, size: int) -> Passage:
    start, end = number(record.get("start"), "start"), number(record.get("end"), "end")
    if not 0 <= start <= end <= size:
        raise MalformedError(f"passage {start}-{end} lies outside of the text")
    return Passage(string(record.get("name"), "name"), Span(start, end), start)


def _claim(said: Record) -> Claim:
    text = said.get("text")
    if isinstance(text, list):
        text = " ".join(string(part, "text") for part in text)
    key = _identifier_key(said)
    return Claim(
        "" if key == "id" else string(said.get("id"), "id"),
        _spans(said),
        None if text is None else string(text, "text"),
        string(said.get("type") or said.get("ontology") or "", "type"),
        string(said.get(key) if key else "", "identifier"),
    )


def _spans(said: Record) -> tuple[Span, ...]:
    if "spans" not in said:
        return (Span(number(said.get("start"), "start"), number(said.get("end"), "end")),)
    pairs = said["spans"]
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise MalformedError('"spans" must be a list of [start, end]')
    return tuple(Span(number(start, "start"), number(end, "end")) for start, end in pairs)


def _identifier_key(said: Record) -> str | None:
    """Tell which key holds the concept: "id" does where no other does and it is a CURIE."""
    for key in ("identifier", "concept_id", "concept"):
        if key in said:
            return key
    return "id" if ":" in str(said.get("id")) else None


def to_bytes(doc: Document, decisions: Sequence[Decision]) -> bytes:
    """Write a document's line with its decisions; what the line said stays but for these."""
    kept = answers(decisions)
    content = unpack(doc.raw, NAME)
    if content is None:
        record = _answered(_record(doc), doc.annotations, kept)
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    if not kept:
        return content
    read_back, found = parse(content, "", lambda _: None)
    record = orjson.loads(content.strip().removeprefix(_BOM))
    return orjson.dumps(_answered_at(record, found, read_back.annotations, kept)) + _ending(content)


def _ending(content: bytes) -> bytes:
    return content[len(content.rstrip()) :]


def _record(doc: Document) -> Record:
    return {
        "id": doc.id,
        "text": doc.text,
        "passages": [{"name": p.name, "start": p.span.start, "end": p.span.end} for p in doc.passages],
        "annotations": [
            {
                "id": annotation.id,
                "spans": [[span.start, span.end] for span in annotation.mention.spans],
                "text": annotation.mention.text,
                "type": annotation.label or annotation.mention.type,
                "identifier": annotation.identifier,
            }
            for annotation in doc.annotations
        ],
    }


def _answered(record: Record, annotations: Sequence[Annotation], kept: Mapping[Key, Decision]) -> Record:
    return _answered_at(record, list(enumerate(annotations)), annotations, kept)


def _answered_at(
    record: Record,
    found: Sequence[tuple[int, Annotation]],
    annotations: Sequence[Annotation],
    kept: Mapping[Key, Decision],
) -> Record:
    """Put decisions into a record, which is this function's to change."""
    said = records(record, _list_key(record))
    answer = _answers()
    for count, annotation in found:
        decision = kept.get(key_of(annotation.mention))
        if decision:
            said[count][_identifier_key(said[count]) or "identifier"] = identifier_of(decision)
            said[count] |= answer(decision)
    added = new_answers(kept, annotations)
    names = free_ids({str(item.get("id")) for item in said}, len(added))
    new = [_new(decision, name) | answer(decision) for decision, name in zip(added, names, strict=True)]
    if new or said:
        record[_list_key(record)] = [*said, *new]
    return record


def _new(decision: Decision, name: str) -> Record:
    mention = decision.mention
    return {
        "id": name,
        "spans": [[span.start, span.end] for span in mention.spans],
        "text": mention.text,
        "type": mention.type,
        "identifier": identifier_of(decision),
    }


def _answers() -> Callable[[Decision], Record]:
    """Make a function that gives what a decision adds to an annotation.

    Mentions of the same text share their candidates, which are written once and kept: a document of many
    mentions would be thousands of dictionaries otherwise.
    """
    written: dict[int, orjson.Fragment] = {}

    def answer(decision: Decision) -> Record:
        verdict, key = decision.verdict, id(decision.candidates)
        if key not in written:
            written[key] = orjson.Fragment(orjson.dumps([candidate_record(c) for c in decision.candidates]))
        return {
            "concept_ids": list(verdict.concept_ids) if isinstance(verdict, Linked) else [],
            "probability": decision.probability,
            "stage": decision.stage,
            "candidates": written[key],
        }

    return answer
