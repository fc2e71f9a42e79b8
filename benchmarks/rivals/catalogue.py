"""The rivals: which module runs each, what must be installed for it, and under what licence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rival:
    """A way to link mentions.

    Attributes:
        name: on the command line and in file names.
        title: in the table.
        module: of `benchmarks.rivals`, run in a process of its own.
        packages: distributions that must be installed beside the standard library, for `pip install`.
        licence: SPDX expressions of what it brings, in the order of the packages.
        arguments: given to the module; "{minilm}" stands for the folder of MiniLM.
        reads_documents: takes whole documents, so that query texts written out change nothing.
        slow: is asked about a sample of the mentions only.
    """

    name: str
    title: str
    module: str
    packages: tuple[str, ...] = ()
    licence: str = "Apache-2.0"
    arguments: tuple[str, ...] = ()
    reads_documents: bool = False
    slow: bool = False


RIVALS = (
    Rival("dictionary", "exact dictionary", "with_dictionary"),
    Rival("rapidfuzz-ratio", "rapidfuzz, ratio", "with_rapidfuzz", ("rapidfuzz", "numpy"), "MIT", ("ratio",)),
    Rival(
        "rapidfuzz",
        "rapidfuzz, WRatio",
        "with_rapidfuzz",
        ("rapidfuzz", "numpy"),
        "MIT",
        ("wratio",),
        slow=True,
    ),
    Rival("tfidf", "character TF-IDF", "with_tfidf", ("scikit-learn",), "BSD-3-Clause"),
    Rival("bm25s", "bm25s", "with_bm25s", ("bm25s", "PyStemmer"), "MIT; MIT AND BSD-3-Clause"),
    Rival("tantivy", "tantivy", "with_tantivy", ("tantivy",), "MIT"),
    Rival("simstring", "SimString", "with_simstring", ("pysimstring",), "BSD-3-Clause"),
    Rival("gilda", "Gilda", "with_gilda", ("gilda",), "BSD-2-Clause"),
    Rival("minilm", "MiniLM-L6, untuned", "with_minilm", (), "Apache-2.0", ("{minilm}",)),
    Rival("belink-names", "BeLink, names alone", "with_belink", arguments=("names",)),
    Rival("belink-retrieval", "BeLink, retrieval", "with_belink", arguments=("retrieval",)),
    Rival(
        "belink-pointwise",
        "BeLink, point-wise re-ranking",
        "with_belink",
        arguments=("pointwise",),
        reads_documents=True,
        slow=True,
    ),
    Rival("belink", "BeLink, whole pipeline", "with_belink", arguments=("pipeline",), reads_documents=True),
)
