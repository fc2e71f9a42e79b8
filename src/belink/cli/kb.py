"""`belink kb`: build, look into, compare and change knowledge bases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from belink.cli import EXIT_SOME_FAILED, kb_build, kb_index
from belink.cli.inputs import Allow, Deny, Language, Origin, Taxon, Under
from belink.errors import ConfigError, InputError

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

app = typer.Typer(help="Build, search and compare knowledge bases.", no_args_is_help=True)

Kb = Annotated[Path, typer.Argument(metavar="KB", help="Folder of a knowledge base, or 'default'.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

for _command in (kb_build.build, kb_build.update, kb_build.add, kb_build.download, kb_index.index):
    app.command(_command.__name__)(_command)


@app.command("info")
def info(kb: Kb, json: Json = False) -> None:
    """Tell what a knowledge base holds and where it came from."""
    from dataclasses import asdict

    opened = _open(kb)
    if json:
        _print_json(asdict(opened.manifest))
    else:
        from belink.cli.kb_view import print_manifest

        print_manifest(opened.manifest, opened.path)


@app.command("search")
def search(
    kb: Kb,
    text: Annotated[str, typer.Argument(help="A name, also misspelt or cut off, or an id.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many concepts.")] = 10,
    types: Annotated[list[str] | None, typer.Option("--type", help="Only concepts of this type.")] = None,
    under: Under = None,
    taxon: Taxon = None,
    source: Origin = None,
    language: Language = None,
    allow: Allow = None,
    deny: Deny = None,
    json: Json = False,
) -> None:
    """Find concepts by name; typos do not matter."""
    from belink.cli.kb_view import print_hits
    from belink.kb.filters import filter_of
    from belink.kb.search import search as find

    opened = _open(kb)
    keep = filter_of(
        opened,
        types=types or (),
        sources=source or (),
        languages=language or (),
        under=under or (),
        taxa=taxon or (),
        allow=allow or (),
        deny=deny or (),
    )
    hits = find(opened, text, limit, keep)
    if json:
        _print_json([{"score": hit.score, **hit.name._asdict()} for hit in hits])
    else:
        print_hits(opened, hits)


@app.command("show")
def show(kb: Kb, concept_id: Annotated[str, typer.Argument(metavar="ID")], json: Json = False) -> None:
    """Print everything known of a concept, with its path to the root."""
    from belink.cli.kb_view import concept_json, print_concept
    from belink.errors import KnowledgeBaseError
    from belink.kb.curies import to_curie

    opened = _open(kb)
    concept = opened.concept(concept_id) or opened.concept(to_curie(concept_id))
    if concept is None:
        raise KnowledgeBaseError(f"{kb}: no concept {concept_id}; search by name with `belink kb search`")
    if json:
        _print_json(concept_json(opened, concept))
    else:
        print_concept(opened, concept)


@app.command("tree")
def tree(
    kb: Kb,
    concept_id: Annotated[str, typer.Argument(metavar="[ID]", help="Where to begin. [default: roots]")] = "",
    depth: Annotated[int, typer.Option(min=0, help="How many levels below.")] = 2,
) -> None:
    """Print the concepts below one, or below the roots."""
    from belink.cli.kb_view import print_tree

    print_tree(_open(kb), concept_id, depth)


@app.command("verify")
def verify(kb: Kb) -> None:
    """Check every file against the checksums of the manifest."""
    from belink.kb.manifest import verify as damaged_files

    damaged = damaged_files(kb)
    for name in damaged:
        typer.echo(f"belink: {kb}: {name} is damaged or missing; build the knowledge base again", err=True)
    if damaged:
        raise typer.Exit(EXIT_SOME_FAILED)
    typer.echo(f"{kb}: whole")


@app.command("export")
def export(
    kb: Kb,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    file_format: Annotated[
        str, typer.Option("--format", help="tsv or jsonl. [default: by the file's name, else jsonl]")
    ] = "",
) -> None:
    """Write everything to a table or JSONL file, from which it can be built again."""
    from belink.kb.export import export as write

    chosen = file_format or ("tsv" if out.suffix == ".tsv" else "jsonl")
    if chosen not in ("tsv", "jsonl"):
        raise ConfigError(f"--format {chosen}: not known; choose tsv or jsonl")
    write(_open(kb), out, "tsv" if chosen == "tsv" else "jsonl")


@app.command("diff")
def diff(
    old: Kb,
    new: Kb,
    json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Tell what changed between two releases."""
    from belink.cli.kb_view import print_diff
    from belink.kb.releases import diff as compare

    print_diff(compare(_open(old), _open(new)), "json" if json else "markdown" if markdown else "table")


@app.command("impact")
def impact(
    old: Kb,
    new: Kb,
    file: Annotated[Path, typer.Argument(help="Decisions, or annotated documents of any format.")],
    json: Json = False,
) -> None:
    """Tell which links in a file a new release affects."""
    from dataclasses import asdict

    from belink.cli.kb_view import print_impact
    from belink.formats.predictions import read_predictions
    from belink.kb.releases import impact as affected
    from belink.types import Linked

    verdicts = (decision.verdict for decision in read_predictions(file))
    links = [each for verdict in verdicts if isinstance(verdict, Linked) for each in verdict.concept_ids]
    if not links:
        raise InputError(f"{file}: has no link to an identifier; expected decisions or annotated documents")
    found = affected(_open(old), _open(new), links)
    if json:
        _print_json([asdict(each) for each in found])
    else:
        print_impact(found)


def _open(path: Path) -> KnowledgeBase:
    from belink.kb.store import KnowledgeBase

    if str(path) != "default":
        return KnowledgeBase.open(path)
    from belink.cli.loading import step_progress
    from belink.kb.default import open_default

    with step_progress() as progress:
        return open_default(progress)


def _print_json(value: object) -> None:
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
