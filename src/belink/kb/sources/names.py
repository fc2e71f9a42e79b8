"""Names and identifiers as files write them, made into values of `Concept`.

Unfit names (control characters, excessive length) are left to `belink.kb.checks`, which sees every record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from belink.errors import KnowledgeBaseError
from belink.kb.curies import to_curie
from belink.kb.sources.options import SourceOptions, refuse, warn
from belink.types import Alias, AliasScope, EntityType

_WHITE_SPACE = re.compile(r"[ \t\r\n\f\v\xa0\u2028\u2029]+")
_DATED_SNOMED = re.compile(r"SNOMEDCT_US_\d{4}_\d\d_\d\d:")
_PAIR = re.compile(r"[^\s:]+:[^\s].*")


def tidy(text: str) -> str:
    """Trim a name or definition and make every run of white space one space."""
    if text.isprintable() and "  " not in text:
        return text.strip(" ")
    return _WHITE_SPACE.sub(" ", text).strip(" ")


def aliases(
    texts: Iterable[str | tuple[str, AliasScope] | Alias], name: str, language: str = ""
) -> tuple[Alias, ...]:
    """Make aliases: tidied, in order, without empty ones, repetitions and the preferred name.

    Args:
        texts: names, with a scope or more where known.
        name: the preferred name.
        language: its language; what is written alike in another language is no repetition.
    """
    seen = {(name, language)}
    made: list[Alias] = []
    for item in texts:
        if isinstance(item, str):
            alias = Alias(tidy(item))
        elif isinstance(item, Alias):
            text = tidy(item.text)
            alias = item if text == item.text else Alias(text, item.scope, item.source, item.language)
        else:
            alias = Alias(tidy(item[0]), item[1])
        key = (alias.text, alias.language)
        if alias.text and key not in seen:
            seen.add(key)
            made.append(alias)
    return tuple(made)


def curie(identifier: str, prefix: str, where: str, options: SourceOptions) -> str:
    """Write a concept's identifier as a CURIE, or give "" after refusing one that is none.

    Args:
        identifier: as the file writes it; white space inside becomes "_".
        prefix: the prefix of an identifier that is written without one, "" for none.
        where: "file:line", for messages.
        options: how to read the source.
    """
    identifier = _WHITE_SPACE.sub("_", identifier.strip())
    try:
        return to_curie(identifier, prefix or None, added=options.added_prefixes)
    except KnowledgeBaseError as error:
        refuse(options, where, str(error))
        return ""


def parent_curie(identifier: str, prefix: str, where: str, options: SourceOptions) -> str:
    """Write a broader concept's identifier as a CURIE, or give "" with a warning where it is none."""
    try:
        return to_curie(identifier.strip(), prefix or None, added=options.added_prefixes)
    except KnowledgeBaseError as error:
        warn(options, where, f"a parent is left out: {error}")
        return ""


def xref(identifier: str) -> str:
    """Write a cross-reference as a CURIE; one of a vocabulary we do not know stays as it is."""
    identifier = identifier.strip()
    if identifier.startswith("SNOMEDCT_US_"):
        identifier = _DATED_SNOMED.sub("SNOMEDCT_US:", identifier)
    try:
        return to_curie(identifier)
    except KnowledgeBaseError:
        return identifier


def xrefs(identifiers: Iterable[str]) -> tuple[str, ...]:
    """Write cross-references as sorted distinct CURIEs; what is no "prefix:local" pair is left out."""
    return tuple(sorted({xref(one) for one in set(identifiers) if _PAIR.fullmatch(one.strip())}))


_TYPES: dict[str, EntityType] = {
    "MONDO": "Disease",
    "DOID": "Disease",
    "OMIM": "Disease",
    "HP": "Phenotype",
    "CHEBI": "Chemical",
    "DRUGBANK": "Chemical",
    "NCBIGene": "Gene",
    "HGNC": "Gene",
    "NCBITaxon": "Species",
    "Cellosaurus": "CellLine",
}


def types_of(identifier: str, options: SourceOptions) -> tuple[str, ...]:
    """Give the user's type, else that of a vocabulary all of whose concepts are of one type, else none."""
    known = options.type or _TYPES.get(identifier.partition(":")[0])
    return (known,) if known else ()
