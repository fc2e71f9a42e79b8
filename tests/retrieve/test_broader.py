"""`belink.retrieve.broader`: neighbours speak for the concepts above them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from belink.kb.build import build
from belink.kb.records import Filter
from belink.kb.store import KnowledgeBase
from belink.retrieve.broader import Hierarchy, broader
from belink.retrieve.fusion import NO_MATCHES, Matches
from belink.retrieve.index import LexicalIndex, build_index
from belink.retrieve.retriever import build_retriever
from belink.types import Concept, Query

CONCEPTS = (
    Concept("T:1", "Triterpenes", types=("Chemical",)),
    Concept("T:2", "lupenone", types=("Chemical",), parents=("T:1",)),
    Concept("T:3", "lupanone", types=("Chemical",), parents=("T:1",)),
    Concept("T:4", "lumenone", types=("Chemical",), parents=("T:5",)),
    Concept("T:5", "Ketones", types=("Chemical",)),
)


@pytest.fixture
def plants(tmp_path: Path) -> KnowledgeBase:
    """Two triterpenes, and a ketone with a name like theirs."""
    build(iter(CONCEPTS), tmp_path / "kb")
    return KnowledgeBase.open(tmp_path / "kb")


@pytest.fixture
def plant_index(plants: KnowledgeBase, tmp_path: Path) -> LexicalIndex:
    return build_index(plants, tmp_path / "index")


def _listed(*scored: tuple[int, float]) -> Matches:
    concepts = np.array([concept for concept, _ in scored], np.int32)
    return Matches(concepts, concepts, np.array([score for _, score in scored]))


def test_neighbours_speak_for_the_concept_above_them(plants: KnowledgeBase) -> None:
    """By the most similar of them, and by their share of all neighbours."""
    above = broader(Hierarchy(plants), [_listed((1, 0.8), (2, 0.6)), _listed((3, 0.7), (1, 0.5))], None)
    assert above.concepts.tolist() == [0, 4]
    assert above.best.tolist() == [0.8, 0.7]
    np.testing.assert_allclose(above.share, [2 / 3, 1 / 3])


def test_a_concept_that_is_not_allowed_is_not_proposed(plants: KnowledgeBase) -> None:
    """Whatever stands below it."""
    allowed = np.array([False, True, True, True, True])
    assert broader(Hierarchy(plants), [_listed((1, 0.8))], allowed).concepts.tolist() == []


def test_no_neighbours_propose_nothing(plants: KnowledgeBase) -> None:
    """A mention with no letter or digit finds nothing above either."""
    assert not len(broader(Hierarchy(plants), [NO_MATCHES], None).concepts)


def test_a_class_is_found_by_the_names_below_it(
    plants: KnowledgeBase, plant_index: LexicalIndex, ask: Callable[..., Query]
) -> None:
    """Its own name need not look like the mention."""
    found = build_retriever(plants, plant_index)([ask("lupeone", type_="Chemical")], 5)[0]
    assert {"T:1", "T:2"} <= {candidate.concept_id for candidate in found}


def test_a_class_that_the_user_keeps_out_is_not_found(
    plants: KnowledgeBase, plant_index: LexicalIndex, ask: Callable[..., Query]
) -> None:
    """Also where concepts below it are let in."""
    retrieve = build_retriever(plants, plant_index, filter=Filter(deny=frozenset({"T:1"})))
    assert "T:1" not in {each.concept_id for each in retrieve([ask("lupeone", type_="Chemical")], 5)[0]}
