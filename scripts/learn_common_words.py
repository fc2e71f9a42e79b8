"""Learn which names are mostly ordinary words: `python scripts/learn_common_words.py [--data DIR]`.

Every name of a type's vocabularies, and of species what the thesaurus knows beside them, is looked for in the
train parts of corpora that annotate the type exhaustively. A name that occurs often enough and is seldom
annotated, and mostly not even inside a longer annotation, goes into src/belink/detect/common_words.txt with
its counts. Words for people are left to the setting `people`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from belink.detect.dictionary import dictionary
from belink.detect.name_table import DictionaryEntry, name_key
from belink.detect.vocabulary import PEOPLE
from belink.formats import read
from belink.text.thesaurus import everyday_table
from belink.types import Document

CORPORA = {
    "ncbi-disease": ("ncbi-disease/train.PubTator", frozenset({"Disease"})),
    "bc5cdr": ("bc5cdr/traindev.PubTator", frozenset({"Disease", "Chemical"})),
    "nlm-chem": ("nlm-chem/traindev.bioc.xml.gz", frozenset({"Chemical"})),
    "gnormplus": ("gnormplus/train.PubTator", frozenset({"Gene"})),
    "nlm-gene": ("nlm-gene/train.PubTator", frozenset({"Gene"})),
    "s800": ("s800/train.PubTator", frozenset({"Species"})),
    "linnaeus": ("linnaeus/train.PubTator", frozenset({"Species"})),
    "bioid-cellline": ("bioid-cellline/train.PubTator", frozenset({"CellLine"})),
}
TARGET = Path(__file__).resolve().parent.parent / "src" / "belink" / "detect" / "common_words.txt"


VOCABULARIES = (
    ("Disease", "mesh-diseases"),
    ("Chemical", "mesh-chemicals"),
    *(("Gene", f"ncbi-gene-{taxon}-2021") for taxon in (9606, 10090, 7955, 7227)),
    ("Species", "ncbi-taxonomy-2024"),
    ("CellLine", "cxg-cvcl"),
)
"""Types and their vocabularies."""


def entries(data: Path) -> Iterator[DictionaryEntry]:
    """Give the names of the vocabularies, and other names of species."""
    csv.field_size_limit(10**9)
    for type_, file in VOCABULARIES:
        with gzip.open(data / "kb" / f"{file}.tsv.gz", "rt", encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                for name in (row["name"], *row["synonyms"].split("|")):
                    yield DictionaryEntry(name, type_)
    for name, others in everyday_table("species"):
        if name != PEOPLE:
            yield from (DictionaryEntry(other, "Species") for other in others)


def train_documents(data: Path, corpus: str) -> Iterator[Document]:
    """Give the documents of a corpus that are not in its dev part."""
    splits = json.loads((data / "corpora" / "dev-splits.json").read_text(encoding="utf-8"))
    dev = set(splits.get(corpus, {}).get("dev", ()))
    path = data / "corpora" / CORPORA[corpus][0]
    return (doc for doc in read(path, on_problem=lambda _: None).documents if doc.id not in dev)


@dataclass
class Count:
    """How often a name was found, found as an annotation, found overlapping one, and in which documents."""

    seen: int = 0
    annotated: int = 0
    covered: int = 0
    documents: set[str] = field(default_factory=set)


def learn(data: Path) -> dict[tuple[str, str], Count]:
    """Count every name of the vocabularies, by type and name."""
    detect = dictionary(entries(data), abbreviations=False)
    counts: dict[tuple[str, str], Count] = {}
    for corpus, (_, types) in CORPORA.items():
        for doc in train_documents(data, corpus):
            for mention in detect([doc])[0]:
                if mention.type in types:
                    gold = [a.mention.spans for a in doc.annotations if a.mention.type in ("", mention.type)]
                    count = counts.setdefault((mention.type, name_key(mention.text)), Count())
                    count.seen += 1
                    count.documents.add(doc.id)
                    count.annotated += mention.spans in gold
                    count.covered += any(span.overlaps(mention.spans[0]) for spans in gold for span in spans)
    return counts


def main() -> None:
    """Parse arguments and write the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--least", type=int, default=3, help="occurrences a name must have")
    parser.add_argument("--documents", type=int, default=2, help="documents it must stand in")
    parser.add_argument("--annotated", type=float, default=0.1, help="less than this share annotated")
    parser.add_argument("--covered", type=float, default=0.6, help="less than this share overlapping one")
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    rows = [
        f"{type_}\t{name}\t{count.seen}\t{count.annotated}\t{count.covered}"
        for (type_, name), count in sorted(learn(options.data).items())
        if count.seen >= options.least
        and len(count.documents) >= options.documents
        and count.annotated < options.annotated * count.seen
        and count.covered < options.covered * count.seen
    ]
    lines = [
        "# Names left out by the dictionary because they are mostly ordinary words.",
        "# Written by scripts/learn_common_words.py from the train parts of the corpora of its types:",
        f"# at least {options.least} occurrences in {options.documents} documents,",
        f"# fewer than {options.annotated:.0%} of them annotated,",
        f"# fewer than {options.covered:.0%} overlapping an annotation.",
        "# type\tname\toccurrences\tannotated\toverlapping",
        *rows,
    ]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
