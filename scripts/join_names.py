"""Join groups of names that mean one thing to the tables of `belink.text.thesaurus`.

Usage: python scripts/join_names.py KIND FILE... [--data ../shared/data]

A line of a file is a group of names parted by "|", the best known first, written from general knowledge with
no vocabulary at hand (docs/decisions/0012-a-thesaurus-written-by-language-models.md). Of each group the first
name that a vocabulary has for one concept becomes the concept's name, as the group writes it. The others join
it but those that are names of that concept, lead to it already or, above four letters, name or lead to
another concept. Groups of which no vocabulary knows a name are left out. Diseases bear names of MeSH's
headings alone; chemicals whose name is no heading go to `chemical_general.tsv`. Genes are looked up in one
organism after another, man first. Tables are written anew, in the order of the alphabet.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from belink.text.normalise import bag, normalise
from belink.text.thesaurus import Kind, everyday_names, everyday_table
from belink.train.recipe import concepts

TABLES = Path(__file__).parents[1] / "src" / "belink" / "text" / "data"
HEADINGS = ("mesh-descriptors", "mesh-diseases")
VOCABULARIES: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "chemical": (("mesh-chemicals",),),
    "disease": (HEADINGS,),
    "gene": tuple((f"ncbi-gene-{taxon}-2021",) for taxon in (9606, 10090, 7955, 7227)),
    "species": (("ncbi-taxonomy-2024",),),
}
"""Of each kind the vocabularies, files that share their ids together, in the order they are looked up."""
MAY_BE_ANOTHERS = 4
"""Letters up to which a name may lead to several concepts; longer ones seldom do in articles."""

Names = Mapping[str, frozenset[str]]
"""The ids of the concepts that bear a name, by `key` and by `run_together`."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Rows by table, and what became of the groups."""

    rows: dict[str, dict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    unknown: list[str] = field(default_factory=list)


def read_names(data: Path, files: Iterable[str]) -> Names:
    """Read which concepts bear which names in some vocabularies."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in files:
        for concept in concepts(data / "kb" / f"{file}.tsv.gz"):
            for name in (concept.name, *(alias.text for alias in concept.aliases)):
                found[key(name)].add(concept.id)
                found[run_together(name)].add(concept.id)
    found.pop("", None)
    found.pop("=", None)
    return {name: frozenset(ids) for name, ids in found.items()}


def key(name: str) -> str:
    """Give what names that are the same but for case, punctuation and order of words share."""
    return bag(normalise(name))


def run_together(name: str) -> str:
    """Give what names share that differ in spaces, hyphens and case; "=" keeps it apart from `key`."""
    return "=" + normalise(name).replace(" ", "")


def join(kind: Kind, groups: Iterable[Sequence[str]], data: Path) -> Joined:
    """Join groups to what the tables of a kind have."""
    joined = Joined()
    headings = read_names(data, HEADINGS) if kind == "chemical" else {}
    vocabularies = [read_names(data, files) for files in VOCABULARIES[kind]]
    spelt = {key(name): name for name, _ in everyday_table(kind)}
    leads: dict[str, set[str]] = defaultdict(set)
    for group in groups:
        names, place = next(
            (
                (names, place)
                for names in vocabularies
                for place, name in enumerate(group)
                if len(names.get(key(name), ())) == 1
            ),
            ({}, 0),
        )
        if not names:
            joined.unknown.append("|".join(group))
            continue
        name = spelt.setdefault(key(group[place]), group[place])
        table = f"{kind}_general" if headings and key(name) not in headings else f"{kind}_everyday"
        for other in group:
            if other != group[place] and is_new(kind, other, name, names, leads):
                leads[key(other)].add(name)
                joined.rows.setdefault(table, {}).setdefault(name, set()).add(other)
    return joined


def is_new(kind: Kind, other: str, name: str, names: Names, leads: Mapping[str, set[str]]) -> bool:
    """Tell whether a name leads to a concept's name that it did not lead to, and to no other's."""
    if not key(other) or key(other) == key(name):
        return False
    nobody = frozenset[str]()
    concept = names[key(name)]
    bearers = names.get(key(other), nobody) | names.get(run_together(other), nobody)
    known = {*everyday_names(kind, other), *leads.get(key(other), ())}
    led = nobody.union(*(names.get(key(each), ()) for each in known))
    if concept & (bearers | led):
        return False
    return len(normalise(other).replace(" ", "")) <= MAY_BE_ANOTHERS or not (bearers or known)


def read_groups(files: Sequence[Path]) -> Iterator[list[str]]:
    """Read the groups of some files, each name once."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            names = [" ".join(name.split()) for name in line.replace("\t", "|").split("|")]
            distinct = list(dict.fromkeys(name for name in names if name))
            if len(distinct) > 1 and not line.startswith("#"):
                yield distinct


def write(table: str, added: Mapping[str, set[str]]) -> int:
    """Add rows to a table; give how many names it gained."""
    path = TABLES / f"{table}.tsv"
    title, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = {name: set(others.split("|")) for name, _, others in (line.partition("\t") for line in lines)}
    before = sum(map(len, rows.values()))
    for name, others in added.items():
        rows[name] = rows.get(name, set()) | others
    ordered = sorted(rows.items(), key=lambda row: (row[0].lower(), row[0]))
    text = [f"{name}\t{'|'.join(sorted(others, key=lambda o: (o.lower(), o)))}" for name, others in ordered]
    made = path.with_suffix(".part")
    made.write_text("\n".join([title, *text]) + "\n", encoding="utf-8")
    made.replace(path)
    return sum(map(len, rows.values())) - before


def main() -> None:
    """Read the command line, join and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=get_args(Kind))
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    args = parser.parse_args()
    groups = list(read_groups(args.files))
    joined = join(args.kind, groups, args.data)
    for table, rows in sorted(joined.rows.items()):
        print(f"{table}: {write(table, rows)} names added to {len(rows)} concepts")
    print(f"{len(joined.unknown)} of {len(groups)} groups have no name that a vocabulary has for one concept")


if __name__ == "__main__":
    main()
