"""`belink.retrieve.likeness`, and the features of `belink.retrieve.evidence` that are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.retrieve.index import build_index
from belink.retrieve.learnt import FEATURES
from belink.retrieve.likeness import letters_and_words
from belink.retrieve.retriever import explain
from belink.types import Concept, Query

CONCEPTS = (
    Concept("MESH:C000001", "acetonitrile", types=("Chemical",)),
    Concept("MESH:D000001", "Acetonitriles", types=("Chemical",)),
    Concept("MESH:D000002", "Nitriles", types=("Chemical",)),
)


@pytest.mark.parametrize(
    ("feature", "name", "text", "other"),
    [
        ("same_letters", "dimethylformamide", "dimethyl formamide", "dimethylacetamide"),
        ("same_long_words", "3 3 diaminobenzidine", "diaminobenzidine", "benzidine"),
        ("words_found", "variovorax paradoxus", "variovorax paradoxus", "paradoxus"),
        ("kind_differs", "growth hormone receptor", "growth hormone", "growth hormone 1"),
    ],
)
def test_a_feature_tells_two_names_apart(feature: str, name: str, text: str, other: str) -> None:
    """It is larger for the first name than for the second."""
    values = letters_and_words([name, other], [text])[feature]
    assert 1 >= values[0] > values[1] >= 0


def test_the_short_form_counts_beside_the_text() -> None:
    """A name that has the letters of either is the same as it."""
    values = letters_and_words(["il2", "interleukin2"], ["interleukin 2", "il 2"])
    assert values["same_letters"].tolist() == [1, 1]


def test_evidence_tells_records_and_variants_that_leave_something_out(
    tmp_path: Path, ask: Callable[..., Query]
) -> None:
    """A variant longer than the mention writes it out; a shorter one names something broader."""
    build(iter(CONCEPTS), tmp_path / "kb")
    kb = KnowledgeBase.open(tmp_path / "kb")
    query = replace(ask("methyl-CN", type_="Chemical"), variants=("acetonitrile", "nitriles"))
    found = explain(kb, build_index(kb, tmp_path / "index"), None, [query])[0]
    values = {name: found.features[:, place].tolist() for place, name in enumerate(FEATURES)}
    assert kb.concept_ids(found.concepts) == ["MESH:C000001", "MESH:D000001", "MESH:D000002"]
    assert values["supplementary"] == [1, 0, 0]
    assert values["variant_exact"] == [1, 1, 0.5]
    assert values["variant_form"] == [1, 0, 0.5]
    assert values["variant_shorter"] == [0, 0, 0.5]
    assert values["variant_lexical"] == [1, 1, 1]
    assert values["shorter_lexical"][0] < values["shorter_lexical"][2] == 1


def test_concepts_with_equally_similar_names_share_a_rank(tmp_path: Path, ask: Callable[..., Query]) -> None:
    """What differs in number alone is equally similar, and the place by id says nothing."""
    build(iter(CONCEPTS), tmp_path / "kb")
    kb = KnowledgeBase.open(tmp_path / "kb")
    found = explain(kb, build_index(kb, tmp_path / "index"), None, [ask("acetonitrile", type_="Chemical")])[0]
    values = {name: found.features[:, place].tolist() for place, name in enumerate(FEATURES)}
    assert kb.concept_ids(found.concepts) == ["MESH:C000001", "MESH:D000001", "MESH:D000002"]
    assert values["exact"] == [1, 0, 0]
    assert values["lexical"][0] == values["lexical"][1] > values["lexical"][2]
    assert values["lexical_rank"] == pytest.approx([1, 1, 1 / 3])
