"""`belink kb build`, `update`, `add`, `download`: what makes and changes knowledge bases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from belink.cli.loading import bytes_progress, records_progress
from belink.errors import ConfigError

Kb = Annotated[Path, typer.Argument(metavar="KB", help="Folder of a knowledge base.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Sources = Annotated[
    list[Path], typer.Argument(metavar="SOURCE...", help="Vocabularies, the first goes first.")
]


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
    language: Annotated[
        list[str] | None, typer.Option(help="Keep names in this language (en), and in none that is stated.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Keep names from this vocabulary (of UMLS MSH, OMIM).")
    ] = None,
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
    from belink.cli.kb_view import print_manifest

    print_manifest(manifest, out)


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
        typer.echo(
            f"{result.manifest.names:,} names, {result.new_names:,} of a form that was not there before"
        )


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
    from belink.kb.additions import Addition, Denial, Entry
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
    with records_progress(f"building {kb}") as progress:
        manifest = rebuild(kb, entries, progress=progress).manifest
    typer.echo(f"{kb}: {manifest.concepts:,} concepts, {manifest.names:,} names")


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
