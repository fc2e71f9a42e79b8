"""How documents and decisions become the model of BioC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from belink.formats.bioc import (
    Layout,
    Model,
    Part,
    annotation_models,
    identifier_key,
    number,
    records,
    string,
)
from belink.formats.mentions import Key, free_ids, identifier_of, key_of, mention_text, new_answers
from belink.types import Annotation, Decision, Document, Passage, Span


@dataclass(frozen=True, slots=True)
class NewAnnotation:
    """An annotation to add: its model, and the passage and perhaps sentence to which it belongs."""

    passage: int
    sentence: int | None
    record: Model


def answered_infons(said: Mapping[str, object], decision: Decision) -> dict[str, str]:
    """Give the infons that a decision sets, under the key the annotation already uses for its concept."""
    return {
        identifier_key(dict(said)) or "identifier": identifier_of(decision),
        "belink_probability": f"{decision.probability:.4f}",
        "belink_stage": decision.stage,
    }


def new_annotations(
    model: Model, layout: Layout, annotations: Sequence[Annotation], kept: Mapping[Key, Decision]
) -> Iterator[NewAnnotation]:
    """Give the annotations to add for decisions about mentions that the model does not name."""
    added = new_answers(kept, annotations)
    taken = {string(record.get("id"), "id") for _, record in annotation_models(model)}
    for decision, name in zip(added, free_ids(taken, len(added)), strict=True):
        spans = decision.mention.spans
        index = _passage_of(layout.passages, spans[0])
        record = {
            "id": name,
            "infons": {"type": decision.mention.type} | answered_infons({}, decision),
            "text": mention_text(layout.text, spans),
            "locations": [_location(layout, span) for span in spans],
        }
        yield NewAnnotation(index, _sentence_of(model, index, record), record)


def _passage_of(passages: Sequence[Passage], span: Span) -> int:
    starting = [index for index, passage in enumerate(passages) if passage.span.start <= span.start]
    return starting[-1] if starting else 0


def _sentence_of(model: Model, index: int, record: Model) -> int | None:
    """Find the sentence that holds all of an annotation's locations."""
    passages = records(model, "passages")
    if not passages:
        return None
    first = record["locations"][0]["offset"]
    end = max(place["offset"] + place["length"] for place in record["locations"])
    for number_, sentence in enumerate(records(passages[index], "sentences")):
        start = number(sentence.get("offset", 0), "offset")
        if start <= first and end <= start + len(string(sentence.get("text"), "text")):
            return number_
    return None


def _location(layout: Layout, span: Span) -> Model:
    start = _to_file(layout, span.start)
    return {"offset": start, "length": _to_file(layout, span.end) - start}


def _to_file(layout: Layout, position: int) -> int:
    """Give the offset in the file of a place in the document's text."""
    for index in range(len(layout.passages) - 1, -1, -1):
        passage = layout.passages[index]
        if passage.span.start <= position:
            before = layout.text[passage.span.start : position]
            unit = layout.units[index]
            if unit == "characters":
                return passage.offset + len(before)
            return passage.offset + len(before.encode(unit)) // (2 if unit == "utf-16-le" else 1)
    return position


def from_document(doc: Document, kept: Mapping[Key, Decision]) -> Model:
    """Make the model of a document that was not read from BioC; offsets count in `Document.text`."""
    passages: list[Model] = [
        {
            "offset": passage.span.start,
            "infons": {"type": passage.name} if passage.name else {},
            "text": doc.text[passage.span.start : passage.span.end],
            "sentences": [],
            "annotations": [],
            "relations": [],
        }
        for passage in _covering(doc)
    ]
    model: Model = {"id": doc.id, "infons": {}, "passages": passages, "annotations": [], "relations": []}
    starts = [passage["offset"] for passage in passages]
    names = _own_ids(doc.annotations)
    for annotation, name in zip(doc.annotations, names, strict=True):
        decision = kept.get(key_of(annotation.mention))
        record = _record(annotation, name, decision)
        start = annotation.mention.spans[0].start
        passages[max(0, sum(s <= start for s in starts) - 1)]["annotations"].append(record)
    parts = tuple(Part(p["offset"], "", p["text"], []) for p in passages)
    layout = Layout(doc.text, tuple(_plain_passages(passages)), parts)
    for new in new_annotations(model, layout, doc.annotations, kept):
        passages[new.passage]["annotations"].append(new.record)
    return model


def _plain_passages(passages: Sequence[Model]) -> Iterator[Passage]:
    for passage in passages:
        start = passage["offset"]
        yield Passage("", Span(start, start + len(passage["text"])), start)


def _own_ids(annotations: Sequence[Annotation]) -> list[str]:
    """Give the annotations' ids, new ones where they have none or share one."""
    taken = {annotation.id for annotation in annotations}
    fresh = iter(free_ids(taken, len(annotations)))
    used: set[str] = set()
    names = []
    for annotation in annotations:
        name = annotation.id if annotation.id and annotation.id not in used else next(fresh)
        used.add(name)
        names.append(name)
    return names


def _record(annotation: Annotation, name: str, decision: Decision | None) -> Model:
    said = {"type": annotation.label or annotation.mention.type}
    if annotation.identifier:
        said["identifier"] = annotation.identifier
    if decision:
        said |= answered_infons({}, decision)
    places = [{"offset": s.start, "length": s.end - s.start} for s in annotation.mention.spans]
    return {"id": name, "infons": said, "text": annotation.mention.text, "locations": places}


def _covering(doc: Document) -> Iterator[Passage]:
    """Give passages that hold the whole text but white space: the document's own, and others between them."""
    end = 0
    for passage in sorted(doc.passages, key=lambda p: p.span):
        start = max(passage.span.start, end)
        if doc.text[end:start].strip():
            yield Passage("", Span(end, start), end)
        if passage.span.end >= start:
            yield Passage(passage.name, Span(start, passage.span.end), start)
            end = passage.span.end
    if doc.text[end:].strip() or not doc.passages:
        yield Passage("", Span(end, len(doc.text)), end)
