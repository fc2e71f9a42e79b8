"""How a tagger's mentions and a dictionary's become one list."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from belink.detect.combination import MentionWeights
from belink.detect.combined import both, combined, no_dictionary
from belink.detect.dictionary import dictionary
from belink.detect.name_table import DictionaryEntry
from belink.types import Detector, Document, Passage, Span, Tag

TYPES = ("Disease", "Gene")


def weights(named: float, elsewhere: float = 0.0) -> dict[str, MentionWeights]:
    """Give weights by which a mention without a hit is as probable as the tagger finds it."""
    own = MentionWeights(0.0, named, judged=1.0, unjudged=-5.0, elsewhere=elsewhere, length=0.0)
    return dict.fromkeys(TYPES, own)


PLAIN = weights(named=1.0)
ALL_HITS = weights(named=9.0)
Words = dict[str, tuple[str, float]]
MakeTag = Callable[[Words], Tag]


def names(*of: tuple[str, str]) -> Detector:
    return dictionary([DictionaryEntry(alias, type_) for alias, type_ in of])


def found(
    text: str,
    tag: Tag,
    dictionary: Detector = no_dictionary,
    by: dict[str, MentionWeights] = PLAIN,
    types: frozenset[str] | None = None,
    doc: Document | None = None,
) -> list[tuple[str, str]]:
    (mentions,) = combined(tag, dictionary, by, types)([doc or Document("1", text)])
    return [(mention.text, mention.type) for mention in mentions]


def test_a_mention_is_proposed_from_a_probability_on(fake_tag: MakeTag) -> None:
    """At 0.24 "fever" is no mention and at 0.26 one, with this probability."""
    assert found("a fever", fake_tag({"fever": ("Disease", 0.24)})) == []
    detect = combined(fake_tag({"fever": ("Disease", 0.26)}), no_dictionary, PLAIN)
    ((mention,),) = detect([Document("1", "a fever")])
    assert mention.probability == pytest.approx(0.26)


def test_a_mention_with_a_hit_needs_the_lower_probability(fake_tag: MakeTag) -> None:
    """A dictionary's hit at the very span makes 0.12 enough, and one elsewhere does not."""
    tag = fake_tag({"high fever": ("Disease", 0.12)})
    assert found("a high fever", tag, names(("high fever", "Disease"))) == [("high fever", "Disease")]
    assert ("high fever", "Disease") not in found("a high fever", tag, names(("fever", "Disease")))


def test_a_hit_that_the_tagger_finds_improbable_is_dropped(fake_tag: MakeTag) -> None:
    """Judged at 0.05 it goes, and so it does unjudged; it stays where a hit weighs enough."""
    hits = names(("fever", "Disease"))
    assert found("a fever", fake_tag({"fever": ("Disease", 0.05)}), hits) == []
    assert found("a fever", fake_tag({}), hits) == []
    assert found("a fever", fake_tag({}), hits, ALL_HITS) == [("fever", "Disease")]


def test_the_more_probable_of_overlapping_mentions_wins(fake_tag: MakeTag) -> None:
    """And a hit that overlaps what is kept is no mention."""
    tag = fake_tag({"cancer of the": ("Disease", 0.7), "breast": ("Disease", 0.9)})
    assert found("cancer of the breast", tag, names(("the breast", "Disease")), weights(4.4)) == [
        ("cancer of the", "Disease"),
        ("breast", "Disease"),
    ]


def test_nested_mentions_of_different_types_survive(fake_tag: MakeTag) -> None:
    """Both "BRCA1 deficiency" and "BRCA1" stay."""
    tag = fake_tag({"BRCA1": ("Gene", 0.9)})
    assert found("BRCA1 deficiency", tag, names(("BRCA1 deficiency", "Disease")), ALL_HITS) == [
        ("BRCA1", "Gene"),
        ("BRCA1 deficiency", "Disease"),
    ]


def test_of_two_types_of_one_span_the_more_probable_stays(fake_tag: MakeTag) -> None:
    """A dictionary's hit without a judgement yields to what the tagger says."""
    tag = fake_tag({"APC": ("Gene", 0.9)})
    assert found("the APC", tag, names(("APC", "Disease")), weights(5.0)) == [("APC", "Gene")]


def test_hits_of_types_that_the_tagger_does_not_know_stay(fake_tag: MakeTag) -> None:
    """Whatever the tagger says of the place."""
    tag = fake_tag({"fever": ("Disease", 0.9)})
    assert found("a fever", tag, names(("fever", "Phenotype"))) == [
        ("fever", "Disease"),
        ("fever", "Phenotype"),
    ]


def test_only_the_types_asked_for_come_from_the_tagger(fake_tag: MakeTag) -> None:
    """A knowledge base of genes needs no diseases."""
    tag = fake_tag({"fever": ("Disease", 0.9), "TNF": ("Gene", 0.9)})
    assert found("TNF in fever", tag, types=frozenset({"Gene"})) == [("TNF", "Gene")]


def test_a_short_form_is_found_wherever_it_is_used(fake_tag: MakeTag) -> None:
    """The tagger sees the long form only; each use of the short form becomes a mention of its type."""
    text = "Myotonic dystrophy (DM) is rare. DM runs in families."
    tag = fake_tag({"Myotonic dystrophy": ("Disease", 0.9)})
    assert found(text, tag, by=weights(1.0, elsewhere=3.0)) == [
        ("Myotonic dystrophy", "Disease"),
        ("DM", "Disease"),
        ("DM", "Disease"),
    ]


def test_boundaries_of_the_tagger_are_repaired(fake_tag: MakeTag) -> None:
    """A cut word is completed, and a bracket without its partner is left out."""
    assert found("severe asthma).", fake_tag({"asth": ("Disease", 0.9)})) == [("asthma", "Disease")]
    assert found("severe asthma).", fake_tag({"asthma)": ("Disease", 0.9)})) == [("asthma", "Disease")]


def test_a_mention_that_reaches_out_of_a_passage_is_dropped(fake_tag: MakeTag) -> None:
    """Title and abstract are two texts."""
    doc = Document(
        "1", "On fever Asthma", (Passage("title", Span(0, 8), 0), Passage("abstract", Span(9, 15), 9))
    )
    tag = fake_tag({"fever Asthma": ("Disease", 0.9)})
    assert found("", tag, doc=doc) == []


def test_both_merges_two_detectors() -> None:
    """Equal mentions count once, and the order is by span."""
    detect = both(names(("asthma", "Disease")), names(("fever", "Disease"), ("asthma", "Disease")))
    (mentions,) = detect([Document("1", "fever, asthma")])
    assert [mention.text for mention in mentions] == ["fever", "asthma"]
