"""Stop an evaluation whose memory of labelled mentions knows what is to be scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from belink.cli.problems import ProblemLog
from belink.evaluate.leakage import check_leakage
from belink.evaluate.protocol import ProtocolName, select
from belink.retrieve.memory_files import read_labelled_mentions
from belink.types import Document


def check_memory(
    paths: Sequence[Path],
    gold: Sequence[Document],
    train: Sequence[Document],
    protocols: Sequence[ProtocolName],
) -> None:
    """See that no file of a memory holds a document that is scored, nor a form that counts as unseen.

    A mention without a type, as tables have, counts as one of every type that is scored.

    Args:
        paths: the memory; nothing is done for none.
        gold: the documents that are scored.
        train: documents whose forms count as seen.
        protocols: by which they are scored.

    Raises:
        InputError: one of them does, or cannot be read.
    """
    if not paths:
        return
    types = sorted({annotation.mention.type for doc in gold for annotation in doc.annotations})
    remembered = [_of_types(doc, types) for doc in read_labelled_mentions(paths, ProblemLog())]
    for protocol in protocols:
        asked = select(protocol, gold, train, lambda id_: (id_,)) if protocol.startswith("unseen") else None
        check_leakage(gold, remembered, selection=asked, where="--memory")


def _of_types(doc: Document, types: Sequence[str]) -> Document:
    annotations = [
        replace(annotation, mention=replace(annotation.mention, type=type_))
        for annotation in doc.annotations
        for type_ in ([annotation.mention.type] if annotation.mention.type else types)
    ]
    return replace(doc, annotations=tuple(annotations))
