"""BioC XML: documents one by one, and back with every element where it stood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import orjson
from lxml import etree

from belink.formats import bioc, xml
from belink.formats.bioc import Model, Part, Parts, Said
from belink.formats.bioc_output import NewAnnotation, answered_infons, from_document, new_annotations
from belink.formats.bioc_xml_plain import plain_parts
from belink.formats.mentions import Key, answers, key_of
from belink.formats.problems import MalformedError, OnProblem
from belink.formats.raw import pack, unpack
from belink.formats.streams import Opened
from belink.formats.xml import Element, element
from belink.formats.xml_documents import NEW_LINE, documents
from belink.types import Decision, Document, Problem

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
    return model | {"infons": _infons(root)}


def frame(head: bytes, model: Model) -> tuple[bytes, bytes, bytes]:
    """Give the bytes before, between and behind documents.

    Args:
        head: a header of this format; if it is not, `model` says what the collection says of itself.
        model: the collection in the model of `bioc`.
    """
    doctype, _, collection = (unpack(head, NAME) or b"").partition(b"\n")
    if not collection:
        root = etree.Element("collection")
        for key in ("source", "date", "key"):
            root.append(element(key, bioc.string(model.get(key), key)))
        _append_infons(root, model)
        collection = xml.to_bytes(root)
    opening = collection.rpartition(b"</")[0].rstrip() or collection.rstrip(b"/>") + b">"
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return declaration + (doctype + b"\n" if doctype else b"") + opening + b"\n", b"\n", b"\n</collection>\n"


def read(opened: Opened, on_problem: OnProblem) -> Iterator[Document]:
    """Read documents one after another; a bad one is a `Problem` and the next one follows."""
    for line, content in documents(opened, on_problem):
        yield from _read_document(content, (opened.path, line), on_problem)


def _read_document(content: bytes, place: tuple[str, int], on_problem: OnProblem) -> Iterator[Document]:
    """Read a document; if it is broken because it was never closed, the one that begins inside of it."""
    path, line = place
    try:
        yield _document(content, place, on_problem)
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
    annotations = tuple(annotation for _, annotation in found)
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
        "infons": _infons(tree),
        "passages": [_passage(child) for child in tree.iterchildren("passage")],
        "annotations": [_annotation(child) for child in tree.iterchildren("annotation")],
        "relations": [_relation(child) for child in tree.iterchildren("relation")],
    }


def _infons(tree: Element) -> dict[str, str]:
    return {child.get("key", ""): child.text or "" for child in tree.iterchildren("infon")}


def _passage(tree: Element) -> Model:
    return {
        "offset": _offset(tree),
        "infons": _infons(tree),
        "text": tree.findtext("text") or "",
        "sentences": [_sentence(child) for child in tree.iterchildren("sentence")],
        "annotations": [_annotation(child) for child in tree.iterchildren("annotation")],
        "relations": [_relation(child) for child in tree.iterchildren("relation")],
    }


def _sentence(tree: Element) -> Model:
    return {
        "offset": _offset(tree),
        "infons": _infons(tree),
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
    return {"id": tree.get("id", ""), "infons": _infons(tree), "text": text, "locations": places}


def _relation(tree: Element) -> Model:
    nodes = [
        {"refid": node.get("refid", ""), "role": node.get("role", "")} for node in tree.iterchildren("node")
    ]
    return {"id": tree.get("id", ""), "infons": _infons(tree), "nodes": nodes}


def annotation_elements(tree: Element) -> list[Element]:
    """Give the `annotation` elements in the order of `parts_of`."""
    found = [
        annotation for passage in tree.iterchildren("passage") for annotation in passage.iter("annotation")
    ]
    return [*found, *tree.iterchildren("annotation")]


def to_bytes(doc: Document, decisions: Sequence[Decision]) -> bytes:
    """Write a `document` element with its decisions; what BioC XML or JSON said stays but for these."""
    kept = answers(decisions)
    content = unpack(doc.raw, NAME)
    if content is not None and not kept:
        return content
    json = unpack(doc.raw, "bioc-json")
    if content is not None:
        tree = xml.parse_one(content)
    elif json is not None:
        tree = from_model(orjson.loads(json))
    else:
        return xml.to_bytes(from_model(from_document(doc, kept)))
    if kept:
        _answer(tree, kept)
    return xml.to_bytes(tree)


def _answer(tree: Element, kept: Mapping[Key, Decision]) -> None:
    """Put decisions into a document's element."""
    model = to_model(tree)
    parts = parts_of(tree)
    layout = bioc.lay_out(parts)
    found = bioc.read_annotations(parts, layout, "", lambda _: "", lambda _: None)
    elements = annotation_elements(tree)
    for count, annotation in found:
        decision = kept.get(key_of(annotation.mention))
        if decision:
            _set_infons(elements[count], answered_infons(_infons(elements[count]), decision))
    for new in new_annotations(model, layout, [annotation for _, annotation in found], kept):
        _insert(tree, new)


