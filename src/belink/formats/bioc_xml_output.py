"""BioC XML written: documents with their decisions, every element where it stood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from lxml import etree

from belink.formats import bioc, xml
from belink.formats.bioc import Model
from belink.formats.bioc_output import NewAnnotation, answered_infons, from_document, new_annotations
from belink.formats.bioc_xml import NAME, annotation_elements, infons_of, parts_of, to_model
from belink.formats.mentions import Key, answers, key_of
from belink.formats.raw import unpack
from belink.formats.xml import Element, element
from belink.types import Decision, Document


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
    for leaf, annotation in zip(annotation_elements(tree), found, strict=True):
        decision = kept.get(key_of(annotation.mention)) if annotation else None
        if decision:
            _set_infons(leaf, answered_infons(infons_of(leaf), decision))
    for new in new_annotations(model, layout, list(filter(None, found)), kept):
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
