"""Check one record of a source before it enters a knowledge base."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from belink.kb.problems import Problems
from belink.kb.records import Retirement, Supplement
from belink.types import Alias, Concept

MAX_NAME_LENGTH = 10_000
_CURIE = re.compile(r"[^\s:]+:[^\s]+")
_MEND = "correct the row (such characters come of text decoded wrongly)"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def checked_concept(concept: Concept, where: str, problems: Problems) -> Concept | None:
    """Give the concept with clean names and ids, or None where it cannot be kept.

    Names are stripped; control characters in definitions become spaces. Faults are reported to `problems`:
    where those are counted, control characters in names become spaces, names that are empty or longer
    than `MAX_NAME_LENGTH` code points are left out, and an alias stands in for a missing preferred name.

    Raises:
        KnowledgeBaseError: at the first fault, where `problems` is not lenient.
    """
    if not is_curie(concept.id):
        problems.report("bad id", _not_an_id(concept.id), where)
        return None
    name, language = _checked_name(concept.name, concept.id, where, problems), concept.language
    aliases = _checked_aliases(concept.aliases, concept.id, where, problems)
    if name is None:
        if not aliases:
            return None
        first, *others = aliases
        name, language, aliases = first.text, first.language, tuple(others)
    return Concept(
        concept.id,
        name,
        aliases,
        without_controls(concept.definition),
        _checked_ids(concept.types),
        _checked_ids(concept.parents),
        _checked_ids(concept.xrefs),
        concept.taxon,
        language=language,
    )


def checked_retirement(retirement: Retirement, where: str, problems: Problems) -> Retirement | None:
    """Give the retirement with distinct, sorted replacements, or None where its id cannot be kept.

    Raises:
        KnowledgeBaseError: at the first fault, where `problems` is not lenient.
    """
    for identifier in (retirement.id, *retirement.replaced_by):
        if not is_curie(identifier):
            problems.report("bad id", _not_an_id(identifier), where)
            return None
    return Retirement(
        retirement.id, tuple(sorted(set(retirement.replaced_by))), without_controls(retirement.name)
    )


def checked_supplement(supplement: Supplement, where: str, problems: Problems) -> Supplement | None:
    """Give the supplement with clean names and ids, or None where its id cannot be kept.

    Raises:
        KnowledgeBaseError: at the first fault, where `problems` is not lenient.
    """
    if not is_curie(supplement.id):
        problems.report("bad id", _not_an_id(supplement.id), where)
        return None
    aliases = _checked_aliases(supplement.aliases, supplement.id, where, problems)
    return Supplement(supplement.id, aliases, _checked_ids(supplement.xrefs))


def is_curie(identifier: str) -> bool:
    """Tell whether the string looks like `PREFIX:LOCAL`, without white space or control characters."""
    return _CURIE.fullmatch(identifier) is not None and identifier.isprintable()


def without_controls(text: str) -> str:
    """Replace runs of control characters and lone surrogates by a space; strip the ends."""
    return text if text.isprintable() else _CONTROL.sub(" ", text).strip()


def _checked_aliases(
    aliases: Iterable[Alias], concept_id: str, where: str, problems: Problems
) -> tuple[Alias, ...]:
    checked = []
    for alias in aliases:
        text = _checked_name(alias.text, concept_id, where, problems)
        if text is not None:
            checked.append(alias if text == alias.text else replace(alias, text=text))
    return tuple(checked)


def _not_an_id(identifier: str) -> str:
    advice = f"; {_MEND}" if _CONTROL.search(identifier) else ""
    return f"{identifier!r} is not an identifier like MESH:D003924{advice}"


def _checked_name(name: str, concept_id: str, where: str, problems: Problems) -> str | None:
    name = name.strip()
    if name and len(name) <= MAX_NAME_LENGTH and name.isprintable():
        return name
    if not name:
        problems.report("empty name", f"{concept_id} has an empty name", where)
        return None
    if len(name) > MAX_NAME_LENGTH:
        problems.report(
            "name too long",
            f"{concept_id} has a name of {len(name):,} characters, at most {MAX_NAME_LENGTH:,} are allowed",
            where,
        )
        return None
    if _CONTROL.search(name):
        message = f"{concept_id} has a control character in {name[:60]!r}; {_MEND}"
        problems.report("control character", message, where)
        return without_controls(name) or None
    return name


def _checked_ids(ids: tuple[str, ...]) -> tuple[str, ...]:
    if not ids:
        return ids
    return tuple(sorted({cleaned for each in ids if (cleaned := without_controls(each))}))
