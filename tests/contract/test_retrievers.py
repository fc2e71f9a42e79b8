"""What every retriever must do, run over each of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from belink.kb.build import build
from belink.kb.records import Filter
from belink.kb.store import KnowledgeBase
from belink.retrieve.index import build_index
from belink.retrieve.retriever import build_retriever
from belink.types import Alias, Concept, Context, Mention, Query, Retriever, Span

PARTS = ("renal", "cold", "heart", "chronic", "acute")
ENDS = ("failure", "syndrome", "disease", "attack", "block")
CONCEPTS = [
    Concept(
        f"T:{number:02}",
        f"{part} {end}",
        (Alias(f"{end}, {part}"), Alias(part, "broad"), Alias(f"{part[0]}{end[0]}".upper(), "abbreviation")),
        types=("Disease",) if number % 3 else ("Chemical",),
        taxon=(None, "NCBITaxon:9606", "NCBITaxon:10090")[number % 3],
    )
    for number, (part, end) in enumerate((part, end) for part in PARTS for end in ENDS)
]
RETRIEVERS = ("lexical", "filtered", "untyped")


def _query(
    text: str,
    expansion: str | None = None,
    type_: str = "Disease",
    variants: tuple[str, ...] = (),
    organisms: tuple[tuple[str, float], ...] = (),
) -> Query:
    span = Span(0, len(text))
    mention = Mention("d", (span,), text, type_)
    return Query(mention, Context(text, span), expansion, variants, organisms)


texts = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from([*PARTS, *ENDS, "Failures", "faliure", "CF", "of"]), max_size=4).map(" ".join),
)
queries = st.builds(
    _query,
    texts,
    st.none() | texts,
    st.sampled_from(["Disease", "Chemical", "Gene", "other"]),
    st.lists(texts, max_size=3).map(tuple),
    st.sampled_from([(), (("NCBITaxon:9606", 0.9), ("NCBITaxon:10090", 0.1)), (("NCBITaxon:1", 1.0),)]),
)


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Retriever]:
    """Give a function that makes a retriever with an empty cache."""
    folder = tmp_path_factory.mktemp("kb") / "contract"
    build(iter(CONCEPTS), folder)
    kb = KnowledgeBase.open(folder)
    index = build_index(kb, folder / "lexical")

    def make_one(name: str) -> Retriever:
        if name == "filtered":
            return build_retriever(kb, index, filter=Filter(deny=frozenset({"T:01", "T:07"})))
        return build_retriever(kb, index, match_types=name != "untyped")

    return make_one


@pytest.fixture(scope="module", params=RETRIEVERS)
def retrieve(request: pytest.FixtureRequest, make: Callable[[str], Retriever]) -> Retriever:
    """Each retriever in turn."""
    return make(request.param)


@pytest.fixture(scope="module", params=RETRIEVERS)
def fresh(request: pytest.FixtureRequest, make: Callable[[str], Retriever]) -> Callable[[], Retriever]:
    """Give a maker of each retriever in turn, without anything remembered."""
    return lambda: make(request.param)


@given(queries, st.integers(0, 30))
def test_candidates_are_distinct_best_first_ties_by_id_and_at_most_k(
    retrieve: Retriever, query: Query, k: int
) -> None:
    """So for any query, and scores are in [0, 1]."""
    found = retrieve([query], k)[0]
    keys = [(-candidate.score, candidate.concept_id) for candidate in found]
    assert keys == sorted(keys)
    assert len({candidate.concept_id for candidate in found}) == len(found) <= k
    assert all(0 <= candidate.score <= 1 for candidate in found)


@given(st.lists(queries, max_size=5))
def test_a_batch_gives_each_query_what_it_gets_alone(
    fresh: Callable[[], Retriever], batch: list[Query]
) -> None:
    """Results are aligned with the queries and do not depend on the batch or on what was asked before."""
    alone = fresh()
    assert fresh()(batch, 5) == [alone([query], 5)[0] for query in batch]


@given(queries, st.integers(1, 20))
def test_fewer_candidates_are_the_first_of_more(fresh: Callable[[], Retriever], query: Query, k: int) -> None:
    """Asking for more does not change the order of the first."""
    retrieve = fresh()
    assert retrieve([query], k)[0] == retrieve([query], 25)[0][:k]


@pytest.mark.parametrize("text", ["", " ", "?!", "\U0001f600", "\ud800", "\x00", "a\nb"])
def test_odd_mentions_are_answered(retrieve: Retriever, text: str) -> None:
    """A mention without letters has no candidates; none raises."""
    assert len(retrieve([_query(text, text)], 5)) == 1


def test_mentions_without_letters_or_digits_have_no_candidates(retrieve: Retriever) -> None:
    """Also where such a mention has such an expansion."""
    assert retrieve([_query(""), _query("?!", "\U0001f600")], 5) == [(), ()]


def test_no_queries_give_no_results(retrieve: Retriever) -> None:
    """The answer to nothing is the empty list."""
    assert retrieve([], 5) == []


def test_a_very_long_mention_is_answered(retrieve: Retriever) -> None:
    """Ten thousand letters take no longer than a test may."""
    assert retrieve([_query("renal failure " * 715)], 5)[0]


def test_candidates_name_concepts_of_the_knowledge_base(retrieve: Retriever) -> None:
    """Id, preferred name and alias belong together."""
    known = {c.id: (c.name, {c.name, *(alias.text for alias in c.aliases)}) for c in CONCEPTS}
    for candidate in retrieve([_query("renal failure syndromes")], 20)[0]:
        name, aliases = known[candidate.concept_id]
        assert candidate.name == name
        assert candidate.alias in aliases


def test_threads_get_the_same_answers(fresh: Callable[[], Retriever]) -> None:
    """Four threads that share a retriever find what one finds."""
    batch = [_query(f"{part} {end}s") for part in PARTS for end in ENDS]
    expected = fresh()(batch, 5)
    shared = fresh()
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda query: shared([query], 5)[0], batch * 4))
    assert answers == expected * 4
