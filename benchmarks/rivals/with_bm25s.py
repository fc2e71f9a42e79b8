"""bm25s: BM25 over the words of the names, stop words out, stemmed: the quick start of its documentation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.rivals.child import NAMES_ASKED, Hit, Names, Search, library, run


def build(names: Names, store: Path) -> Search:
    """Index the names."""
    del store
    bm25s = library("bm25s")
    stemmer = library("Stemmer").Stemmer("english")
    retriever = bm25s.BM25()
    words = bm25s.tokenize(names.texts, stopwords="en", stemmer=stemmer, show_progress=False)
    retriever.index(words, show_progress=False)
    k = min(NAMES_ASKED, len(names.texts))

    def search(texts: Sequence[str]) -> list[list[Hit]]:
        if not texts:
            return []
        asked = bm25s.tokenize(list(texts), stopwords="en", stemmer=stemmer, show_progress=False)
        numbers, scores = retriever.retrieve(asked, k=k, show_progress=False)
        return [
            [(int(number), float(score)) for number, score in zip(*row, strict=True) if score > 0]
            for row in zip(numbers, scores, strict=True)
        ]

    return search


if __name__ == "__main__":
    run(build)
