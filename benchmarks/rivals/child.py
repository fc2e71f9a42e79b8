"""What a rival's process does around its own search; standard library only, so it runs in any environment.

A rival is a module with a function `build(names, store) -> search`, run as

    python -m benchmarks.rivals.with_bm25s TASK OUT STORE

TASK is a folder with `names.jsonl` (one name of a concept a line: `id`, `text`, `preferred`, `taxon`) and
`mentions.jsonl` (one mention a line: `document_id`, `spans`, `text`, `type`, and `texts`: what is asked, in
order). OUT receives `decisions.jsonl`, which `belink evaluate --decisions` reads too, and `measures.json`.
STORE is a folder that a rival may keep its index in.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.rivals.catalogue import RIVALS

_PACKAGES = {package for rival in RIVALS for package in rival.packages}
CANDIDATES = 20
NAMES_ASKED = 200
"""Names a rival is asked for, so that 20 distinct concepts are among them."""

Hit = tuple[int, float]
"""Number of a name, and how similar it is: the higher the better, comparable within one text only."""
Search = Callable[[Sequence[str]], Sequence[Sequence[Hit]]]


@dataclass(frozen=True, slots=True)
class Names:
    """All names: id of the concept, text, whether it is the preferred one, organism or "".

    Those of one concept stand together, the preferred one first.
    """

    ids: list[str]
    texts: list[str]
    preferred: list[bool]
    taxa: list[str]


Build = Callable[[Names, Path], Search]
Record = dict[str, Any]


def library(name: str) -> Any:
    """Import a library of a rival's own environment, which is not there where types are checked."""
    return importlib.import_module(name)


def read_lines(path: Path) -> Iterator[Record]:
    """Read the JSON objects of a file, one a line."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def read_names(task: Path) -> Names:
    """Read the names of a task."""
    names = Names([], [], [], [])
    for record in read_lines(task / "names.jsonl"):
        names.ids.append(sys.intern(record["id"]))
        names.texts.append(record["text"])
        names.preferred.append(record["preferred"])
        names.taxa.append(sys.intern(record["taxon"]))
    return names


def best_concepts(hits: Sequence[Hit], names: Names) -> list[tuple[str, int, float]]:
    """Give each concept once, with its best name and score; best first, ties by id.

    Of names of one concept with equal scores the first counts.
    """
    best: dict[str, tuple[float, int]] = {}
    for number, score in hits:
        concept_id = names.ids[number]
        if concept_id not in best or (-score, number) < best[concept_id]:
            best[concept_id] = (-score, number)
    ranked = sorted(best.items(), key=lambda item: (item[1][0], item[0]))
    return [(concept_id, number, -negative) for concept_id, (negative, number) in ranked]


def preferred_of(number: int, names: Names) -> int:
    """Give the number of the preferred name of the concept that has this name."""
    while number > 0 and not names.preferred[number]:
        number -= 1
    return number


def candidates(found: Sequence[Sequence[Hit]], names: Names) -> list[Record]:
    """Put together what the texts of one mention found: the first text's concepts, then those it missed.

    Scores of two texts cannot be compared, so a candidate's score is 1 / (1 + its level); a new level
    begins where the rival's score falls, and with the next text. What a rival holds equal stays equal.
    """
    records: list[Record] = []
    seen: set[str] = set()
    level = -1
    for hits in found:
        last: float | None = None
        for concept_id, number, score in best_concepts(hits, names):
            if concept_id in seen:
                continue
            seen.add(concept_id)
            level += score != last
            last = score
            alias, preferred = names.texts[number], names.texts[preferred_of(number, names)]
            records.append({"id": concept_id, "alias": alias, "name": preferred, "score": 1 / (1 + level)})
    return records[:CANDIDATES]


def decision(mention: Record, found: list[Record]) -> Record:
    """Give the decision on a mention: its first candidate, "nil" where there is none."""
    place = {key: mention[key] for key in ("document_id", "spans", "text", "type")}
    return {**place, "concept_ids": [each["id"] for each in found[:1]], "candidates": found}


def peak_memory_mb() -> float:
    """Give the highest resident memory of this process in MB of 2**20 bytes.

    On Linux from /proc: `ru_maxrss` of a child also counts what its parent held when it was started.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        peak = next((line for line in lines if line.startswith("VmHWM:")), None)
        if peak is not None:
            return int(peak.split()[1]) / 2**10
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _versions() -> dict[str, str]:
    """Give the versions of the rivals' packages that are installed here."""
    found = {}
    for package in sorted(_PACKAGES):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def write_measures(out: Path, *, index_s: float | None, search_s: float, mentions: int) -> None:
    """Write the cost of a run; `index_s` is None where an index made earlier was used."""
    measures = {
        "index_s": index_s,
        "search_s": search_s,
        "mentions": mentions,
        "peak_memory_mb": peak_memory_mb(),
        "versions": _versions(),
    }
    (out / "measures.json").write_text(json.dumps(measures) + "\n", encoding="utf-8")


def stored_seconds(store: Path) -> float | None:
    """Give the seconds that the index kept in STORE took to make; None where that was not noted."""
    file = store / "index_s.json"
    return float(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None


def store_seconds(store: Path, seconds: float) -> None:
    """Note the seconds that the index kept in STORE took to make."""
    store.mkdir(parents=True, exist_ok=True)
    (store / "index_s.json").write_text(json.dumps(seconds), encoding="utf-8")


def run(build: Build) -> None:
    """Index the names, ask every distinct text once, and write decisions and measures."""
    task, out, store = (Path(argument) for argument in sys.argv[1:4])
    names, mentions = read_names(task), list(read_lines(task / "mentions.jsonl"))
    begun = time.perf_counter()
    search = build(names, store)
    index_s = time.perf_counter() - begun
    texts = list(dict.fromkeys(text for mention in mentions for text in mention["texts"]))
    begun = time.perf_counter()
    hits = dict(zip(texts, search(texts), strict=True))
    decisions = [
        decision(mention, candidates([hits[text] for text in mention["texts"]], names))
        for mention in mentions
    ]
    search_s = time.perf_counter() - begun
    with (out / "decisions.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in decisions)
    kept = stored_seconds(store)
    write_measures(out, index_s=index_s if kept is None else kept, search_s=search_s, mentions=len(mentions))
