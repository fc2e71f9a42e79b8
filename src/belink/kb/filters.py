"""Filters as a user writes them: ids, organisms by number, files of ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from belink.errors import KnowledgeBaseError
from belink.kb.curies import parse_prefix, to_curie
from belink.kb.languages import language_code
from belink.kb.recipe import id_lines, recipe_of
from belink.kb.records import Filter
from belink.kb.selection import check_filter

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase


def filter_of(
    kb: KnowledgeBase,
    *,
    types: Sequence[str] = (),
    sources: Sequence[str] = (),
    languages: Sequence[str] = (),
    under: Sequence[str] = (),
    taxa: Sequence[str] = (),
    allow: Sequence[Path] = (),
    deny: Sequence[Path] = (),
) -> Filter:
    """Make the filter of a request to a knowledge base; nothing in it is built again.

    Args:
        kb: what is asked.
        types: as in `Filter`.
        sources: as in `Filter`.
        languages: as in `Filter`; in any spelling that `language_code` knows.
        under: as in `Filter`; in any spelling of the prefix that is known.
        taxa: organisms, as numbers of the NCBI Taxonomy or as CURIEs.
        allow: files of ids, one a line; "#" begins a comment line. An id may be a retired one. One that the
            knowledge base does not know stands for nothing.
        deny: such files too.

    Raises:
        KnowledgeBaseError: at a type, source, language, organism or root of a subtree that it does not
            have, a file that cannot be read or has a line that is no id, or where no concept is left.
    """
    if not any((types, sources, languages, under, taxa, allow, deny)):
        return Filter()
    added = dict(parse_prefix(each) for each in recipe_of(kb.manifest).prefixes)
    keep = Filter(
        types=frozenset(types),
        sources=frozenset(sources),
        languages=frozenset(map(language_code, languages)),
        under=frozenset(each if kb.resolve(each) else to_curie(each, added=added) for each in under),
        taxa=frozenset(to_curie(each, "NCBITaxon") for each in taxa),
        allow=frozenset(each for path in allow for each in _ids(kb, path, added)),
        deny=frozenset(each for path in deny for each in _ids(kb, path, added)),
    )
    check_filter(kb, keep)
    if (allow and not keep.allow) or not kb.select(keep).any():
        raise KnowledgeBaseError(f"{kb.path}: the filters leave none of its {len(kb):,} concepts")
    return keep


def _ids(kb: KnowledgeBase, path: Path, added: Mapping[str, str]) -> Iterator[str]:
    lines = list(id_lines(path))
    known = kb.ordinals([text for _, text in lines])
    for number, text in lines:
        try:
            yield text if text in known else to_curie(text, added=added)
        except KnowledgeBaseError as error:
            raise KnowledgeBaseError(f"{path}:{number}: {error}") from error
