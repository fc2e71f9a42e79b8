"""Measure what writing out abbreviations gains, against Schwartz-Hearst and the `abbreviations` package.

There is no gold standard of pairs in the corpora, so gold identifiers judge: a mention counts as right when
its written-out, normalised form is a name of a gold concept. `python benchmarks/abbreviations.py`
(needs `pip install abbreviations`).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import logging
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from belink.formats import read
from belink.text.abbreviations import expand, find_abbreviations
from belink.text.normalise import bag, normalise
from belink.types import Document, Mention

Expander = Callable[[Document], Callable[[Mention], str | None]]

GENES = tuple(f"ncbi-gene-{taxon}-2021.tsv.gz" for taxon in (9606, 10090, 7955, 7227))
MEDIC, CHEMICALS = "medic-belink.tsv.gz", "mesh-chemicals.tsv.gz"
CORPORA = {
    "ncbi-disease": ("ncbi-disease/{part}.PubTator", (MEDIC,)),
    "bc5cdr": ("bc5cdr/traindev.PubTator", (MEDIC, CHEMICALS)),
    "nlm-chem": ("nlm-chem/traindev.bioc.xml.gz", (CHEMICALS,)),
    "gnormplus": ("gnormplus/train.PubTator", GENES),
    "biored": ("biored/traindev.clean.PubTator", (MEDIC, CHEMICALS, *GENES)),
}


@dataclass
class Tally:
    """Counts of one system on one corpus."""

    expanded: int = 0
    right: int = 0
    pairs: int = 0
    seconds: float = 0.0


def documents(data: Path, corpus: str, part: str) -> Iterator[Document]:
    """Give the documents of the train or dev part of a corpus."""
    path = data / "corpora" / CORPORA[corpus][0].format(part=part)
    splits = json.loads((data / "corpora" / "dev-splits.json").read_text())
    dev = set(splits.get(corpus, {}).get("dev", ()))
    for doc in read(path, on_problem=lambda _: None).documents:
        if corpus == "ncbi-disease" or (doc.id in dev) == (part == "dev"):
            yield doc


def names_by_concept(data: Path, files: tuple[str, ...]) -> dict[str, set[str]]:
    """Give the word bags of every name of every concept."""
    csv.field_size_limit(10**9)
    names: dict[str, set[str]] = {}
    for file in files:
        with gzip.open(data / "kb" / file, "rt", encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                prefix = "NCBIGene:" if file in GENES else "" if ":" in row["id"] else "MESH:"
                own = names.setdefault(prefix + row["id"], set())
                own.update(bag(normalise(name)) for name in (row["name"], *row["synonyms"].split("|")))
    return names


def ours(doc: Document) -> Callable[[Mention], str | None]:
    """Expand with BeLink."""
    pairs = find_abbreviations(doc.text)
    return lambda mention: expand(mention.text, pairs, mention.spans[0].start)


def schwartz_hearst(doc: Document) -> Callable[[Mention], str | None]:
    """Expand whole mentions with the algorithm as published."""
    pairs: dict[str, str] = {}
    for match in re.finditer(r"\(([^()]{2,40})\)", doc.text):
        short = re.split(r"[;,]", match[1])[0].strip()
        if not (2 <= len(short) <= 10 and len(short.split()) <= 2 and short[0].isalnum()):
            continue
        if not any(c.isalpha() for c in short):
            continue
        sentence = re.split(r"[.!?]\s", doc.text[max(0, match.start() - 300) : match.start()])[-1].rstrip()
        count = min(len(short) + 5, 2 * len(short))
        window = " ".join(sentence.split()[-count:])
        if (long := _best_long_form(short, window)) is not None:
            pairs.setdefault(short, long)
    return lambda mention: pairs.get(mention.text)


def _best_long_form(short: str, window: str) -> str | None:
    at = len(window) - 1
    for index in range(len(short) - 1, -1, -1):
        letter = short[index].lower()
        if not letter.isalnum():
            continue
        while at >= 0 and (
            window[at].lower() != letter or (index == 0 and at > 0 and window[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
        at -= 1
    long = window[window.rfind(" ", 0, at + 2) + 1 :]
    return long if len(long) > len(short) and short not in long.split() else None


def package(doc: Document) -> Callable[[Mention], str | None]:
    """Expand whole mentions with the `abbreviations` package, sentence by sentence as it wants them."""
    from abbreviations.schwartz_hearst import (
        extract_abbreviation_definition_pairs,
    )

    from belink.text.sentences import sentences

    lines = "\n".join(doc.text[s.start : s.end].replace("\n", " ") for s in sentences(doc.text))
    pairs = extract_abbreviation_definition_pairs(doc_text=lines)
    return lambda mention: pairs.get(mention.text)


SYSTEMS: dict[str, Expander] = {"belink": ours, "schwartz-hearst": schwartz_hearst, "package": package}


def measure(data: Path, corpus: str, part: str, *, show: int) -> None:
    """Print a table for one corpus."""
    names = names_by_concept(data, CORPORA[corpus][1])
    tallies = {system: Tally() for system in SYSTEMS}
    verdicts: Counter[str] = Counter()
    examples: dict[str, Counter[str]] = {}
    judged = 0
    for doc in documents(data, corpus, part):
        expanders = {}
        for system, start in SYSTEMS.items():
            begin = time.perf_counter()
            expanders[system] = start(doc)
            tallies[system].seconds += time.perf_counter() - begin
        for annotation in doc.annotations:
            gold = [names[concept] for concept in annotation.concept_ids if concept in names]
            if not gold:
                continue
            judged += 1
            outcome = {}
            for system, of_mention in expanders.items():
                long = of_mention(annotation.mention)
                right = long is not None and any(bag(normalise(long)) in own for own in gold)
                tallies[system].expanded += long is not None
                tallies[system].right += right
                outcome[system] = right, long
            if outcome["belink"] != outcome["schwartz-hearst"]:
                kind = f"belink {outcome['belink'][0]}, schwartz-hearst {outcome['schwartz-hearst'][0]}"
                verdicts[kind] += 1
                shown = (
                    f"{annotation.mention.text} -> {outcome['belink'][1]} | {outcome['schwartz-hearst'][1]}"
                )
                examples.setdefault(kind, Counter())[f"{doc.id} {shown}"] += 1
    print(f"\n{corpus} {part}: {judged} mentions with an id of the knowledge base")
    base = tallies["schwartz-hearst"]
    for system, tally in tallies.items():
        share = tally.right / tally.expanded if tally.expanded else 0.0
        print(
            f"  {system:16} written out {tally.expanded:5}  right {tally.right:5} ({share:.3f})"
            f"  right / schwartz-hearst {tally.right / max(1, base.right):.2f}"
            f"  time / schwartz-hearst {tally.seconds / base.seconds:.1f}"
        )
    for kind, count in verdicts.most_common():
        print(f"  differ: {count:5} {kind}")
        for line, times in examples[kind].most_common(show):
            print(f"      {times} {line}")


def main() -> None:
    """Parse arguments and print a table for each corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--part", choices=("train", "dev"), default="dev")
    parser.add_argument("--corpus", choices=tuple(CORPORA), action="append")
    parser.add_argument("--show", type=int, default=0, help="examples of each difference")
    options = parser.parse_args()
    logging.disable(logging.INFO)
    here = Path(__file__).resolve().parent
    sys.path = [
        entry for entry in sys.path if Path(entry).resolve() != here
    ]  # this file is named as the rival
    for corpus in options.corpus or CORPORA:
        measure(options.data, corpus, options.part, show=options.show)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory {peak:.0f} MB", file=sys.stdout)


if __name__ == "__main__":
    main()
