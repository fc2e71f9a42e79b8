from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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


def test_the_same_name_is_marked_as_exact_and_probable(retrieve: Retriever, ask: Ask) -> None:
    """Case does not matter, and the alias that matched is told."""
    by_name, by_alias = retrieve([ask("myocardial infarction"), ask("HEART ATTACK")], 1)
    assert (by_name[0].concept_id, by_name[0].source) == ("T:01", "exact")
    assert (by_alias[0].concept_id, by_alias[0].alias, by_alias[0].source) == (
        "T:01",
        "Heart Attack",
        "exact",
    )
    assert min(by_name[0].score, by_alias[0].score) > 0.5


def test_homonyms_come_first_and_share_the_probability(retrieve: Retriever, ask: Ask) -> None:
    """All of them are exact and say how many they are; the one whose preferred name it is comes first."""
    found = retrieve([ask("cold")], 3)[0]
    assert {c.concept_id for c in found} == {"T:03", "T:04", "T:05"}
    assert found[0].concept_id == "T:03"
    assert {(c.source, c.homonyms) for c in found} == {("exact", 3)}
    assert sum(c.score for c in found) <= 1


@pytest.mark.parametrize("text", ["drug-induced abnormality", "abnormalities due to drug, induced"])
def test_words_in_another_order_or_number_match(retrieve: Retriever, ask: Ask, text: str) -> None:
    """MeSH's inverted heading meets running text."""
    best = retrieve([ask(text)], 1)[0][0]
    assert (best.concept_id, best.source) == ("T:02", "lexical")


def test_spelling_variants_match(retrieve: Retriever, ask: Ask) -> None:
    """The British "Oedema" finds "Edema"."""
    best = retrieve([ask("Oedema")], 1)[0][0]
    assert (best.concept_id, best.source) == ("T:08", "lexical")


def test_variants_are_looked_up_beside_the_mention(retrieve: Retriever, ask: Ask) -> None:
    """A variant finds what the mention does not, and what the mention finds stays a candidate."""
    query = replace(ask("cold agglutination"), variants=("common cold", "dropsy"))
    ids = [c.concept_id for c in retrieve([query], 20)[0]]
    assert {"T:03", "T:08"} <= set(ids)
    assert ids[0] == "T:03"


def test_a_name_with_other_numbers_is_less_probable(retrieve: Retriever, ask: Ask) -> None:
    """Type 2 is not type 1, though the names hardly differ."""
    found = {c.concept_id: c.score for c in retrieve([ask("type 2 diabetes mellitus")], 20)[0]}
    assert found["T:06"] > 2 * found["T:07"]


@pytest.mark.parametrize(("taxon", "gene"), [("NCBITaxon:9606", "G:1"), ("NCBITaxon:10090", "G:2")])
def test_the_organism_of_a_query_tells_genes_of_one_name_apart(
    tmp_path: Path, ask: Ask, taxon: str, gene: str
) -> None:
    """The gene of the likelier organism comes first; the other stays a candidate."""
    genes = [
        Concept("G:1", "abc1", types=("Gene",), taxon="NCBITaxon:9606"),
        Concept("G:2", "abc1", types=("Gene",), taxon="NCBITaxon:10090"),
    ]
    build(iter(genes), tmp_path / "kb")
    kb = KnowledgeBase.open(tmp_path / "kb")
    retrieve = build_retriever(kb, build_index(kb, tmp_path / "lexical"))
    other = {"NCBITaxon:9606": "NCBITaxon:10090", "NCBITaxon:10090": "NCBITaxon:9606"}[taxon]
    query = replace(ask("abc1", type_="Gene"), organisms=((taxon, 0.8), (other, 0.2)))
    found = retrieve([query], 2)[0]
    assert (found[0].concept_id, len(found)) == (gene, 2)


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
