"""Kills what writes a knowledge base, at every moment that matters, and looks at what is left.

Usage: python benchmarks/kb_kill.py TABLE [--operations build update add index vectors all-vectors]
           [--moments N | all] [--times N] [--seed 0]

The knowledge base lacks every tenth line of the table and has an addition of the user's. An operation
brings it to the whole table (build, update), adds a name (add), indexes the names of the whole table, of
which it has a stale index (index), or embeds them, of which it has most vectors (vectors) or none
(all-vectors); an encoder of letter pairs does, for it is the writing that is tried out. Each time it runs in
a process that is killed (SIGKILL): before one of the file operations that it does (opening a file to write,
making, renaming, removing), and `--times` times at moments spread over its run. Then the knowledge base must
open and be whole, with the content of before or after and the user's additions; and the same operation, done
again, must give the right content, embed no name whose vector was noted as written, and leave nothing behind.
Ends with status 1 where that does not hold.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from belink.errors import KnowledgeBaseError
from belink.kb.additions import Addition, read_additions
from belink.kb.build import build_sources
from belink.kb.manifest import MANIFEST, describe_file, read_manifest, verify
from belink.kb.problems import Problems
from belink.kb.recipe import Recipe, open_sources
from belink.kb.store import KnowledgeBase
from belink.kb.update import rebuild, update
from belink.retrieve.dense_index import ensure_dense_index
from belink.retrieve.dense_vectors import DONE, PENDING
from belink.retrieve.index import ensure_index

OPERATIONS = ("build", "update", "add", "index", "vectors", "all-vectors")
LEFT_OUT = 10
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = frozenset({"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "sqlite3.connect"})
Work = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Operation:
    """What is killed: the state it begins with, what it does, and the fingerprints of before and after."""

    name: str
    begin: Path
    work: Work
    before: str
    after: str
    encoder: LetterPairs | None = None


class LetterPairs:
    """Embeds names by their letter pairs; counts how many."""

    dimensions = 32
    checksum = "letter-pairs-of-32"

    def __init__(self) -> None:
        self.embedded = 0

    def __call__(self, names: Sequence[str], /) -> npt.NDArray[np.float32]:
        """Give the counts of each name's pairs at unit length."""
        self.embedded += len(names)
        vectors = np.zeros((len(names), self.dimensions), dtype=np.float32)
        for vector, name in zip(vectors, names, strict=True):
            encoded = np.frombuffer(f" {name} ".encode(), dtype=np.uint8).astype(np.int64)
            np.add.at(vector, (31 * encoded[:-1] + encoded[1:]) % self.dimensions, 1)
        unit: npt.NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def main() -> int:
    """Print how often each operation was killed and what was found; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, help="a vocabulary of lines with a header, plain or gzip")
    parser.add_argument("--operations", nargs="*", default=list(OPERATIONS))
    parser.add_argument("--moments", default="all", help="file operations to kill before: a number or 'all'")
    parser.add_argument("--times", type=int, default=10, help="kills at moments spread over the run")
    parser.add_argument("--seed", type=int, default=0, help="chooses among file operations")
    arguments = parser.parse_args()
    found: list[str] = []
    print(f"{'operation':10}{'file operations':>16}{'kills':>7}{'old':>6}{'new':>6}{'faults':>8}")
    with tempfile.TemporaryDirectory() as scratch:
        for operation in prepare(arguments.table, Path(scratch), arguments.operations):
            found += try_out(operation, Path(scratch), arguments)
    for fault in found:
        print(fault)
    return 1 if found else 0


def prepare(table: Path, scratch: Path, names: Sequence[str]) -> list[Operation]:
    """Build the states that the operations begin with, and find out what they end with."""
    older = scratch / "older" / table.name
    older.parent.mkdir()
    unpack = gzip.open if table.suffix == ".gz" else open
    with unpack(table, "rt", encoding="utf-8") as lines, unpack(older, "wt", encoding="utf-8") as kept:
        kept.writelines(line for number, line in enumerate(lines) if number % LEFT_OUT or not number)
    old, new = scratch / "old", scratch / "new"
    apart(lambda: build(older, old))
    first = KnowledgeBase.open(old).concept_ids([0])[0]
    apart(lambda: rebuild(old, [Addition(first, aliases=("an own name",))]))
    encoder = LetterPairs()
    apart(lambda: index(old))
    apart(lambda: add_vectors(encoder, old))
    shutil.copytree(old, new)
    apart(lambda: build(table, new))
    bare = shutil.copytree(new, scratch / "bare", ignore=shutil.ignore_patterns("index"))
    added = shutil.copytree(old, scratch / "added")
    entry = Addition(first, aliases=("another own name",))
    apart(lambda: rebuild(added, [entry]))
    states = {path.name: read_manifest(path).fingerprint for path in (old, new, added)}
    operations = (
        Operation("build", old, lambda kb: build(table, kb), states["old"], states["new"]),
        Operation("update", old, lambda kb: bring_up(table, kb), states["old"], states["new"]),
        Operation("add", old, lambda kb: add(entry, kb), states["old"], states["added"]),
        Operation("index", new, index, states["new"], states["new"]),
        Operation("vectors", new, partial(add_vectors, encoder), states["new"], states["new"], encoder),
        Operation("all-vectors", bare, partial(add_vectors, encoder), states["new"], states["new"], encoder),
    )
    return [each for each in operations if each.name in names]


def build(table: Path, kb: Path) -> None:
    """Build as `belink kb build --lenient`."""
    problems, recipe = Problems(lenient=True), Recipe(lenient=True)
    build_sources(open_sources([table], recipe, problems), kb, problems=problems, recipe=recipe.as_json())


def bring_up(table: Path, kb: Path) -> None:
    """Update as `belink kb update --lenient`."""
    problems, recipe = Problems(lenient=True), Recipe(lenient=True)
    update(kb, open_sources([table], recipe, problems), problems=problems, recipe=recipe.as_json())


def add(entry: Addition, kb: Path) -> None:
    """Add as `belink kb add`."""
    rebuild(kb, [entry])


def index(kb: Path) -> None:
    """Index as `belink kb index --encoder none`."""
    ensure_index(KnowledgeBase.open(kb), cache=kb.parent / "cache")


def add_vectors(encoder: LetterPairs, kb: Path) -> None:
    """Embed as `belink kb index`."""
    ensure_dense_index(KnowledgeBase.open(kb), encoder, cache=kb.parent / "cache")


def noted(kb: Path) -> int | None:
    """Give how many names are left to embed by what a killed process noted; None where it noted nothing."""
    for draft in (kb / "index").glob(".dense-*"):
        if (draft / MANIFEST).is_file():
            return 0
        if (draft / DONE).is_file():
            return len(np.load(draft / PENDING)) - int((draft / DONE).read_text())
    return None


def try_out(operation: Operation, scratch: Path, arguments: argparse.Namespace) -> list[str]:
    """Kill an operation again and again, print a line, and give the faults."""
    place = scratch / "place"
    begin(operation, place)
    began = time.perf_counter()
    count = operations_in(operation.work, place)
    seconds = time.perf_counter() - began
    whole = contents(place / "kb")
    numbers = list(range(1, count + 1))
    if arguments.moments != "all" and int(arguments.moments) < count:
        numbers = sorted(random.Random(arguments.seed).sample(numbers, int(arguments.moments)))
    delays = [seconds * (number + 0.5) / arguments.times for number in range(arguments.times)]
    states: list[str] = []
    faults: list[str] = []
    for number in numbers:
        begin(operation, place)
        killed_before(operation.work, place, number)
        states.append(state(operation, place, whole, f"{operation.name}, file operation {number}", faults))
    for delay in delays:
        begin(operation, place)
        killed_after(operation.work, place, delay)
        states.append(state(operation, place, whole, f"{operation.name}, after {delay:.3f} s", faults))
    old, new = (states.count(each) for each in ("old", "new"))
    print(f"{operation.name:10}{count:16}{len(states):7}{old:6}{new:6}{len(faults):8}", flush=True)
    return faults


def begin(operation: Operation, place: Path) -> None:
    """Lay out the state that an operation begins with."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(operation.begin, place / "kb")


