from __future__ import annotations

from collections.abc import Callable

import pytest

from belink.evaluate.protocol import nil
from belink.evaluate.slices import label_mentions, looks_like_abbreviation
from belink.evaluate.summary import evaluate
from belink.evaluate.vocabulary import CurrentIds, Vocabulary
from belink.types import Decision, Document

Make = Callable[..., Document]
Decide = Callable[..., Decision]


def labels(gold: Document, train: list[Document], vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    mentions = nil([gold], [], vocabulary.resolve).mentions
    found = label_mentions(mentions, train, vocabulary, CurrentIds(vocabulary.resolve))
    for label in found:
        assert set(label.values) <= set(label.order)
    return {label.name: label.values for label in found}


@pytest.mark.parametrize("text", ["DM", "NBCCS", "p53K", "COVID-19", "T2DM", "TGFb1", "G6PD"])
def test_short_capital_words_look_like_abbreviations(text: str) -> None:
    """One word, at least half of the letters capitals."""
    assert looks_like_abbreviation(text)


@pytest.mark.parametrize("text", ["flu", "Influenza", "AIDS virus", "A", "12", "", "ADENOCARCINOMA", "p53"])
def test_words_and_long_names_do_not(text: str) -> None:
    """Lower case, several words, a single letter, or more than ten characters."""
    assert not looks_like_abbreviation(text)


def test_forms_and_concepts_are_seen_or_not(document: Make, vocabulary: Vocabulary) -> None:
    """A new form of a known concept, a known form, and a new form of a new concept."""
    gold = document("d", ("grippe", "K:3"), ("Flu", "K:3"), ("anemia", "K:5"))
    found = labels(gold, [document("t", ("flu", "K:3"))], vocabulary)
    assert found["form"] == ("unseen", "seen", "unseen")
    assert found["concept"] == ("seen", "seen", "unseen")


def test_frequency_counts_training_annotations_of_the_current_concept(
    document: Make, vocabulary: Vocabulary
) -> None:
    """Three times K:2 and two times K:old, which is K:2, are five; K:3 comes 120 times."""
    train = [document("t", *[("x", "K:2")] * 3, *[("y", "K:old")] * 2, *[("z", "K:3")] * 120)]
    gold = document("d", ("a", "K:2"), ("b", "K:3"), ("c", "K:1"))
    assert labels(gold, train, vocabulary)["frequency"] == ("5-19", "100+", "0")


def test_names_are_homonyms_where_two_concepts_bear_them(document: Make, vocabulary: Vocabulary) -> None:
    """BC is a name of K:2 and of K:4."""
    gold = document("d", ("BC", "K:2"), ("flu", "K:3"), ("grippe", "K:3"))
    assert labels(gold, [], vocabulary)["name"] == ("homonym", "one concept", "no such name")


def test_similarity_is_that_of_the_best_name(document: Make, vocabulary: Vocabulary) -> None:
    """The text "anemia" is one letter of seven from "anaemia" (0.86); "Flu" is a name but for its case."""
    gold = document("d", ("anemia", "K:5"), ("Flu", "K:3"), ("zzzz", "K:5"), ("nothing", ""))
    expected = ("0.75 to 1", "1 (equal)", "0 to 0.25", "0 to 0.25")
    assert labels(gold, [], vocabulary)["similarity"] == expected


def test_ids_and_words_are_counted(document: Make, vocabulary: Vocabulary) -> None:
    """One id, several, none; one word to many."""
    gold = document("d", ("flu", "K:3"), ("breast and lung cancer", "K:1|K:2"), ("odd thing", ""))
    found = labels(gold, [], vocabulary)
    assert found["ids"] == ("one", "composite", "none")
    assert found["words"] == ("1", "4+", "2")


def test_slices_without_their_data_are_left_out(document: Make, vocabulary: Vocabulary) -> None:
    """Without training documents, names or holders nothing is made up."""
    found = labels(document("d", ("flu", "K:3")), [], Vocabulary(vocabulary.resolve))
    assert set(found) == {"type", "ids", "abbreviation", "words"}


def test_every_slice_adds_up_to_the_whole(document: Make, decision: Decide, vocabulary: Vocabulary) -> None:
    """The right ones of all values of a slice are the right ones of the evaluation."""
    gold = document("d", ("flu", "K:3"), ("BC", "K:2"), ("anemia", "K:5"), ("both", "K:1|K:2"))
    decisions = [decision(gold, 0, "K:3"), decision(gold, 1, "K:4"), decision(gold, 3, "K:1")]
    train = [document("t", ("flu", "K:3"))]
    found = evaluate([gold], decisions, protocol="full", vocabulary=vocabulary, train=train, samples=5)
    for name in {s.name for s in found.slices}:
        group = [s for s in found.slices if s.name == name]
        assert sum(s.accuracy.n for s in group) == 4
        assert sum(s.accuracy.value * s.accuracy.n for s in group) == pytest.approx(2)
