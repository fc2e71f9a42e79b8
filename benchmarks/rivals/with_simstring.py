"""SimString, as QuickUMLS asks it: names of a Jaccard similarity of character 3-grams of at least 0.7.

Lower-cased (QuickUMLS's `--lowercase`), ranked by that similarity. The library is pysimstring, a wheel of the
same C++ code (Okazaki and Tsujii 2010, aclanthology.org/C10-1096).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rivals.child import Hit, Names, Search, library, run

_GRAM = 3
_THRESHOLD = 0.7


def build(names: Names, store: Path) -> Search:
    """Write the names into a SimString database."""
    simstring = library("pysimstring.simstring")
    store.mkdir(parents=True, exist_ok=True)
    file = str(store / "names.simstring")
    writer = simstring.writer(file, _GRAM, False, True)
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(names.texts):
        form = text.lower()
        if form and form not in numbers:
            writer.insert(form)
        numbers[form].append(number)
    writer.close()
    reader = simstring.reader(file)
    reader.measure, reader.threshold = simstring.jaccard, _THRESHOLD

    def search(texts: Sequence[str]) -> list[list[Hit]]:
        found: list[list[Hit]] = []
        for text in texts:
            form = text.lower()
            scored = [(match, similarity(form, match)) for match in reader.retrieve(form)]
            found.append([(n, score) for match, score in scored if score > 0 for n in numbers[match]])
        return found

    return search


def similarity(left: str, right: str) -> float:
    """Give the Jaccard similarity of the 3-grams of two texts, as QuickUMLS computes it."""
    grams, others = _grams(left), _grams(right)
    either = len(grams | others)
    return len(grams & others) / either if either else 0.0


def _grams(text: str) -> set[str]:
    size = min(_GRAM, len(text))
    return {text[i : i + size] for i in range(len(text) - size + 1)} if size else set()


if __name__ == "__main__":
    run(build)
