"""The retriever: look-up of a mention, its expansion and its variants, among the concepts allowed.

Exact and lexical look-up always, dense look-up where there is a dense index; what the lists find is scored
together (`belink.retrieve.learnt`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.kb.records import Filter
from belink.retrieve.allowed import ENTITY_TYPES, Allowed, select_allowed
from belink.retrieve.broader import read_parents
from belink.retrieve.dense_list import PAPER, Dense, DenseLists, dense_lists, moved_lists
from belink.retrieve.evidence import Asked, Names, TextLists, evidence, names_of
from belink.retrieve.exact import same_names
from belink.retrieve.fusion import NO_MATCHES, best_places, candidates
from belink.retrieve.index import LexicalIndex
from belink.retrieve.learnt import Evidence, Fusion, default_fusion
from belink.retrieve.lexical_list import lexical_lists
from belink.retrieve.memory import Memory
from belink.retrieve.memory_evidence import join, pool, recall
from belink.retrieve.variants import fold
from belink.text.normalise import normalise
from belink.text.thesaurus import KIND_OF, everyday_names
from belink.types import Candidate, Query, Retriever

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase, Name
    from belink.retrieve.reformulate import Reformulator

CACHED_QUERIES = 10_000
CONCEPTS = 25
"""Concepts that each list proposes to the fusion, or as many as are asked for where that is more."""
VARIANTS = 6
"""At most so many variants of a query are looked up."""

_BATCH = 2048
_ALIKE = 256


def build_retriever(
    kb: KnowledgeBase,
    index: LexicalIndex,
    *,
    filter: Filter | None = None,  # noqa: A002 - the word users know
    match_types: bool = True,
    dense: Dense | None = None,
    fusion: Fusion | None = None,
    memory: Memory | None = None,
    reformulate: Reformulator | None = None,
    labelled_forms: bool = True,
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
        memory: labelled mentions of concepts of `kb`, as more names.
        reformulate: asks a served model about every mention; None asks none.
        labelled_forms: let what training texts name in many ways come first (`belink.retrieve.labelled`).

    Returns:
        A `Retriever`. Scores are the probabilities of `belink.retrieve.learnt`. A query's candidates depend
        on its texts, organisms and type only, not on the batch; repeats come from a cache of
        `CACHED_QUERIES`. A mention with no letter or digit has no candidates.
    """
    keep, weights = filter or Filter(), fusion or default_fusion()
    names = names_of(kb, index.arrays, dense, labelled=labelled_forms)
    return _retriever(names, memory, keep, match_types, weights, reformulate)


def explain(
    kb: KnowledgeBase,
    index: LexicalIndex,
    dense: Dense | None,
    queries: Sequence[Query],
    k: int = CONCEPTS,
    *,
    filter: Filter | None = None,  # noqa: A002 - the word users know
    match_types: bool = True,
    memory: Memory | None = None,
    reformulate: Reformulator | None = None,
    labelled_forms: bool = True,
) -> list[Evidence]:
    """Give what a retriever made of the same arguments sees of each concept; aligned with the queries."""
    keep = filter or Filter()
    names = names_of(kb, index.arrays, dense, labelled=labelled_forms)
    retriever = _retriever(names, memory, keep, match_types, None, reformulate)
    return retriever.explain(queries, k)


def _retriever(
    names: Names,
    memory: Memory | None,
    keep: Filter,
    match_types: bool,
    fusion: Fusion | None,
    reformulate: Reformulator | None,
) -> _Retriever:
    passing = None if memory is None else memory.passing(names.kb, keep)
    if memory is None or passing is None:
        return _Retriever(names, keep, match_types, fusion, reformulate)
    names_labelled = names_of(memory.kb, memory.index.arrays, memory.dense)
    labelled = _Retriever(names_labelled, passing, match_types, None, reformulate)
    return _Retriever(names, keep, match_types, fusion, reformulate, memory, labelled)