def state(operation: Operation, place: Path, whole: dict[str, str], when: str, faults: list[str]) -> str:
    """Look at what a kill left, and at what the operation makes of it; gives "old" or "new"."""
    kb = place / "kb"
    found = ""
    try:
        found = KnowledgeBase.open(kb).fingerprint
        if found not in (operation.before, operation.after):
            faults.append(f"{when}: neither the old nor the new content")
        if damaged := verify(kb):
            faults.append(f"{when}: damaged: {', '.join(damaged)}")
        if not set(read_additions(operation.begin)) <= set(read_additions(kb)):
            faults.append(f"{when}: additions of the user are lost")
        left_to_embed = noted(kb)
        embedded = operation.encoder.embedded if operation.encoder else 0
        operation.work(kb)
        if operation.encoder and left_to_embed not in (None, operation.encoder.embedded - embedded):
            faults.append(f"{when}: embedded {operation.encoder.embedded - embedded}, left {left_to_embed}")
        changed = {name for name, _ in whole.items() ^ contents(kb).items()}
        if changed:
            faults.append(f"{when}: done again, it differs: {', '.join(sorted(changed)[:5])}")
        left = sorted(path.name for path in place.iterdir() if path != kb)
        if left:
            faults.append(f"{when}: done again, there is more beside it: {', '.join(left[:5])}")
    except (KnowledgeBaseError, OSError) as error:
        faults.append(f"{when}: {type(error).__name__}: {error}")
    return "old" if found == operation.before != operation.after else "new"


