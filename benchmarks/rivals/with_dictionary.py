"""Exact dictionary: a mention finds the concepts that have its text as a name, in whatever case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rivals.child import Hit, Names, Search, run


def build(names: Names, store: Path) -> Search:
    """Put the names, case folded, into a dictionary."""
    del store
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(names.texts):
        numbers[text.strip().casefold()].append(number)

    def search(texts: Sequence[str]) -> list[list[Hit]]:
        return [[(number, 1.0) for number in numbers.get(text.strip().casefold(), ())] for text in texts]

    return search


if __name__ == "__main__":
    run(build)
