"""Reading BioC XML: this package against the `bioc` package, in time; and the memory that large files take.

Both read the same file (NLM-Chem, unpacked) in turns, each in a process of its own; the best of the turns
counts, as other work on the machine only ever adds time. `bioc` makes its objects of the collection; BeLink
makes documents with checked annotations, parsed identifiers and the bytes needed to write them back.

With --memory, a stream of the train documents, again and again under new ids, is read once at each size.

    python benchmarks/read_bioc.py [--data ../shared/data] [--turns 5] [--memory [MB ...]]
"""

from __future__ import annotations

import argparse
import gzip
import io
import itertools
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

GOAL = 4.0
SIZES_MB = (20, 200, 2000)
CORPORA = {
    "bioc-xml": "nlm-chem/traindev.bioc.xml.gz",
    "pubtator": "ncbi-disease/train.PubTator",
}


def main() -> None:
    """Print the seconds, megabytes and ratio of both readers, or the memory at each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--memory", type=int, nargs="*", metavar="MB", help="sizes, by default 20 200 2000")
    parser.add_argument("--reader", choices=("bioc", "belink", *CORPORA), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.reader in CORPORA:
        print(*measure_memory(arguments.reader, arguments.file, arguments.memory[0]))
    elif arguments.reader:
        print(*measure(arguments.reader, arguments.file))
    elif arguments.memory is not None:
        print_memory(arguments.data, arguments.memory or SIZES_MB)
    else:
        print_speed(arguments.data, arguments.turns)


def print_speed(data: Path, turns: int) -> None:
    """Print the seconds and megabytes of both readers and the ratio of the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "corpus.xml"
        packed = data / "corpora" / CORPORA["bioc-xml"]
        file.write_bytes(gzip.decompress(packed.read_bytes()))
        print(f"{file.stat().st_size / 1e6:.1f} MB of BioC XML, best of {turns} turns")
        best = compare(file, turns)
    ratio = best["bioc"][0] / best["belink"][0]
    for reader, (seconds, megabytes) in best.items():
        print(f"{reader:8}{seconds:8.3f} s{megabytes:8.0f} MB more than before reading")
    print(f"BeLink reads {ratio:.1f} times as fast as bioc (goal: {GOAL:.0f})")


def compare(file: Path, turns: int) -> dict[str, tuple[float, float]]:
    """Give the least seconds and megabytes of each reader over turns of a process each."""
    best: dict[str, tuple[float, float]] = {}
    for _ in range(turns):
        for reader in ("bioc", "belink"):
            seconds, megabytes = map(float, run("--reader", reader, "--file", str(file)))
            known = best.get(reader, (seconds, megabytes))
            best[reader] = (min(seconds, known[0]), min(megabytes, known[1]))
    return best


def run(*arguments: str) -> list[str]:
    """Run this script in a process of its own and give the words it prints."""
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def measure(reader: str, file: Path) -> tuple[float, float]:
    """Read the file once; give CPU seconds and the growth of peak memory in MB."""
    from bioc import biocxml

    from belink.formats import read

    before = peak_mb()
    begun = time.process_time()
    if reader == "bioc":
        with file.open(encoding="utf-8") as stream:
            count = len(biocxml.load(stream).documents)
    else:
        count = sum(1 for _ in read(file).documents)
    seconds = time.process_time() - begun
    if not count:
        raise SystemExit("no documents were read")
    return seconds, peak_mb() - before


def peak_mb() -> float:
    """Give the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def print_memory(data: Path, sizes_mb: tuple[int, ...]) -> None:
    """Print the peak memory of reading each format at each size."""
    for format_, name in CORPORA.items():
        for size in sizes_mb:
            file = str(data / "corpora" / name)
            documents, annotations, peak, growth, seconds = map(
                float, run("--reader", format_, "--file", file, "--memory", str(size))
            )
            print(
                f"{format_:10}{size:6} MB {documents:10,.0f} documents {annotations:12,.0f} annotations"
                f"{peak:7.0f} MB at peak, {growth:5.0f} MB more than before reading, {seconds:6.1f} s CPU"
            )


def measure_memory(format_: str, file: Path, size_mb: int) -> tuple[float, ...]:
    """Read a stream of about a size; give documents, annotations, peak memory and its growth, CPU seconds."""
    from belink.formats import read

    content = file.read_bytes()
    corpus = gzip.decompress(content) if file.suffix == ".gz" else content
    stream = cast(BinaryIO, io.BufferedReader(Repeated(corpus, format_, size_mb * 1_000_000)))
    before = peak_mb()
    begun = time.process_time()
    documents = annotations = 0
    for doc in read(stream, format=format_, on_problem=lambda _: None).documents:
        documents += 1
        annotations += len(doc.annotations)
    return documents, annotations, peak_mb(), peak_mb() - before, time.process_time() - begun


class Repeated(io.RawIOBase):
    """A corpus over and over, as long as asked for, each time with other document ids."""

    def __init__(self, corpus: bytes, format_: str, size: int) -> None:
        self._pieces = pieces(corpus, format_, size)
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fill the buffer with what comes next, with nothing at the end."""
        view = memoryview(cast(bytearray, buffer))
        if not self._piece:
            self._piece = memoryview(next(self._pieces, b""))
        size = min(len(view), len(self._piece))
        view[:size], self._piece = self._piece[:size], self._piece[size:]
        return size


def pieces(corpus: bytes, format_: str, size: int) -> Iterator[bytes]:
    """Give the documents of a corpus one by one and again and again, up to a size, under ids of their own."""
    if format_ == "bioc-xml":
        yield b"<collection><source/><date/><key/>\n"
        docs = re.findall(rb"<document>.*?</document>\s*", corpus, re.DOTALL)
        place_of_id = re.compile(rb"(?<=<id>)")
    else:
        docs = [doc + b"\n\n" for doc in corpus.split(b"\n\n") if doc.strip()]
        place_of_id = re.compile(rb"^(?=[0-9]+[|\t])", re.MULTILINE)
    cut = [place_of_id.split(doc) for doc in docs]
    done = 0
    for copy in itertools.count():
        for parts in cut:
            doc = (b"%06d" % copy).join(parts)
            done += len(doc)
            yield doc
            if done >= size:
                yield b"</collection>\n" if format_ == "bioc-xml" else b""
                return


if __name__ == "__main__":
    main()
