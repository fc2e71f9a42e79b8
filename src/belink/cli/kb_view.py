"""What a person sees of a knowledge base: tables, trees, and the report of a release."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from belink.errors import KnowledgeBaseError
from belink.kb.curies import url
from belink.kb.homonyms import display, homonyms_of
from belink.kb.manifest import Manifest
from belink.kb.releases import Diff, Impact
from belink.kb.search import Hit
from belink.kb.store import KnowledgeBase
from belink.types import Alias, Concept

SHOWN = 20
TITLES = {
    "added": "Added",
    "retired": "Retired",
    "merged": "Merged",
    "renamed": "Renamed",
    "moved": "Moved",
    "new_homonyms": "New homonyms",
}


def print_manifest(manifest: Manifest, path: Path) -> None:
    """Print what a knowledge base holds."""
    console = Console()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    size = sum(each[1] for each in manifest.files)
    rows = [
        ("knowledge base", str(path)),
        ("concepts", f"{manifest.concepts:,}"),
        ("names", f"{manifest.names:,}"),
        ("homonyms", f"{manifest.homonyms:,} normalised names of several concepts"),
        ("retired ids", f"{manifest.retired:,}"),
        ("size", f"{size / 1e6:,.1f} MB"),
        ("built", f"{manifest.created} by BeLink {manifest.belink}"),
        ("fingerprint", manifest.fingerprint),
    ]
    for source in manifest.sources:
        known = (source.name, source.release, source.format, source.licence, source.path)
        rows.append(("source", ", ".join(filter(None, known))))
    if len(manifest.languages) > 1:
        rows.append(("languages of names", ", ".join(sorted(filter(None, manifest.languages)))))
    if manifest.dangling_parents:
        rows.append(("parents elsewhere", f"{manifest.dangling_parents:,} links lead out of it"))
    if manifest.cyclic_parents:
        rows.append(("cycles", f"{manifest.cyclic_parents:,} links to parents left out"))
    rows += [(each.kind, f"{each.count:,}, such as {each.examples[0]}") for each in manifest.problems]
    for key, value in rows:
        table.add_row(key, escape(value))
    console.print(table)


def print_hits(kb: KnowledgeBase, hits: Sequence[Hit]) -> None:
    """Print what a search found."""
    console = Console()
    if not hits:
        console.print("Nothing was found.", style="dim")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "name", "found by", "type"):
        table.add_column(heading, overflow="fold")
    table.add_column("score", justify="right")
    for hit, shown in zip(hits, display(kb, [hit.name for hit in hits]), strict=True):
        concept = kb.concept(hit.name.concept_id)
        types = ", ".join(concept.types) if concept else ""
        table.add_row(
            hit.name.concept_id, escape(hit.name.concept_name), escape(shown), types, f"{hit.score:.2f}"
        )
    console.print(table)


def print_concept(kb: KnowledgeBase, concept: Concept) -> None:
    """Print a concept."""
    console = Console()
    console.print(f"[bold]{escape(concept.name or concept.id)}[/bold]  {escape(concept.id)}")
    if concept.replaced_by is not None:
        current = kb.resolve(concept.id)
        console.print(f"retired, replaced by {escape(', '.join(_labels(kb, current)) or 'nothing')}")
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    parts: list[tuple[str, Iterable[str]]] = [
        ("type", concept.types),
        ("organism", [concept.taxon] if concept.taxon else []),
        ("definition", [concept.definition] if concept.definition else []),
        ("address", filter(None, [url(concept.id)])),
        ("language", [concept.language] if concept.language else []),
        ("aliases", (f"{a.text}  ({_origin(a)})" for a in concept.aliases)),
        ("shares a name", _labels(kb, _sharing(kb, concept))),
        ("path to root", [" < ".join(_labels(kb, kb.path_to_root(concept.id)))]),
        ("parents", _labels(kb, kb.parents(concept.id))),
        ("children", _labels(kb, kb.children(concept.id))),
        ("xrefs", [", ".join(concept.xrefs)] if concept.xrefs else []),
    ]
    for key, values in parts:
        for number, value in enumerate(values):
            table.add_row("" if number else key, escape(value))
    console.print(table)


def _origin(alias: Alias) -> str:
    return ", ".join(filter(None, (alias.scope, alias.source, alias.language)))


def concept_json(kb: KnowledgeBase, concept: Concept) -> dict[str, object]:
    """Give everything known of a concept."""
    return {
        **asdict(concept),
        "current": kb.resolve(concept.id),
        "url": url(concept.id),
        "path_to_root": kb.path_to_root(concept.id),
        "children": kb.children(concept.id),
        "homonyms": _sharing(kb, concept),
    }


def print_tree(kb: KnowledgeBase, concept_id: str, depth: int) -> None:
    """Print what is below a concept, or below the roots."""
    roots = kb.resolve(concept_id) if concept_id else kb.roots()
    if not roots:
        reason = f"no concept {concept_id}" if concept_id else "its concepts have no parents"
        raise KnowledgeBaseError(f"{kb.path}: {reason}")
    for root in roots:
        tree = Tree(_line(kb, root))
        _grow(kb, tree, root, depth)
        Console().print(tree)


def print_diff(changes: Diff, style: Literal["table", "json", "markdown"]) -> None:
    """Print what changed; the table shows the first `SHOWN` of each kind, JSON and Markdown all."""
    if style == "json":
        typer.echo(json.dumps(asdict(changes), ensure_ascii=False, indent=2))
        return
    if style == "markdown":
        typer.echo(diff_markdown(changes))
        return
    console = Console()
    for kind, title in TITLES.items():
        rows = getattr(changes, kind)
        console.print(f"[bold]{title}[/bold] {len(rows):,}")
        for row in rows[:SHOWN]:
            console.print("  " + escape("  ".join(_cells(row))))
        if len(rows) > SHOWN:
            console.print(
                f"  ... and {len(rows) - SHOWN:,} more (--json or --markdown gives all)", style="dim"
            )


def diff_markdown(changes: Diff) -> str:
    """Write what changed as a Markdown report."""
    lines = ["# Changes", "", "| change | concepts |", "| --- | ---: |"]
    lines += [f"| {title} | {len(getattr(changes, kind)):,} |" for kind, title in TITLES.items()]
    for kind, title in TITLES.items():
        rows = getattr(changes, kind)
        if rows:
            headings = [field.name.replace("_", " ") for field in fields(rows[0])]
            lines += ["", f"## {title}", "", f"| {' | '.join(headings)} |", "| --- " * len(headings) + "|"]
            lines += [
                f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in _cells(row))} |" for row in rows
            ]
    return "\n".join(lines)


def print_impact(found: Sequence[Impact]) -> None:
    """Print which links are affected."""
    console = Console()
    if not found:
        console.print("No link is affected.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "change", "old name", "now", "new name"):
        table.add_column(heading, overflow="fold")
    table.add_column("links", justify="right")
    for each in found:
        now = ", ".join(each.current)
        table.add_row(
            each.id, each.change, escape(each.old_name), now, escape(each.new_name), f"{each.count:,}"
        )
    console.print(table)


def _cells(row: object) -> list[str]:
    values = (getattr(row, field.name) for field in fields(row))  # type: ignore[arg-type]
    return [value if isinstance(value, str) else ", ".join(value) for value in values]


def _sharing(kb: KnowledgeBase, concept: Concept) -> tuple[str, ...]:
    ordinals = kb.ordinals([concept.id]).values()
    rows = [row for ordinal in ordinals for row in kb.rows_of(ordinal)]
    return tuple(sorted({other for name in kb.names_at(rows) for other in homonyms_of(kb, name)}))


def _labels(kb: KnowledgeBase, concept_ids: Sequence[str]) -> list[str]:
    found = kb.ordinals(concept_ids)
    names = dict(zip(found, kb.concept_names(list(found.values())), strict=True))
    return [f"{names.get(each, '')} ({each})".strip() for each in concept_ids]


def _line(kb: KnowledgeBase, concept_id: str) -> str:
    return escape(_labels(kb, [concept_id])[0])


def _grow(kb: KnowledgeBase, tree: Tree, concept_id: str, depth: int) -> None:
    children = kb.children(concept_id)
    if depth == 0:
        if children:
            tree.add(f"[dim]{len(children)} more below[/dim]")
        return
    for child in children:
        _grow(kb, tree.add(_line(kb, child)), child, depth - 1)
