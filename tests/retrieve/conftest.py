"""A small knowledge base with homonyms, inversions, plurals and two types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.retrieve.index import LexicalIndex, build_index
from belink.retrieve.postings import NameArrays, read_arrays, write_arrays
from belink.types import Alias, Concept, Context, Mention, Query, Span

CONCEPTS = (
    Concept(
        "T:01",
        "Myocardial Infarction",
        (Alias("Heart Attack"), Alias("MI", "abbreviation")),
        types=("Disease",),
    ),
    Concept("T:02", "Abnormalities, Drug-Induced", types=("Disease",)),
    Concept("T:03", "Cold", (Alias("Common Cold"), Alias("Acute Coryza")), types=("Disease",)),
    Concept("T:04", "Chronic Obstructive Lung Disease", (Alias("COLD"),), types=("Disease",)),
    Concept("T:05", "Low Temperature", (Alias("cold", "related"),), types=("Disease",)),
    Concept("T:06", "Diabetes Mellitus, Type 2", (Alias("Diabetes Mellitus, Type II"),), types=("Disease",)),
    Concept("T:07", "Diabetes Mellitus, Type 1", types=("Disease",)),
    Concept("T:08", "Edema", (Alias("Dropsy"),), types=("Disease",)),
    Concept("T:09", "Cisplatin", (Alias("Platinol"),), types=("Chemical",)),
    Concept("T:10", "Cold Agglutinin", types=("Chemical",)),
    Concept("T:11", "Infarction"),
)


@pytest.fixture(scope="session")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """A knowledge base of the concepts above."""
    folder = tmp_path_factory.mktemp("kb") / "small"
    build(iter(CONCEPTS), folder)
    return KnowledgeBase.open(folder)


@pytest.fixture(scope="session")
def index(kb: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    """The index of `kb`."""
    return build_index(kb, tmp_path_factory.mktemp("index") / "lexical")


@pytest.fixture
def arrays_of(tmp_path: Path) -> Callable[[Sequence[str]], NameArrays]:
    """Give a function that indexes a list of names."""

    def make(names: Sequence[str]) -> NameArrays:
        write_arrays(tmp_path, lambda: names, lambda done: None)
        return read_arrays(tmp_path)

    return make


@pytest.fixture
def ask() -> Callable[..., Query]:
    """Give a function that makes a query of a text."""

    def make(text: str, expansion: str | None = None, type_: str = "Disease") -> Query:
        span = Span(0, len(text))
        return Query(Mention("d", (span,), text, type_), Context(text, span), expansion)

    return make
