"""Make the vocabulary that ships inside the package from the MeSH tables of a data folder.

Usage: python scripts/make_default_kb.py [--data FOLDER] [--out FILE]

Takes every record of `mesh-diseases.tsv.gz` and the descriptors of `mesh-descriptors.tsv.gz` that stand in
tree D; keeps ids, names, tree numbers (C, D, F03) and, for supplementary records, the headings they map to.
The same tables give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator
from pathlib import Path

TREES = ("C", "D", "F03")
HEADER = "id\tname\tsynonyms\ttree\tmaps_to"


def rows(table: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Read id, name, synonyms, tree numbers and mapped headings."""
    with gzip.open(table, "rt", encoding="utf-8", newline="\n") as lines:
        next(lines)
        for line in lines:
            identifier, name, synonyms, _, extra = line.rstrip("\n").split("\t")
            key, _, value = extra.partition("=")
            numbers = [n for n in value.split("|") if n.startswith(TREES)] if key == "tree" else []
            maps_to = value if key == "maps_to" else ""
            yield identifier, name, synonyms, "|".join(sorted(numbers)), maps_to


def main() -> None:
    """Write the packaged table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("src/belink/kb/data/mesh-default.tsv.gz"))
    arguments = parser.parse_args()
    kept = {row[0]: row for row in rows(arguments.data / "kb" / "mesh-diseases.tsv.gz")}
    for row in rows(arguments.data / "kb" / "mesh-descriptors.tsv.gz"):
        if row[0] in kept or any(number.startswith("D") for number in row[3].split("|")):
            kept[row[0]] = row
    text = "\n".join([HEADER, *("\t".join(row) for _, row in sorted(kept.items()))]) + "\n"
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main()
