"""Identifiers as CURIEs: one prefix a vocabulary, whatever it is called in a file.

The prefix map `data/prefixes.json` is an extended prefix map as the `curies` package reads it. Prefixes
are compared without regard to case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from belink.errors import KnowledgeBaseError

if TYPE_CHECKING:
    from curies import Converter

_PREFIX = re.compile(r"[A-Za-z][\w.\-/]*")
_URI = re.compile(r"https?://", re.IGNORECASE)
NO_PREFIXES: Mapping[str, str] = {}


def to_curie(
    identifier: str, default_prefix: str | None = None, *, added: Mapping[str, str] = NO_PREFIXES
) -> str:
    """Write an identifier as a CURIE with our prefix.

    Args:
        identifier: "mesh:D003924", "MIM:264300", "HGNC:HGNC:5", "CVCL_0001",
            "http://purl.obolibrary.org/obo/HP_0000001", or a bare "D003924".
        default_prefix: prefix of an identifier that is written without one.
        added: prefixes the user adds (`parse_prefix`), each with its URL.

    Raises:
        KnowledgeBaseError: at an unknown prefix, or none.

    >>> to_curie("mim:264300"), to_curie("CVCL_0001"), to_curie("672", "NCBIGene")
    ('OMIM:264300', 'Cellosaurus:CVCL_0001', 'NCBIGene:672')
    """
    if _URI.match(identifier):
        return _from_uri(identifier, added)
    prefix, colon, local = identifier.partition(":")
    if not colon:
        if identifier.startswith("CVCL_"):
            return f"Cellosaurus:{identifier}"
        if not identifier or default_prefix is None:
            raise KnowledgeBaseError(
                f"{identifier!r} has no prefix; expected one like MESH:D003924, or name its prefix"
            )
        return _joined(_known(default_prefix, added), identifier)
    known = _known(prefix, added)
    doubled, colon, rest = local.partition(":")
    if colon and doubled.casefold() == prefix.casefold():
        local = rest
    if not local:
        raise KnowledgeBaseError(f"{identifier!r} has nothing behind its prefix")
    return _joined(known, local)


def url(curie: str, *, added: Mapping[str, str] = NO_PREFIXES) -> str | None:
    """Give the address of a concept on the web; None where its prefix is not known, or means no site.

    >>> url("MESH:D003924")
    'http://id.nlm.nih.gov/mesh/D003924'
    """
    found = _converter(tuple(sorted(added.items()))).expand(curie)
    return found if found and _URI.match(found) else None


def parse_prefix(text: str) -> tuple[str, str]:
    """Read a prefix the user adds, `NAME=URL`.

    Raises:
        KnowledgeBaseError: where the text is not of that form, or the prefix already means something else.
    """
    name, equals, address = text.partition("=")
    if not equals or not _PREFIX.fullmatch(name) or not _URI.match(address):
        raise KnowledgeBaseError(
            f"--prefix {text}: expected NAME=URL, as in --prefix LAB=https://lab.example/id/"
        )
    known = _synonyms().get(name.casefold())
    if known is not None and _addresses()[known] != address:
        raise KnowledgeBaseError(
            f"--prefix {text}: {name} already stands for {known} ({_addresses()[known]}); choose another name"
        )
    return name, address


def _known(prefix: str, added: Mapping[str, str]) -> str:
    known = _synonyms().get(prefix.casefold())
    if known is not None:
        return known
    for name in added:
        if name.casefold() == prefix.casefold():
            return name
    raise KnowledgeBaseError(
        f"unknown prefix {prefix!r}; add it with --prefix {prefix}=URL"
        " (the web address of its concepts, up to the number)"
    )


def _joined(prefix: str, local: str) -> str:
    if prefix == "Cellosaurus" and not local.startswith("CVCL_"):
        return f"{prefix}:CVCL_{local}"
    return f"{prefix}:{local}"


def _from_uri(uri: str, added: Mapping[str, str]) -> str:
    found = _converter(tuple(sorted(added.items()))).compress(uri)
    if found is None:
        raise KnowledgeBaseError(
            f"{uri}: no known vocabulary has this address; add it with --prefix NAME=URL"
        )
    prefix, _, local = found.partition(":")
    return _joined(prefix, local)


@lru_cache(1)
def _records() -> tuple[dict[str, object], ...]:
    text = files("belink.kb").joinpath("data", "prefixes.json").read_text(encoding="utf-8")
    return tuple(json.loads(text))


@lru_cache(1)
def _synonyms() -> dict[str, str]:
    """Give every spelling of a prefix, case folded, with the prefix we write."""
    found: dict[str, str] = {}
    for record in _records():
        prefix = str(record["prefix"])
        others = record.get("prefix_synonyms", [])
        for spelling in (prefix, *(others if isinstance(others, list) else [])):
            found[spelling.casefold()] = prefix
    return found


@lru_cache(1)
def _addresses() -> dict[str, str]:
    return {str(record["prefix"]): str(record["uri_prefix"]) for record in _records()}


@lru_cache(8)
def _converter(added: tuple[tuple[str, str], ...]) -> Converter:
    from curies import Converter, Record

    records = [Record.model_validate(record) for record in _records()]
    records += [Record(prefix=name, uri_prefix=address) for name, address in added]
    return Converter(records)
