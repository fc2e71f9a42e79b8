"""The retriever: look-up of a mention, its expansion and its variants, among the concepts allowed.

Exact and lexical look-up always, dense look-up where there is a dense index; what the lists find is scored
together (`belink.retrieve.learnt`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from belink.kb.records import Filter
from belink.retrieve.dense_list import Dense, DenseLists, dense_lists
from belink.retrieve.evidence import Asked, Names, TextLists, evidence, names_of
from belink.retrieve.exact import same_names
from belink.retrieve.fusion import NO_MATCHES, Matches, best_places, candidates, concept_matches
from belink.retrieve.index import LexicalIndex
from belink.retrieve.learnt import Evidence, Fusion, default_fusion
from belink.retrieve.lexical import POOL, SimilarNames, similar_names
from belink.retrieve.variants import fold
from belink.text.normalise import normalise
from belink.types import Candidate, EntityType, Query, Retriever

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Mask = NDArray[np.bool_]

CACHED_QUERIES = 10_000
CONCEPTS = 25
"""Concepts that each list proposes to the fusion, or as many as are asked for where that is more."""
VARIANTS = 4
"""At most so many variants of a query are looked up."""

_NAMES_PER_CANDIDATE = 5
_DEEPER = 8
_BATCH = 2048
_ALIKE = 256
_ENTITY_TYPES = frozenset[str](get_args(EntityType))


def build_retriever(
    kb: KnowledgeBase,
    index: LexicalIndex,
    *,
    filter: Filter | None = None,  # noqa: A002 - the word users know
    match_types: bool = True,
    dense: Dense | None = None,
    fusion: Fusion | None = None,
) -> Retriever:
    """Make a retriever that is safe to share between threads.

    Args:
        kb: where names are looked up.
        index: of the same knowledge base.
        filter: which concepts may be found; None allows all.
        match_types: find for a mention of an entity type only concepts of that type, and concepts
            whose type is unknown. A mention whose type is no `EntityType` finds concepts of any.
        dense: adds the dense list; None goes by the strings alone.
        fusion: how the lists are weighed; None takes what ships with BeLink.

    Returns:
        A `Retriever`. Scores are the probabilities of `belink.retrieve.learnt`. A query's candidates depend
        on its texts, organisms and type only, not on the batch; repeats come from a cache of
        `CACHED_QUERIES`. A mention with no letter or digit has no candidates.
    """
    return _Retriever(
        names_of(kb, index.arrays, dense), filter or Filter(), match_types, fusion or default_fusion()
    )


def explain(
    kb: KnowledgeBase,
    index: LexicalIndex,
    dense: Dense | None,
    queries: Sequence[Query],
    k: int = CONCEPTS,
    *,
    filter: Filter | None = None,  # noqa: A002 - the word users know
    match_types: bool = True,
) -> list[Evidence]:
    """Give what a retriever made of the same arguments sees of each concept; aligned with the queries."""
    names = names_of(kb, index.arrays, dense)
    return _Retriever(names, filter or Filter(), match_types, None).explain(queries, k)


@dataclass(frozen=True, slots=True)
class _Allowed:
    """Which concepts may be found, by ordinal, and which names of the index have one, by number."""

    concepts: Mask
    names: Mask


@dataclass(frozen=True, slots=True)
class _Retriever:
    names: Names
    filter: Filter
    match_types: bool
    fusion: Fusion | None
    _allowed: dict[str, _Allowed | None] = field(default_factory=dict)
    _cache: OrderedDict[Asked, tuple[Candidate, ...]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, queries: Sequence[Query], k: int, /) -> list[tuple[Candidate, ...]]:
        asked = [self._asked(query, k) for query in queries]
        found = self._cached(asked)
        missing = [one for one in dict.fromkeys(asked) if one not in found]
        for first in range(0, len(missing), _BATCH):
            batch = missing[first : first + _BATCH]
            found.update(zip(batch, self._retrieve(batch), strict=True))
        self._remember(missing, found)
        return [found[one] for one in asked]

    def explain(self, queries: Sequence[Query], k: int) -> list[Evidence]:
        """Give what speaks for each concept of each query."""
        asked = [self._asked(query, k) for query in queries]
        found = self._evidence(list(dict.fromkeys(asked)))
        return [found[one] for one in asked]

    def _asked(self, query: Query, k: int) -> Asked:
        mention, expansion = query.mention, query.expansion
        known = self.match_types and mention.type in _ENTITY_TYPES
        return Asked(
            mention.text if expansion is None else expansion,
            None if expansion is None else mention.text,
            query.variants[:VARIANTS],
            query.organisms,
            mention.type if known else "",
            mention.type,
            k,
        )

    def _retrieve(self, asked: list[Asked]) -> list[tuple[Candidate, ...]]:
        """Find the candidates of distinct queries."""
        fusion = self.fusion or default_fusion()
        by_asked = self._evidence(asked)
        found = [by_asked[one] for one in asked]
        dense = self.names.dense is not None
        scores = [
            fusion.weights(one.weights, dense=dense).scores(each)
            for one, each in zip(asked, found, strict=True)
        ]
        places = [best_places(values, one.k) for one, values in zip(asked, scores, strict=True)]
        rows = [each.rows[best].tolist() for each, best in zip(found, places, strict=True)]
        distinct = sorted({row for some in rows for row in some})
        names = dict(zip(distinct, self.names.kb.names_at(distinct), strict=True))
        return [
            candidates(some, values[best].tolist(), [each.sources[place] for place in best.tolist()], names)
            for some, values, best, each in zip(rows, scores, places, found, strict=True)
        ]

    def _evidence(self, asked: list[Asked]) -> dict[Asked, Evidence]:
        """Find what all lists say of the concepts they propose, for distinct queries.

        The dense lists of the next queries are found beside the other lists and the evidence of these.
        """
        found: dict[Asked, Evidence] = {}
        with ThreadPoolExecutor(max_workers=1) as beside:
            begun = [(batch, self._begin_dense(beside, batch)) for batch in _alike(asked)]
            for batch, meanings in begun:
                lists = self._lists(batch, meanings)
                found.update((one, evidence(self.names, one, lists)) for one in batch)
        return found

    def _begin_dense(self, beside: ThreadPoolExecutor, batch: list[Asked]) -> Future[DenseLists] | None:
        """Begin to look up the texts of some queries among the vectors; None where there are none."""
        if self.names.dense is None:
            return None
        allowed = self._allowed_for(batch[0].type)
        texts = list(dict.fromkeys(text for one in batch for text in one.embedded))
        concepts = None if allowed is None else allowed.concepts
        return beside.submit(
            dense_lists, self.names.dense, self.names.kb, texts, concepts, _depth(batch[0].k)
        )

    def _lists(self, batch: list[Asked], meanings: Future[DenseLists] | None) -> dict[str, TextLists]:
        """Look up all texts of some queries of one type."""
        allowed = self._allowed_for(batch[0].type)
        texts = list(dict.fromkeys(text for one in batch for text in one.texts))
        same = same_names(self.names.kb, texts, None if allowed is None else allowed.concepts)
        similar = self._similar(texts, allowed, _depth(batch[0].k))
        vectors, near = ({}, {}) if meanings is None else meanings.result()
        return {
            text: TextLists(
                fold(normalise(text)), exact, lexical, vectors.get(text), near.get(text, NO_MATCHES)
            )
            for text, exact, lexical in zip(texts, same, similar, strict=True)
        }

    def _similar(self, texts: list[str], allowed: _Allowed | None, k: int) -> list[Matches]:
        """Find similar names, looking deeper where they belong to fewer than `k` concepts."""
        arrays, mask = self.names.arrays, None if allowed is None else allowed.names
        forms = [fold(normalise(text)) for text in texts]
        pool = max(POOL, _NAMES_PER_CANDIDATE * k)
        results = [NO_MATCHES for _ in texts]
        pending = list(range(len(texts))) if k > 0 else []
        while pending:
            found = similar_names(arrays, [forms[i] for i in pending], mask, pool)
            for i, similar in zip(pending, found, strict=True):
                results[i] = self._lexical_matches(similar, allowed, k)
            pending = [
                i
                for i, similar in zip(pending, found, strict=True)
                if len(similar.names) == pool and len(results[i].rows) < k
            ]
            pool *= _DEEPER
        return results

    def _lexical_matches(self, similar: SimilarNames, allowed: _Allowed | None, k: int) -> Matches:
        arrays, concepts = self.names.arrays, self.names.kb.name_concepts
        mask = None if allowed is None else allowed.concepts
        return concept_matches(
            similar.names, similar.similarities, arrays.rows, arrays.row_starts, concepts, mask, k
        )

    def _allowed_for(self, type_: str) -> _Allowed | None:
        with self._lock:
            if type_ not in self._allowed:
                self._allowed[type_] = self._select(type_)
            return self._allowed[type_]

    def _select(self, type_: str) -> _Allowed | None:
        if not self.filter and not type_:
            return None
        concepts = self.names.kb.select(self.filter)
        if type_:
            typed = self.names.kb.select(Filter(types=_ENTITY_TYPES))
            concepts = concepts & (self.names.kb.select(Filter(types=frozenset({type_}))) | ~typed)
        if concepts.all():
            return None
        arrays = self.names.arrays
        rows = concepts[self.names.kb.name_concepts[arrays.rows]]
        counts = np.concatenate(([0], np.cumsum(rows)))
        names = counts[arrays.row_starts[1:]] > counts[arrays.row_starts[:-1]]
        return _Allowed(concepts, names)

    def _cached(self, asked: list[Asked]) -> dict[Asked, tuple[Candidate, ...]]:
        found: dict[Asked, tuple[Candidate, ...]] = {}
        with self._lock:
            for one in asked:
                if one in self._cache:
                    self._cache.move_to_end(one)
                    found[one] = self._cache[one]
        return found

    def _remember(self, asked: list[Asked], found: dict[Asked, tuple[Candidate, ...]]) -> None:
        with self._lock:
            for one in asked:
                self._cache[one] = found[one]
            while len(self._cache) > CACHED_QUERIES:
                self._cache.popitem(last=False)


def _alike(asked: list[Asked]) -> Iterator[list[Asked]]:
    """Part queries into batches of one type and depth."""
    for type_, k in sorted({(one.type, one.k) for one in asked}):
        group = [one for one in asked if (one.type, one.k) == (type_, k)]
        for first in range(0, len(group), _ALIKE):
            yield group[first : first + _ALIKE]


def _depth(k: int) -> int:
    """Give how many concepts each list proposes for `k` candidates."""
    return max(CONCEPTS, k) if k > 0 else 0
