from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.errors import ConfigError
from belink.evaluate.protocol import (
    full,
    gold_mentions,
    nil,
    of_type,
    select,
    unseen,
    unseen_mentions,
)
from belink.evaluate.vocabulary import Vocabulary
from belink.types import Annotation, Document, Mention, Span

Make = Callable[..., Document]


def texts(selection: object) -> list[str]:
    return [item.mention.text for item in selection.mentions]  # type: ignore[attr-defined]


def test_a_form_is_seen_whatever_its_case(document: Make, vocabulary: Vocabulary) -> None:
    """Only lower-casing is folded: "FLU" was seen as "flu", "flu-like" was not."""
    gold = [document("d", ("FLU", "K:3"), ("flu-like", "K:3"))]
    train = [document("t", ("flu", "K:3"))]
    assert texts(unseen(gold, train, vocabulary.resolve)) == ["flu-like"]


def test_a_form_seen_with_another_type_is_unseen(document: Make, vocabulary: Vocabulary) -> None:
    """A gene named like a disease of the training part still counts."""
    gold = [document("d", ("flu", "K:3"))]
    train = [document("t", ("flu", "K:3"), entity_type="Gene")]
    assert texts(unseen(gold, train, vocabulary.resolve)) == ["flu"]


def test_a_form_seen_as_composite_or_without_id_is_seen(document: Make, vocabulary: Vocabulary) -> None:
    """What the training part says of the form does not matter."""
    gold = [document("d", ("both", "K:3"), ("bare", "K:3"))]
    train = [document("t", ("Both", "K:1|K:2"), ("Bare", ""))]
    assert texts(unseen(gold, train, vocabulary.resolve)) == []


def test_the_first_mention_of_a_form_represents_it(document: Make, vocabulary: Vocabulary) -> None:
    """Of "Flu" (K:3) and later "flu" (K:1) the first is scored with its own gold."""
    gold = [document("d", ("Flu", "K:3")), document("e", ("flu", "K:1"))]
    (item,) = unseen(gold, [document("t")], vocabulary.resolve).mentions
    assert (item.mention.text, item.ids) == ("Flu", ("K:3",))


def test_a_form_whose_first_mention_is_composite_is_represented_by_the_next(
    document: Make, vocabulary: Vocabulary
) -> None:
    """Leaving out comes before taking one mention a form."""
    gold = [document("d", ("flu", "K:3|K:1"), ("flu", "K:3"))]
    (item,) = unseen(gold, [document("t")], vocabulary.resolve).mentions
    assert item.written_ids == ("K:3",)


def test_unseen_mentions_keeps_every_mention_of_a_form(document: Make, vocabulary: Vocabulary) -> None:
    """The same form twice is two mentions."""
    gold = [document("d", ("flu", "K:3"), ("flu", "K:3"))]
    assert texts(unseen_mentions(gold, [document("t")], vocabulary.resolve)) == ["flu", "flu"]


def test_retired_gold_is_in_the_knowledge_base_under_its_new_id(
    document: Make, vocabulary: Vocabulary
) -> None:
    """K:old became K:2."""
    (item,) = full([document("d", ("bc", "K:old"))], [], vocabulary.resolve).mentions
    assert (item.written_ids, item.ids) == (("K:old",), ("K:2",))


def test_a_composite_mention_keeps_the_ids_that_the_knowledge_base_has(
    document: Make, vocabulary: Vocabulary
) -> None:
    """One id in the knowledge base is enough to be scored; the other one is ignored."""
    (item,) = full([document("d", ("both", "K:99|K:1"))], [], vocabulary.resolve).mentions
    assert item.ids == ("K:1",)
    assert item.composite


def test_nil_leaves_nothing_out(document: Make, vocabulary: Vocabulary) -> None:
    """Mentions without an id and with an unknown one are scored, with no gold ids."""
    selection = nil([document("d", ("a", ""), ("b", "K:99"), ("c", "K:1"))], [], vocabulary.resolve)
    assert [item.ids for item in selection.mentions] == [(), (), ("K:1",)]


def test_annotations_in_one_place_are_one_mention(vocabulary: Vocabulary) -> None:
    """Two annotations with the same spans and type give one mention with both ids."""
    mention = Mention("d", (Span(0, 3),), "flu", "Disease")
    one, two = (Annotation("", mention, "", id_, (id_,)) for id_ in ("K:3", "K:1"))
    (item,) = gold_mentions([Document("d", "flu", annotations=(one, two))], vocabulary.resolve)
    assert (item.written_ids, item.ids, item.annotations) == (("K:3", "K:1"), ("K:1", "K:3"), 2)


def test_mentions_of_a_document_are_ordered_by_place(document: Make, vocabulary: Vocabulary) -> None:
    """The order of annotations in the file does not decide which mention of a form is first."""
    doc = document("d", ("flu", "K:3"), ("flu", "K:1"))
    doc = replace(doc, annotations=doc.annotations[::-1])
    assert [item.ids for item in gold_mentions([doc], vocabulary.resolve)] == [("K:3",), ("K:1",)]


def test_annotations_without_a_type_are_of_the_type_asked_for(document: Make) -> None:
    """A file that names no types is scored as the type its user names; other types are left out."""
    docs = [document("d", ("a", "K:1"), entity_type=""), document("e", ("b", "K:1"), entity_type="Gene")]
    kept = [a.mention.type for doc in of_type(docs, "Disease") for a in doc.annotations]
    assert kept == ["Disease"]


def test_unseen_without_training_documents_is_refused(document: Make, vocabulary: Vocabulary) -> None:
    """Without them every form would count as unseen without a word."""
    with pytest.raises(ConfigError, match="needs training documents"):
        select("unseen", [document("d", ("a", "K:1"))], [], vocabulary.resolve)


def test_an_unknown_protocol_is_refused_with_the_known_ones(vocabulary: Vocabulary) -> None:
    """The message lists what there is."""
    with pytest.raises(ConfigError, match=r"'zero-shot'.*unseen-mentions, full, nil, end-to-end"):
        select("zero-shot", [], [], vocabulary.resolve)  # type: ignore[arg-type]


IDS = st.sampled_from(["K:1", "K:2", "K:old", "K:99", "K:1|K:2", ""])
MENTIONS = st.lists(st.tuples(st.sampled_from(["flu", "Flu", "bc", "BC", "x"]), IDS), max_size=8)


@given(MENTIONS, st.lists(st.sampled_from(["flu", "bc"]), max_size=2))
def test_every_gold_mention_is_scored_or_counted(mentions: list[tuple[str, str]], seen: list[str]) -> None:
    """Scored and left out add up to all, under every protocol."""

    def document(name: str, pairs: list[tuple[str, str]]) -> Document:
        annotations = tuple(
            Annotation(
                "", Mention(name, (Span(i, i + 1),), text, "D"), "D", ids, tuple(filter(None, ids.split("|")))
            )
            for i, (text, ids) in enumerate(pairs)
        )
        return Document(name, "", annotations=annotations)

    def resolve(id_: str) -> tuple[str, ...]:
        return {"K:1": ("K:1",), "K:2": ("K:2",), "K:old": ("K:2",)}.get(id_, ())

    gold, train = [document("d", mentions)], [document("t", [(text, "K:1") for text in seen])]
    for protocol in (unseen, unseen_mentions, full, nil):
        selection = protocol(gold, train, resolve)
        assert len(selection.mentions) + sum(n for _, n in selection.left_out) == len(mentions)
        assert len(selection.gold) == len(mentions)
