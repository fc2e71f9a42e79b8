"""ICD-10-CM tabular list in XML (icd10cm-tabular-2026.xml).

Format: the schema icd10cm-tabular.xsd beside the file (https://www.cdc.gov/nchs/icd/icd-10-cm/files.html).
Codes and blocks ("A00-A09") become concepts, inclusion terms their aliases. Codes made by a seventh character
are not spelled out. Public domain. Chapters 20 and 21 (external causes, health status) name no diseases.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from belink.kb.records import Located, Record
from belink.kb.sources.lines import DAMAGED, head, open_bytes, source_line
from belink.kb.sources.names import aliases, tidy
from belink.kb.sources.options import About, SourceOptions, at, refuse
from belink.types import Concept

NO_DISEASE_CHAPTERS = frozenset({"20", "21"})
_VERSION = re.compile(r"<version>([^<]+)</version>")


def about_icd10cm(path: Path) -> About:
    """Read the version."""
    version = _VERSION.search(head(path))
    return About("ICD-10-CM", version[1].strip() if version else "", "public domain (CDC/NCHS and CMS)")


def read_icd10cm(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read blocks and codes in order, a chapter at a time.

    Raises:
        KnowledgeBaseError: where the file is not well-formed (lenient: the chapters before are kept); unless
            lenient, at a code without a description.
    """
    with open_bytes(path) as stream:
        try:
            parser = etree.iterparse(
                stream,
                events=("end",),
                tag="chapter",
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
            )
            for _, chapter in parser:
                number = (chapter.findtext("name") or "").strip()
                types = () if number in NO_DISEASE_CHAPTERS else ("Disease",)
                types = (options.type,) if options.type else types
                for section in chapter.iterfind("section"):
                    yield from _section(section, types, path, options)
                chapter.clear()
        except etree.XMLSyntaxError as error:
            refuse(options, at(path, error.lineno or 1), f"no well-formed XML: {error.msg}", "rest")
        except DAMAGED as error:
            refuse(options, str(path), f"the gzip data are broken off ({error}); get the file again", "rest")


def _section(
    section: etree._Element, types: tuple[str, ...], path: Path, options: SourceOptions
) -> Iterator[Located]:
    block = section.get("id") or ""
    codes = [one.findtext("name") for one in section.iterfind("diag")]
    above: tuple[str, ...] = ()
    if block and block not in codes:
        name = tidy(section.findtext("desc") or "").removesuffix(f" ({block})")
        yield _located(Concept(f"ICD10CM:{block}", name or block, types=types), section)
        above = (f"ICD10CM:{block}",)
    for diagnosis in section.iterfind("diag"):
        yield from _diagnosis(diagnosis, above, types, path, options)


def _diagnosis(
    diagnosis: etree._Element,
    above: tuple[str, ...],
    types: tuple[str, ...],
    path: Path,
    options: SourceOptions,
) -> Iterator[Located]:
    code, name = (tidy(diagnosis.findtext(tag) or "") for tag in ("name", "desc"))
    if not code or not name:
        refuse(options, at(path, source_line(diagnosis)), f"a code without name or desc: {code or name!r}")
        return
    notes = [note.text or "" for note in diagnosis.iterfind("inclusionTerm/note")]
    identifier = f"ICD10CM:{code}"
    yield _located(Concept(identifier, name, aliases(notes, name), types=types, parents=above), diagnosis)
    for child in diagnosis.iterfind("diag"):
        yield from _diagnosis(child, (identifier,), types, path, options)


def _located(concept: Concept, element: etree._Element) -> Located:
    return Located(concept, source_line(element))