def contents(kb: Path) -> dict[str, str]:
    """Give the checksum of every file, but for the manifests, which hold the time."""
    data = read_manifest(kb).data
    files = sorted(path for path in kb.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(kb).as_posix().replace(data, "data"): describe_file(path)[2] for path in files}


def apart(work: Callable[[], object]) -> None:
    """Run something in a process of its own, which is gone afterwards."""
    process = os.fork()
    if not process:
        work()
        os._exit(0)
    if os.waitpid(process, 0)[1]:
        raise SystemExit("the knowledge bases to begin with cannot be built")


def operations_in(work: Work, place: Path) -> int:
    """Run an operation in a process of its own; gives how many file operations it did."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        counted = [0]

        def count() -> None:
            counted[0] += 1

        listen(place, count)
        work(place / "kb")
        os.write(writing, str(counted[0]).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(process, 0)
    with os.fdopen(reading) as answer:
        return int(answer.read())


def killed_before(work: Work, place: Path, number: int) -> None:
    """Run an operation in a process that kills itself before its nth file operation."""
    process = os.fork()
    if not process:
        left = [number]

        def count() -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        listen(place, count)
        work(place / "kb")
        os._exit(0)
    os.waitpid(process, 0)


def killed_after(work: Work, place: Path, delay_s: float) -> None:
    """Run an operation in a process that is killed after a while, unless it is done by then."""
    process = os.fork()
    if not process:
        work(place / "kb")
        os._exit(0)
    time.sleep(delay_s)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def listen(place: Path, change: Callable[[], None]) -> None:
    """Call a function before every file operation below a folder, as Python's audit events tell of it."""

    def hear(event: str, values: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = values
            by_flags = isinstance(flags, int) and bool(flags & WRITING)
            writes = not set("wax+").isdisjoint(mode) if isinstance(mode, str) else by_flags
            if writes and str(path).startswith(str(place)):
                change()
        elif event in CHANGES and (str(place) in str(values[0]) or not str(values[0]).startswith("/")):
            change()

    sys.addaudithook(hear)


if __name__ == "__main__":
    sys.exit(main())
