"""BioC XML: documents one by one, and back with every element where it stood."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager

from lxml import etree

from belink.formats import bioc, xml
from belink.formats.bioc import Model, Part, Parts
from belink.formats.bioc_exact import Said
from belink.formats.bioc_xml_plain import plain_parts
from belink.formats.problems import MalformedError, OnProblem
from belink.formats.raw import pack, unpack
from belink.formats.streams import Opened
from belink.formats.xml import Element
from belink.formats.xml_documents import NEW_LINE, documents
from belink.types import Document, Problem

NAME = "bioc-xml"


def header(opened: Opened) -> bytes:
    """Give what the file says before its first document: document type, source, date, key, infons."""
    prolog = xml.prolog(opened)
    content = opened.head.decode(xml.encoding_of(opened.head), errors="replace")
    begin = content.find(f"<{prolog.root}")
    root = content[begin:].partition("<document")[0]
    closed = root if root.rstrip().endswith("/>") else f"{root}</{prolog.root}>"
    try:
        tree = xml.parse_one(closed.encode())
    except etree.XMLSyntaxError:
        return b""
    return pack(NAME, prolog.doctype.encode() + b"\n" + xml.to_bytes(tree))


def header_model(head: bytes) -> Model:
    """Read a header into the model of a collection: source, date, key, infons."""
    content = unpack(head, NAME)
    if content is None:
        return {}
    root = xml.parse_one(content.partition(b"\n")[2])
    model: Model = {key: root.findtext(key) or "" for key in ("source", "date", "key")}
    return model | {"infons": infons_of(root)}


def read(opened: Opened, on_problem: OnProblem) -> Iterator[Document]:
    """Read documents one after another; a bad one is a `Problem` and the next one follows."""
    for line, content in documents(opened, on_problem):
        yield from _read_document(content, (opened.path, line), on_problem)


def _read_document(content: bytes, place: tuple[str, int], on_problem: OnProblem) -> Iterator[Document]:
    """Read a document; if it is broken because it was never closed, the one that begins inside of it."""
    path, line = place
    try:
        with _no_garbage_collection():
            doc = _document(content, place, on_problem)
    except MalformedError as error:
        on_problem(Problem(f"{path}:{line}", f"{error}: document left out", "document"))
    except etree.XMLSyntaxError as error:
        where = f"{path}:{line + (error.lineno or 1) - 1}"
        reason = str(error.msg).partition(", line")[0]
        on_problem(Problem(where, f"XML is broken ({reason}): document left out", "document"))
        inner = content.rfind(b"<document>", 1)
        if inner > 0:
            line += content.count(NEW_LINE, 0, inner)
            yield from _read_document(content[inner:], (path, line), on_problem)
    else:
        yield doc


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keep the collector from going over a document's records while they are made: they are in no cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _document(content: bytes, place: tuple[str, int], on_problem: OnProblem) -> Document:
    path, line = place
    parts = plain_parts(content) or parts_of(xml.parse_one(content))
    layout = bioc.lay_out(parts)
    if not layout.text.strip():
        on_problem(Problem(f"{path}:{line}", f"document {parts.id} has no text", "warning"))

    def locate(count: int) -> str:
        starts = [match.start() for match in _ANNOTATION.finditer(content)]
        return f"{path}:{line + content.count(NEW_LINE, 0, starts[count])}"

    found = bioc.read_annotations(parts, layout, parts.id, locate, on_problem)
    annotations = tuple(filter(None, found))
    return Document(parts.id, layout.text, layout.passages, annotations, pack(NAME, content))


_ANNOTATION = re.compile(rb"<annotation[\s/>]")


def parts_of(tree: Element) -> Parts:
    """Read a `document` element for its text and annotations.

    Raises:
        MalformedError: an offset or length is missing or no number.
    """
    passages = [_part(passage) for passage in tree.iterchildren("passage")]
    own = [_said(child) for child in tree.iterchildren("annotation")]
    return Parts((tree.findtext("id") or "").strip(), passages, own)


def _part(tree: Element) -> Part:
    offset, text = "0", ""
    infons: dict[str, str] = {}
    said: list[Said] = []
    for child in tree:
        tag = child.tag
        if tag == "sentence":
            said += [_said(annotation) for annotation in child.iterchildren("annotation")]
        elif tag == "annotation":
            said.append(_said(child))
        elif tag == "infon":
            infons[child.get("key", "")] = child.text or ""
        elif tag == "text":
            text = child.text or ""
        elif tag == "offset":
            offset = child.text or "0"
    start = bioc.number(offset.strip(), "offset")
    if not text:
        sentences = [(_offset(s), s.findtext("text") or "") for s in tree.iterchildren("sentence")]
        text = bioc.join_sentences(start, sentences)
    return Part(start, bioc.passage_name(infons), text, said)


def _said(tree: Element) -> Said:
    infons: dict[str, str] = {}
    places = []
    text = ""
    for child in tree:
        tag = child.tag
        if tag == "infon":
            infons[child.get("key", "")] = child.text or ""
        elif tag == "location":
            places.append((_attribute(child, "offset"), _attribute(child, "length")))
        elif tag == "text":
            text = child.text or ""
    return bioc.made(tree.get("id", ""), infons, text, tuple(places))


def _attribute(tree: Element, name: str) -> int:
    value = tree.get(name)
    if value is not None and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return bioc.number(value, name)


def to_model(tree: Element) -> Model:
    """Read a `document` element into the model of `bioc`."""
    return {
        "id": tree.findtext("id") or "",
        "infons": infons_of(tree),
        "passages": [_passage(child) for child in tree.iterchildren("passage")],
        "annotations": [_annotation(child) for child in tree.iterchildren("annotation")],
        "relations": [_relation(child) for child in tree.iterchildren("relation")],
    }


def infons_of(tree: Element) -> dict[str, str]:
    """Give an element's own infons."""
    return {child.get("key", ""): child.text or "" for child in tree.iterchildren("infon")}


