"""The retriever with a dense list beside the others, and an encoder that knows two words for one thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from belink.kb.records import Filter
from belink.kb.store import KnowledgeBase
from belink.retrieve.dense_index import build_dense_index
from belink.retrieve.dense_list import Dense
from belink.retrieve.index import LexicalIndex
from belink.retrieve.learnt import FEATURES
from belink.retrieve.retriever import build_retriever, explain
from belink.types import Context, Mention, Query, Retriever, Span

Ask = Callable[..., Query]
SYNONYMS = {"swelling": "edema", "coronary": "myocardial"}
WORDS = ("cold", "common", "heart", "attack", "swelling", "infarction", "coronary", "MI", "type", "2", "?")


class Words:
    """Embeds a name by its words, synonyms alike."""

    dimensions = 64
    checksum = "feedc0ffee123456"

    def __call__(self, names: Sequence[str], /) -> NDArray[np.float32]:
        """Give word counts, at unit length."""
        vectors = np.full((len(names), self.dimensions), 0.01, dtype=np.float32)
        for row, name in enumerate(names):
            for word in name.split():
                letters = sum((n + 1) * ord(c) for n, c in enumerate(SYNONYMS.get(word, word)))
                vectors[row, letters % self.dimensions] += 1
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def _query(
    text: str, expansion: str | None = None, type_: str = "Disease", variants: tuple[str, ...] = ()
) -> Query:
    span = Span(0, len(text))
    return Query(Mention("d", (span,), text, type_), Context(text, span), expansion, variants)


texts = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join))
queries = st.builds(
    _query,
    texts,
    st.none() | texts,
    st.sampled_from(["Disease", "Chemical", "other"]),
    st.lists(texts, max_size=2).map(tuple),
)


@pytest.fixture(scope="session")
def dense(kb: KnowledgeBase) -> Dense:
    encoder = Words()
    return Dense(build_dense_index(kb, encoder), encoder)


@pytest.fixture
def retrieve(kb: KnowledgeBase, index: LexicalIndex, dense: Dense) -> Retriever:
    return build_retriever(kb, index, dense=dense)


@pytest.fixture(scope="session")
def make(kb: KnowledgeBase, index: LexicalIndex, dense: Dense) -> Callable[[], Retriever]:
    """Give a maker of retrievers that remember nothing yet."""
    return lambda: build_retriever(kb, index, dense=dense)


def test_a_name_that_shares_no_letters_is_found_by_its_meaning(retrieve: Retriever, ask: Ask) -> None:
    """It is marked as found by the dense list."""
    best = retrieve([ask("swelling")], 1)[0][0]
    assert (best.concept_id, best.alias, best.source) == ("T:08", "Edema", "dense")


def test_an_exact_name_is_marked_as_exact(retrieve: Retriever, ask: Ask) -> None:
    """Though the score is the regression's."""
    best = retrieve([ask("heart attack")], 1)[0][0]
    assert (best.concept_id, best.alias, best.source) == ("T:01", "Heart Attack", "exact")
    assert 0 < best.score < 1


def test_all_homonyms_are_candidates(retrieve: Retriever, ask: Ask) -> None:
    """Each concept that bears the name, marked as exact."""
    found = retrieve([ask("cold")], 20)[0]
    assert {c.concept_id for c in found if c.source == "exact"} == {"T:03", "T:04", "T:05"}


def test_short_form_and_expansion_are_both_asked(retrieve: Retriever, ask: Ask) -> None:
    """Concepts of either are candidates."""
    ids = [c.concept_id for c in retrieve([ask("cold", "swelling")], 20)[0]]
    assert ids[0] == "T:08"
    assert "T:03" in ids


def test_filters_act_before_the_ranking(
    kb: KnowledgeBase, index: LexicalIndex, dense: Dense, ask: Ask
) -> None:
    """Neither a denied concept nor one of another type is found by any list."""
    retrieve = build_retriever(kb, index, filter=Filter(deny=frozenset({"T:08", "T:03"})), dense=dense)
    assert len(retrieve([ask("swelling")], 1)[0]) == 1
    assert not {"T:08", "T:03", "T:09", "T:10"} & {
        c.concept_id for c in retrieve([ask("swelling cold")], 50)[0]
    }


@given(queries, st.integers(0, 25))
def test_candidates_are_distinct_best_first_ties_by_id_and_at_most_k(
    make: Callable[[], Retriever], query: Query, k: int
) -> None:
    """Scores are in [0, 1], and fewer candidates are the first of more."""
    found = make()([query], k)[0]
    keys = [(-candidate.score, candidate.concept_id) for candidate in found]
    assert keys == sorted(keys)
    assert len({candidate.concept_id for candidate in found}) == len(found) <= k
    assert all(0 <= candidate.score <= 1 for candidate in found)
    assert found == make()([query], 25)[0][:k]


@given(st.lists(queries, max_size=5))
def test_a_batch_gives_each_query_what_it_gets_alone(
    make: Callable[[], Retriever], batch: list[Query]
) -> None:
    """Results are aligned with the queries and do not depend on the batch."""
    alone = make()
    assert make()(batch, 5) == [alone([query], 5)[0] for query in batch]


def test_a_variant_is_not_embedded_though_another_query_of_the_batch_embeds_it(
    make: Callable[[], Retriever],
) -> None:
    """What a query finds does not depend on its neighbours' texts."""
    batch = [_query("cold", variants=("swelling",)), _query("swelling")]
    assert make()(batch, 5)[0] == make()(batch[:1], 5)[0]


def test_mentions_without_letters_or_digits_have_no_candidates(retrieve: Retriever) -> None:
    """Also where such a mention has such an expansion."""
    assert retrieve([_query(""), _query("?!", "\U0001f600")], 5) == [(), ()]


def test_what_speaks_for_a_concept_can_be_read(
    kb: KnowledgeBase, index: LexicalIndex, dense: Dense, ask: Ask
) -> None:
    """Features are those of the regression, in its order."""
    (evidence,) = explain(kb, index, dense, [ask("Dropsy")])
    row = evidence.concepts.tolist().index(kb.ordinals(["T:08"])["T:08"])
    values = dict(zip(FEATURES, evidence.features[row].tolist(), strict=True))
    assert (values["exact"], values["lexical"], values["lexical_rank"], values["length"]) == (1, 1, 1, 1)
    assert values["dense"] == pytest.approx(1, abs=1e-3)
    assert (values["preferred"], values["short_dense"]) == (0, 0)
