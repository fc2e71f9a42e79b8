"""Write docs/tour.md: five abstracts of different fields, with what BeLink found in them and what it missed.

`python scripts/make_tour.py [--data ../shared/data] [--results results]`

The abstracts are not chosen by hand: of each corpus's development part it is the one whose id has the lowest
SHA-256. Texts of corpora are not ours to publish, so the page names the abstracts by their PubMed ids and
shows mentions and identifiers only. Knowledge bases are built in the results folder.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from belink.cli.suite import knowledge_base
from belink.config import DetectSettings, KnowledgeBaseSettings, RerankSettings, Settings
from belink.evaluate.protocol import GoldMention, gold_mentions
from belink.evaluate.suite import SuiteEntry, load_suite
from belink.evaluate.vocabulary import CurrentIds, vocabulary_of
from belink.linker import Linker
from belink.types import Decision, Document, Linked, Mention

STOPS = (
    ("Inherited disease", ("ncbi-disease",)),
    ("Side effects of drugs", ("bc5cdr-disease", "bc5cdr-chemical")),
    ("Genes", ("nlm-gene",)),
    ("Microbes, plants and animals", ("s800",)),
    (
        "A bit of everything",
        ("biored-disease", "biored-chemical", "biored-gene", "biored-species", "biored-cellline"),
    ),
)
"""What each abstract is about, and the entries of the suite that it is read with."""

HEAD = """# A tour of five abstracts

What `belink link` finds in five abstracts of the development parts, with no option but the knowledge base,
beside the gold. The abstracts were drawn by a hash of their ids, not chosen. Made by `scripts/make_tour.py`;
the texts are in PubMed under the ids given. A row is a mention as it stands in the text, and how often.

*right*: same place, same concepts. *concept*: same place, other concepts. *bounds*: overlaps a gold mention
of other bounds. *missed*: gold that nothing overlaps. *extra*: the gold has nothing there. *outside*: the
gold names a concept that the knowledge base lacks, or none. A row without a word is gold that was found with
other bounds.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table."""

    text: str
    type: str
    found: str
    gold: str
    outcome: str


def lines(gold: Sequence[GoldMention], decisions: Sequence[Decision], current: CurrentIds) -> Iterator[Line]:
    """Compare what was found in a document with its gold, in the order of the text."""
    of_place = {item.mention: item for item in gold}
    found = {decision.mention: decision for decision in decisions}
    for mention in sorted({*of_place, *found}, key=lambda m: (m.spans, m.type)):
        item, decision = of_place.get(mention), found.get(mention)
        ours = () if decision is None else concept_ids(decision, current)
        theirs = () if item is None else item.ids or item.written_ids
        outcome = judge(mention, item, decision, ours, of_place, found)
        yield Line(mention.text, mention.type, ", ".join(ours) or "-", ", ".join(theirs) or "-", outcome)


def judge(
    mention: Mention,
    item: GoldMention | None,
    decision: Decision | None,
    ours: tuple[str, ...],
    gold: Iterable[Mention],
    found: Iterable[Mention],
) -> str:
    """Name what became of a mention."""
    if item is None:
        return "bounds" if any(overlap(mention, other) for other in gold) else "extra"
    if decision is None:
        return "" if any(overlap(mention, other) for other in found) else "missed"
    if not item.ids:
        return "outside"
    return "right" if set(ours) == set(item.ids) else "concept"


def overlap(a: Mention, b: Mention) -> bool:
    """Tell whether two mentions of a type share a character."""
    return a.type == b.type and any(x.overlaps(y) for x in a.spans for y in b.spans)


def concept_ids(decision: Decision, current: CurrentIds) -> tuple[str, ...]:
    """Give the current ids of a decision."""
    if not isinstance(decision.verdict, Linked):
        return ()
    return tuple(now for id_ in decision.verdict.concept_ids for now in current.mapped(id_))


def drawn(docs: Sequence[Document]) -> Document:
    """Draw a document by the hash of its id."""
    return min(docs, key=lambda doc: hashlib.sha256(doc.id.encode()).hexdigest())


def visit(entries: Sequence[SuiteEntry], options: argparse.Namespace) -> tuple[str, list[Line]]:
    """Link the document drawn for some entries; gives its id and its rows."""
    rows: list[Line] = []
    doc_id = ""
    for entry in entries:
        kb = knowledge_base(entry, options.data, options.results)
        settings = Settings(
            kb=KnowledgeBaseSettings(path=kb.path),
            detect=DetectSettings(tagger=options.tagger),
            rerank=RerankSettings(reranker=options.reranker),
        )
        doc = drawn(entry.gold_documents(options.data, lambda _: None))
        doc_id = doc.id
        resolve = vocabulary_of(kb).resolve
        decisions = Linker.from_settings(settings).link([doc])
        rows += lines(gold_mentions([doc], resolve), decisions, CurrentIds(resolve))
    return doc_id, rows


def table(rows: Sequence[Line]) -> str:
    """Write the rows of a document, equal ones once, those that went wrong last."""
    order = ("right", "concept", "bounds", "", "missed", "extra", "outside")
    counted = Counter(rows)
    written = ["| mention | type | BeLink | gold | |", "| --- | --- | --- | --- | --- |"]
    for row, count in sorted(counted.items(), key=lambda item: order.index(item[0].outcome)):
        times = f" ×{count}" if count > 1 else ""
        text = row.text.replace("|", "\\|").replace("\n", " ")
        written.append(f"| {text}{times} | {row.type} | {row.found} | {row.gold} | {row.outcome} |")
    return "\n".join(written)


def summary(rows: Sequence[Line]) -> str:
    """Count the outcomes."""
    counts = Counter(row.outcome for row in rows)
    names = ("right", "concept", "bounds", "missed", "extra", "outside")
    return ", ".join(f"{counts[name]} {name}" for name in names if counts[name]) + "."


def main() -> None:
    """Link the five abstracts and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/detection-dev.toml"))
    parser.add_argument("--tagger", default="default", help="as for belink link")
    parser.add_argument("--reranker", default="default", help="as for belink link")
    parser.add_argument("--out", type=Path, default=Path("docs/tour.md"))
    options = parser.parse_args()
    entries = {entry.name: entry for entry in load_suite(options.suite)}
    page = [HEAD]
    for number, (title, names) in enumerate(STOPS, start=1):
        doc_id, rows = visit([entries[name] for name in names], options)
        page.append(f"## {number}. {title}: PMID {doc_id}\n\n{summary(rows)}\n\n{table(rows)}\n")
        print(f"{title}: PMID {doc_id}: {summary(rows)}", flush=True)
    options.out.write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
