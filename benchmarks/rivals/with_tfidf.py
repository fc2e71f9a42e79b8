"""Character 3-gram TF-IDF and cosine with scikit-learn: scispaCy's candidate generator, without its pins.

The vectoriser has scispaCy's parameters (Neumann et al. 2019, doi:10.18653/v1/W19-5034). The neighbours are
exact, where scispaCy's are approximate, and no similarity is too low.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.rivals.child import NAMES_ASKED, Hit, Names, Search, run
from sklearn.feature_extraction.text import TfidfVectorizer

_TEXTS_AT_ONCE = 256
_LEAST_NAMES = 10


def build(names: Names, store: Path) -> Search:
    """Fit the vectoriser on the names and turn them into vectors."""
    del store
    vectoriser = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 3), min_df=_LEAST_NAMES, dtype=np.float32
    )
    by_gram = vectoriser.fit_transform(names.texts).T.tocsr()

    def search(texts: Sequence[str]) -> list[list[Hit]]:
        found: list[list[Hit]] = []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            asked = vectoriser.transform(texts[start : start + _TEXTS_AT_ONCE])
            scores = (asked @ by_gram).tocsr()
            for row in range(scores.shape[0]):
                part = slice(scores.indptr[row], scores.indptr[row + 1])
                numbers, values = scores.indices[part], scores.data[part]
                order = np.lexsort((numbers, -values))[:NAMES_ASKED]
                found.append([(int(numbers[i]), float(values[i])) for i in order])
        return found

    return search


if __name__ == "__main__":
    run(build)
