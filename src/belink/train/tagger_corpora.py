"""Labelled documents for the tagger: words with labels of the types that their corpus annotates."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from belink.detect.common_words import common_words
from belink.detect.decode import B, I, O
from belink.detect.dictionary import dictionary
from belink.detect.name_table import DictionaryEntry
from belink.detect.pieces import TAGGED_TYPES, Pieces, cut_words, describe, mark_mentions
from belink.detect.vocabulary import EVERYDAY, PEOPLE
from belink.evaluate.leakage import check_leakage
from belink.formats.reading import read
from belink.text.thesaurus import KIND_OF, everyday_table
from belink.train.recipe import concepts
from belink.types import Annotation, Detector, Document, Mention, Problem

if TYPE_CHECKING:
    from tokenizers import Tokenizer

log = logging.getLogger(__name__)

MASKED = -100
"""Label of a word for a type that its corpus does not annotate: it counts in no loss."""

_ALSO_GENES = ("FamilyName", "DomainMotif")
"""Annotations of gene corpora whose words are, like those of genes, nothing else."""

_NOTHING_ELSE = {
    "Gene": ("Chemical", "Species", "CellLine"),
    "Species": ("Chemical", "Gene", "CellLine"),
    "CellLine": ("Chemical", "Gene", "Species"),
    "Chemical": ("Species", "CellLine"),
}
"""Types that the words of a mention are not, also where their corpus does not annotate those types: what is
marked as a gene is no chemical. Diseases are left out, which often have the name of one of the others in
theirs; and "insulin" is a chemical to some corpora and a gene to others."""


@dataclass(frozen=True, slots=True)
class TaggerCorpus:
    """A labelled file and how it is used.

    Attributes:
        name: what the curve calls it.
        documents: file under the data folder.
        types: the types it annotates wherever they occur; annotations without a type count as the first.
        split: key in the file of development ids; "" for a file that is wholly for training.
        dev: file of development documents; "" takes those of the split.
        share: of the windows of a pass over the documents that is learnt from, over 0, up to 1.
        dev_documents: most development documents measured, the first by id.
    """

    name: str
    documents: str
    types: tuple[str, ...]
    split: str = ""
    dev: str = ""
    share: float = 1.0
    dev_documents: int = 100


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A document ready for the tagger.

    Attributes:
        document: with the annotations of the corpus's types.
        corpus: name of its corpus.
        share: of its windows that is learnt from in a pass.
        pieces: its words and word pieces.
        features: [N, FEATURES] of its pieces.
        labels: [N, types] `B`, `I`, `O`, or `MASKED`, which all pieces but a word's first have; see `labels`.
    """

    document: Document
    corpus: str
    share: float
    pieces: Pieces
    features: NDArray[np.uint8]
    labels: NDArray[np.int16]


def read_corpora(
    corpora: Sequence[TaggerCorpus], data: Path, splits: Path
) -> tuple[list[tuple[TaggerCorpus, list[Document]]], list[tuple[TaggerCorpus, list[Document]]]]:
    """Read the training and the development documents of each corpus.

    A document that any split or development file names, of whichever corpus, is not trained on.

    Raises:
        InputError: a file cannot be read, or a text of a development part is in a training part.
    """
    dev_ids: dict[str, set[str]] = {
        name: set(parts["dev"])
        for name, parts in json.loads(splits.read_text(encoding="utf-8")).items()
        if isinstance(parts, dict)
    }
    dev = [(corpus, _documents(data / (corpus.dev or corpus.documents), corpus)) for corpus in corpora]
    dev = [
        (corpus, [doc for doc in docs if corpus.dev or doc.id in dev_ids.get(corpus.split, set())])
        for corpus, docs in dev
    ]
    held_out = set().union(*dev_ids.values(), *({doc.id for doc in docs} for _, docs in dev))
    scored = [doc for _, docs in dev for doc in docs]
    train = []
    for corpus in corpora:
        docs = [doc for doc in _documents(data / corpus.documents, corpus) if doc.id not in held_out]
        check_leakage(scored, docs, where=corpus.name)
        log.info("%s: %d documents to learn from", corpus.name, len(docs))
        train.append((corpus, docs))
    return train, dev


