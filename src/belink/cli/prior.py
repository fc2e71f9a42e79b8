"""`belink train prior`: how much a model that answers with letters prefers some of them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from belink.cli.inputs import override
from belink.cli.problems import ProblemLog
from belink.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from belink.types import Document

_DOCUMENTS = 200


def prior(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Documents; no labels are needed.")],
    reranker: Annotated[
        str, typer.Option(metavar="URL|vllm:MODEL", help="The model that answers with letters.")
    ],
    kb: Annotated[
        Path | None, typer.Option(help="Knowledge base. [default: MeSH diseases and chemicals]")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Name of the served model.")] = None,
    k: Annotated[
        int | None,
        typer.Option(min=1, max=20, help="Candidates the re-ranker chooses among. [default: 10]"),
    ] = None,
    spans: Annotated[
        str | None, typer.Option(help="'detect' finds mentions, 'given' takes annotations. [default: detect]")
    ] = None,
    questions: Annotated[
        int, typer.Option(min=1, help="Mentions to ask about, each in k + 1 orders of its options.")
    ] = 32,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings; options win over it.")] = None,
) -> None:
    """Print the prior of a model's letters as a line for the section [rerank] of a settings file.

    With it, the model's answers are divided by what it thinks of the letters alone (PriDe).
    """
    from belink.cli.loading import load_linker
    from belink.config import Settings, load_settings
    from belink.stages.reranking import by_letters

    if not by_letters(reranker):
        raise ConfigError(f"--reranker {reranker}: only a URL or vllm:MODEL answers with letters")
    settings = override(
        load_settings(config) if config else Settings(),
        {
            ("kb", "path"): kb,
            ("detect", "spans"): spans,
            ("rerank", "reranker"): reranker,
            ("rerank", "model"): model,
            ("rerank", "k"): k,
        },
    )
    found, asked = load_linker(settings).letter_prior(
        list(islice(_documents(files, ProblemLog()), _DOCUMENTS)), questions
    )
    typer.echo(f"# {asked} questions about {settings.rerank.k} + 1 options each, {reranker}")
    typer.echo(f"[rerank]\nprior = [{', '.join(f'{value:.5f}' for value in found)}]")


def _documents(files: Sequence[Path], problems: ProblemLog) -> Iterator[Document]:
    from belink.formats import read_many

    for path in files:
        for source in read_many(path, on_problem=problems):
            yield from source.documents
