"""Examples for the re-ranker: a query, what retrieval proposed, and which concepts are right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from belink.errors import InputError
from belink.evaluate.protocol import GoldMention, form, gold_mentions, unseen
from belink.evaluate.vocabulary import Resolve
from belink.formats.streams import write_atomically
from belink.link import make_queries
from belink.types import Candidate, Document, Query, Retriever

RETRIEVED = 20
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its answer.

    Attributes:
        source: the corpus, or the vocabulary of a synthetic one.
        query: what is asked.
        candidates: as retrieval ordered them, at most `RETRIEVED`.
        gold: ids that are right; where no candidate has one, retrieval missed.
        descriptions: of each candidate, what tells it from its neighbours (`rerank.describe`).
    """

    source: str
    query: Query
    candidates: tuple[Candidate, ...]
    gold: tuple[str, ...]
    descriptions: tuple[str, ...]

    def describe(self, concept_id: str) -> str:
        """Give the description of a candidate's concept, as `write_prompt` asks for it."""
        pairs = zip(self.candidates, self.descriptions, strict=True)
        return next((text for each, text in pairs if each.concept_id == concept_id), "")

    @property
    def place(self) -> int:
        """Give the place of the first right candidate, -1 for none."""
        return next((i for i, each in enumerate(self.candidates) if each.concept_id in self.gold), -1)


_EXAMPLE = TypeAdapter(Example)
_Form = tuple[str, str]


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write one example a line as JSON, and give their number."""
    written = 0
    with write_atomically(path) as file:
        for example in examples:
            file.write(_EXAMPLE.dump_json(example) + b"\n")
            written += 1
    return written


def read_examples(path: Path) -> Iterator[Example]:
    """Read what `write_examples` wrote.

    Raises:
        InputError: the file cannot be read or a line is no example.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield _EXAMPLE.validate_json(line)
                except ValidationError as error:
                    raise InputError(
                        f"{path}:{number}: not an example of `belink train examples`: "
                        f"{error.errors()[0]['msg']}"
                    ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def without_easy(examples: Iterable[Example], share: float, seed: int) -> list[Example]:
    """Keep all examples that retrieval is not sure of, and a share of those where it is, in their order.

    Retrieval is sure where its first candidate is right and scores at least `SURE`: there the model is hardly
    ever asked, and has little to learn.

    Args:
        examples: of any sources.
        share: in [0, 1], kept of the easy ones.
        seed: of the choice.
    """
    rng = np.random.default_rng(seed)
    return [
        each
        for each in examples
        if rng.random() < share or each.place != 0 or each.candidates[0].score < SURE
    ]


def unseen_forms(gold: Sequence[Document], train: Sequence[Document], resolve: Resolve) -> set[_Form]:
    """Give the forms, with their types, that protocol `unseen` scores: none of them may be learnt."""
    return {_form(item) for item in unseen(gold, train, resolve).mentions}


def training_mentions(
    docs: Sequence[Document],
    resolve: Resolve,
    *,
    held_out: frozenset[str],
    forms: frozenset[_Form],
    most: int = 2,
) -> tuple[list[GoldMention], int]:
    """Choose the mentions to learn from: `most` for each form and gold, in the order of the documents.

    Args:
        docs: annotated with one type.
        resolve: current ids of an id.
        held_out: ids of documents that are scored somewhere; their mentions are left out.
        forms: scored forms with their types; mentions that have them are left out.
        most: of one form with one gold, from distinct documents.

    Returns:
        The mentions with one gold concept in the knowledge base, and how many were left out for `held_out`
        or `forms`.
    """
    taken: dict[tuple[_Form, tuple[str, ...]], list[str]] = {}
    chosen: list[GoldMention] = []
    left_out = 0
    for item in gold_mentions(docs, resolve):
        if not item.ids or item.composite:
            continue
        doc_id = item.mention.document_id
        if doc_id in held_out or _form(item) in forms:
            left_out += 1
            continue
        seen = taken.setdefault((_form(item), item.ids), [])
        if len(seen) < most and doc_id not in seen:
            seen.append(doc_id)
            chosen.append(item)
    return chosen, left_out


def labelled_examples(
    source: str,
    docs: Sequence[Document],
    mentions: Sequence[GoldMention],
    retrieve: Retriever,
    describe: Callable[[str], str],
) -> list[Example]:
    """Retrieve candidates for chosen mentions of documents with distinct ids, in their order."""
    by_id = {doc.id: doc for doc in docs}
    wanted: dict[str, list[GoldMention]] = {}
    for item in mentions:
        wanted.setdefault(item.mention.document_id, []).append(item)
    asked = [
        (query, item)
        for doc_id, items in wanted.items()
        for query, item in zip(
            make_queries(by_id[doc_id], [item.mention for item in items]), items, strict=True
        )
    ]
    found = retrieve([query for query, _ in asked], RETRIEVED)
    return [
        Example(source, query, candidates, item.ids, tuple(describe(c.concept_id) for c in candidates))
        for (query, item), candidates in zip(asked, found, strict=True)
    ]


def _form(item: GoldMention) -> _Form:
    return form(item.mention), item.mention.type
