from __future__ import annotations

import gzip
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from belink.text.normalise import bag, normalise
from belink.text.thesaurus import KIND_OF, Kind, everyday_names, everyday_table

KINDS: tuple[Kind, ...] = get_args(Kind)
VOCABULARIES = {
    "chemical_everyday": ["mesh-descriptors", "mesh-diseases"],  # written with vocabularies at hand
    "chemical_general": ["mesh-chemicals"],  # written with none
    "disease_everyday": ["mesh-descriptors", "mesh-diseases"],
    "gene_everyday": [f"ncbi-gene-{taxon}-2021" for taxon in (9606, 10090, 7227, 7955)],
    "species_everyday": ["ncbi-taxonomy-2024"],
}
"""Of each table the vocabularies whose names concepts bear in it."""


def test_case_counts_in_short_names_only() -> None:
    """A long one is a word that may begin a sentence; "CsA" is no word."""
    assert everyday_names("chemical", "zantac") == everyday_names("chemical", "ZANTAC") != ()
    assert everyday_names("chemical", "CsA") != ()
    assert everyday_names("chemical", "csa") == ()


@pytest.mark.parametrize("text", ["BZDs", "benzo diazepine drugs", "Zantac"])
def test_plurals_spaces_and_hyphens_do_not_matter(text: str) -> None:
    """What is known is known in the plural and however it is parted."""
    known = everyday_names("chemical", text)
    assert known == everyday_names("chemical", text.replace(" ", "-"))
    assert known == everyday_names("chemical", text.removesuffix("s"))


@pytest.mark.parametrize("mark", ["-", " ", "/", "'", "_"])
def test_punctuation_does_not_matter(mark: str) -> None:
    """A name of the table is found with punctuation around it."""
    assert everyday_names("chemical", f"{mark}Zantac{mark} ") == ("Ranitidine",)


def test_an_unknown_text_has_no_names() -> None:
    """What no table has gives nothing, an empty text too."""
    for kind in KINDS:
        assert everyday_names(kind, "a phrase of no vocabulary") == ()
        assert everyday_names(kind, "") == ()


@pytest.mark.parametrize("kind", KINDS)
def test_all_tables_of_a_kind_are_read(kind: Kind) -> None:
    """A kind's names are those of its tables, one after another."""
    tables = [rows_of(file) for file in VOCABULARIES if file.startswith(f"{kind}_")]
    assert list(everyday_table(kind)) == [row for table in tables for row in table]


def rows_of(file: str) -> list[tuple[str, tuple[str, ...]]]:
    lines = files("belink.text").joinpath(f"data/{file}.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return [(name, tuple(others.split("|"))) for name, others in pairs]


@pytest.mark.parametrize("file", VOCABULARIES)
def test_tables_are_in_order(file: str) -> None:
    """Each name stands once, in the order of the alphabet, with other names that are not its own."""
    table = rows_of(file)
    names = [name for name, _ in table]
    assert len(table) > 100
    assert names == sorted(names, key=lambda name: (name.lower(), name))
    assert [name for name, count in Counter(names).items() if count > 1] == []
    for name, others in table:
        assert all(other.strip() == other and other for other in others), name
        assert normalise(name) not in map(normalise, others), name


@pytest.mark.parametrize("file", VOCABULARIES)
def test_names_stand_in_the_vocabulary(file: str, shared_data: Path) -> None:
    """All but a few of what a table leads to are names of the vocabularies it may name."""
    known = {key for each in VOCABULARIES[file] for key in keys_of(shared_data / f"kb/{each}.tsv.gz")}
    names = [name for name, _ in rows_of(file)]
    missing = [name for name in names if bag(normalise(name)) not in known]
    assert len(missing) <= len(names) // 100, missing[:20]


def keys_of(table: Path) -> set[str]:
    with gzip.open(table, "rt", encoding="utf-8") as lines:
        rows = (line.rstrip("\n").split("\t") for line in lines)
        names = (name for _, preferred, synonyms, *_ in rows for name in (preferred, *synonyms.split("|")))
        return {bag(normalise(name)) for name in names}


def test_each_type_has_its_table() -> None:
    """Four types of mentions have tables."""
    assert set(KIND_OF.values()) == set(KINDS)
