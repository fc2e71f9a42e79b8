"""Checks that nothing that is scored was learnt from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from belink.errors import InputError
from belink.evaluate.protocol import GoldMention, ProtocolName, Selection, form
from belink.text.normalise import normalise
from belink.types import Document

LeakKind = Literal["document id", "text", "surface form"]
MAX_CULPRITS = 5
MIN_TEXT_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Leak:
    """Something of the evaluation part that is in the training data; `found` names each culprit once."""

    kind: LeakKind
    found: tuple[str, ...]


def text_hash(text: str) -> str:
    """Give the SHA-256 of a text whose case, accents, punctuation and white space are folded."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()


def find_leaks(
    evaluated: Sequence[Document], train: Iterable[Document], forms: Iterable[GoldMention] = ()
) -> tuple[Leak, ...]:
    """Look for documents and, where asked, surface forms of the evaluation part in the training data.

    Args:
        evaluated: the documents that are scored.
        train: everything a system learnt from.
        forms: mentions whose surface form must not be annotated in training (those that `unseen` scores).

    Returns:
        The leaks by kind: shared document ids, documents with the same text (by `text_hash`; documents
        under 40 normalised characters say too little and are not compared), shared forms of the same
        type. Empty for a clean split.
    """
    ids: set[str] = set()
    hashes: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for doc in train:
        ids.add(doc.id)
        if _long_enough(doc):
            hashes.setdefault(text_hash(doc.text), doc.id)
        seen.update((form(a.mention), a.mention.type) for a in doc.annotations)
    texts = [
        f"{doc.id} = {hashes[digest]} of training"
        for doc in evaluated
        if _long_enough(doc) and (digest := text_hash(doc.text)) in hashes
    ]
    found: tuple[tuple[LeakKind, Iterable[str]], ...] = (
        ("document id", (doc.id for doc in evaluated if doc.id in ids)),
        ("text", texts),
        (
            "surface form",
            (item.mention.text for item in forms if (form(item.mention), item.mention.type) in seen),
        ),
    )
    leaks = (Leak(kind, tuple(dict.fromkeys(culprits))) for kind, culprits in found)
    return tuple(leak for leak in leaks if leak.found)


def check_leakage(
    evaluated: Sequence[Document],
    train: Iterable[Document],
    *,
    selection: Selection | None = None,
    where: str = "training data",
) -> None:
    """Stop where the evaluation part leaks into the training data.

    Args:
        evaluated: the documents that are scored.
        train: everything a system learnt from.
        selection: what is scored; its surface forms are checked if its protocol is an unseen one.
        where: how to name the training data in the message.

    Raises:
        InputError: something is in both; the message counts and names the first culprits of each kind.
    """
    unseen: tuple[ProtocolName, ...] = ("unseen", "unseen-mentions")
    forms = selection.mentions if selection and selection.protocol in unseen else ()
    leaks = find_leaks(evaluated, train, forms)
    if leaks:
        parts = "; ".join(f"{len(leak.found)} × the same {leak.kind}: {_first(leak.found)}" for leak in leaks)
        raise InputError(f"{where} holds what is to be evaluated: {parts}. Remove it from the training data")


def _first(culprits: Sequence[str]) -> str:
    shown = ", ".join(repr(culprit) for culprit in culprits[:MAX_CULPRITS])
    return f"{shown}, ..." if len(culprits) > MAX_CULPRITS else shown


def _long_enough(doc: Document) -> bool:
    return len(normalise(doc.text)) >= MIN_TEXT_CHARACTERS
