from __future__ import annotations

from collections.abc import Callable

import pytest

from belink.errors import InputError
from belink.evaluate.leakage import check_leakage, find_leaks
from belink.evaluate.protocol import full, unseen_mentions
from belink.evaluate.vocabulary import Vocabulary
from belink.types import Document

Make = Callable[..., Document]
ABSTRACT = "Naloxone reverses the antihypertensive effect of clonidine in rats."


def test_a_clean_split_passes(document: Make) -> None:
    """Nothing is shared, nothing is raised."""
    check_leakage([Document("1", ABSTRACT)], [Document("2", ABSTRACT[::-1])])


def test_a_shared_document_id_stops_the_run_and_is_named() -> None:
    """The message gives the count and the culprit."""
    with pytest.raises(InputError, match=r"training data .* 1 × the same document id: '1'"):
        check_leakage([Document("1", "a")], [Document("1", "b")])


@pytest.mark.parametrize("copy", [ABSTRACT.upper(), ABSTRACT.replace(" ", "\n  "), f"  {ABSTRACT}!"])
def test_the_same_text_under_another_id_is_found(copy: str) -> None:
    """Case, white space and punctuation do not hide a copy."""
    (leak,) = find_leaks([Document("1", ABSTRACT)], [Document("2", copy)])
    assert (leak.kind, leak.found) == ("text", ("1 = 2 of training",))


def test_very_short_texts_are_not_compared() -> None:
    """Two figure legends that both say "Results" are not a leak."""
    assert find_leaks([Document("1", "Results")], [Document("2", "Results")]) == ()


def test_surface_forms_leak_under_unseen_only(document: Make, vocabulary: Vocabulary) -> None:
    """A linker evaluated on unseen forms must not have been trained on them; under `full` it may."""
    gold, declared = [document("d", ("flu", "K:3"))], [document("t", ("cancer", "K:1"))]
    really_used = [document("u", ("Flu", "K:3"))]
    selection = unseen_mentions(gold, declared, vocabulary.resolve)
    with pytest.raises(InputError, match="1 × the same surface form: 'flu'"):
        check_leakage(gold, really_used, selection=selection)
    check_leakage(gold, really_used, selection=full(gold, [], vocabulary.resolve))


def test_of_many_culprits_the_first_are_named_and_all_counted() -> None:
    """Seven documents, five names."""
    docs = [Document(str(i), "") for i in range(7)]
    with pytest.raises(InputError, match=r"7 × the same document id: '0', '1', '2', '3', '4', \.\.\."):
        check_leakage(docs, docs, where="train.PubTator")


def test_the_message_names_the_training_data() -> None:
    """Whoever reads it knows which file to mend."""
    with pytest.raises(InputError, match=r"^train\.PubTator holds what is to be evaluated"):
        check_leakage([Document("1", "")], [Document("1", "")], where="train.PubTator")
