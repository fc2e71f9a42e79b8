from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from belink.kb.build import build
from belink.kb.records import Filter
from belink.kb.store import KnowledgeBase
from belink.retrieve.index import LexicalIndex, build_index
from belink.retrieve.retriever import build_retriever
from belink.types import Alias, Concept, Query, Retriever

Ask = Callable[..., Query]


@pytest.fixture
def retrieve(kb: KnowledgeBase, index: LexicalIndex) -> Retriever:
    return build_retriever(kb, index)


def test_a_name_scores_one_and_an_alias_a_little_less(retrieve: Retriever, ask: Ask) -> None:
    """Case does not matter."""
    by_name, by_alias = retrieve([ask("myocardial infarction"), ask("HEART ATTACK")], 1)
    assert (by_name[0].concept_id, by_name[0].score, by_name[0].source) == ("T:01", 1.0, "exact")
    assert (by_alias[0].alias, by_alias[0].score) == ("Heart Attack", 0.999)


def test_homonyms_come_preferred_name_first_then_by_scope(retrieve: Retriever, ask: Ask) -> None:
    """All of them are exact and say how many they are."""
    found = retrieve([ask("cold")], 3)[0]
    assert [c.concept_id for c in found] == ["T:03", "T:04", "T:05"]
    assert [c.score for c in found] == [1.0, 0.999, 0.998]
    assert {c.homonyms for c in found} == {3}


@pytest.mark.parametrize("text", ["drug-induced abnormality", "abnormalities due to drug, induced"])
def test_words_in_another_order_or_number_match_below_an_exact_name(
    retrieve: Retriever, ask: Ask, text: str
) -> None:
    """MeSH's inverted heading meets running text."""
    best = retrieve([ask(text)], 1)[0][0]
    assert (best.concept_id, best.score, best.source) == ("T:02", 0.99, "lexical")


def test_spelling_variants_match_at_the_top_of_similarity(retrieve: Retriever, ask: Ask) -> None:
    """The British "Oedema" finds "Edema"."""
    best = retrieve([ask("Oedema")], 1)[0][0]
    assert (best.concept_id, best.score, best.source) == ("T:08", 0.98, "lexical")


def test_the_expansion_goes_before_the_short_form_and_neither_is_dropped(
    retrieve: Retriever, ask: Ask
) -> None:
    """The long form's match comes first; the short form's own match follows."""
    found = retrieve([ask("cold", "dropsy")], 10)[0]
    assert found[0].concept_id == "T:08"
    assert "T:03" in [c.concept_id for c in found]


def test_a_mention_finds_concepts_of_its_type_and_of_unknown_type(retrieve: Retriever, ask: Ask) -> None:
    """A concept without types stays; chemicals do not answer a disease."""
    diseases = {c.concept_id for c in retrieve([ask("cold infarction cisplatin")], 50)[0]}
    assert "T:11" in diseases
    assert not diseases & {"T:09", "T:10"}
    assert {c.concept_id for c in retrieve([ask("cold", type_="Chemical")], 50)[0]} == {"T:10"}


def test_a_type_that_is_no_entity_type_finds_any_concept(retrieve: Retriever, ask: Ask) -> None:
    """A label of the file that BeLink does not know does not restrict."""
    assert retrieve([ask("cisplatin", type_="drug-like")], 1)[0][0].concept_id == "T:09"


def test_types_can_be_left_out_of_account(kb: KnowledgeBase, index: LexicalIndex, ask: Ask) -> None:
    """With `match_types=False` a disease mention may find a chemical."""
    retrieve = build_retriever(kb, index, match_types=False)
    assert retrieve([ask("cisplatin")], 1)[0][0].concept_id == "T:09"


def test_a_filter_acts_before_the_ranking(kb: KnowledgeBase, index: LexicalIndex, ask: Ask) -> None:
    """Asked for one candidate, the retriever gives the best that passes, not the best if it passes."""
    retrieve = build_retriever(kb, index, filter=Filter(deny=frozenset({"T:03"})))
    assert retrieve([ask("cold")], 1)[0][0].concept_id == "T:04"
    assert "T:03" not in {c.concept_id for c in retrieve([ask("common cold")], 50)[0]}


def test_a_query_looks_deeper_where_many_names_belong_to_one_concept(tmp_path: Path, ask: Ask) -> None:
    """Three hundred near names of one concept do not hide the others."""
    crowd = Concept("T:1", "cold syndrome 0", tuple(Alias(f"cold syndrome {n}") for n in range(1, 300)))
    others = [Concept(f"T:{n}", f"cold variant number {n}") for n in range(2, 6)]
    build(iter([crowd, *others]), tmp_path / "kb")
    kb = KnowledgeBase.open(tmp_path / "kb")
    retrieve = build_retriever(kb, build_index(kb, tmp_path / "lexical"))
    found = retrieve([ask("cold syndrome")], 5)[0]
    assert found[0].concept_id == "T:1"
    assert {c.concept_id for c in found} == {"T:1", "T:2", "T:3", "T:4", "T:5"}
