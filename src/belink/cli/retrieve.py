"""`belink retrieve`: the candidates of a mention, or of all mentions of a file, and what speaks for each."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from belink.cli import EXIT_BROKEN, EXIT_SOME_FAILED
from belink.cli.inputs import Allow, Deny, Language, Memory, Origin, Taxon, Under, filters, override
from belink.cli.problems import ProblemLog
from belink.cli.reformulation import Reformulate, report
from belink.errors import InputError
from belink.types import Detector, Document, Mention, Retriever, Span

if TYPE_CHECKING:
    from belink.cli.retrieve_view import Found
    from belink.config import Settings
    from belink.kb.store import KnowledgeBase
    from belink.retrieve.reformulate import Reformulator
    from belink.stages.retrieval import Explainer

_FILE_ENDINGS = frozenset({".txt", ".xml", ".json", ".jsonl", ".pubtator", ".ann", ".gz", ".bz2", ".tsv"})


def retrieve(
    asked: Annotated[
        list[str],
        typer.Argument(metavar="MENTION | FILE...", help="A mention, or files or folders with mentions."),
    ],
    kb: Annotated[
        Path | None, typer.Option(help="Knowledge base to search. [default: MeSH diseases and chemicals]")
    ] = None,
    entity_type: Annotated[
        str | None, typer.Option("--type", help="Type of the mention; of a file, only mentions of it.")
    ] = None,
    k: Annotated[int, typer.Option(min=1, max=1000, help="How many candidates.")] = 20,
    under: Under = None,
    taxon: Taxon = None,
    source: Origin = None,
    language: Language = None,
    allow: Allow = None,
    deny: Deny = None,
    memory: Memory = None,
    reformulate: Reformulate = None,
    spans: Annotated[
        str | None,
        typer.Option(
            help="Of a file: 'given' takes its annotations, 'detect' finds mentions. [default: given]"
        ),
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="Format of the file. [default: found from content]")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(metavar="none|PATH", help="Encoder whose nearest names join in.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings; options win over it.")] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a mention, as where there is no terminal.")
    ] = False,
) -> None:
    """Show the candidates of mentions, with the place and score that each list gives them."""
    from belink.config import Settings, load_settings

    files = [Path(each) for each in asked if _is_file(each)]
    if files and len(files) < len(asked):
        other = next(each for each in asked if not _is_file(each))
        raise InputError(f"{other}: no such file or folder; a mention cannot stand beside files")
    settings = override(
        load_settings(config) if config else Settings(),
        {
            ("kb", "path"): kb,
            **filters(under, taxon, source, language, allow, deny),
            ("kb", "memory"): tuple(memory) if memory else None,
            ("reformulate", "url"): reformulate,
            ("detect", "spans"): spans or "given",
            ("detect", "types"): entity_type,
            ("retrieve", "encoder"): encoder,
            ("retrieve", "retrieved"): k,
        },
    )
    explained = _load(settings)
    problems = ProblemLog()
    found = explained.of_files(files, format, problems) if files else explained.of_mention(" ".join(asked))
    shown = _print(found, as_json=json or not sys.stdout.isatty())
    report(explained.reformulate)
    if files and not shown:
        typer.echo("belink: no mention; --spans detect finds them", err=True)
    if problems.losses:
        raise typer.Exit(EXIT_SOME_FAILED if shown else EXIT_BROKEN)


@dataclass(frozen=True, slots=True)
class _Explained:
    """A retriever that says why."""

    settings: Settings
    kb: KnowledgeBase
    detect: Detector
    search: Retriever
    why: Explainer
    reformulate: Reformulator | None

    def of_mention(self, text: str) -> Iterator[Found]:
        """Give what is found for a mention without context."""
        if not text.strip():
            raise InputError("the mention is empty: give a name in quotes, or files")
        types = self.settings.detect.types
        mention = Mention("mention", (Span(0, len(text)),), text, types[0] if types else "")
        return self._of([(Document("mention", text), (mention,))])

    def of_files(self, files: Sequence[Path], format: str | None, problems: ProblemLog) -> Iterator[Found]:
        """Give what is found for every mention of some files, in their order."""
        from belink.cli.loading import progress_over
        from belink.formats import read_many
        from belink.stages.stream import batches

        for path in files:
            for source in read_many(path, format=format, on_problem=problems):
                with progress_over(source) as documents:
                    for docs in batches(documents):
                        yield from self._of(list(zip(docs, self.detect(docs), strict=True)))

    def _of(self, marked: Sequence[tuple[Document, tuple[Mention, ...]]]) -> Iterator[Found]:
        from belink.cli.retrieve_view import Found
        from belink.link import make_queries
        from belink.retrieve.reasons import reasons

        queries = [query for doc, mentions in marked for query in make_queries(doc, mentions)]
        k = self.settings.retrieve.retrieved
        found, evidences = self.search(queries, k), self.why(queries, k)
        answers = [()] * len(queries) if self.reformulate is None else self.reformulate(queries)
        for query, candidates, evidence, some in zip(queries, found, evidences, answers, strict=True):
            yield Found(query, candidates, tuple(reasons(self.kb, query, candidates, evidence)), some)


def _load(settings: Settings) -> _Explained:
    from belink.cli.loading import step_progress
    from belink.stages.detection import build_detector
    from belink.stages.retrieval import build_explained_retriever, build_reformulator
    from belink.stages.vocabulary import build_filter, open_knowledge_base

    with step_progress() as progress:
        kb = open_knowledge_base(settings.kb, progress)
        keep = build_filter(settings.kb, kb)
        reformulate = build_reformulator(settings.reformulate)
        search, why = build_explained_retriever(
            settings.retrieve, kb, progress, keep, settings.kb.memory, reformulate
        )
        return _Explained(settings, kb, build_detector(settings.detect, kb, keep), search, why, reformulate)


def _is_file(argument: str) -> bool:
    """Tell files from mentions; what is named like a file and does not exist is neither.

    Raises:
        InputError: at such a name.
    """
    try:
        path = Path(argument)
        if path.exists():
            return True
    except (OSError, ValueError):
        return False
    if path.suffix.lower() in _FILE_ENDINGS and not any(map(str.isspace, argument)):
        raise InputError(f"{argument}: no such file or folder")
    return False


def _print(found: Iterator[Found], *, as_json: bool) -> int:
    """Print what was found and give the number of mentions."""
    import orjson
    from rich.console import Console

    from belink.cli.retrieve_view import record, show

    console = Console(highlight=False)
    shown = 0
    for each in found:
        if as_json:
            sys.stdout.buffer.write(orjson.dumps(record(each)) + b"\n")
        else:
            if shown:
                console.print()
            show(each, console)
        shown += 1
    return shown
