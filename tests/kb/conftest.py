"""A small vocabulary, and how to build and open one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from belink.kb.build import build
from belink.kb.records import Record, Retirement, SourceInfo
from belink.kb.store import KnowledgeBase
from belink.types import Alias, Concept

Opener = Callable[..., KnowledgeBase]

DISEASES: tuple[Record, ...] = (
    Concept(
        "MESH:D003924",
        "Diabetes Mellitus, Type 2",
        (Alias("NIDDM", "abbreviation"), Alias("type 2 diabetes"), Alias("Diabetes, Type 2")),
        "A subclass of diabetes mellitus.",
        ("Disease",),
        ("MESH:D003920",),
        ("OMIM:125853",),
    ),
    Concept("MESH:D003920", "Diabetes Mellitus", (), "", ("Disease",), ("MESH:D004700",)),
    Concept("MESH:D004700", "Endocrine System Diseases", (), "", ("Disease",)),
    Concept("MESH:D003110", "Colonic Neoplasms", (Alias("CC"),), "", ("Disease",)),
    Concept("MESH:D002583", "Uterine Cervical Neoplasms", (Alias("cc"),), "", ("Disease",)),
    Concept("MESH:D001241", "Aspirin", (Alias("acetylsalicylic acid"),), "", ("Chemical",)),
    Concept("NCBIGene:672", "BRCA1", (Alias("RNF53"),), "", ("Gene",), taxon="NCBITaxon:9606"),
    Concept("NCBIGene:12189", "Brca1", (), "", ("Gene",), taxon="NCBITaxon:10090"),
    Retirement("MESH:C000001", ("MESH:C000002",), "old diabetes"),
    Retirement("MESH:C000002", ("MESH:D003920", "MESH:D003924")),
    Retirement("MESH:C000003"),
)


@pytest.fixture
def diseases() -> tuple[Record, ...]:
    """The records of the small vocabulary."""
    return DISEASES


@pytest.fixture
def make_kb(tmp_path: Path) -> Opener:
    """A function that builds a knowledge base of records and opens it."""

    def make(
        records: Iterable[Record] = DISEASES, name: str = "kb", *, lenient: bool = False
    ) -> KnowledgeBase:
        info = SourceInfo("toy", path="toy.tsv")
        build(records, tmp_path / name, sources=[info], lenient=lenient)
        return KnowledgeBase.open(tmp_path / name)

    return make


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small vocabulary, built once; not to be written to."""
    path = tmp_path_factory.mktemp("built") / "kb"
    build(DISEASES, path, sources=[SourceInfo("toy", path="toy.tsv")])
    return path


@pytest.fixture
def kb(built: Path, tmp_path: Path) -> KnowledgeBase:
    """The small vocabulary, in a folder of the test's own."""
    return KnowledgeBase.open(Path(shutil.copytree(built, tmp_path / "kb")))
