"""How long a user waits: help, first answer, first use. `python benchmarks/start.py [--turns 5]`.

Whole processes, the best of several turns, as multiples of `python -c pass` in the same run. The goals
are those of the project: help under 0.4 s, an answer with a warm index under 2 s, the embedded
vocabulary and its indexes built in under 60 s.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

TEXT = "Naloxone reverses the antihypertensive effect of clonidine in rats with renal tubular acidosis."


def seconds(command: Sequence[str], environment: Mapping[str, str], turns: int) -> float:
    """Best wall-clock seconds of a process that must succeed."""
    best = float("inf")
    for _ in range(turns):
        begun = time.perf_counter()
        subprocess.run(command, env=dict(environment), check=True, stdout=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - begun)
    return best


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    belink = [sys.executable, "-m", "belink"]
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"XDG_CACHE_HOME": cache}
        nothing = seconds([sys.executable, "-c", "pass"], environment, turns)
        rows = [
            ("first use: build and answer", seconds([*belink, "link", TEXT], environment, 1), 60.0),
            ("answer with a warm index", seconds([*belink, "link", TEXT], environment, turns), 2.0),
            ("belink --help", seconds([*belink, "--help"], environment, turns), 0.4),
        ]
    print(f"python -c pass{nothing:27.2f} s")
    for name, took, goal in rows:
        print(f"{name:30}{took:11.2f} s{took / nothing:8.1f} × (goal: {goal} s)")


if __name__ == "__main__":
    main()
