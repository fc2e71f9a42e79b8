"""What every detector must keep to."""

from __future__ import annotations

import pytest

from belink.detect.dictionary import dictionary
from belink.detect.given import given
from belink.detect.name_table import DictionaryEntry
from belink.types import Annotation, Detector, Document, Mention, Span


def doc(doc_id: str, text: str, *marked: tuple[int, int]) -> Document:
    mentions = [Mention(doc_id, (Span(a, b),), text[a:b], "Disease") for a, b in marked]
    return Document(doc_id, text, annotations=tuple(Annotation("", m, "Disease", "", ()) for m in mentions))


DOCS = [
    doc("1", "Fever (FV) and aspirin-induced asthma; FV again.", (15, 37), (0, 5), (0, 5)),
    doc("2", ""),
    doc("3", "\N{GRINNING FACE} FEVER, e\u0301 asthma\0asthma", (2, 7)),
]
NAMES = [
    DictionaryEntry("Fever", "Disease"),
    DictionaryEntry("Asthma", "Disease"),
    DictionaryEntry("Aspirin", "Chemical"),
    DictionaryEntry("Aspirin-induced asthma", "Disease"),
]
DETECTORS = {"given": given(None), "dictionary": dictionary(NAMES)}

every_detector = pytest.mark.parametrize("detect", DETECTORS.values(), ids=DETECTORS.keys())


@every_detector
def test_one_tuple_per_document(detect: Detector) -> None:
    """The result is aligned with the documents, and mentions name their document."""
    found = detect(DOCS)
    assert len(found) == len(DOCS)
    assert found[0] and found[2] and not found[1]
    assert all(m.document_id == d.id for d, own in zip(DOCS, found, strict=True) for m in own)


@every_detector
def test_text_stands_at_the_span(detect: Detector) -> None:
    """For a mention of one span, its text is the document's text there."""
    for d, own in zip(DOCS, detect(DOCS), strict=True):
        assert [d.text[m.spans[0].start : m.spans[0].end] for m in own] == [m.text for m in own]


@every_detector
def test_sorted_and_unique(detect: Detector) -> None:
    """Mentions are sorted by spans, then type, each once."""
    for own in detect(DOCS):
        keys = [(m.spans, m.type) for m in own]
        assert keys == sorted(set(keys))


@every_detector
def test_batching_changes_nothing(detect: Detector) -> None:
    """One document at a time gives the same as all at once."""
    assert [detect([d])[0] for d in DOCS] == detect(DOCS)
    assert detect([]) == []