def _documents(path: Path, corpus: TaggerCorpus) -> list[Document]:
    def ignore(problem: Problem) -> None:
        del problem

    return [
        replace(doc, annotations=tuple(_typed(doc.annotations, corpus.types)))
        for doc in read(path, on_problem=ignore).documents
    ]


def _typed(annotations: Sequence[Annotation], types: tuple[str, ...]) -> Iterator[Annotation]:
    for each in annotations:
        type_ = each.mention.type or types[0]
        if type_ in types or type_ in _ALSO_GENES:
            yield replace(each, mention=replace(each.mention, type=type_))


def vocabulary_dictionary(vocabularies: Mapping[str, Sequence[str]], data: Path) -> Detector:
    """Make the detector of names whose hits the tagger sees, as `belink.detect.vocabulary` makes it.

    Args:
        vocabularies: for each type the files of its vocabularies.
        data: folder the files lie in.
    """
    entries = (
        DictionaryEntry(name, type_)
        for type_, files in vocabularies.items()
        for names in (*(vocabulary_names(data / file) for file in files), _everyday(type_))
        for name in names
    )
    return dictionary(entries, common=common_words())


def vocabulary_names(file: Path) -> Iterator[str]:
    """Read all names of a vocabulary."""
    for concept in concepts(file):
        yield concept.name
        yield from (alias.text for alias in concept.aliases)


def _everyday(type_: str) -> Iterator[str]:
    if type_ in EVERYDAY:
        for name, others in everyday_table(KIND_OF[type_]):
            yield from others if name != PEOPLE else ()


def label_texts(
    corpus: TaggerCorpus, docs: Sequence[Document], tokenizer: Tokenizer, detect: Detector
) -> list[LabelledText]:
    """Make documents of a corpus ready, in their order; what they are not asked for is in no document."""
    cut = cut_words([doc.text for doc in docs], tokenizer)
    hits = detect(docs)
    return [
        LabelledText(
            replace(doc, annotations=tuple(a for a in doc.annotations if a.mention.type in corpus.types)),
            corpus.name,
            corpus.share,
            pieces,
            describe(doc.text, pieces, found),
            labels(pieces, [each.mention for each in doc.annotations], corpus.types),
        )
        for doc, pieces, found in zip(docs, cut, hits, strict=True)
    ]


def labels(pieces: Pieces, mentions: Sequence[Mention], types: Sequence[str]) -> NDArray[np.int16]:
    """Label word pieces.

    Args:
        pieces: of the document.
        mentions: gold; of those of one type that overlap, the longest counts.
        types: that are annotated; the others are masked but in words of mentions that cannot be of them.

    Returns:
        [N, types] labels.
    """
    marks = _marks(pieces, _longest(mentions))
    words = np.where(marks[..., 0], B, np.where(marks[..., 1], I, O)).astype(np.int16)
    genes = [replace(each, type="Gene") for each in mentions if each.type in _ALSO_GENES]
    covered = _marks(pieces, [*mentions, *genes]).max(axis=2)
    for place, type_ in enumerate(TAGGED_TYPES):
        if type_ not in types:
            others = [TAGGED_TYPES.index(other) for other, never in _NOTHING_ELSE.items() if type_ in never]
            words[:, place] = np.where(covered[:, others].any(axis=1), O, MASKED)
    found = np.full((len(pieces.ids), len(TAGGED_TYPES)), MASKED, dtype=np.int16)
    found[pieces.first] = words
    return found


def _marks(pieces: Pieces, mentions: Sequence[Mention]) -> NDArray[np.uint8]:
    marks = np.zeros((len(pieces.first), len(TAGGED_TYPES), 2), dtype=np.uint8)
    mark_mentions(marks, pieces, mentions)
    return marks


def _longest(mentions: Sequence[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda each: (-len(each.text), each.spans)):
        overlapping = (
            other.type == mention.type and any(a.overlaps(b) for a in other.spans for b in mention.spans)
            for other in kept
        )
        if not any(overlapping):
            kept.append(mention)
    return kept
