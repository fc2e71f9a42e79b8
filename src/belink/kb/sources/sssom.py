"""Mappings between vocabularies, SSSOM/TSV (https://mapping-commons.github.io/sssom/): they only add xrefs.

Format: https://mapping-commons.github.io/sssom/spec-formats-tsv/: the description of the set in YAML, each
line behind a "#", then a table with a header.

Only mappings that say "the same" are taken: skos:exactMatch, owl:equivalentClass, owl:sameAs,
oboInOwl:hasDbXref and semapv:crossSpeciesExactMatch, none with the modifier Not. A record adds the
objects as xrefs to the subject, which another source of the build must define.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from belink.kb.records import Located, Record, Supplement
from belink.kb.sources.columns import named_cells
from belink.kb.sources.lines import head
from belink.kb.sources.names import curie, xrefs
from belink.kb.sources.options import About, SourceOptions, at

_SAME = frozenset(
    {
        "skos:exactMatch",
        "owl:equivalentClass",
        "owl:sameAs",
        "oboInOwl:hasDbXref",
        "semapv:crossSpeciesExactMatch",
    }
)


def about_sssom(path: Path) -> About:
    """Read the title, version and licence from the comment lines above the table."""
    values: dict[str, str] = {}
    for text in head(path).splitlines():
        if not text.startswith("#"):
            break
        key, _, value = text.removeprefix("#").partition(":")
        values.setdefault(key.strip(), value.strip().strip("'\""))
    return About(
        values.get("mapping_set_title", ""),
        values.get("mapping_set_version") or values.get("mapping_date", ""),
        values.get("license", ""),
    )


def read_sssom(path: Path, options: SourceOptions) -> Iterator[Record]:
    """Read the mappings, one record for each run of rows with the same subject.

    Raises:
        KnowledgeBaseError: where the header lacks a column; unless lenient, at a wrong row.
    """
    rows = named_cells(path, options, ("subject_id", "predicate_id", "object_id"), ("predicate_modifier",))
    same = (
        (row["subject_id"], line, row["object_id"])
        for line, row in rows
        if row["predicate_id"] in _SAME and row["predicate_modifier"] != "Not"
    )
    for subject, group in groupby(same, key=itemgetter(0)):
        found = list(group)
        line = found[0][1]
        identifier = curie(subject, options.prefix, at(path, line), options)
        if identifier:
            yield Located(Supplement(identifier, xrefs=xrefs(one for _, _, one in found)), line)