@dataclass(frozen=True, slots=True)
class _Retriever:
    names: Names
    filter: Filter
    match_types: bool
    fusion: Fusion | None
    reformulate: Reformulator | None
    memory: Memory | None = None
    labelled: _Retriever | None = None
    _allowed: dict[str, Allowed | None] = field(default_factory=dict)
    _cache: OrderedDict[Asked, tuple[Candidate, ...]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, queries: Sequence[Query], k: int, /) -> list[tuple[Candidate, ...]]:
        asked = self._all_asked(queries, k)
        found = self._cached(asked)
        missing = [one for one in dict.fromkeys(asked) if one not in found]
        for first in range(0, len(missing), _BATCH):
            batch = missing[first : first + _BATCH]
            found.update(zip(batch, self._retrieve(batch), strict=True))
        self._remember(missing, found)
        return [found[one] for one in asked]

    def explain(self, queries: Sequence[Query], k: int) -> list[Evidence]:
        """Give what speaks for each concept of each query."""
        asked = self._all_asked(queries, k)
        found = self._joined(self._listed(list(dict.fromkeys(asked))))
        return [found[one] for one in asked]

    def _all_asked(self, queries: Sequence[Query], k: int) -> list[Asked]:
        if self.reformulate is None:
            return [self._asked(query, k, (), ()) for query in queries]
        answers = self.reformulate(queries)
        if self.reformulate.use == "variants" or self.names.dense is None:
            return [self._asked(query, k, some, ()) for query, some in zip(queries, answers, strict=True)]
        return [self._asked(query, k, (), some) for query, some in zip(queries, answers, strict=True)]

    def _asked(self, query: Query, k: int, others: tuple[str, ...], towards: tuple[str, ...]) -> Asked:
        mention, expansion = query.mention, query.expansion
        known = self.match_types and mention.type in ENTITY_TYPES
        return Asked(
            mention.text if expansion is None else expansion,
            None if expansion is None else mention.text,
            (others + query.variants)[:VARIANTS],
            query.organisms,
            mention.type if known else "",
            mention.type,
            k,
            towards,
            _everyday(mention.type, (mention.text,) if expansion is None else (expansion, mention.text)),
        )

    def _retrieve(self, asked: list[Asked]) -> list[tuple[Candidate, ...]]:
        """Find the candidates of distinct queries."""
        own = self._listed(asked)
        joined = self._joined(own)
        found = [joined[one] for one in asked]
        scores = [self._scores(one, own[one], joined[one]) for one in asked]
        places = [best_places(values, one.k) for one, values in zip(asked, scores, strict=True)]
        rows = [each.rows[best].tolist() for each, best in zip(found, places, strict=True)]
        distinct = sorted({row for some in rows for row in some})
        names = dict(zip(distinct, self._names_at(distinct), strict=True))
        return [
            candidates(some, values[best].tolist(), [each.sources[place] for place in best.tolist()], names)
            for some, values, best, each in zip(rows, scores, places, found, strict=True)
        ]

    def _scores(self, one: Asked, own: Evidence, joined: Evidence) -> NDArray[np.float64]:
        """Give the probabilities of the concepts of `joined`."""
        fusion = self.fusion or default_fusion()
        weights = fusion.weights(one.weights, dense=self.names.dense is not None)
        if self.memory is None:
            return weights.scores(own)
        pooled = pool(own, weights.scores(own), joined, weights.scores(joined))
        return recall(self.memory, one, joined, pooled)

    def _names_at(self, rows: list[int]) -> list[Name]:
        """Read ascending rows; those behind the knowledge base's own are the memory's."""
        kb = self.names.kb
        own = [row for row in rows if row < kb.name_count]
        others = [row - kb.name_count for row in rows[len(own) :]]
        return kb.names_at(own) + (self.memory.names_at(kb, others) if self.memory and others else [])

    def _joined(self, own: dict[Asked, Evidence]) -> dict[Asked, Evidence]:
        """Put what speaks for the concepts together with what a memory says, where there is one."""
        if self.memory is None or self.labelled is None:
            return own
        others = self.labelled._listed(list(own))
        return {one: join(self.names.kb, self.memory, found, others[one]) for one, found in own.items()}

    def _listed(self, asked: list[Asked]) -> dict[Asked, Evidence]:
        """Find what all lists of the knowledge base say of the concepts they propose.

        The dense lists of the next queries are found beside the other lists and the evidence of these.
        """
        found: dict[Asked, Evidence] = {}
        with ThreadPoolExecutor(max_workers=1) as beside:
            begun = [(batch, self._begin_dense(beside, batch)) for batch in _alike(asked)]
            for batch, meanings in begun:
                lists = self._lists(batch, meanings)
                moved = self._moved(batch, lists)
                self._read_parents(batch, lists)
                allowed = self._allowed_for(batch[0].type)
                found.update(
                    (one, evidence(self.names, one, moved.get(one, lists), allowed)) for one in batch
                )
        return found

    def _begin_dense(self, beside: ThreadPoolExecutor, batch: list[Asked]) -> Future[DenseLists] | None:
        """Begin to look up the texts of some queries among the vectors; None where there are none."""
        if self.names.dense is None:
            return None
        allowed = self._allowed_for(batch[0].type)
        texts = list(dict.fromkeys(text for one in batch for text in one.embedded))
        rows = None if allowed is None else allowed.rows
        return beside.submit(dense_lists, self.names.dense, self.names.kb, texts, rows, _depth(batch[0].k))

    def _lists(self, batch: list[Asked], meanings: Future[DenseLists] | None) -> dict[str, TextLists]:
        """Look up all texts of some queries of one type."""
        allowed = self._allowed_for(batch[0].type)
        names, rows = (None, None) if allowed is None else (allowed.names, allowed.rows)
        texts = list(dict.fromkeys(text for one in batch for text in one.texts))
        kb, depth = self.names.kb, _depth(batch[0].k)
        same = same_names(kb, texts, rows)
        similar = lexical_lists(self.names.arrays, kb, texts, names, rows, depth)
        vectors, near = ({}, {}) if meanings is None else meanings.result()
        return {
            text: TextLists(
                fold(normalise(text)), exact, lexical, vectors.get(text), near.get(text, NO_MATCHES)
            )
            for text, exact, lexical in zip(texts, same, similar, strict=True)
        }

    def _read_parents(self, batch: list[Asked], lists: dict[str, TextLists]) -> None:
        found = [lists[text] for one in batch for text in one.embedded]
        read_parents(self.names.hierarchy, [some for each in found for some in (each.lexical, each.dense)])

    def _moved(self, batch: list[Asked], lists: dict[str, TextLists]) -> dict[Asked, dict[str, TextLists]]:
        """Give the lists of those queries whose vectors are moved."""
        asked = [
            (one, vector) for one in batch if one.towards and (vector := lists[one.text].vector) is not None
        ]
        if self.names.dense is None or not asked:
            return {}
        weights = PAPER if self.reformulate is None else self.reformulate.weights
        allowed = self._allowed_for(batch[0].type)
        rows = None if allowed is None else allowed.rows
        texts = [(vector, one.towards) for one, vector in asked]
        found = moved_lists(self.names.dense, self.names.kb, texts, weights, rows, _depth(batch[0].k))
        return {
            one: {**lists, one.text: replace(lists[one.text], vector=vector, dense=near)}
            for (one, _), (vector, near) in zip(asked, found, strict=True)
        }

    def _allowed_for(self, type_: str) -> Allowed | None:
        with self._lock:
            if type_ not in self._allowed:
                arrays = self.names.arrays
                self._allowed[type_] = select_allowed(self.names.kb, arrays, self.filter, type_)
            return self._allowed[type_]

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


def _everyday(type_: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Give what the thesaurus knows texts to stand for, folded."""
    kind = KIND_OF.get(type_)
    names = () if kind is None else [name for text in texts for name in everyday_names(kind, text)]
    return tuple(dict.fromkeys(fold(normalise(name)) for name in names))


def _alike(asked: list[Asked]) -> Iterator[list[Asked]]:
    """Part queries into batches of one type and depth."""
    for type_, k in sorted({(one.type, one.k) for one in asked}):
        group = [one for one in asked if (one.type, one.k) == (type_, k)]
        for first in range(0, len(group), _ALIKE):
            yield group[first : first + _ALIKE]


def _depth(k: int) -> int:
    """Give how many concepts each list proposes for `k` candidates."""
    return max(CONCEPTS, k) if k > 0 else 0
