"""Memory of labelled mentions: what people have linked, as more names of the concepts.

The forms of the labelled mentions are names in a small knowledge base of their own, of scope "labelled",
which has the indexes that every knowledge base has: a mention is looked up in both, and what they find is
judged together (`belink.retrieve.memory_evidence`). Nothing is trained, and the large knowledge base stays
as it is. A memory that has grown embeds only what is new.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson
from numpy.typing import NDArray
from platformdirs import user_cache_path

from belink.errors import InputError, KnowledgeBaseError
from belink.kb.build import build_sources
from belink.kb.checks import without_controls
from belink.kb.names import Name
from belink.kb.problems import Problems
from belink.kb.records import Filter, Source, SourceInfo
from belink.kb.store import KnowledgeBase
from belink.retrieve.dense_index import ensure_dense_index
from belink.retrieve.dense_list import Dense
from belink.retrieve.index import LexicalIndex, ensure_index
from belink.text.abbreviations import expand, find_abbreviations
from belink.text.normalise import normalise
from belink.types import Alias, Concept, Document

if TYPE_CHECKING:
    from belink.retrieve.dense_vectors import Progress

LABELLED: Final = "labelled"
"""Scope and vocabulary of every name that is a labelled mention."""


@dataclass(frozen=True, slots=True)
class Label:
    """A form that labelled mentions have, and the concept they name by it.

    Attributes:
        form: normalised.
        text: the form as it stands in the first document.
        concept_id: a current concept.
        documents: in how many documents; a line of a table is one.
    """

    form: str
    text: str
    concept_id: str
    documents: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Labelled mentions that a retriever remembers; safe to share between threads.

    Attributes:
        kb: their forms, as the names of a knowledge base with the concepts they name.
        index: of `kb`.
        dense: of `kb`; None goes by the strings alone.
        ordinals: of each concept of `kb` its ordinal in the knowledge base that is linked to; ascending.
        counts: by form the ordinals, in that knowledge base, of the concepts it names, and in how many
            documents.
    """

    kb: KnowledgeBase
    index: LexicalIndex
    dense: Dense | None
    ordinals: NDArray[np.int32]
    counts: Mapping[str, tuple[tuple[int, int], ...]]

    def passing(self, kb: KnowledgeBase, keep: Filter) -> Filter | None:
        """Give the filter that lets pass the concepts that `keep` lets pass of `kb`; None where none is."""
        if not keep:
            return keep
        passed = self.ordinals[kb.select(keep)[self.ordinals]]
        return Filter(allow=frozenset(kb.concept_ids(passed))) if len(passed) else None

    def names_at(self, kb: KnowledgeBase, rows: Sequence[int]) -> list[Name]:
        """Give rows of its own knowledge base with the names that their concepts have in `kb`."""
        names = self.kb.names_at(rows)
        preferred = kb.concept_names(self.ordinals[self.kb.name_concepts[np.array(rows, dtype=np.int64)]])
        return [
            name._replace(concept_name=concept_name, scope=LABELLED)
            for name, concept_name in zip(names, preferred, strict=True)
        ]


def labels_of(kb: KnowledgeBase, docs: Sequence[Document]) -> list[Label]:
    """Gather what labelled mentions name, by form, then by concept.

    A mention counts with its text and, where the document defines its abbreviation, with its long form.
    Mentions of several concepts, or of none of the knowledge base, are left out.
    """
    documents: Counter[tuple[str, str]] = Counter()
    texts: dict[tuple[str, str], str] = {}
    resolved: dict[str, tuple[str, ...]] = {}
    for doc in docs:
        here: set[tuple[str, str]] = set()
        for concept_id, text in _named(doc):
            if concept_id not in resolved:
                resolved[concept_id] = kb.resolve(concept_id)
            form = normalise(text)
            if form and len(resolved[concept_id]) == 1:
                key = form, resolved[concept_id][0]
                texts.setdefault(key, " ".join(without_controls(text).split()))
                here.add(key)
        documents.update(here)
    return [Label(form, texts[form, id_], id_, documents[form, id_]) for form, id_ in sorted(documents)]


