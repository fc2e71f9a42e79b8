"""`belink.retrieve.labelled`: concepts that training texts name in many ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scripts.count_labelled import Labelled, count, without_own

from belink.evaluate.protocol import GoldMention
from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.retrieve.index import build_index
from belink.retrieve.labelled import NONE_LABELLED, LabelledForms, default_labelled_forms, labelled_forms
from belink.retrieve.learnt import FEATURES
from belink.retrieve.retriever import build_retriever, explain
from belink.train.example_sets import for_weighing
from belink.types import Alias, Concept, Mention, Query, Span

OFTEN, NEVER = "OMIM:217000", "OMIM:000001"
"""What the training texts name in several ways, and an id that stands before it."""


@pytest.fixture
def homonyms(tmp_path: Path) -> KnowledgeBase:
    """Two concepts that share a name, of which one is labelled."""
    concepts = [Concept(one, "Lump " + one, (Alias("growth"),), types=("Disease",)) for one in (NEVER, OFTEN)]
    build(iter(concepts), tmp_path / "kb")
    return KnowledgeBase.open(tmp_path / "kb")


def test_counts_are_logarithms_and_zero_for_others() -> None:
    """Ordinals that are not labelled, before, between and behind those that are, count nothing."""
    labelled = LabelledForms(np.array([2, 5], np.int32), np.array([1, 7], np.int32))
    found = labelled.of(np.array([0, 2, 3, 5, 9], np.int32))
    assert found.tolist() == [0.0, np.log(2), 0.0, np.log(8), 0.0]
    assert NONE_LABELLED.of(np.array([0, 2], np.int32)).tolist() == [0.0, 0.0]


def test_a_knowledge_base_takes_the_counts_of_its_own_concepts(homonyms: KnowledgeBase) -> None:
    """Ids that it does not have are passed over."""
    found = labelled_forms(homonyms)
    assert found.concepts.tolist() == [1]
    assert found.counts.tolist() == [default_labelled_forms()[OFTEN]]


def test_of_equal_names_the_concept_labelled_before_comes_first(
    homonyms: KnowledgeBase, tmp_path: Path, ask: Callable[..., Query]
) -> None:
    """Without the counts the lower id does."""
    index = build_index(homonyms, tmp_path / "index")
    with_counts = build_retriever(homonyms, index)([ask("growth")], 2)[0]
    without = build_retriever(homonyms, index, labelled_forms=False)([ask("growth")], 2)[0]
    assert [each.concept_id for each in with_counts] == [OFTEN, NEVER]
    assert [each.concept_id for each in without] == [NEVER, OFTEN]


def test_the_feature_is_seen_by_who_asks_why(
    homonyms: KnowledgeBase, tmp_path: Path, ask: Callable[..., Query]
) -> None:
    """`explain` gives it, and leaves it out where it is asked to."""
    index, place = build_index(homonyms, tmp_path / "index"), FEATURES.index("labelled_forms")
    seen = explain(homonyms, index, None, [ask("growth")])[0].features[:, place]
    blind = explain(homonyms, index, None, [ask("growth")], labelled_forms=False)[0].features[:, place]
    assert seen.tolist() == [0.0, np.log1p(default_labelled_forms()[OFTEN])]
    assert blind.tolist() == [0.0, 0.0]


def _gold(document: str, text: str) -> GoldMention:
    return GoldMention(Mention(document, (Span(0, len(text)),), text, "Disease"), (OFTEN,), (OFTEN,))


def test_a_mention_does_not_count_for_itself(ask: Callable[..., Query]) -> None:
    """Neither its form, wherever it stands, nor any form of its own document alone counts."""
    labelled: Labelled = {}
    count(
        labelled, [_gold("1", "tumour"), _gold("2", "tumour"), _gold("2", "growths"), _gold("d", "cancers")]
    )
    assert set(labelled[OFTEN]) == {"tumour", "growths", "cancers"}
    assert without_own(labelled, ask("tumour"), [OFTEN, NEVER]).tolist() == [np.log1p(1), 0.0]
    assert without_own(labelled, ask("neoplasia"), [OFTEN]).tolist() == [np.log1p(2)]


def test_documents_kept_for_weighing_are_not_counted() -> None:
    """What retrieval knows of them would make it look better when the re-ranker is weighed."""
    kept = next(str(number) for number in range(1000) if for_weighing(str(number)))
    labelled: Labelled = {}
    count(labelled, [_gold(kept, "tumour")])
    assert labelled == {}
