"""What several records say of one concept, united, and whether it passes a filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from belink.kb.records import Filter
from belink.types import Alias, Concept

_Part = tuple[Concept, str, bool]
_Facts = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str | None]


@dataclass(frozen=True, slots=True)
class Merged:
    """A concept with the source of its preferred name; every alias names its own source."""

    concept: Concept
    name_source: str


def united(parts: Sequence[_Part], added: Sequence[_Part]) -> Merged:
    """Unite what several records say of one concept; the first goes before the others.

    A name that is written alike in several languages is of none of them.

    Args:
        parts: records of the concept with their sources' names, at least one.
        added: further names; where the third value holds, also further xrefs.
    """
    first, name_source, _ = parts[0]
    names = {first.name: Alias(first.name, "exact", name_source, first.language)}
    for concept, source, _ in (*parts, *added):
        named = () if concept is first else (Alias(concept.name, "exact", source, concept.language),)
        for alias in (*named, *concept.aliases):
            known = names.get(alias.text)
            if known is None:
                filled = alias if alias.source else Alias(alias.text, alias.scope, source, alias.language)
                names[alias.text] = filled
            elif known.language != alias.language:
                names[alias.text] = replace(known, language="")
    preferred, *aliases = (alias for alias in names.values() if alias.text)
    if len(parts) == 1 and not added:
        facts: _Facts = first.definition, first.types, first.parents, first.xrefs, first.taxon
    else:
        facts = _facts(parts, added)
    concept = Concept(first.id, first.name, tuple(aliases), *facts, language=preferred.language)
    return Merged(concept, name_source)


def _facts(parts: Sequence[_Part], added: Sequence[_Part]) -> _Facts:
    """Give the definition, types, parents, xrefs and taxon that several records have between them."""
    whole = [concept for concept, _, _ in parts]
    return (
        next((each.definition for each in whole if each.definition), ""),
        tuple(sorted({kind for each in whole for kind in each.types})),
        tuple(sorted({parent for each in whole for parent in each.parents})),
        tuple(sorted({xref for each, _, counts in (*parts, *added) if counts for xref in each.xrefs})),
        next((each.taxon for each in whole if each.taxon), None),
    )


def passes(merged: Merged, keep: Filter, below: frozenset[str]) -> bool:
    """Tell whether a concept passes the filter; `below` are the ids that `keep.under` selects."""
    concept = merged.concept
    return (
        (not keep.types or not keep.types.isdisjoint(concept.types))
        and (not keep.under or concept.id in below)
        and (not keep.taxa or concept.taxon is None or concept.taxon in keep.taxa)
        and (not keep.allow or concept.id in keep.allow)
        and concept.id not in keep.deny
        and (not keep.sources or not keep.sources.isdisjoint(_sources_of(merged)))
        and (not keep.languages or not {"", *keep.languages}.isdisjoint(_languages_of(concept)))
    )


def _sources_of(merged: Merged) -> Iterator[str]:
    yield merged.name_source
    for alias in merged.concept.aliases:
        yield alias.source


def _languages_of(concept: Concept) -> Iterator[str]:
    yield concept.language
    for alias in concept.aliases:
        yield alias.language
