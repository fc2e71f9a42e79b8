"""`belink evaluate`: link annotated documents, or take somebody's decisions, and score them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from belink.cli.inputs import (
    Allow,
    Deny,
    Language,
    Memory,
    Origin,
    People,
    Plugged,
    Tagger,
    Taxon,
    Under,
    filters,
    override,
)
from belink.cli.problems import ProblemLog
from belink.cli.reformulation import Reformulate
from belink.cli.reformulation import report as report_reformulation
from belink.errors import ConfigError, InputError
from belink.types import Decision, Document, EntityType

if TYPE_CHECKING:
    from belink.config import Settings
    from belink.evaluate.protocol import ProtocolName
    from belink.evaluate.summary import Evaluation
    from belink.kb.store import KnowledgeBase


def evaluate(
    test: Annotated[
        list[Path] | None, typer.Option(help="Annotated documents to score; may be given several times.")
    ] = None,
    kb: Annotated[
        Path | None, typer.Option(help="Knowledge base. [default: MeSH diseases and chemicals]")
    ] = None,
    train: Annotated[
        list[Path] | None, typer.Option(help="Annotated documents whose surface forms count as seen.")
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            help="full, unseen, unseen-mentions, nil or end-to-end: see docs/evaluation.md. "
            "[default: full; for a suite, what its entries say]"
        ),
    ] = None,
    entity_type: Annotated[
        str | None,
        typer.Option(
            "--type", metavar="TYPE,...", help="Score these types only: Disease, Chemical, or the gold's own."
        ),
    ] = None,
    spans: Annotated[
        str | None, typer.Option(help="'given' links gold mentions, 'detect' finds them. [default: given]")
    ] = None,
    tagger: Tagger = None,
    people: People = None,
    detector: Plugged = None,
    under: Under = None,
    taxon: Taxon = None,
    source: Origin = None,
    language: Language = None,
    allow: Allow = None,
    deny: Deny = None,
    memory: Memory = None,
    reformulate: Reformulate = None,
    decisions: Annotated[
        Path | None, typer.Option(help="Score these decisions (JSONL, BioC, PubTator) and link nothing.")
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="default|none|PATH", help="Encoder whose nearest names join in."),
    ] = None,
    reranker: Annotated[
        str | None, typer.Option(metavar="default|none|URL|vllm:MODEL|PATH", help="As in belink link.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Name of the served model.")] = None,
    k: Annotated[
        int | None, typer.Option(min=1, max=20, help="Candidates the re-ranker chooses among.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings; options win over it.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file.")] = None,
    save_decisions: Annotated[Path | None, typer.Option(help="Write the decisions, one a line.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write report.html, report.json and summary.md here.")
    ] = None,
    suite: Annotated[
        Path | None, typer.Option(help="Score the corpora of this TOML file instead of --test.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder the suite's paths lie in.")] = Path(),
    results: Annotated[
        Path, typer.Option(help="Folder for what the suite makes; a stopped run goes on there.")
    ] = Path("results"),
    only: Annotated[list[str] | None, typer.Option(help="Only these entries of the suite.")] = None,
    remember_training: Annotated[
        bool, typer.Option(help="Each entry's training documents are its --memory.")
    ] = False,
) -> None:
    """Print accuracy@1, recall@k and more, with 95 % intervals."""
    from belink.cli.memory_guard import check_memory
    from belink.config import Settings, load_settings
    from belink.evaluate.leakage import check_leakage

    chosen = check_protocol(protocol) if protocol else None
    types = split_types(entity_type)
    settings = override(
        load_settings(config) if config else Settings(),
        {
            ("kb", "path"): kb,
            ("kb", "memory"): tuple(memory) if memory else None,
            ("reformulate", "url"): reformulate,
            **filters(under, taxon, source, language, allow, deny),
            ("detect", "spans"): spans or ("detect" if chosen == "end-to-end" else "given"),
            ("detect", "types"): detected_types(types),
            ("detect", "tagger"): tagger,
            ("detect", "people"): people,
            ("detect", "detector"): detector,
            ("retrieve", "encoder"): encoder,
            ("rerank", "k"): k,
            ("rerank", "reranker"): reranker,
            ("rerank", "model"): model,
        },
    )
    if (suite is None) == (not test):
        raise ConfigError("say what to score: either --test FILE or --suite FILE")
    if remember_training and not suite:
        raise ConfigError("--remember-training is for suites: with --test give the files to --memory")
    if suite:
        _run_suite(suite, data, results, settings, only or [], chosen, report, remember_training)
        return
    problems, files = ProblemLog(), test or []
    gold = read_annotated(files, types, problems)
    seen = read_annotated(train or [], types, problems)
    check_leakage(gold, seen, where="--train")
    check_memory(settings.kb.memory, gold, seen, [chosen or "full"])
    scored = _decide(settings, gold, decisions, problems)
    if save_decisions:
        from belink.formats.decisions import write_decisions

        write_decisions(save_decisions, scored.decisions)
    name = ", ".join(path.name for path in files)
    figures = _evaluate(gold, seen, scored, chosen or "full", types, name, settings)
    _report(figures, scored, json, report)


def _run_suite(
    suite: Path,
    data: Path,
    results: Path,
    settings: Settings,
    only: list[str],
    protocol: ProtocolName | None,
    report: Path | None,
    remember_training: bool,
) -> None:
    from belink.cli.suite import run_suite
    from belink.evaluate.records import render_markdown
    from belink.evaluate.report import write_report

    entries = run_suite(suite, data, results, settings, only, protocol, remember_training=remember_training)
    typer.echo(render_markdown([entry.evaluation for entry in entries]))
    changed = settings.model_dump_json(exclude_defaults=True)
    details = [("suite", suite.name), ("settings that are not the default", changed)]
    write_report(report or results, entries, details=details)


@dataclass(frozen=True, slots=True)
class Scored:
    """Decisions, the knowledge base they are about, and the seconds that linking took (0: unknown)."""

    decisions: list[Decision]
    kb: KnowledgeBase
    seconds: float


def check_protocol(name: str) -> ProtocolName:
    """Give the protocol of this name.

    Raises:
        ConfigError: there is none.
    """
    from belink.evaluate.protocol import PROTOCOLS

    for known in PROTOCOLS:
        if known == name:
            return known
    raise ConfigError(f"--protocol: found '{name}', expected one of {', '.join(PROTOCOLS)}")


def split_types(names: str | None) -> tuple[str, ...]:
    """Give the entity types of a list parted by commas, known ones in any case, others as written."""
    parts = [part.strip() for part in (names or "").split(",") if part.strip()]
    known = {kind.casefold(): kind for kind in get_args(EntityType)}
    return tuple(dict.fromkeys(known.get(part.casefold(), part) for part in parts))


def detected_types(types: tuple[str, ...]) -> str | None:
    """Give the types for the detector: those that it knows, None where there is another among them."""
    return ",".join(types) if types and set(types) <= set(get_args(EntityType)) else None


def read_annotated(paths: list[Path], types: tuple[str, ...], problems: ProblemLog) -> list[Document]:
    """Read annotated documents whole, their annotations narrowed to some types; all where `types` is empty.

    Raises:
        InputError: a file cannot be read, or `paths` is not empty and holds no document.
        ConfigError: no annotation is of a type that is not one of `EntityType`.
    """
    from belink.evaluate.protocol import of_type
    from belink.formats import read_many

    docs = [
        doc for path in paths for source in read_many(path, on_problem=problems) for doc in source.documents
    ]
    if paths and not docs:
        raise InputError(f"{', '.join(map(str, paths))}: no document could be read: see the lines above")
    if not types:
        return docs
    found = {annotation.mention.type for doc in docs for annotation in doc.annotations}
    known = dict.fromkeys((*get_args(EntityType), *sorted(found - {""})))
    if unknown := [kind for kind in types if kind not in known]:
        raise ConfigError(f"--type {unknown[0]}: expected one of {', '.join(known)}")
    if len(types) == 1:
        return of_type(docs, types[0])
    return [
        replace(doc, annotations=tuple(a for a in doc.annotations if a.mention.type in types)) for doc in docs
    ]


def _decide(settings: Settings, gold: list[Document], decisions: Path | None, problems: ProblemLog) -> Scored:
    from belink.cli.loading import load_linker, step_progress
    from belink.formats.predictions import read_predictions
    from belink.stages.vocabulary import open_knowledge_base

    if decisions is not None:
        with step_progress() as progress:
            kb = open_knowledge_base(settings.kb, progress)
        return Scored(list(read_predictions(decisions, on_problem=problems)), kb, 0.0)
    linker = load_linker(settings)
    begun = time.perf_counter()
    found = [decision for _, of_doc in linker.link_stream(gold) for decision in of_doc]
    report_reformulation(linker.reformulate)
    return Scored(found, linker.kb, time.perf_counter() - begun)


def _evaluate(
    gold: list[Document],
    train: list[Document],
    scored: Scored,
    protocol: ProtocolName,
    types: tuple[str, ...],
    name: str,
    settings: Settings,
) -> Evaluation:
    from belink.evaluate.scope import narrowed
    from belink.evaluate.summary import evaluate as score
    from belink.evaluate.vocabulary import vocabulary_of
    from belink.stages.vocabulary import build_filter

    return score(
        gold,
        narrowed(scored.decisions, types),
        protocol=protocol,
        vocabulary=vocabulary_of(scored.kb, build_filter(settings.kb, scored.kb)),
        train=train,
        entity_type=types[0] if len(types) == 1 else None,
        name=name,
    )


def _report(figures: Evaluation, scored: Scored, json: Path | None, report: Path | None) -> None:
    """Print the figures, and write them where the user asked."""
    import orjson

    from belink.cli.run_manifest import peak_memory_mb
    from belink.evaluate.records import flat_record, render_markdown
    from belink.formats.streams import write_atomically

    kb_name = f"{scored.kb.path.name} {scored.kb.fingerprint[:12]}"
    memory = peak_memory_mb() if scored.seconds else None
    record = flat_record(figures, kb_name, scored.seconds, memory)
    typer.echo(render_markdown([figures]))
    if scored.seconds:
        typer.echo(f"{record['mentions_per_s']:,.0f} mentions/s, {memory or 0:,.0f} MB at most, {kb_name}")
    if json:
        with write_atomically(json) as file:
            file.write(orjson.dumps(record, option=orjson.OPT_INDENT_2) + b"\n")
    if report:
        from belink.evaluate.report import Entry, write_report

        write_report(report, [Entry(figures, kb_name, scored.seconds, memory)])