def _passage(tree: Element) -> Model:
    return {
        "offset": _offset(tree),
        "infons": infons_of(tree),
        "text": tree.findtext("text") or "",
        "sentences": [_sentence(child) for child in tree.iterchildren("sentence")],
        "annotations": [_annotation(child) for child in tree.iterchildren("annotation")],
        "relations": [_relation(child) for child in tree.iterchildren("relation")],
    }


def _sentence(tree: Element) -> Model:
    return {
        "offset": _offset(tree),
        "infons": infons_of(tree),
        "text": tree.findtext("text") or "",
        "annotations": [_annotation(child) for child in tree.iterchildren("annotation")],
        "relations": [_relation(child) for child in tree.iterchildren("relation")],
    }


def _offset(tree: Element) -> int:
    return bioc.number((tree.findtext("offset") or "0").strip(), "offset")


def _annotation(tree: Element) -> Model:
    places = [
        {"offset": _attribute(place, "offset"), "length": _attribute(place, "length")}
        for place in tree.iterchildren("location")
    ]
    text = tree.findtext("text") or ""
    return {"id": tree.get("id", ""), "infons": infons_of(tree), "text": text, "locations": places}


def _relation(tree: Element) -> Model:
    nodes = [
        {"refid": node.get("refid", ""), "role": node.get("role", "")} for node in tree.iterchildren("node")
    ]
    return {"id": tree.get("id", ""), "infons": infons_of(tree), "nodes": nodes}


def annotation_elements(tree: Element) -> list[Element]:
    """Give the `annotation` elements in the order of `parts_of`."""
    found: list[Element] = []
    for passage in tree.iterchildren("passage"):
        for child in passage:
            if child.tag == "annotation":
                found.append(child)
            elif child.tag == "sentence":
                found += child.iterchildren("annotation")
    return [*found, *tree.iterchildren("annotation")]
