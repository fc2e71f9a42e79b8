"""What BioC XML and BioC JSON share: one model, how its text is laid out, and how decisions enter it.

The model of a document is the object of BioC JSON: `{"id", "infons", "passages": [{"offset", "infons",
"text", "sentences", "annotations", "relations"}], ...}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from belink.formats.bioc_exact import Said, exact_annotations, make_passage, meaning
from belink.formats.mentions import Claim, check
from belink.formats.problems import MalformedError, OnProblem
from belink.types import Annotation, Passage, Problem, Span

Model = dict[str, Any]
Unit = str

IDENTIFIER_KEYS = (
    "identifier", "Identifier", "concept_id", "conceptid", "MESH", "MeSH", "mesh", "MEDIC", "OMIM",
    "NCBI GENE", "NCBI Gene", "NCBIGene", "gene_id", "Species", "NCBI Taxonomy", "NCBI Taxon", "taxonomy",
    "dbSNP", "CVCL", "Cellosaurus", "CHEBI", "ChEBI", "HPO", "normalized_id", "id",
)  # fmt: skip
"""Infon keys that hold an annotation's concept, the first present one counts."""

MAX_FILL = 1_000_000
"""The most code points of white space put between the passages of one document."""


_WHOLE_NUMBER = re.compile(r"\s*-?[0-9]+\s*")


@dataclass(slots=True)
class Part:
    """A passage as the file has it, with its annotations and those of its sentences."""

    offset: int
    name: str
    text: str
    annotations: list[Said]


@dataclass(slots=True)
class Parts:
    """A document as the file has it: what reading needs, of BioC XML or JSON alike."""

    id: str
    passages: list[Part]
    annotations: list[Said]


@dataclass(frozen=True)
class Layout:
    """A document's text made from its passages, and those as the file has them."""

    text: str
    passages: tuple[Passage, ...]
    parts: tuple[Part, ...]

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """What each passage's annotations' offsets count: "characters", "utf-8" or "utf-16-le"."""
        return tuple("characters" if part.text.isascii() else _best_unit(part) for part in self.parts)


def records(owner: Model, key: str) -> list[Model]:
    """Give the objects of a list in a model, none where it is absent.

    Raises:
        MalformedError: there is something else.
    """
    values = owner.get(key)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise MalformedError(f'"{key}" must be a list of objects')
    return values


def number(value: object, name: str) -> int:
    """Read a whole number, also one written as text.

    Raises:
        MalformedError: it is none, or too large for an offset.
    """
    if isinstance(value, str) and len(value) < 20 and _WHOLE_NUMBER.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 1 << 53:
        raise MalformedError(f'"{name}" must be a whole number, found {str(value)[:40]!r}')
    return value


