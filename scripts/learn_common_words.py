"""Learn which names are mostly ordinary words: `python scripts/learn_common_words.py [--data DIR]`.

Every name of the default vocabularies is looked for in the train parts of corpora that annotate its type
exhaustively (diseases: NCBI-Disease and BC5CDR; chemicals: BC5CDR). A name that occurs often enough and is
seldom annotated, and mostly not even inside a longer annotation, goes into
src/belink/detect/common_words.txt with its counts.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from belink.detect.dictionary import dictionary
from belink.detect.name_table import DictionaryEntry, name_key
from belink.formats import read
from belink.types import Document

CORPORA = {
    "ncbi-disease": ("ncbi-disease/train.PubTator", frozenset({"Disease"})),
    "bc5cdr": ("bc5cdr/traindev.PubTator", frozenset({"Disease", "Chemical"})),
}
TARGET = Path(__file__).resolve().parent.parent / "src" / "belink" / "detect" / "common_words.txt"


def default_entries(data: Path) -> Iterator[DictionaryEntry]:
    """Give the names of MeSH diseases and of MeSH descriptors in tree D."""
    csv.field_size_limit(10**9)
    for file, type_, tree in (("mesh-diseases", "Disease", ""), ("mesh-descriptors", "Chemical", "D")):
        with gzip.open(data / "kb" / f"{file}.tsv.gz", "rt", encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                trees = row["extra"].removeprefix("tree=").split("|")
                if any(number.startswith(tree) for number in trees):
                    for name in (row["name"], *row["synonyms"].split("|")):
                        yield DictionaryEntry(name, type_)


def train_documents(data: Path, corpus: str) -> Iterator[Document]:
    """Give the documents of a corpus that are not in its dev part."""
    splits = json.loads((data / "corpora" / "dev-splits.json").read_text(encoding="utf-8"))
    dev = set(splits.get(corpus, {}).get("dev", ()))
    path = data / "corpora" / CORPORA[corpus][0]
    return (doc for doc in read(path, on_problem=lambda _: None).documents if doc.id not in dev)


@dataclass
class Count:
    """How often a name was found, found as an annotation, and found overlapping an annotation."""

    seen: int = 0
    annotated: int = 0
    covered: int = 0


def learn(data: Path) -> dict[tuple[str, str], Count]:
    """Count every name of the default vocabularies, by type and name."""
    detect = dictionary(default_entries(data), abbreviations=False)
    counts: dict[tuple[str, str], Count] = {}
    for corpus, (_, types) in CORPORA.items():
        for doc in train_documents(data, corpus):
            for mention in detect([doc])[0]:
                if mention.type in types:
                    gold = [a.mention.spans for a in doc.annotations if a.mention.type == mention.type]
                    count = counts.setdefault((mention.type, name_key(mention.text)), Count())
                    count.seen += 1
                    count.annotated += mention.spans in gold
                    count.covered += any(span.overlaps(mention.spans[0]) for spans in gold for span in spans)
    return counts


def main() -> None:
    """Parse arguments and write the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--least", type=int, default=3, help="occurrences a name must have")
    parser.add_argument("--annotated", type=float, default=0.15, help="less than this share annotated")
    parser.add_argument("--covered", type=float, default=0.6, help="less than this share overlapping one")
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    rows = [
        f"{type_}\t{name}\t{count.seen}\t{count.annotated}\t{count.covered}"
        for (type_, name), count in sorted(learn(options.data).items())
        if count.seen >= options.least
        and count.annotated < options.annotated * count.seen
        and count.covered < options.covered * count.seen
    ]
    lines = [
        "# Names left out by the dictionary because they are mostly ordinary words.",
        "# Written by scripts/learn_common_words.py from the train parts of NCBI-Disease and BC5CDR:",
        f"# at least {options.least} occurrences, fewer than {options.annotated:.0%} of them annotated,",
        f"# fewer than {options.covered:.0%} overlapping an annotation.",
        "# type\tname\toccurrences\tannotated\toverlapping",
        *rows,
    ]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
