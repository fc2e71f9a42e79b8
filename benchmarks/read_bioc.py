"""Reading BioC XML: this package against the `bioc` package, in time and in peak memory.

Both read the same file (NLM-Chem, unpacked) in turns, each in a process of its own; the best of the turns
counts, as other work on the machine only ever adds time. `bioc` makes its objects of the collection; BeLink
makes documents with checked annotations, parsed identifiers and the bytes needed to write them back.

    python benchmarks/read_bioc.py [--data ../shared/data] [--turns 5]
"""

from __future__ import annotations

import argparse
import gzip
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOAL = 4.0


def main() -> None:
    """Print the seconds, megabytes and ratio of both readers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--reader", choices=("bioc", "belink"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.reader:
        print(*measure(arguments.reader, arguments.file))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "corpus.xml"
        packed = arguments.data / "corpora" / "nlm-chem" / "traindev.bioc.xml.gz"
        file.write_bytes(gzip.decompress(packed.read_bytes()))
        print(f"{file.stat().st_size / 1e6:.1f} MB of BioC XML, best of {arguments.turns} turns")
        best = compare(file, arguments.turns)
    ratio = best["bioc"][0] / best["belink"][0]
    for reader, (seconds, megabytes) in best.items():
        print(f"{reader:8}{seconds:8.3f} s{megabytes:8.0f} MB more than before reading")
    print(f"BeLink reads {ratio:.1f} times as fast as bioc (goal: {GOAL:.0f})")


def compare(file: Path, turns: int) -> dict[str, tuple[float, float]]:
    """Give the least seconds and megabytes of each reader over turns of a process each."""
    best: dict[str, tuple[float, float]] = {}
    for _ in range(turns):
        for reader in ("bioc", "belink"):
            command = [sys.executable, __file__, "--reader", reader, "--file", str(file)]
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds, megabytes = map(float, out.split())
            known = best.get(reader, (seconds, megabytes))
            best[reader] = (min(seconds, known[0]), min(megabytes, known[1]))
    return best


def measure(reader: str, file: Path) -> tuple[float, float]:
    """Read the file once; give CPU seconds and the growth of peak memory in MB."""
    from bioc import biocxml

    from belink.formats import read

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    if reader == "bioc":
        with file.open(encoding="utf-8") as stream:
            count = len(biocxml.load(stream).documents)
    else:
        count = sum(1 for _ in read(file).documents)
    seconds = time.process_time() - begun
    if not count:
        raise SystemExit("no documents were read")
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


if __name__ == "__main__":
    main()
