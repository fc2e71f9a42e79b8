"""BioC annotations whose text stands just where the file says: nearly all of them, so made at least cost.

The constructor of a frozen dataclass sets each field by a call of `object.__setattr__`. The slots' own
descriptors do the same in half the time, and a file holds these records by the ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from belink.formats.labels import understand
from belink.types import Annotation, Mention, Passage, Span


class Meaning(NamedTuple):
    """What an annotation says: label and identifier as written, type and CURIEs as understood."""

    label: str
    identifier: str
    type: str
    concept_ids: tuple[str, ...]


Said: TypeAlias = tuple[str, Meaning, str | None, tuple[tuple[int, int], ...]]
"""An annotation as the file has it: id, meaning, text (None if it does not say), and places, which are
(offset, length) as the file counts. A bare tuple, as a file has more of them than of anything else."""


def meaning(label: str, identifier: str) -> Meaning:
    """Understand a label and an identifier."""
    return Meaning(label, identifier, *understand(label, identifier))


def _setter(record: type, field: str) -> Callable[[Any, object], None]:
    setter: Callable[[Any, object], None] = vars(record)[field].__set__
    return setter


_new = object.__new__
_set_start, _set_end = (_setter(Span, field) for field in Span.__slots__)
_set_name, _set_span, _set_offset = (_setter(Passage, field) for field in Passage.__slots__)
_set_document_id, _set_spans, _set_text, _set_type, _set_probability = (
    _setter(Mention, field) for field in Mention.__slots__
)
_set_id, _set_mention, _set_label, _set_identifier, _set_concept_ids = (
    _setter(Annotation, field) for field in Annotation.__slots__
)


def make_passage(name: str, start: int, end: int, offset: int) -> Passage:
    """Make a passage that stands at `start` to `end` of the text, and at `offset` by the file."""
    span = _new(Span)
    _set_start(span, start)
    _set_end(span, end)
    passage = _new(Passage)
    _set_name(passage, name)
    _set_span(passage, span)
    _set_offset(passage, offset)
    return passage


def exact_annotations(
    said: Sequence[Said], shift: int, document_id: str, text: str
) -> list[Annotation | None]:
    """Give the annotations of a passage that fit the text, aligned; None for one that has to be looked at.

    `shift` is added to the file's offsets to make those of the text.
    """
    found: list[Annotation | None] = []
    size = len(text)
    for name, (label, identifier, kind, concept_ids), words, places in said:
        start, length = places[0] if len(places) == 1 else (0, 0)
        start += shift
        end = start + length
        if not (0 <= start < end <= size and text[start:end] == words):
            found.append(None)
            continue
        span = _new(Span)
        _set_start(span, start)
        _set_end(span, end)
        mention = _new(Mention)
        _set_document_id(mention, document_id)
        _set_spans(mention, (span,))
        _set_text(mention, words)
        _set_type(mention, kind)
        _set_probability(mention, None)
        annotation = _new(Annotation)
        _set_id(annotation, name)
        _set_mention(annotation, mention)
        _set_label(annotation, label)
        _set_identifier(annotation, identifier)
        _set_concept_ids(annotation, concept_ids)
        found.append(annotation)
    return found
