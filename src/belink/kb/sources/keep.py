"""Keep the names of some languages and vocabularies, whatever the format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from belink.kb.records import Located, Record, Supplement
from belink.kb.sources.options import SourceOptions
from belink.types import Alias, Concept


def keep_names(records: Iterable[Record], options: SourceOptions) -> Iterator[Record]:
    """Leave out the names that `options.languages` and `options.vocabularies` do not ask for.

    The first name that is left takes the place of a preferred name that is not; a concept without a name
    left is left out. A name that states no language, or no vocabulary, stays.
    """
    languages, vocabularies = options.language_codes() | {""}, options.vocabularies | {""}
    if not options.languages and not options.vocabularies:
        yield from records
        return

    def wanted(alias: Alias) -> bool:
        return (not options.languages or alias.language in languages) and (
            not options.vocabularies or alias.source in vocabularies
        )

    for record in records:
        inner = record.record if isinstance(record, Located) else record
        left = inner
        if isinstance(inner, Concept | Supplement):
            left = replace(inner, aliases=tuple(filter(wanted, inner.aliases)))
        if isinstance(left, Concept) and options.languages and left.language not in languages:
            if not left.aliases:
                continue
            first, *others = left.aliases
            left = replace(left, name=first.text, language=first.language, aliases=tuple(others))
        yield Located(left, record.line) if isinstance(record, Located) else left