def string(value: object, name: str) -> str:
    """Read a text; None is empty, a number its digits.

    Raises:
        MalformedError: it is an object or list.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise MalformedError(f'"{name}" must be a text')


def infons(owner: Model) -> Model:
    """Give the infons of a model, none where they are absent."""
    found = owner.get("infons")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise MalformedError('"infons" must be an object')
    return found


def annotation_models(model: Model) -> Iterator[tuple[int, Model]]:
    """Give every annotation with the number of its passage (-1 for the document's own), in a fixed order."""
    for index, passage in enumerate(records(model, "passages")):
        for annotation in records(passage, "annotations"):
            yield index, annotation
        for sentence in records(passage, "sentences"):
            for annotation in records(sentence, "annotations"):
                yield index, annotation
    for annotation in records(model, "annotations"):
        yield -1, annotation


def parts_of(model: Model) -> Parts:
    """Read the model of a document.

    Raises:
        MalformedError: it is not of BioC's shape.
    """
    passages = []
    for passage in records(model, "passages"):
        offset = number(passage.get("offset", 0), "offset")
        sentences = records(passage, "sentences")
        text = string(passage.get("text"), "text")
        if not text:
            text = join_sentences(
                offset,
                [(number(s.get("offset", 0), "offset"), string(s.get("text"), "text")) for s in sentences],
            )
        said = [_said(record) for record in records(passage, "annotations")]
        for sentence in sentences:
            said += [_said(record) for record in records(sentence, "annotations")]
        name = passage_name({key: string(value, key) for key, value in infons(passage).items()})
        passages.append(Part(offset, name, text, said))
    doc_id = string(model.get("id") or model.get("pmid"), "id").strip()
    return Parts(doc_id, passages, [_said(record) for record in records(model, "annotations")])


def _said(record: Model) -> Said:
    said = {key: string(value, key) for key, value in infons(record).items()}
    places = tuple(
        (number(place.get("offset"), "offset"), number(place.get("length"), "length"))
        for place in records(record, "locations")
    )
    return made(string(record.get("id"), "id"), said, string(record.get("text"), "text"), places)


def made(name: str, said: Mapping[str, str], text: str, places: tuple[tuple[int, int], ...]) -> Said:
    """Make an annotation of its id, infons, text and places."""
    key = identifier_key(said)
    return name, meaning(said.get("type", ""), said[key] if key else ""), text or None, places


def passage_name(said: Mapping[str, str]) -> str:
    """Give the name of a passage, by its infons; "" where they name none."""
    return said.get("type") or said.get("section_type") or said.get("section") or ""


def join_sentences(offset: int, sentences: Sequence[tuple[int, str]]) -> str:
    """Give the text of a passage that keeps it in its sentences only, each (offset, text) at its place."""
    text = ""
    for start, sentence in sentences:
        gap = start - offset - len(text)
        text += " " * (gap if 0 <= gap <= MAX_FILL - len(text) else bool(text)) + sentence
    return text


def identifier_key(said: Mapping[str, object]) -> str | None:
    """Give the infon key under which an annotation names its concept, None where there is none."""
    for key in IDENTIFIER_KEYS:
        if key in said:
            return key
    return None


def lay_out(parts: Parts) -> Layout:
    """Put the passages' texts behind one another, at the file's own offsets wherever these allow it.

    Gaps are filled with spaces. A passage that would overlap the one before begins one space behind it; its
    `Passage.offset` tells where the file puts it, and those that follow keep their distance to it.
    """
    pieces: list[str] = []
    passages: list[Passage] = []
    end = shift = filled = 0
    for part in parts.passages:
        gap = part.offset + shift - end
        if gap < 0 or filled + gap > MAX_FILL:
            gap = 1 if end else 0
            shift = end + gap - part.offset
        filled += gap
        pieces += (" " * gap, part.text)
        start, end = end + gap, end + gap + len(part.text)
        passages.append(make_passage(part.name, start, end, part.offset))
    return Layout("".join(pieces), tuple(passages), tuple(parts.passages))


def _best_unit(part: Part) -> Unit:
    """Find what a passage's annotations' offsets count, by the texts they give."""
    said = [
        (places[0][0] - part.offset, text)
        for _, _, text, places in part.annotations
        if text and len(places) == 1
    ]
    hits = sum(part.text.startswith(text, max(start, 0)) for start, text in said)
    best = (hits, "characters")
    for unit, step in (("utf-8", 1), ("utf-16-le", 2)):
        if best[0] == len(said):
            break
        encoded = part.text.encode(unit, errors="replace")
        hits = sum(
            encoded.startswith(t.encode(unit, errors="replace"), max(start, 0) * step) for start, t in said
        )
        if hits > best[0]:
            best = (hits, unit)
    return best[1]


def _to_text(layout: Layout, index: int, position: int) -> int:
    """Give the place in the document's text of an offset of the file."""
    passage = layout.passages[index]
    start = position - passage.offset
    if start > 0:
        content = layout.text[passage.span.start : passage.span.end]
        start = _decoded_length(content, start, layout.units[index])
    return passage.span.start + start


def _decoded_length(content: str, size: int, unit: Unit) -> int:
    step = 2 if unit == "utf-16-le" else 1
    return len(content.encode(unit, errors="replace")[: size * step].decode(unit, errors="ignore"))


def _passage_at(layout: Layout, position: int) -> int:
    """Find the passage that holds an offset of the file, else the last that begins before it."""
    best = 0
    for index, passage in enumerate(layout.passages):
        if passage.offset <= position < passage.offset + passage.span.end - passage.span.start:
            return index
        if passage.offset <= position:
            best = index
    return best


def read_annotations(
    parts: Parts, layout: Layout, document_id: str, locate: Callable[[int], str], on_problem: OnProblem
) -> list[Annotation | None]:
    """Give the annotations in the order of `annotation_models`; None for one without a place that fits.

    An annotation without a location labels the whole document and is not a mention. `locate` says where
    in the file the annotation of a number stands.
    """
    found: list[Annotation | None] = []

    def checked(said: Said, index: int | None) -> Annotation | None:
        if not (said[-1] and layout.passages):
            return None
        claim = _claim(said, layout, index)
        return check(claim, document_id, layout.text, partial(locate, len(found)), on_problem)

    for index, (part, passage) in enumerate(zip(parts.passages, layout.passages, strict=True)):
        exact = exact_annotations(
            part.annotations, passage.span.start - passage.offset, document_id, layout.text
        )
        if all(exact):
            found += exact
            continue
        unit = layout.units[index]
        if unit != "characters":
            message = f"passage at {part.offset} counts {_UNITS[unit]}, expected characters: read as meant"
            on_problem(Problem(locate(len(found)), message, "warning"))
            exact = [None] * len(exact)
        for said, annotation in zip(part.annotations, exact, strict=True):
            found.append(annotation or checked(said, index))
    for said in parts.annotations:
        found.append(checked(said, None))
    return found


_UNITS = {"utf-8": "UTF-8 bytes", "utf-16-le": "UTF-16 units"}


def _claim(said: Said, layout: Layout, index: int | None) -> Claim:
    """Put an annotation into the document's text; `index` is its passage, None where it has no own."""
    name, (label, identifier, _, _), text, places = said
    spans = tuple(
        _span(layout, _passage_at(layout, offset) if index is None else index, offset, length)
        for offset, length in places
    )
    return Claim(name, spans, text, label, identifier)


def _span(layout: Layout, index: int, offset: int, length: int) -> Span:
    if layout.units[index] == "characters":
        passage = layout.passages[index]
        start = offset - passage.offset + passage.span.start
        return Span(start, start + length)
    return Span(_to_text(layout, index, offset), _to_text(layout, index, offset + length))
