"""How a tagger's mentions and a dictionary's become one list."""

from __future__ import annotations

from collections.abc import Callable

from belink.detect.combination import Combination, TypeRule
from belink.detect.combined import both, combined, no_dictionary
from belink.detect.dictionary import dictionary
from belink.detect.name_table import DictionaryEntry
from belink.detect.scored import Tag
from belink.types import Detector, Document, Passage, Span

RULE = TypeRule(alone=0.6, with_dictionary=0.3)
ALL_HITS = TypeRule(alone=0.6, with_dictionary=0.0)
Words = dict[str, tuple[str, float]]
MakeTag = Callable[[Words], Tag]


def names(*of: tuple[str, str]) -> Detector:
    return dictionary([DictionaryEntry(alias, type_) for alias, type_ in of])


def found(
    text: str,
    tag: Tag,
    dictionary: Detector = no_dictionary,
    rule: TypeRule = RULE,
    types: frozenset[str] | None = None,
    doc: Document | None = None,
) -> list[tuple[str, str]]:
    rules = Combination({"Disease": rule, "Gene": rule})
    (mentions,) = combined(tag, dictionary, rules, types)([doc or Document("1", text)])
    return [(mention.text, mention.type) for mention in mentions]


def test_a_mention_without_a_hit_needs_the_higher_probability(fake_tag: MakeTag) -> None:
    """At 0.59 "fever" is no mention and at 0.6 one."""
    assert found("a fever", fake_tag({"fever": ("Disease", 0.59)})) == []
    assert found("a fever", fake_tag({"fever": ("Disease", 0.6)})) == [("fever", "Disease")]


def test_a_mention_with_a_hit_needs_the_lower_probability(fake_tag: MakeTag) -> None:
    """A dictionary's hit at the very span makes 0.3 enough, and one elsewhere does not."""
    tag = fake_tag({"high fever": ("Disease", 0.4)})
    assert found("a high fever", tag, names(("high fever", "Disease"))) == [("high fever", "Disease")]
    assert ("high fever", "Disease") not in found("a high fever", tag, names(("fever", "Disease")))


def test_a_hit_that_the_tagger_finds_improbable_is_dropped(fake_tag: MakeTag) -> None:
    """Judged at 0.2 it goes, and so it does unjudged; it stays where the rule asks for no probability."""
    hits = names(("fever", "Disease"))
    assert found("a fever", fake_tag({"fever": ("Disease", 0.2)}), hits) == []
    assert found("a fever", fake_tag({}), hits) == []
    assert found("a fever", fake_tag({}), hits, ALL_HITS) == [("fever", "Disease")]


def test_the_more_probable_of_overlapping_mentions_wins(fake_tag: MakeTag) -> None:
    """And a hit that overlaps what is kept is no mention."""
    tag = fake_tag({"cancer of the": ("Disease", 0.7), "breast": ("Disease", 0.9)})
    assert found("cancer of the breast", tag, names(("the breast", "Disease")), ALL_HITS) == [
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
    assert found("the APC", tag, names(("APC", "Disease")), ALL_HITS) == [("APC", "Gene")]


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
    assert found(text, fake_tag({"Myotonic dystrophy": ("Disease", 0.9)})) == [
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
