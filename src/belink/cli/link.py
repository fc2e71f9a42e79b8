"""`belink link`: text or files in, links out."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from belink.cli import EXIT_BROKEN, EXIT_SOME_FAILED
from belink.cli.inputs import Allow, Deny, Origin, Taxon, Under, choose_inputs, filters, override
from belink.cli.problems import ProblemLog
from belink.errors import InputError
from belink.types import Decision, Document, Problem

if TYPE_CHECKING:
    from belink.formats import Source
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
    under: Under = None,
    taxon: Taxon = None,
    source: Origin = None,
    allow: Allow = None,
    deny: Deny = None,
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
        str | None, typer.Option(metavar="default|none|URL|PATH", help="Model that judges the candidates.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Name of the served model. [default: the only one served]")
    ] = None,
    min_probability: Annotated[
        float | None, typer.Option(min=0, max=1, help="Give out no concept less probable.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file of settings; options on the command line win.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a document.")] = False,
) -> None:
    """Find mentions and link them to a knowledge base."""
    from belink.cli.loading import load_linker
    from belink.config import Settings, load_settings

    chosen = choose_inputs(inputs)
    settings = override(
        load_settings(config) if config else Settings(),
        {
            ("kb", "path"): kb,
            **filters(under, taxon, source, allow, deny),
            ("detect", "spans"): spans,
            ("detect", "types"): types,
            ("retrieve", "encoder"): encoder,
            ("rerank", "k"): k,
            ("rerank", "reranker"): reranker,
            ("rerank", "model"): model,
            ("link", "min_probability"): min_probability,
        },
    )
    target = _Target(out, out_format, json)
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

    def check(self, inputs: list[str | Path]) -> None:
        from belink.cli.run_manifest import check_output

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
            self.counts["documents"] += 1
            self.counts["mentions"] += len(decisions)
            for decision in decisions:
                self.counts[type(decision.verdict).__name__.lower()] += 1
            yield doc, decisions

    def stop_with_exit_code(self) -> None:
        """End the command by what happened; nothing readable at all counts as broken input."""
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
        linked = session.links(iter((Document("text", item),)))
        _print(linked, json=target.json)
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
        linked = session.links(documents)
        if target.json or (target.out is None and target.format is None and sys.stdout.isatty()):
            _print(linked, json=target.json)
            return
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
