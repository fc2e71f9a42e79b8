"""What the rivals are asked: the names of a knowledge base and the mentions of a corpus, as files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from belink.errors import KnowledgeBaseError
from belink.evaluate.leakage import check_leakage
from belink.evaluate.protocol import gold_mentions
from belink.evaluate.suite import SuiteEntry
from belink.formats.streams import write_atomically
from belink.kb.build import build_sources
from belink.kb.manifest import read_manifest
from belink.kb.problems import Problems
from belink.kb.recipe import Recipe, open_sources
from belink.kb.store import KnowledgeBase
from belink.text.abbreviations import expand, find_abbreviations
from belink.types import Document, Mention

Texts = Literal["written", "expanded"]
"""What is asked for a mention: its text as written, or its long form first where the document has one."""
TEXTS: tuple[Texts, ...] = get_args(Texts)


@dataclass(frozen=True, slots=True)
class Task:
    """A corpus with its knowledge base, and the folder that holds what the rivals read."""

    entry: SuiteEntry
    kb: KnowledgeBase
    gold: tuple[Document, ...]
    train: tuple[Document, ...]
    folder: Path

    def folder_of(self, texts: Texts) -> Path:
        """Give the folder of `names.jsonl`, `mentions.jsonl` and `task.json`."""
        return self.folder / texts


def open_kb(entry: SuiteEntry, data: Path, kbs: Path) -> KnowledgeBase:
    """Open the knowledge base of an entry: one in the folder built of the same bytes, else a new one."""
    paths, retired = entry.kb_paths(data), entry.retired_paths(data)
    wanted = sorted(_sha256(path) for path in (*paths, *retired))
    for folder in sorted(kbs.iterdir()) if kbs.is_dir() else ():
        with suppress(KnowledgeBaseError):
            if sorted(source.sha256 for source in read_manifest(folder).sources) == wanted:
                return KnowledgeBase.open(folder)
    name = hashlib.sha256("".join(wanted).encode()).hexdigest()[:12]
    folder = kbs / f"{paths[0].name.split('.')[0]}-{name}"
    kbs.mkdir(parents=True, exist_ok=True)
    recipe, problems = Recipe(retired=tuple(map(str, retired)), lenient=True), Problems(lenient=True)
    sources = open_sources(paths, recipe, problems)
    build_sources(sources, folder, problems=problems, recipe=recipe.as_json())
    return KnowledgeBase.open(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_task(entry: SuiteEntry, data: Path, kbs: Path, folder: Path, settings: dict[str, str]) -> Task:
    """Read a corpus and write what the rivals read.

    Args:
        entry: of the suite.
        data: folder of the suite's paths.
        kbs: folder of knowledge bases.
        folder: where to write.
        settings: `suite`, `encoder` and `reranker` as BeLink's own rivals take them.

    Raises:
        InputError: a file cannot be read, or training and evaluation documents overlap.
    """
    gold, train = entry.documents(data)
    check_leakage(gold, train, where=entry.name)
    kb = open_kb(entry, data, kbs)
    task = Task(entry, kb, gold, train, folder)
    known = {**settings, "data": str(data), "corpus": entry.name, "kb": str(kb.path.resolve())}
    for texts in TEXTS:
        place = task.folder_of(texts)
        place.mkdir(parents=True, exist_ok=True)
        _write_lines(place / "mentions.jsonl", _mention_records(task, texts))
        _write_lines(place / "task.json", [known])
    names = folder / "names.jsonl"
    _write_lines(names, _name_records(kb))
    for texts in TEXTS:
        link = task.folder_of(texts) / "names.jsonl"
        link.unlink(missing_ok=True)
        link.hardlink_to(names)
    return task


def query_texts(mention: Mention, pairs: Any, texts: Texts) -> list[str]:
    """Give what is asked for a mention, in order; the last is its own text.

    Args:
        mention: of the document.
        pairs: abbreviations that the document defines, as `find_abbreviations` gives them.
        texts: whether the long form is asked first.
    """
    longer = expand(mention.text, pairs, mention.spans[0].start) if texts == "expanded" else None
    return [mention.text] if longer is None else [longer, mention.text]


def _mention_records(task: Task, texts: Texts) -> Iterable[dict[str, Any]]:
    pairs = {doc.id: find_abbreviations(doc.text) for doc in task.gold}
    for item in gold_mentions(task.gold, task.kb.resolve):
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
