"""What a user may ask of a source reader, and how readers refuse or count what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from belink.errors import KnowledgeBaseError
from belink.kb.languages import language_code
from belink.types import EntityType, Problem

SourceFormat = Literal[
    "table",
    "jsonl",
    "dictionary",
    "ctd",
    "mesh-xml",
    "mesh-ascii",
    "obo",
    "obograph",
    "owl",
    "gene-info",
    "gene-history",
    "taxdump",
    "hgnc",
    "cellosaurus",
    "umls",
    "snomed",
    "icd10cm",
    "ssslm",
    "sssom",
]
"""The formats of vocabularies that BeLink reads."""

SOURCE_FORMATS: tuple[SourceFormat, ...] = get_args(SourceFormat)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How to read a source.

    Attributes:
        type: the type every concept gets; None leaves it to the reader, which knows some vocabularies.
        prefix: CURIE prefix of identifiers that are written without one; "" leaves it to the reader.
        columns: headers of a table that are called otherwise than our tables are, each with what it holds
            ({"HP_ID": "id", "info": "aliases"}).
        added_prefixes: prefixes the user adds to the known ones, each with its URL.
        source_name: short name of the vocabulary; "" takes the file's own, else its file name.
        release: version or date; "" takes what the file says of itself.
        licence: "" takes what is known of the format.
        taxa: organisms whose genes to keep, "9606" or "NCBITaxon:9606"; empty keeps all.
        languages: languages of names to keep, as vocabularies write them ("ENG", "en"); names whose language
            is not known stay. Empty keeps all, save of UMLS, SNOMED CT and SSSLM, which are then read in
            English.
        vocabularies: sources of names to keep (of UMLS the abbreviations, SAB); preferred names and names
            that state no source of their own stay, save of UMLS, where all state one. Empty keeps all.
        semantic_types: UMLS type identifiers (T047) or names to keep; empty keeps all.
        keep_suppressed: keep UMLS names flagged as suppressible or obsolete.
        lenient: leave out what is wrong and report it, where it would otherwise be refused.
        on_problem: called with everything left out, and with warnings; None drops them.
    """

    type: EntityType | None = None
    prefix: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    added_prefixes: Mapping[str, str] = field(default_factory=dict)
    source_name: str = ""
    release: str = ""
    licence: str = ""
    taxa: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    vocabularies: frozenset[str] = frozenset()
    semantic_types: frozenset[str] = frozenset()
    keep_suppressed: bool = False
    lenient: bool = False
    on_problem: Callable[[Problem], None] | None = None

    def keeps_taxon(self, number: str) -> bool:
        """Tell whether genes of the organism with this NCBI Taxonomy number are asked for."""
        return not self.taxa or number in self.taxa or f"NCBITaxon:{number}" in self.taxa

    def language_codes(self) -> frozenset[str]:
        """Give `languages` as codes of `kb.languages`."""
        return frozenset(map(language_code, self.languages))


Severity = Literal["annotation", "document", "rest"]


def refuse(options: SourceOptions, where: str, message: str, severity: Severity = "document") -> None:
    """Refuse what is wrong, or report it where the user asked to be lenient; the caller then leaves it out.

    Args:
        options: how to read the source.
        where: "file:line", or "file" where lines mean nothing.
        message: what was found, and what was expected.
        severity: what is lost: one name ("annotation"), one concept ("document"), the rest of the file
            ("rest").

    Raises:
        KnowledgeBaseError: where `options.lenient` is not set.
    """
    if not options.lenient:
        raise KnowledgeBaseError(f"{where}: {message} (--lenient leaves such records out and goes on)")
    if options.on_problem is not None:
        options.on_problem(Problem(where, message, severity))


def warn(options: SourceOptions, where: str, message: str) -> None:
    """Report something odd that loses nothing."""
    if options.on_problem is not None:
        options.on_problem(Problem(where, message, "warning"))


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself: "" where it is silent."""

    name: str = ""
    release: str = ""
    licence: str = ""


def at(path: Path, line: int) -> str:
    """Write a place in a file as "file:line"."""
    return f"{path}:{line}"
