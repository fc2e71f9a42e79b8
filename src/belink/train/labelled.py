"""Labelled mentions as more names of their concepts, kept clear of everything that is to be scored.

BeLink's own encoder is trained without them, so that candidates for training a re-ranker look like those of
mentions nobody has seen.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from belink.errors import InputError
from belink.evaluate.leakage import check_leakage
from belink.formats.reading import read
from belink.text.abbreviations import expand, find_abbreviations
from belink.text.normalise import normalise
from belink.types import Annotation, Concept, Document

log = logging.getLogger(__name__)

LABELLED = "labelled"
"""The name under which labelled mentions stand among the vocabularies."""


def read_labelled(files: Sequence[Path], held_out: Sequence[Path]) -> list[Concept]:
    """Read labelled documents as concepts named by their mentions.

    Args:
        files: annotated documents to learn from.
        held_out: annotated documents that will be scored, development parts included.

    Raises:
        InputError: where a file cannot be read, or a held-out document (by id or text) is among the files.
    """
    train = [doc for file in files for doc in read(file).documents]
    scored = [doc for file in held_out for doc in read(file).documents]
    check_leakage(scored, train, where=", ".join(map(str, files)))
    return list(labelled_concepts(train, forms_of(scored)))


def forms_of(docs: Sequence[Document]) -> frozenset[str]:
    """Give the normalised texts and long forms of all annotated mentions."""
    return frozenset(normalise(text) for doc in docs for _, text in _texts(doc))


def labelled_concepts(docs: Sequence[Document], forms: frozenset[str]) -> Iterator[Concept]:
    """Yield a concept for each mention with one identifier, named as the mention is, or by its long form.

    Args:
        docs: annotated documents, in whose order the concepts come.
        forms: normalised texts that must not be learnt; mentions that have them are left out and counted in
            the log.

    Raises:
        InputError: where nothing is left.
    """
    left_out = kept = 0
    for doc in docs:
        for annotation, text in _texts(doc):
            if len(annotation.concept_ids) != 1:
                continue
            if normalise(text) in forms or normalise(annotation.mention.text) in forms:
                left_out += 1
                continue
            kept += 1
            yield Concept(annotation.concept_ids[0], text)
    log.info("%d labelled mentions, %d left out because a held-out document has their form", kept, left_out)
    if not kept:
        raise InputError(
            f"no labelled mention to learn from is left, {left_out} have forms of held-out documents"
        )


def _texts(doc: Document) -> Iterator[tuple[Annotation, str]]:
    pairs = find_abbreviations(doc.text)
    for annotation in doc.annotations:
        mention = annotation.mention
        yield annotation, expand(mention.text, pairs, mention.spans[0].start) or mention.text
