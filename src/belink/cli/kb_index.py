"""`belink kb index`: build the indexes of a knowledge base ahead of use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def index(
    kb: Annotated[Path, typer.Argument(metavar="KB", help="Folder of a knowledge base, or 'default'.")],
    encoder: Annotated[
        str, typer.Option(metavar="default|none|PATH", help="Encoder whose vectors of all names are added.")
    ] = "default",
) -> None:
    """Build the name index and the vectors of all names; a build that was stopped goes on."""
    from belink.cli.loading import step_progress
    from belink.config import KnowledgeBaseSettings
    from belink.models.encoder import load_encoder
    from belink.retrieve.dense_index import ensure_dense_index
    from belink.retrieve.index import ensure_index
    from belink.stages.retrieval import encoder_folder
    from belink.stages.vocabulary import open_knowledge_base

    with step_progress() as progress:
        settings = KnowledgeBaseSettings(path=None if str(kb) == "default" else kb)
        opened = open_knowledge_base(settings, progress)
        folders = [ensure_index(opened, progress).folder]
        if encoder != "none":
            loaded = load_encoder(encoder_folder(encoder))
            folders.append(ensure_dense_index(opened, loaded, progress).folder)
    for folder in folders:
        typer.echo(folder)
