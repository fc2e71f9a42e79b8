"""Copies of documents in which mentions are others of their type."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from belink.train.swaps import Pool, pools, swapped
from belink.types import Annotation, Document, Mention, Span

POOLS = {"Disease": Pool(("measles", "gout"), ("Crohn disease",)), "Gene": Pool((), ("BRCA1",))}


def annotated(text: str, *marked: tuple[str, str]) -> Document:
    """Annotate words of a text, each where it stands first behind the one before."""
    annotations, at = [], 0
    for number, (words, type_) in enumerate(marked):
        at = text.index(words, at)
        mention = Mention("1", (Span(at, at + len(words)),), words, type_)
        annotations.append(Annotation(str(number), mention, type_, "", ()))
        at += len(words)
    return Document("1", text, annotations=tuple(annotations))


@given(st.integers(0, 10_000))
def test_annotations_stand_where_their_text_is(seed: int) -> None:
    """Whatever is exchanged, each annotation names what stands at its place, and what is around it stays."""
    text = "Flu and flu, then p53 in asthma of rats."
    doc = annotated(text, ("Flu", "Disease"), ("flu", "Disease"), ("p53", "Gene"), ("asthma", "Disease"))
    copy = swapped(doc, POOLS, random.Random(seed))
    if copy is None:
        return
    assert [each.mention.type for each in copy.annotations] == [e.mention.type for e in doc.annotations]
    mentions = [each.mention for each in copy.annotations]
    assert all(copy.text[m.spans[0].start : m.spans[0].end] == m.text for m in mentions)
    first, second, gene, last = (mention.text for mention in mentions)
    assert copy.text == f"{first} and {second}, then {gene} in {last} of rats."
    assert (first, second) == ("Flu", "flu") or first == second
    assert gene in ("p53", "BRCA1")


def test_mentions_that_overlap_and_types_without_a_pool_stay() -> None:
    """Nested mentions are never exchanged, nor are mentions of a type that has no names."""
    outer = annotated("BRCA1 cancer in mice", ("BRCA1 cancer", "Disease"), ("mice", "Species"))
    inner = annotated("BRCA1 cancer in mice", ("BRCA1", "Gene"))
    doc = Document("1", outer.text, annotations=(*outer.annotations, *inner.annotations))
    assert all(swapped(doc, POOLS, random.Random(seed)) is None for seed in range(50))


def test_a_copy_depends_on_the_generator_alone() -> None:
    """The same seed gives the same copy."""
    doc = annotated("Flu, gout and asthma", ("Flu", "Disease"), ("gout", "Disease"), ("asthma", "Disease"))
    copies = [swapped(doc, POOLS, random.Random(4)) for _ in range(2)]
    assert copies[0] is not None
    assert copies[0] == copies[1]


def test_pools_hold_labelled_mentions_and_usual_names() -> None:
    """Inverted and very short names, and types that are not asked for, are in no pool."""
    doc = annotated("Flu of rats", ("Flu", "Disease"), ("rats", "Species"))
    found = pools([doc], {"Disease": ["Gout", "Cancer, lung", "MS", "Gout"]})
    assert found == {"Disease": Pool(("Flu",), ("Gout",))}
