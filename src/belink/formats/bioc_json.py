"""BioC JSON: a collection of documents, documents one after another, or what PubTator 3 sends.

The text is cut into documents without parsing it as a whole, so a file of any size is read in the memory
of its largest document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import orjson

from belink.formats import bioc, bioc_xml, xml
from belink.formats.bioc import Model
from belink.formats.bioc_output import answered_infons, from_document, new_annotations
from belink.formats.json_objects import DOCUMENTS, closing, objects
from belink.formats.mentions import Key, answers, key_of
from belink.formats.problems import MalformedError, OnProblem
from belink.formats.raw import pack, unpack
from belink.formats.streams import Opened
from belink.types import Decision, Document, Problem

NAME = "bioc-json"


def header(opened: Opened) -> bytes:
    """Give the text before the first document: what the collection says of itself."""
    begin = DOCUMENTS.search(opened.head)
    return pack(NAME, opened.head[: begin.end()].removeprefix(b"\xef\xbb\xbf")) if begin else pack(NAME, b"")


def header_model(head: bytes) -> Model:
    """Read a header into the model of a collection: source, date, key, infons."""
    content = unpack(head, NAME)
    if not content:
        return {}
    try:
        model = orjson.loads(content + closing(content))
    except orjson.JSONDecodeError:
        return {}
    if isinstance(model, list):
        model = model[-1]
    return model if isinstance(model, dict) else {}


def frame(head: bytes, model: Model) -> tuple[bytes, bytes, bytes]:
    """Give the bytes before, between and behind documents; see `bioc_xml.frame`."""
    opening = unpack(head, NAME)
    if opening == b"":
        return b"", b"\n", b"\n"
    if opening is None:
        says = {key: bioc.string(model.get(key), key) for key in ("source", "date", "key")}
        says["version"] = "1.0"
        record = orjson.dumps({**says, "infons": bioc.infons(model)})
        opening = record[:-1] + b',"documents":['
    return opening + b"\n", b",\n", b"\n" + closing(opening) + b"\n"


def read(opened: Opened, on_problem: OnProblem) -> Iterator[Document]:
    """Read documents one after another; a bad one is a `Problem` and the next one follows."""
    for line, content in objects(opened, on_problem):
        where = f"{opened.path}:{line}"
        try:
            model = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            on_problem(Problem(where, f"JSON is broken ({error}): document left out", "document"))
            continue
        try:
            yield _document(model, content, where, on_problem)
        except MalformedError as error:
            on_problem(Problem(where, f"{error}: document left out", "document"))


def _document(model: Model, content: bytes, where: str, on_problem: OnProblem) -> Document:
    if "passages" not in model:
        raise MalformedError('expected a document with "passages"')
    parts = bioc.parts_of(model)
    layout = bioc.lay_out(parts)
    if not layout.text.strip():
        on_problem(Problem(where, f"document {parts.id} has no text", "warning"))
    found = bioc.read_annotations(parts, layout, parts.id, lambda _: where, on_problem)
    annotations = tuple(filter(None, found))
    return Document(parts.id, layout.text, layout.passages, annotations, pack(NAME, content))


def to_bytes(doc: Document, decisions: Sequence[Decision]) -> bytes:
    """Write a document's object with its decisions; what BioC JSON or XML said stays but for these."""
    kept = answers(decisions)
    content = unpack(doc.raw, NAME)
    if content is not None and not kept:
        return content
    tree = unpack(doc.raw, bioc_xml.NAME)
    if content is not None:
        model: Model = orjson.loads(content)
    elif tree is not None:
        model = bioc_xml.to_model(xml.parse_one(tree))
    else:
        return orjson.dumps(from_document(doc, kept))
    if kept:
        _answer(model, kept)
    return orjson.dumps(model)


def _answer(model: Model, kept: Mapping[Key, Decision]) -> None:
    """Put decisions into a document's model, which is this function's to change."""
    parts = bioc.parts_of(model)
    layout = bioc.lay_out(parts)
    found = bioc.read_annotations(parts, layout, "", lambda _: "", lambda _: None)
    annotations = [record for _, record in bioc.annotation_models(model)]
    for record, annotation in zip(annotations, found, strict=True):
        decision = kept.get(key_of(annotation.mention)) if annotation else None
        if decision:
            said = bioc.infons(record)
            record["infons"] = {**said, **answered_infons(said, decision)}
    for new in list(new_annotations(model, layout, list(filter(None, found)), kept)):
        place = model["passages"][new.passage] if model["passages"] else model
        if new.sentence is not None:
            place = place["sentences"][new.sentence]
        place["annotations"] = [*bioc.records(place, "annotations"), new.record]
