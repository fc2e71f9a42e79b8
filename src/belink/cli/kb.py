"""`belink kb`: build, look into, compare and change knowledge bases."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from belink.cli import EXIT_SOME_FAILED
from belink.errors import ConfigError

if TYPE_CHECKING:
    from belink.kb.manifest import Manifest
    from belink.kb.records import Filter
    from belink.kb.store import KnowledgeBase

app = typer.Typer(help="Build, search and compare knowledge bases.", no_args_is_help=True)

Kb = Annotated[Path, typer.Argument(metavar="KB", help="Folder of a knowledge base, or 'default'.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Sources = Annotated[
    list[Path], typer.Argument(metavar="SOURCE...", help="Vocabularies, the first goes first.")
]


@app.command("build")
def build(
    sources: Sources,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the knowledge base to make.")],
    file_format: Annotated[
        str, typer.Option("--format", help="Format of the sources. [default: found from content]")
    ] = "",
    entity_type: Annotated[
        str, typer.Option("--type", help="Type of every concept: Disease, Chemical, Gene, ...")
    ] = "",
    id_prefix: Annotated[str, typer.Option(help="Prefix of ids that are written without one.")] = "",
    columns: Annotated[
        str, typer.Option(metavar="NAME=HEADER,...", help="What columns of a table are called (id=HP_ID).")
    ] = "",
    prefix: Annotated[
        list[str] | None, typer.Option(metavar="NAME=URL", help="Add a prefix to the known ones.")
    ] = None,
    name: Annotated[str, typer.Option(help="Short name of the vocabulary.")] = "",
    release: Annotated[str, typer.Option(help="Its version or date.")] = "",
    licence: Annotated[str, typer.Option(help="Its licence.")] = "",
    taxon: Annotated[list[str] | None, typer.Option(help="Keep genes of this organism (9606).")] = None,
    under: Annotated[
        list[str] | None, typer.Option(help="Keep this concept and what is below it (MESH:D009369).")
    ] = None,
    allow: Annotated[
        list[Path] | None, typer.Option(help="Keep only the concepts of this file, one id a line.")
    ] = None,
    deny: Annotated[
        list[Path] | None, typer.Option(help="Leave out the concepts of this file, one id a line.")
    ] = None,
    only_type: Annotated[list[str] | None, typer.Option(help="Keep concepts of this type.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="UMLS, SNOMED CT: keep this language.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="UMLS: keep this source (MSH, OMIM).")] = None,
    semantic_type: Annotated[list[str] | None, typer.Option(help="UMLS: keep this type (T047).")] = None,
    keep_suppressed: Annotated[bool, typer.Option(help="UMLS: keep suppressed names.")] = False,
    retired: Annotated[list[Path] | None, typer.Option(help="Table retired_id, current_id.")] = None,
    aliases_from: Annotated[
        list[Path] | None, typer.Option(help="Borrow names from this vocabulary or knowledge base.")
    ] = None,
    via: Annotated[str, typer.Option(help="What connects borrowed names: xref.")] = "xref",
    lenient: Annotated[bool, typer.Option(help="Count faulty records instead of stopping.")] = False,
) -> None:
    """Build a knowledge base from vocabularies of any known format."""
    from belink.kb.build import build_sources
    from belink.kb.problems import Problems
    from belink.kb.recipe import Recipe, open_sources

    if via != "xref":
        raise ConfigError(f"--via {via}: borrowed names are connected by xref, nothing else")
    recipe = Recipe(
        format=file_format,
        type=entity_type,
        id_prefix=id_prefix,
        columns=columns,
        prefixes=tuple(prefix or ()),
        name=name,
        release=release,
        licence=licence,
        taxa=tuple(taxon or ()),
        languages=tuple(language or ()),
        vocabularies=tuple(source or ()),
        semantic_types=tuple(semantic_type or ()),
        keep_suppressed=keep_suppressed,
        types=tuple(only_type or ()),
        under=tuple(under or ()),
        allow=_absolute(allow),
        deny=_absolute(deny),
        retired=_absolute(retired),
        lenders=_absolute(aliases_from),
        lenient=lenient,
    )
    problems = Problems(lenient)
    with records_progress(f"building {out}") as progress:
        manifest = build_sources(
            open_sources(sources, recipe, problems),
            out,
            problems=problems,
            keep=recipe.filter(),
            recipe=recipe.as_json(),
            progress=progress,
        )
    _print_manifest(manifest, out)


@app.command("update")
def update(
    kb: Kb,
    sources: Sources,
    release: Annotated[str, typer.Option(help="Version or date of the new release.")] = "",
    lenient: Annotated[bool, typer.Option(help="Count faulty records instead of stopping.")] = False,
    json: Json = False,
) -> None:
    """Go to a new release, read as the old one was; your additions are kept."""
    from dataclasses import replace

    from belink.cli.kb_view import print_diff
    from belink.kb.manifest import read_manifest
    from belink.kb.problems import Problems
    from belink.kb.recipe import open_sources, recipe_of
    from belink.kb.update import update as bring_up_to_date

    recipe = recipe_of(read_manifest(kb))
    recipe = replace(recipe, release=release, lenient=lenient or recipe.lenient)
    problems = Problems(recipe.lenient)
    with records_progress(f"updating {kb}") as progress:
        result = bring_up_to_date(
            kb,
            open_sources(sources, recipe, problems),
            problems=problems,
            keep=recipe.filter(),
            recipe=recipe.as_json(),
            progress=progress,
        )
    print_diff(result.changes, "json" if json else "table")
    if not json:
        new = result.manifest.names - result.carried
        typer.echo(f"{new:,} of {result.manifest.names:,} names are new; only these need be indexed again")


@app.command("add")
def add(
    kb: Kb,
    concept_id: Annotated[str, typer.Option("--id", help="Concept to add to, to make, or to leave out.")],
    alias: Annotated[list[str] | None, typer.Option(help="Another name of the concept.")] = None,
    name: Annotated[str, typer.Option(help="Preferred name of a new concept.")] = "",
    definition: Annotated[str, typer.Option(help="Definition of a new concept.")] = "",
    types: Annotated[list[str] | None, typer.Option("--type", help="Type of a new concept.")] = None,
    parent: Annotated[list[str] | None, typer.Option(help="Parent of a new concept.")] = None,
    deny: Annotated[bool, typer.Option(help="Leave the concept out, or only the aliases named.")] = False,
) -> None:
    """Add names or concepts of your own, or ban some; they outlive new releases of the source."""
    from belink.kb.additions import Addition, Denial, Entry, add_entries
    from belink.kb.manifest import read_manifest
    from belink.kb.update import rebuild

    read_manifest(kb)
    entries: list[Entry]
    if deny:
        entries = [Denial(concept_id, each) for each in alias or [""]]
    else:
        entries = [
            Addition(
                concept_id, name, tuple(alias or ()), definition, tuple(types or ()), tuple(parent or ())
            )
        ]
    add_entries(kb, entries)
    with records_progress(f"building {kb}") as progress:
        manifest = rebuild(kb, progress=progress).manifest
    typer.echo(f"{kb}: {manifest.concepts:,} concepts, {manifest.names:,} names")


@app.command("info")
def info(kb: Kb, json: Json = False) -> None:
    """Tell what a knowledge base holds and where it came from."""
    from dataclasses import asdict

    opened = _open(kb)
    if json:
        _print_json(asdict(opened.manifest))
    else:
        _print_manifest(opened.manifest, opened.path)


@app.command("search")
def search(
    kb: Kb,
    text: Annotated[str, typer.Argument(help="A name, also misspelt or cut off, or an id.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many concepts.")] = 10,
    types: Annotated[list[str] | None, typer.Option("--type", help="Only concepts of this type.")] = None,
    taxon: Annotated[list[str] | None, typer.Option(help="Only of this organism (9606).")] = None,
    under: Annotated[list[str] | None, typer.Option(help="Only below this concept.")] = None,
    json: Json = False,
) -> None:
    """Find concepts by name; typos do not matter."""
    from dataclasses import asdict

    from belink.cli.kb_view import print_hits
    from belink.kb.search import search as find

    opened = _open(kb)
    hits = find(opened, text, limit, _filter(opened, types, taxon, under))
    if json:
        _print_json([{"score": hit.score, **asdict(hit.name)} for hit in hits])
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
    from belink.kb.store import verify as damaged_files

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
    links = (each for verdict in verdicts if isinstance(verdict, Linked) for each in verdict.concept_ids)
    found = affected(_open(old), _open(new), links)
    if json:
        _print_json([asdict(each) for each in found])
    else:
        print_impact(found)


@app.command("download")
def download(
    name: Annotated[str, typer.Argument(help="medic, ctd-chemicals, mesh, hpo, mondo, ncbi-gene, ...")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path(),
    key: Annotated[str, typer.Option(envvar="UMLS_API_KEY", help="Your own key, for UMLS.")] = "",
) -> None:
    """Fetch a vocabulary from its publisher; what broke off is resumed."""
    from belink.kb.download import download as fetch

    with bytes_progress() as progress:
        files = fetch(name, out, key=key, progress=progress)
    for each in files:
        typer.echo(f"{each.path}  {each.bytes:,} bytes  sha256 {each.sha256}")
        typer.echo(f"licence: {each.licence}" + (f"\n{each.note}" if each.note else ""))
    paths = " ".join(str(each.path) for each in files)
    typer.echo(f"build it with: belink kb build {paths} -o {name}")


def _absolute(paths: list[Path] | None) -> tuple[str, ...]:
    """Write paths so that an update from elsewhere finds them."""
    return tuple(str(path.absolute()) for path in paths or ())


def _open(path: Path) -> KnowledgeBase:
    from belink.kb.store import KnowledgeBase

    if str(path) != "default":
        return KnowledgeBase.open(path)
    from belink.cli.loading import step_progress
    from belink.kb.default import open_default

    with step_progress() as progress:
        return open_default(progress)


def _filter(
    kb: KnowledgeBase, types: list[str] | None, taxa: list[str] | None, under: list[str] | None
) -> Filter:
    from belink.kb.curies import to_curie
    from belink.kb.records import Filter
    from belink.kb.selection import check_filter

    keep = Filter(
        types=frozenset(types or ()),
        under=frozenset(under or ()),
        taxa=frozenset(to_curie(each, "NCBITaxon") for each in taxa or ()),
    )
    check_filter(kb, keep)
    return keep


@contextmanager
def records_progress(label: str) -> Iterator[Callable[[int], None] | None]:
    """Give a callback told of records read, which draws their number and speed on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} records"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None)
        yield lambda count: bars.advance(task, count)


@contextmanager
def bytes_progress() -> Iterator[Callable[[str, int, int | None], None] | None]:
    """Give a callback told of a file's bytes, which draws share, speed and time left on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:

        def report(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield report


def _print_manifest(manifest: Manifest, path: Path) -> None:
    from belink.cli.kb_view import print_manifest

    print_manifest(manifest, path)


def _print_json(value: object) -> None:
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