def _set_infons(tree: Element, values: Mapping[str, str]) -> None:
    for key, value in values.items():
        present = [child for child in tree.iterchildren("infon") if child.get("key") == key]
        if present:
            present[0].text = value
        else:
            infons = list(tree.iterchildren("infon"))
            place = tree.index(infons[-1]) + 1 if infons else 0
            tree.insert(place, element("infon", value, key=key))


def _insert(tree: Element, new: NewAnnotation) -> None:
    """Add an annotation behind the others of its sentence or passage, before relations."""
    passages = list(tree.iterchildren("passage"))
    place = passages[new.passage] if passages else tree
    if new.sentence is not None:
        place = list(place.iterchildren("sentence"))[new.sentence]
    before = [child for child in place if child.tag not in ("relation", "sentence", "passage")]
    index = place.index(before[-1]) + 1 if before else 0
    place.insert(index, _annotation_element(new.record))


def from_model(model: Model) -> Element:
    """Make a `document` element of the model."""
    tree = etree.Element("document")
    tree.append(element("id", bioc.string(model.get("id"), "id")))
    _append_infons(tree, model)
    for passage in bioc.records(model, "passages"):
        branch = _text_element("passage", passage)
        for sentence in bioc.records(passage, "sentences"):
            leaf = _text_element("sentence", sentence)
            _append_annotations(leaf, sentence)
            branch.append(leaf)
        _append_annotations(branch, passage)
        tree.append(branch)
    _append_annotations(tree, model)
    return tree


def _text_element(tag: str, record: Model) -> Element:
    tree = etree.Element(tag)
    _append_infons(tree, record)
    tree.append(element("offset", str(bioc.number(record.get("offset", 0), "offset"))))
    text = bioc.string(record.get("text"), "text")
    if text or not record.get("sentences"):
        tree.append(element("text", text))
    return tree


def _append_infons(tree: Element, record: Model) -> None:
    for key, value in bioc.infons(record).items():
        tree.append(element("infon", bioc.string(value, key), key=key))


def _append_annotations(tree: Element, record: Model) -> None:
    for annotation in bioc.records(record, "annotations"):
        tree.append(_annotation_element(annotation))
    for relation in bioc.records(record, "relations"):
        branch = element("relation", id=bioc.string(relation.get("id"), "id"))
        _append_infons(branch, relation)
        for node in bioc.records(relation, "nodes"):
            names = {name: bioc.string(node.get(name), name) for name in ("refid", "role")}
            branch.append(element("node", **names))
        tree.append(branch)


def _annotation_element(record: Model) -> Element:
    tree = element("annotation", id=bioc.string(record.get("id"), "id"))
    _append_infons(tree, record)
    for place in bioc.records(record, "locations"):
        values = {name: str(bioc.number(place.get(name), name)) for name in ("offset", "length")}
        tree.append(element("location", **values))
    tree.append(element("text", bioc.string(record.get("text"), "text")))
    return tree
