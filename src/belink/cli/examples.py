"""Make the examples of a suite for training a re-ranker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from belink.cli.problems import ProblemLog
from belink.errors import ConfigError

if TYPE_CHECKING:
    from belink.evaluate.suite import SuiteEntry
    from belink.kb.store import KnowledgeBase
    from belink.train.example_sets import Corpus


def make_examples(
    suite: Path,
    data: Path,
    results: Path,
    out: Path,
    only: Sequence[str],
    *,
    synthetic: int,
    seed: int,
    training: bool = True,
) -> None:
    """Write `PART-NAME.jsonl` for each entry named, of the parts train, weigh, dev and running.

    Without `training` nothing of part train.

    Beside them `train-synthetic-NAME.jsonl`, once for each knowledge base, under its first entry's name.

    Raises:
        ConfigError: `only` names an entry that the suite does not have.
        InputError: a file of the suite cannot be read.
    """
    from belink.cli.suite import knowledge_base
    from belink.config import RetrieveSettings
    from belink.evaluate.suite import load_suite
    from belink.rerank.describe import describe
    from belink.stages.retrieval import build_retriever
    from belink.train.example_sets import examples_of, held_out_forms, held_out_ids
    from belink.train.examples import write_examples
    from belink.train.synthetic import synthetic_examples

    entries = {entry.name: entry for entry in load_suite(suite)}
    if unknown := [name for name in only if name not in entries]:
        raise ConfigError(f"--only {unknown[0]}: the suite has {', '.join(entries)}")
    kbs = {name: knowledge_base(entry, data, results) for name, entry in entries.items()}
    corpora = {name: _corpus(entry, kbs[name], data) for name, entry in entries.items()}
    held_out, forms = held_out_ids(list(corpora.values())), held_out_forms(list(corpora.values()))
    out.mkdir(parents=True, exist_ok=True)
    drawn: set[Path] = set()
    for name in only:
        kb, type_ = kbs[name], entries[name].type
        blind = build_retriever(RetrieveSettings(labelled_forms=False), kb) if training else None
        retrieve, describe_concept = build_retriever(RetrieveSettings(), kb), describe(kb)
        made = examples_of(
            corpora[name], retrieve, describe_concept, held_out=held_out, forms=forms, learn_from=blind
        )
        parts = {"weigh": made.weigh, "dev": made.dev, "running": made.running}
        parts |= {"train": made.train} if training else {}
        for part, found in parts.items():
            typer.echo(f"{name}: {write_examples(out / f'{part}-{name}.jsonl', found)} {part}")
        if blind and synthetic and kb.path not in drawn:
            drawn.add(kb.path)
            questions = synthetic_examples(
                f"synthetic-{name}",
                kb,
                blind,
                describe_concept,
                type=type_,
                n=synthetic,
                seed=seed,
                forms=forms,
            )
            written = write_examples(out / f"train-synthetic-{name}.jsonl", questions)
            typer.echo(f"{name}: {written} from the vocabulary")


def _corpus(entry: SuiteEntry, kb: KnowledgeBase, data: Path) -> Corpus:
    from belink.train.example_sets import Corpus

    gold, train = entry.documents(data, ProblemLog())
    return Corpus(entry.name, gold, train, kb.resolve)