def open_memory(
    kb: KnowledgeBase,
    docs: Sequence[Document],
    folder: Path,
    dense: Dense | None = None,
    progress: Progress | None = None,
) -> Memory:
    """Open the memory of some documents, building what is missing or stale in its folder.

    Args:
        kb: the knowledge base to link to.
        docs: annotated documents; `memory_files.read_labelled_mentions` reads them.
        folder: made where it is missing.
        dense: how names of `kb` are embedded; None goes by the strings alone.
        progress: told of names being embedded.

    Raises:
        InputError: no mention names a single concept of the knowledge base.
        KnowledgeBaseError: the folder cannot be written.
    """
    labels = labels_of(kb, docs)
    if not labels:
        raise InputError(
            f"memory: no labelled mention names one concept of {kb.path}; is it of another vocabulary?"
        )
    own = _open_names(kb, labels, folder)
    vectors = None
    if dense is not None:
        vectors = Dense(ensure_dense_index(own, dense.encoder, progress), dense.encoder)
    ordinals = kb.ordinals(sorted({label.concept_id for label in labels}))
    ids = own.concept_ids(range(len(own)))
    counts: dict[str, tuple[tuple[int, int], ...]] = {}
    for label in labels:
        counts[label.form] = (*counts.get(label.form, ()), (ordinals[label.concept_id], label.documents))
    return Memory(
        own, ensure_index(own), vectors, np.array([ordinals[id_] for id_ in ids], dtype=np.int32), counts
    )


def memory_folder(kb: KnowledgeBase, paths: Sequence[Path], cache: Path | None = None) -> Path:
    """Give where the memory of some files lies.

    Args:
        kb: the knowledge base to link to.
        paths: of the files.
        cache: folder of caches; None takes the user's.
    """
    key = orjson.dumps([str(path.resolve()) for path in (kb.path, *paths)])
    return (cache or user_cache_path("belink")) / "memory" / hashlib.sha256(key).hexdigest()[:16]


def _named(doc: Document) -> Iterator[tuple[str, str]]:
    """Give concept and text of each mention that names one concept, and the long forms."""
    pairs = find_abbreviations(doc.text)
    for annotation in doc.annotations:
        if len(annotation.concept_ids) == 1:
            mention = annotation.mention
            yield annotation.concept_ids[0], mention.text
            expansion = expand(mention.text, pairs, mention.spans[0].start)
            if expansion is not None:
                yield annotation.concept_ids[0], expansion


def _open_names(kb: KnowledgeBase, labels: Sequence[Label], folder: Path) -> KnowledgeBase:
    """Open the names of a memory, or write them where they have changed."""
    content = orjson.dumps([kb.fingerprint, *((each.form, each.text, each.concept_id) for each in labels)])
    digest = hashlib.sha256(content).hexdigest()
    try:
        found = KnowledgeBase.open(folder)
        if found.manifest.recipe == digest:
            return found
    except KnowledgeBaseError:
        pass
    source = Source(SourceInfo(LABELLED), _concepts(kb, labels))
    try:
        build_sources([source], folder, problems=Problems(lenient=True), recipe=digest, additions=())
    except OSError as error:
        raise KnowledgeBaseError(
            f"cannot write the memory {folder}: {error.strerror or error}; make the cache writable"
        ) from error
    return KnowledgeBase.open(folder)


def _concepts(kb: KnowledgeBase, labels: Sequence[Label]) -> Iterator[Concept]:
    """Give the concepts that labels name, with those forms alone, sorted by id."""
    texts: dict[str, list[str]] = {}
    for label in labels:
        texts.setdefault(label.concept_id, []).append(label.text)
    for concept_id, (first, *others) in sorted(texts.items()):
        known = kb.concept(concept_id)
        if known is not None:
            aliases = tuple(Alias(text, LABELLED, LABELLED) for text in others)
            yield Concept(concept_id, first, aliases, types=known.types, taxon=known.taxon)
