"""Measure the dictionary detector: strict span F1 with and without its guards, speed, and time to start.

`python benchmarks/dictionary.py [--data DIR]`. Names: MeSH diseases and MeSH descriptors of tree D. Gold: the
dev parts of BC5CDR (diseases, chemicals) and NCBI-Disease (diseases).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from belink.detect.common_words import common_words
from belink.detect.dictionary import from_table
from belink.detect.name_table import DictionaryEntry, load, name_table, save
from belink.formats import read
from belink.types import Detector, Document

CORPORA = {
    ("ncbi-disease", "train"): "ncbi-disease/train.PubTator",
    ("ncbi-disease", "dev"): "ncbi-disease/dev.PubTator",
    ("bc5cdr", "train"): "bc5cdr/traindev.PubTator",
    ("bc5cdr", "dev"): "bc5cdr/traindev.PubTator",
}
TYPES = {"ncbi-disease": ("Disease",), "bc5cdr": ("Disease", "Chemical")}


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


def documents(data: Path, corpus: str, part: str) -> list[Document]:
    """Give the documents of the train or dev part of a corpus."""
    splits = json.loads((data / "corpora" / "dev-splits.json").read_text(encoding="utf-8"))
    dev = set(splits.get(corpus, {}).get("dev", ()))
    path = data / "corpora" / CORPORA[corpus, part]
    docs = read(path, on_problem=lambda _: None).documents
    return [doc for doc in docs if corpus == "ncbi-disease" or (doc.id in dev) == (part == "dev")]


def scores(detect: Detector, docs: Sequence[Document], type_: str) -> tuple[float, float, float]:
    """Give precision, recall and F1 of strict spans of one type."""
    gold = {(d.id, a.mention.spans) for d in docs for a in d.annotations if a.mention.type == type_}
    found = {(m.document_id, m.spans) for own in detect(docs) for m in own if m.type == type_}
    right = len(gold & found)
    precision, recall = right / max(1, len(found)), right / max(1, len(gold))
    return precision, recall, 2 * right / max(1, len(gold) + len(found))


def main() -> None:
    """Parse arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--part", choices=("train", "dev"), default="dev")
    options = parser.parse_args()
    entries = list(default_entries(options.data))
    began = time.perf_counter()
    table = name_table(entries, common_words())
    made = time.perf_counter()
    guarded = from_table(table)
    built = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        save(table, Path(folder) / "names.json")
        stored = (Path(folder) / "names.json").stat().st_size
        loading = time.perf_counter()
        from_table(load(Path(folder) / "names.json"))
        loaded = time.perf_counter()
    print(f"{len(entries)} names; names made ready {made - began:.2f} s, automata {built - made:.2f} s")
    print(
        f"from the stored table of {stored / 1e6:.1f} MB: {loaded - loading:.2f} s"
        f" ({(loaded - loading) / (built - began):.2f} of building)"
    )
    detectors = {
        "no guards": from_table(name_table(entries, exact_symbols=False), abbreviations=False),
        "+ exact symbols": from_table(name_table(entries), abbreviations=False),
        "+ common words": from_table(table, abbreviations=False),
        "+ abbreviations": guarded,
    }
    for corpus, types in TYPES.items():
        docs = documents(options.data, corpus, options.part)
        for type_ in types:
            print(f"\n{corpus} {options.part} {type_}: precision, recall, F1 of strict spans")
            for name, detect in detectors.items():
                print("  {:16} {:.3f} {:.3f} {:.3f}".format(name, *scores(detect, docs, type_)))
    docs = documents(options.data, "bc5cdr", "train")
    chars = sum(len(doc.text) for doc in docs)
    speeds = {}
    for name in ("+ common words", "+ abbreviations"):
        began = time.perf_counter()
        detectors[name](docs)
        speeds[name] = chars / 1e6 / (time.perf_counter() - began)
        print(
            f"\n{name}: {speeds[name]:.2f} MB of text/s,"
            f" ratio to without abbreviations {speeds[name] / speeds['+ common words']:.2f}"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
