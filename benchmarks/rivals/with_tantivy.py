"""tantivy: a full-text index with stemmed words, one document a name, BM25; held in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rivals.child import NAMES_ASKED, Hit, Names, Search, library, run

_OPERATORS = re.compile(r"[\W_]+")
"""What the tokeniser parts words at anyway, and the query language would take for operators."""


def build(names: Names, store: Path) -> Search:
    """Index the names."""
    del store
    tantivy = library("tantivy")
    fields = tantivy.SchemaBuilder()
    fields.add_text_field("name", stored=False, tokenizer_name="en_stem")
    fields.add_unsigned_field("number", stored=True, indexed=False)
    index = tantivy.Index(fields.build())
    writer = index.writer()
    for number, text in enumerate(names.texts):
        writer.add_document(tantivy.Document(name=text, number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(texts: Sequence[str]) -> list[list[Hit]]:
        found: list[list[Hit]] = []
        for text in texts:
            words = _OPERATORS.sub(" ", text).lower()
            query, _ = index.parse_query_lenient(words, ["name"])
            hits = searcher.search(query, NAMES_ASKED).hits
            found.append([(int(searcher.doc(place)["number"][0]), float(score)) for score, place in hits])
        return found

    return search


if __name__ == "__main__":
    run(build)
