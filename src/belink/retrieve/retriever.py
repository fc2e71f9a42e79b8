"""The retriever: look-up of a mention and its expansion, among the concepts allowed.

Exact and lexical look-up always, dense look-up where there is a dense index.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from belink.kb.records import Filter
from belink.retrieve.dense_list import CONCEPTS, Dense, Lists, dense_lists, evidence
from belink.retrieve.exact import same_names
from belink.retrieve.fusion import (
    LEXICAL_SCORE,
    SHORT_FORM_WEIGHT,
    Match,
    best_of,
    candidates,
    concept_matches,
    exact_matches,
    weigh,
)
from belink.retrieve.index import LexicalIndex
from belink.retrieve.learnt import Evidence
from belink.retrieve.lexical import POOL, SimilarNames, similar_names
from belink.retrieve.variants import fold
from belink.text.normalise import normalise
from belink.types import Candidate, EntityType, Query, Retriever

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Mask = NDArray[np.bool_]

CACHED_QUERIES = 10_000
_NAMES_PER_CANDIDATE = 5
_DEEPER = 8
_ENTITY_TYPES = frozenset[str](get_args(EntityType))


def build_retriever(
    kb: KnowledgeBase,
    index: LexicalIndex,
    *,
    filter: Filter | None = None,  # noqa: A002 - the word users know
    match_types: bool = True,
    dense: Dense | None = None,
) -> Retriever:
    """Make a retriever that is safe to share between threads.

    Args:
        kb: where names are looked up.
        index: of the same knowledge base.
        filter: which concepts may be found; None allows all.
        match_types: find for a mention of an entity type only concepts of that type, and concepts
            whose type is unknown. A mention whose type is no `EntityType` finds concepts of any.
        dense: adds the dense list, and fuses all lists as was learnt; None goes by the strings alone.

    Returns:
        A `Retriever`. Scores are those of `belink.retrieve.fusion`, with `dense` those of
        `belink.retrieve.learnt`. A query's candidates depend on its
        text, expansion and type only, not on the batch; repeats come from a cache of
        `CACHED_QUERIES`. A mention with no letter or digit has no candidates.
    """
    return _Retriever(kb, index, filter or Filter(), match_types, dense)


def explain(
    kb: KnowledgeBase,
    index: LexicalIndex,
    dense: Dense,
    queries: Sequence[Query],
    k: int = CONCEPTS,
    *,
    filter: Filter | None = None,  # noqa: A002 - the word users know
    match_types: bool = True,
) -> list[Evidence]:
    """Give what a retriever made of the same arguments sees of each concept; aligned with the queries."""
    return _Retriever(kb, index, filter or Filter(), match_types, dense).explain(queries, k)


@dataclass(frozen=True, slots=True)
class _Key:
    """All of a query that retrieval looks at."""

    texts: tuple[str, ...]
    type: str
    k: int


@dataclass(frozen=True, slots=True)
class _Allowed:
    """Which concepts may be found, by ordinal, and which names of the index have one, by number."""

    concepts: Mask
    names: Mask


@dataclass(frozen=True, slots=True)
class _Retriever:
    kb: KnowledgeBase
    index: LexicalIndex
    filter: Filter
    match_types: bool
    dense: Dense | None
    _allowed: dict[str, _Allowed | None] = field(default_factory=dict)
    _cache: OrderedDict[_Key, tuple[Candidate, ...]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, queries: Sequence[Query], k: int, /) -> list[tuple[Candidate, ...]]:
        keys = [self._key(query, k) for query in queries]
        found = self._cached(keys)
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        for type_ in sorted({key.type for key in missing}):
            group = [key for key in missing if key.type == type_]
            found.update(zip(group, self._retrieve(group, type_, k), strict=True))
        self._remember(missing, found)
        return [found[key] for key in keys]

    def explain(self, queries: Sequence[Query], k: int) -> list[Evidence]:
        """Give what speaks for each concept of each query."""
        if self.dense is None:
            return []
        keys = [self._key(query, k) for query in queries]
        found: dict[_Key, Evidence] = {}
        for type_ in sorted({key.type for key in keys}):
            group = [key for key in dict.fromkeys(keys) if key.type == type_]
            evidences = self._evidence(self.dense, group, self._allowed_for(type_), k)
            found.update(zip(group, evidences, strict=True))
        return [found[key] for key in keys]

    def _key(self, query: Query, k: int) -> _Key:
        mention = query.mention
        known = self.match_types and mention.type in _ENTITY_TYPES
        texts = (mention.text,) if query.expansion is None else (query.expansion, mention.text)
        return _Key(texts, mention.type if known else "", k)

    def _retrieve(self, keys: list[_Key], type_: str, k: int) -> list[tuple[Candidate, ...]]:
        """Find the candidates of queries of one type."""
        allowed = self._allowed_for(type_)
        if self.dense is None:
            best = self._by_strings(keys, allowed, k)
        else:
            found = self._evidence(self.dense, keys, allowed, k)
            best = [best_of(self.dense.fusion.matches(each), k) for each in found]
        rows = sorted({match.row for matches in best for match in matches})
        names = dict(zip(rows, self.kb.names_at(rows), strict=True))
        return [candidates(matches, names) for matches in best]

    def _by_strings(self, keys: list[_Key], allowed: _Allowed | None, k: int) -> list[list[Match]]:
        """Find the best matches of the exact and the lexical list."""
        texts = list(dict.fromkeys(text for key in keys for text in key.texts))
        same = dict(zip(texts, same_names(self.kb, texts), strict=True))
        similar = dict(zip(texts, self._similar(texts, allowed, k), strict=True))
        concepts = self.kb.name_concepts
        best: list[list[Match]] = []
        for key in keys:
            matches: list[Match] = []
            for text, weight in zip(key.texts, (1.0, SHORT_FORM_WEIGHT), strict=False):
                matches += (
                    match
                    for match in exact_matches(same[text], concepts, weight)
                    if allowed is None or allowed.concepts[match.concept]
                )
                matches += (
                    similar[text] if weight == 1.0 else (weigh(match, weight) for match in similar[text])
                )
            best.append(best_of(matches, k))
        return best

    def _evidence(self, dense: Dense, keys: list[_Key], allowed: _Allowed | None, k: int) -> list[Evidence]:
        """Find what all lists say of the concepts they propose."""
        deep = max(CONCEPTS, k) if k > 0 else 0
        concepts = None if allowed is None else allowed.concepts
        texts = list(dict.fromkeys(text for key in keys for text in key.texts))
        same = dict(zip(texts, same_names(self.kb, texts), strict=True))
        similar = dict(zip(texts, self._similar(texts, allowed, deep), strict=True))
        vectors, near = dense_lists(dense, self.kb, texts, concepts, deep)
        lists = Lists(same, similar, vectors, near)
        return evidence(dense, self.kb, [key.texts for key in keys], lists, concepts)

    def _similar(self, texts: list[str], allowed: _Allowed | None, k: int) -> list[list[Match]]:
        """Find similar names, looking deeper where they belong to fewer than `k` concepts."""
        arrays, mask = self.index.arrays, None if allowed is None else allowed.names
        forms = [fold(normalise(text)) for text in texts]
        pool = max(POOL, _NAMES_PER_CANDIDATE * k)
        results: list[list[Match]] = [[] for _ in texts]
        pending = list(range(len(texts))) if k > 0 else []
        while pending:
            found = similar_names(arrays, [forms[i] for i in pending], mask, pool)
            for i, similar in zip(pending, found, strict=True):
                results[i] = self._lexical_matches(similar, allowed, k)
            pending = [
                i
                for i, similar in zip(pending, found, strict=True)
                if len(similar.names) == pool and len(results[i]) < k
            ]
            pool *= _DEEPER
        return results

    def _lexical_matches(self, similar: SimilarNames, allowed: _Allowed | None, k: int) -> list[Match]:
        arrays, concepts = self.index.arrays, self.kb.name_concepts
        mask = None if allowed is None else allowed.concepts
        scores = LEXICAL_SCORE * similar.similarities
        return concept_matches(
            similar.names, scores, arrays.rows, arrays.row_starts, concepts, mask, k, "lexical"
        )

    def _allowed_for(self, type_: str) -> _Allowed | None:
        with self._lock:
            if type_ not in self._allowed:
                self._allowed[type_] = self._select(type_)
            return self._allowed[type_]

    def _select(self, type_: str) -> _Allowed | None:
        if not self.filter and not type_:
            return None
        concepts = self.kb.select(self.filter)
        if type_:
            typed = self.kb.select(Filter(types=_ENTITY_TYPES))
            concepts = concepts & (self.kb.select(Filter(types=frozenset({type_}))) | ~typed)
        if concepts.all():
            return None
        arrays = self.index.arrays
        rows = concepts[self.kb.name_concepts[arrays.rows]]
        counts = np.concatenate(([0], np.cumsum(rows)))
        names = counts[arrays.row_starts[1:]] > counts[arrays.row_starts[:-1]]
        return _Allowed(concepts, names)

    def _cached(self, keys: list[_Key]) -> dict[_Key, tuple[Candidate, ...]]:
        found: dict[_Key, tuple[Candidate, ...]] = {}
        with self._lock:
            for key in keys:
                if key in self._cache:
                    self._cache.move_to_end(key)
                    found[key] = self._cache[key]
        return found

    def _remember(self, keys: list[_Key], found: dict[_Key, tuple[Candidate, ...]]) -> None:
        with self._lock:
            for key in keys:
                self._cache[key] = found[key]
            while len(self._cache) > CACHED_QUERIES:
                self._cache.popitem(last=False)
