"""What the rivals are asked: the names of a knowledge base and the mentions of a corpus, as files."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from belink.cli.problems import ProblemLog
from belink.cli.suite import knowledge_base_in
from belink.evaluate.leakage import check_leakage
from belink.evaluate.protocol import GoldMention, MentionKey, gold_mentions, select
from belink.evaluate.suite import SuiteEntry
from belink.formats.streams import write_atomically
from belink.kb.store import KnowledgeBase
from belink.text.abbreviations import expand, find_abbreviations
from belink.types import Document, Mention

Texts = Literal["written", "expanded"]
"""What is asked for a mention: its text as written, or its long form first where the document has one."""
TEXTS: tuple[Texts, ...] = get_args(Texts)
Part = Literal["all", "sample", "speed"]
"""Which mentions: all; a sample of those that the corpus's first protocol scores; all of a few documents."""
PARTS: tuple[Part, ...] = get_args(Part)
SEED = 0
"""Of the sample and of the documents that speed is measured on."""


@dataclass(frozen=True, slots=True)
class Task:
    """A corpus with its knowledge base, and the folder that holds what the rivals read.

    `sample` are the mentions of the part of that name.
    """

    entry: SuiteEntry
    kb: KnowledgeBase
    gold: tuple[Document, ...]
    train: tuple[Document, ...]
    folder: Path
    sample: frozenset[MentionKey]

    def folder_of(self, texts: Texts, part: Part = "all") -> Path:
        """Give the folder of `names.jsonl`, `mentions.jsonl` and `task.json`."""
        return self.folder / asked(texts, part)

    def sampled_gold(self) -> tuple[Document, ...]:
        """Give the gold with the annotations of the sample alone."""
        return tuple(
            replace(
                doc,
                annotations=tuple(
                    a for a in doc.annotations if (doc.id, a.mention.spans, a.mention.type) in self.sample
                ),
            )
            for doc in self.gold
        )


def asked(texts: Texts, part: Part) -> str:
    """Name texts and part in the names of files."""
    return texts if part == "all" else f"{texts}-{part}"


def make_task(
    entry: SuiteEntry,
    data: Path,
    kbs: Path,
    folder: Path,
    settings: dict[str, str],
    *,
    sample: int = 60,
    speed: int = 200,
) -> Task:
    """Read a corpus and write what the rivals read.

    Args:
        entry: of the suite.
        data: folder of the suite's paths.
        kbs: folder of knowledge bases.
        folder: where to write.
        settings: `suite`, `encoder` and `reranker` as BeLink's own rivals take them.
        sample: how many mentions the sample has; all that the first protocol scores where they are fewer.
        speed: the least number of mentions that speed is measured on.

    Raises:
        InputError: a file cannot be read, or training and evaluation documents overlap.
    """
    gold, train = entry.documents(data, ProblemLog())
    check_leakage(gold, train, where=entry.name)
    kb = knowledge_base_in(kbs, entry, data)
    scored = select(entry.protocols[0], gold, train, kb.resolve).mentions
    drawn = frozenset(item.key for item in random.Random(SEED).sample(scored, min(sample, len(scored))))
    task = Task(entry, kb, gold, train, folder, drawn)
    mentions = gold_mentions(gold, kb.resolve)
    chosen: dict[Part, Sequence[GoldMention]] = {
        "all": mentions,
        "sample": [item for item in mentions if item.key in drawn],
        "speed": _of_few_documents(mentions, speed),
    }
    known = {**settings, "data": str(data), "corpus": entry.name, "kb": str(kb.path.resolve())}
    names = folder.parent / f"names-{kb.fingerprint[:12]}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    if not names.exists():
        _write_lines(names, _name_records(kb))
    pairs = {doc.id: find_abbreviations(doc.text) for doc in gold}
    for texts in TEXTS:
        for part in PARTS:
            place = task.folder_of(texts, part)
            place.mkdir(parents=True, exist_ok=True)
            _write_lines(place / "mentions.jsonl", _mention_records(chosen[part], pairs, texts))
            _write_lines(place / "task.json", [{**known, "part": part}])
            link = place / "names.jsonl"
            link.unlink(missing_ok=True)
            link.hardlink_to(names)
    return task


def _of_few_documents(mentions: Sequence[GoldMention], least: int) -> list[GoldMention]:
    """Take documents at random until they hold so many mentions; all their mentions, in order."""
    by_document: dict[str, list[GoldMention]] = {}
    for item in mentions:
        by_document.setdefault(item.mention.document_id, []).append(item)
    drawn = random.Random(SEED).sample(list(by_document), len(by_document))
    taken: set[str] = set()
    for document_id in drawn:
        if sum(len(by_document[known]) for known in taken) >= least:
            break
        taken.add(document_id)
    return [item for item in mentions if item.mention.document_id in taken]


def query_texts(mention: Mention, pairs: Any, texts: Texts) -> list[str]:
    """Give what is asked for a mention, in order; the last is its own text.

    Args:
        mention: of the document.
        pairs: abbreviations that the document defines, as `find_abbreviations` gives them.
        texts: whether the long form is asked first.
    """
    longer = expand(mention.text, pairs, mention.spans[0].start) if texts == "expanded" else None
    return [mention.text] if longer is None else [longer, mention.text]


def _mention_records(
    mentions: Sequence[GoldMention], pairs: Mapping[str, Any], texts: Texts
) -> Iterable[dict[str, Any]]:
    for item in mentions:
        mention = item.mention
        yield {
            "document_id": mention.document_id,
            "spans": [[span.start, span.end] for span in mention.spans],
            "text": mention.text,
            "type": mention.type,
            "texts": query_texts(mention, pairs[mention.document_id], texts),
        }


def _name_records(kb: KnowledgeBase) -> Iterable[dict[str, Any]]:
    taxa = kb.taxa()
    taxon_of = kb.arrays["concept-taxon"][kb.name_concepts]
    for name, taxon in zip(kb.names(), taxon_of.tolist(), strict=True):
        yield {
            "id": name.concept_id,
            "text": name.alias,
            "preferred": name.scope == "preferred",
            "taxon": taxa[taxon],
        }


def _write_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    with write_atomically(path) as file:
        for record in records:
            file.write(orjson.dumps(record) + b"\n")
