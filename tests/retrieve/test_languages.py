"""A filter by language acts on names: what is matched and shown is in the language asked for, or in none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.retrieve.test_dense_retriever import Words

from belink.kb.build import build
from belink.kb.records import Filter
from belink.kb.store import KnowledgeBase
from belink.retrieve.dense_index import build_dense_index
from belink.retrieve.dense_list import Dense
from belink.retrieve.index import build_index
from belink.retrieve.retriever import build_retriever
from belink.types import Alias, Concept, Query, Retriever

Ask = Callable[..., Query]
Make = Callable[..., Retriever]
CONCEPTS = (
    Concept("T:1", "Headache", (Alias("Kopfschmerz", language="de"), Alias("Cephalgia")), language="en"),
    Concept("T:2", "Edema", (Alias("Wassersucht", language="de"),), language="en"),
    Concept("T:3", "Cough", (Alias("Tussis", language="en"),), language="en"),
    Concept("T:4", "Pain Disorders", (Alias("Schmerzkrankheit", language="de"),), language="en"),
    Concept("T:5", "Kopfschmelz", parents=("T:4",), language="de"),
)
GERMAN = {"Kopfschmerz", "Cephalgia", "Wassersucht", "Schmerzkrankheit", "Kopfschmelz"}


def maker(concepts: Sequence[Concept], folder: Path) -> Make:
    """Give a maker of retrievers, with vectors, that only names in some languages are found by."""
    build(concepts, folder / "kb")
    kb = KnowledgeBase.open(folder / "kb")
    index, encoder = build_index(kb, folder / "lexical"), Words()
    dense = Dense(build_dense_index(kb, encoder), encoder)

    def make(*languages: str, vectors: bool = True) -> Retriever:
        keep = Filter(languages=frozenset(languages))
        return build_retriever(kb, index, filter=keep, dense=dense if vectors else None)

    return make


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return maker(CONCEPTS, tmp_path)


@pytest.mark.parametrize("vectors", [True, False])
@pytest.mark.parametrize("text", ["headache", "headaches", "swelling", "pain disorder", "kopfweh", "cough"])
def test_only_names_of_the_language_are_matched(make: Make, ask: Ask, text: str, vectors: bool) -> None:
    """By no list: exact, lexical, dense, or of the concepts above; names of no stated language stay."""
    assert {each.alias for each in make("de", vectors=vectors)([ask(text)], 10)[0]} <= GERMAN


def test_a_name_of_the_language_is_found_and_shown(make: Make, ask: Ask) -> None:
    """The preferred name of its concept stays what it is."""
    best = make("de")([ask("kopfschmerz")], 1)[0][0]
    assert (best.concept_id, best.alias, best.name) == ("T:1", "Kopfschmerz", "Headache")
    assert best.source == "exact"


def test_a_name_of_another_language_is_not_exact(make: Make, ask: Ask) -> None:
    """Though its concept may be found, by other names."""
    assert "exact" in {each.source for each in make()([ask("headache")], 10)[0]}
    assert "exact" not in {each.source for each in make("de")([ask("headache")], 10)[0]}


def test_a_concept_above_is_shown_by_its_first_name_of_the_language(make: Make, ask: Ask) -> None:
    """Its preferred name may be in another one."""
    shown = {each.concept_id: each.alias for each in make("de", vectors=False)([ask("kopfschmelze")], 10)[0]}
    assert shown["T:4"] == "Schmerzkrankheit"


def test_asking_for_the_only_language_changes_nothing(tmp_path: Path, ask: Ask) -> None:
    """Neither do names of no stated language: candidates, scores and order are the same."""
    concepts = [
        Concept("T:1", "Headache", (Alias("Cephalgia"),), language="en"),
        Concept("T:2", "Head pain", language="en"),
        Concept("T:3", "Heat stroke"),
    ]
    english = maker(concepts, tmp_path)
    asked = [ask(text) for text in ("headache", "head ache", "cephalgie", "heat")]
    assert english("en")(asked, 10) == english()(asked, 10)
