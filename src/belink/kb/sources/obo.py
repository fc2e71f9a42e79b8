"""OBO flat files, format 1.2 and 1.4 (https://owlcollab.github.io/oboformat/doc/obo-syntax.html), by fastobo.

Obsolete terms and `alt_id`s become retirements. `consider` names terms a curator should look at, no
replacement: it is left out. Terms without a name (stubs of imported terms) are left out.

The format has no field for a language. A trailing qualifier may say anything of a clause; of names and
synonyms the qualifier `{xml:lang="fr"}` is read, and of several names the one in a language asked for is
preferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from belink.kb.languages import language_code
from belink.kb.records import Record, Retirement
from belink.kb.sources.lines import DAMAGED, head, open_bytes
from belink.kb.sources.names import aliases, curie, parent_curie, tidy, types_of, xrefs
from belink.kb.sources.options import About, SourceOptions, at, refuse, warn
from belink.types import Alias, AliasScope, Concept

if TYPE_CHECKING:
    from fastobo.term import BaseTermClause, TermFrame

_SCOPES: dict[str, AliasScope] = {
    "EXACT": "exact",
    "NARROW": "narrow",
    "BROAD": "broad",
    "RELATED": "related",
}
_ABBREVIATIONS = frozenset({"abbreviation", "acronym", "ABBREVIATION", "ACRONYM"})


def about_obo(path: Path) -> About:
    """Read the name, the release (`data-version`) and the licence of an OBO file's header."""
    header = head(path).partition("\n[")[0].splitlines()

    def value(tag: str) -> str:
        return next((line.removeprefix(tag).strip() for line in header if line.startswith(tag)), "")

    return About(
        value("ontology:").removesuffix(".obo"),
        value("data-version:"),
        value("property_value: terms:license") or value("property_value: http://purl.org/dc/terms/license"),
    )


def read_obo(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the terms of an OBO file, plain or gzip, in its order.

    Raises:
        KnowledgeBaseError: where the file is not OBO; a syntax error ends the reading of a file, lenient or
            not, but when lenient the terms before it are kept.
    """
    import fastobo
    from fastobo.term import TermFrame

    with open_bytes(path) as stream:
        try:
            for frame in fastobo.iter(stream, ordered=True, threads=1):
                if isinstance(frame, TermFrame):
                    yield from _records(frame, str(path), options)
        except SyntaxError as error:
            refuse(options, at(path, error.lineno or 1), f"no OBO: {error.msg}, at {error.text!r}", "rest")
        except (*DAMAGED, OSError, ValueError, TypeError) as error:  # as fastobo passes on what `read` raised
            refuse(options, str(path), f"the file is broken off or damaged ({error}); get it again", "rest")


def _records(frame: TermFrame, where: str, options: SourceOptions) -> Iterator[Record]:
    place = f"{where}, term {frame.id}"
    identifier = curie(str(frame.id), options.prefix, place, options)
    if not identifier:
        return
    clauses: dict[str, list[str]] = {}
    names: list[Alias] = []
    synonyms: list[Alias] = []
    for clause in frame:
        tag = clause.raw_tag()
        if tag == "synonym":
            synonym = clause.synonym
            kind = str(synonym.type) if synonym.type is not None else ""
            scope = "abbreviation" if kind in _ABBREVIATIONS else _SCOPES[synonym.scope]
            synonyms.append(Alias(synonym.desc, scope, "", _language(clause)))
        elif tag == "name":
            names.append(Alias(clause.raw_value(), language=_language(clause)))
        elif tag == "xref":
            clauses.setdefault(tag, []).append(str(clause.xref.id))
        elif tag == "def":
            clauses.setdefault(tag, []).append(str(clause.definition))
        else:
            clauses.setdefault(tag, []).append(clause.raw_value())
    name = preferred_text(names, options) or Alias("")
    clauses["name"] = [name.text]
    yield from term_records(identifier, clauses, [*names, *synonyms], place, options, name.language)


def _language(clause: BaseTermClause) -> str:
    qualifiers = clause.qualifiers or ()
    return next((language_code(one.value) for one in qualifiers if str(one.key) == "xml:lang"), "")


def preferred_text(texts: Sequence[Alias], options: SourceOptions) -> Alias | None:
    """Choose the first in a language that is asked for, English unless one is; else the first."""
    wanted = (options.language_codes() or {"en"}) | {""}
    return next((one for one in texts if one.language in wanted), texts[0] if texts else None)


def term_records(
    identifier: str,
    clauses: dict[str, list[str]],
    synonyms: Iterable[tuple[str, AliasScope] | Alias],
    place: str,
    options: SourceOptions,
    language: str = "",
) -> Iterator[Record]:
    """Make the records of an ontology's term.

    Args:
        identifier: the term's CURIE.
        clauses: values by OBO tag: name, def, xref, is_a, alt_id, replaced_by, is_obsolete ("true").
        synonyms: texts with their scopes, in order.
        place: where the term stands, for messages.
        options: how to read the source.
        language: of the name, "" where unknown.
    """
    name = tidy(next(iter(clauses.get("name", ())), ""))
    if clauses.get("is_obsolete") == ["true"]:
        replaced_by = {curie(one, options.prefix, place, options) for one in clauses.get("replaced_by", ())}
        yield Retirement(identifier, tuple(sorted(replaced_by - {"", identifier})), name)
        return
    if not name:
        warn(options, place, "a term without a name is left out")
        return
    parents = {parent_curie(one, options.prefix, place, options) for one in clauses.get("is_a", ())}
    yield Concept(
        identifier,
        name,
        aliases(synonyms, name, language),
        tidy(next(iter(clauses.get("def", ())), "")),
        types_of(identifier, options),
        tuple(sorted(parents - {"", identifier})),
        xrefs(clauses.get("xref", ())),
        language=language,
    )
    for one in clauses.get("alt_id", ()):
        alternative = curie(one, options.prefix, place, options)
        if alternative and alternative != identifier:
            yield Retirement(alternative, (identifier,))
