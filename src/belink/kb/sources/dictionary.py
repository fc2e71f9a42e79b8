"""Dictionaries of the form `id||name`, as BioSyn and SapBERT use them.

Either one name a line (Sung et al. 2020, doi:10.18653/v1/2020.acl-main.335, github.com/dmis-lab/BioSyn),
where the first line of an id has its preferred name; or all names in one line parted by "|", as in the MEDIC
release of 6 July 2012 used with the NCBI Disease corpus (`C566983|608980||Bifid Nose|BNAR`, dnorm). The file
is of the second kind where no id stands in two lines. Several identifiers parted by "|" are one concept: the
first is its id, the others are alternative ids. Among MeSH ids, digits are OMIM.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

from belink.kb.records import Located, Record, Retirement
from belink.kb.sources.extras import NO_EXTRA
from belink.kb.sources.lines import numbered_lines
from belink.kb.sources.names import aliases, curie, tidy
from belink.kb.sources.options import SourceOptions, at, refuse
from belink.kb.sources.tables import prefix_of
from belink.types import Concept

_MESH = re.compile(r"(MESH:)?[CD]\d{6,9}")
_XML_ENTITY = re.compile(r"&(?:apos|quot|amp|lt|gt);")


def read_dictionary(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read a dictionary, plain or gzip; concepts come in the order of their last lines.

    Raises:
        KnowledgeBaseError: unless lenient, at a line without "||", an id or a name.
    """
    entries = _entries(path, replace(options, on_problem=None))
    lines_left = Counter(identifiers for _, identifiers, _ in entries)
    with_mesh = any(_MESH.fullmatch(one.partition("|")[0]) for one in lines_left)
    one_name_a_line = any(count > 1 for count in lines_left.values())
    waiting: dict[str, list[str]] = {}
    first_lines: dict[str, int] = {}
    for line, identifiers, text in _entries(path, options):
        names = [text] if one_name_a_line else text.split("|")
        waiting.setdefault(identifiers, []).extend(names)
        first_lines.setdefault(identifiers, line)
        lines_left[identifiers] -= 1
        if not lines_left[identifiers]:
            yield from _records(
                identifiers, waiting.pop(identifiers), path, first_lines.pop(identifiers), with_mesh, options
            )


def _entries(path: Path, options: SourceOptions) -> Iterator[tuple[int, str, str]]:
    for line, text in numbered_lines(path, options):
        if not text.strip():
            continue
        identifiers, separator, names = text.partition("||")
        if separator and identifiers.strip() and names.strip():
            yield line, identifiers.strip(), names
        else:
            refuse(options, at(path, line), f"expected id||name, found {text[:60]!r}")


def _records(
    identifiers: str, texts: list[str], path: Path, line: int, with_mesh: bool, options: SourceOptions
) -> Iterator[Located]:
    where = at(path, line)
    ids = [curie(one, _prefix(one, with_mesh, options), where, options) for one in identifiers.split("|")]
    if not ids[0]:
        return
    names = [tidy(_unescaped(text)) for text in texts]
    suffix = f" ({names[0]})"
    types = (options.type,) if options.type else ()
    short = aliases((name.removesuffix(suffix) for name in names[1:]), names[0])
    yield Located(Concept(ids[0], names[0], short, types=types), line)
    for other in ids[1:]:
        if other and other != ids[0]:
            yield Located(Retirement(other, (ids[0],)), line)


def _prefix(identifier: str, with_mesh: bool, options: SourceOptions) -> str:
    if with_mesh and options.prefix in ("", "MESH"):
        return "OMIM" if identifier.isdecimal() else "MESH"
    return prefix_of(identifier, NO_EXTRA, options)


def _unescaped(text: str) -> str:
    return _XML_ENTITY.sub(lambda match: unescape(match[0]), text) if "&" in text else text
