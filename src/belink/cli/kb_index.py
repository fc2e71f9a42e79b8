"""`belink kb index`: build the indexes of a knowledge base ahead of use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def index(
    kb: Annotated[Path, typer.Argument(metavar="KB", help="Folder of a knowledge base, or 'default'.")],
    encoder: Annotated[
        Path | None, typer.Option(help="Folder of an encoder: build its dense index too.")
    ] = None,
) -> None:
    """Build the name index and, with an encoder, the dense index; a build that was stopped goes on."""
    from belink.cli.loading import step_progress
    from belink.config import KnowledgeBaseSettings, open_knowledge_base
    from belink.models.encoder import load_encoder
    from belink.retrieve.dense_index import ensure_dense_index
    from belink.retrieve.index import ensure_index

    with step_progress() as progress:
        settings = KnowledgeBaseSettings(path=None if str(kb) == "default" else kb)
        opened = open_knowledge_base(settings, progress)
        folders = [ensure_index(opened, progress).folder]
        if encoder is not None:
            folders.append(ensure_dense_index(opened, load_encoder(encoder), progress).folder)
    for folder in folders:
        typer.echo(folder)
