"""`belink link`: text or files in, links out."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from belink.cli import EXIT_BROKEN, EXIT_SOME_FAILED
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
    choose_inputs,
    filters,
    override,
)
from belink.cli.problems import ProblemLog
from belink.cli.reformulation import Reformulate, report
from belink.errors import InputError
from belink.types import Decision, Document, Problem

if TYPE_CHECKING:
    from belink.formats import Source
    from belink.link import Explanation
    from belink.linker import Linker


def link(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT | FILE... | -", help="A text, files or folders, or - for standard input."
        ),
    ],
    kb: Annotated[
        Path | None, typer.Option(help="Knowledge base to link to. [default: MeSH diseases and chemicals]")
    ] = None,
    spans: Annotated[
        str | None, typer.Option(help="'detect' finds mentions; 'given' takes the input's annotations.")
    ] = None,
    types: Annotated[
        str | None, typer.Option(help="Only these types, parted by commas: Disease,Chemical,...")
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
    format: Annotated[
        str | None, typer.Option(help="Format of the input. [default: found from content]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; a folder for several files.")
    ] = None,
    out_format: Annotated[
        str | None, typer.Option(help="Format of the output. [default: the input's]")
    ] = None,
    k: Annotated[
        int | None, typer.Option(min=1, max=20, help="Candidates the re-ranker chooses among. [default: 10]")
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="default|none|PATH", help="Encoder whose nearest names join in."),
    ] = None,
    reranker: Annotated[
        str | None,
        typer.Option(metavar="default|none|URL|vllm:MODEL|PATH", help="Model that judges the candidates."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Name of the served model. [default: the only one served]")
    ] = None,
    min_probability: Annotated[
        float | None, typer.Option(min=0, max=1, help="Give out no concept less probable.")
    ] = None,
    target_precision: Annotated[
        float | None,
        typer.Option(help="Instead: give out what reached this precision on development documents."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file of settings; options on the command line win.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a document.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print what was found, asked and answered; also as --json.")
    ] = False,
) -> None:
    """Find mentions and link them to a knowledge base."""
    from belink.cli.loading import load_linker
    from belink.config import Settings, load_settings

    chosen = choose_inputs(inputs)
    settings = override(
        load_settings(config) if config else Settings(),
        {
            ("kb", "path"): kb,
            **filters(under, taxon, source, language, allow, deny),
            ("kb", "memory"): tuple(memory) if memory else None,
            ("reformulate", "url"): reformulate,
            ("detect", "spans"): spans,
            ("detect", "types"): types,
            ("detect", "tagger"): tagger,
            ("detect", "people"): people,
            ("detect", "detector"): detector,
            ("retrieve", "encoder"): encoder,
            ("rerank", "k"): k,
            ("rerank", "reranker"): reranker,
            ("rerank", "model"): model,
            ("link", "min_probability"): min_probability,
            ("link", "target_precision"): target_precision,
        },
    )
    target = _Target(out, out_format, json, explain)
    target.check(chosen)
    session = _Session(load_linker(settings))
    for item in chosen:
        _link_input(item, format, target, session, alone=len(chosen) == 1)
    session.stop_with_exit_code()


@dataclass(frozen=True, slots=True)
class _Target:
    """Where results go, as the user said it."""

    out: Path | None
    format: str | None
    json: bool
    explain: bool

    @property
    def prints(self) -> bool:
        """Tell whether files are shown and not written."""
        to_terminal = self.out is None and self.format is None and sys.stdout.isatty()
        return self.json or self.explain or to_terminal

    def check(self, inputs: list[str | Path]) -> None:
        from belink.cli.run_manifest import check_output

        if self.explain and (self.out is not None or self.format):
            raise typer.BadParameter("--explain prints; add --json for a program to read")
        if self.out is None:
            if self.format and self.json:
                raise typer.BadParameter("--json and --out-format exclude one another")
            return
        if self.json:
            raise typer.BadParameter("--json prints; with --out say --out-format jsonl")
        check_output(self.out)
        if len(inputs) > 1 and not self.out.is_dir():
            raise InputError(
                f"{self.out}: several inputs are written to a folder, and this is none: make it first"
            )


@dataclass(slots=True)
class _Session:
    """One run over all inputs: the pipeline, and what happened."""

    linker: Linker
    problems: ProblemLog = field(default_factory=ProblemLog)
    counts: Counter[str] = field(default_factory=Counter)

    def links(self, docs: Iterator[Document]) -> Iterator[tuple[Document, tuple[Decision, ...]]]:
        """Link documents one batch at a time, counting them and their verdicts."""
        for doc, decisions in self.linker.link_stream(docs):
            self._count(decisions)
            yield doc, decisions

    def explanations(self, docs: Iterator[Document]) -> Iterator[tuple[Document, tuple[Explanation, ...]]]:
        """Link as `links` does, with the reasons."""
        for doc, explanations in self.linker.explain_stream(docs):
            self._count([each.decision for each in explanations])
            yield doc, explanations

    def _count(self, decisions: Sequence[Decision]) -> None:
        self.counts["documents"] += 1
        self.counts["mentions"] += len(decisions)
        for decision in decisions:
            self.counts[type(decision.verdict).__name__.lower()] += 1

    def stop_with_exit_code(self) -> None:
        """End the command by what happened; nothing readable at all counts as broken input."""
        report(self.linker.reformulate)
        if self.counts["failed"]:
            typer.echo(
                f"belink: {self.counts['failed']} mentions failed: see the reasons in the output", err=True
            )
        if self.problems.losses and not self.counts["documents"]:
            raise typer.Exit(EXIT_BROKEN)
        if self.problems.losses or self.counts["failed"]:
            raise typer.Exit(EXIT_SOME_FAILED)


def _link_input(
    item: str | Path, format: str | None, target: _Target, session: _Session, *, alone: bool
) -> None:
    """Link one text, file, folder or standard input ("-")."""
    if isinstance(item, str) and item != "-":
        _show(iter((Document("text", item),)), target, session)
        return
    for source in _sources(item, format, session, alone=alone):
        _link_source(source, target, session)


def _sources(item: str | Path, format: str | None, session: _Session, *, alone: bool) -> Iterator[Source]:
    """Open the files of an input; one that cannot be opened ends the run only if there is no other input."""
    from belink.formats import read_many

    sources = read_many(item, format=format, on_problem=session.problems)
    while True:
        try:
            source = next(sources, None)
        except InputError as error:
            if alone:
                raise
            session.problems(Problem(str(item), str(error).removeprefix(f"{item}: "), "document"))
            return
        if source is None:
            return
        yield source


def _link_source(source: Source, target: _Target, session: _Session) -> None:
    """Link one file and write it where the target says."""
    from belink.cli.loading import progress_over

    begun = time.perf_counter()
    before = Counter(session.counts)
    with progress_over(source) as documents:
        if target.prints:
            _show(documents, target, session)
            return
        linked = session.links(documents)
        losses = session.problems.losses
        first = next(linked, None)
        if first is None and session.problems.losses > losses:
            return  # nothing could be read, and why was said
        written = _write(source, chain([first] if first else [], linked), target)
    if written is not None:
        from belink.cli.run_manifest import Run, write_run_manifest

        counts = session.counts - before
        write_run_manifest(Run(written, (source.path,), session.linker, counts, time.perf_counter() - begun))


def _write(
    source: Source, linked: Iterable[tuple[Document, tuple[Decision, ...]]], target: _Target
) -> Path | None:
    from belink.formats import default_output_format, write

    format_ = target.format or default_output_format(source.format)
    if target.out is None:
        write(sys.stdout.buffer, format_, source.header, linked)
        return None
    out = target.out / Path(source.path).name if target.out.is_dir() else target.out
    write(out, format_, source.header, linked)
    return out


def _show(docs: Iterator[Document], target: _Target, session: _Session) -> None:
    if target.explain:
        _print_explained(session.explanations(docs), json=target.json)
    else:
        _print(session.links(docs), json=target.json)


def _print_explained(linked: Iterator[tuple[Document, tuple[Explanation, ...]]], *, json: bool) -> None:
    """Print documents and why they are linked as they are, for a person or as one JSON object a line."""
    import orjson
    from rich.console import Console

    from belink.cli.explain_view import record, show

    console = Console(highlight=False)
    for doc, explanations in linked:
        if json:
            decisions = [record(each) for each in explanations]
            sys.stdout.buffer.write(
                orjson.dumps({"id": doc.id, "text": doc.text, "decisions": decisions}) + b"\n"
            )
            sys.stdout.buffer.flush()
            continue
        for each in explanations:
            show(each, console)
            console.print()


def _print(linked: Iterator[tuple[Document, tuple[Decision, ...]]], *, json: bool) -> None:
    """Print documents and their links, for a person or as one JSON object a line."""
    if json:
        import orjson

        from belink.formats.decisions import decision_record

        for doc, decisions in linked:
            record = {"id": doc.id, "text": doc.text, "decisions": [decision_record(d) for d in decisions]}
            sys.stdout.buffer.write(orjson.dumps(record) + b"\n")
            sys.stdout.buffer.flush()
        return
    from rich.console import Console

    from belink.cli.view import show

    console = Console(highlight=False)
    for number, (doc, decisions) in enumerate(linked):
        if number:
            console.print()
        show(doc, decisions, console)
