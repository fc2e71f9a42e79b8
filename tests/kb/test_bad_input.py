"""What a user gets wrong on the command line is told in one line, with the place and what to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.kb.command import run

from belink.errors import InputError, KnowledgeBaseError
from belink.kb.additions import read_additions
from belink.kb.store import KnowledgeBase

TABLE = "id\tname\taliases\tparents\nHP:1\tPain\tache\t\nHP:2\tHead pain\theadache\tHP:1\n"
LAB = "LAB=https://lab.example/"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "pain.tsv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def kb(table: Path, tmp_path: Path) -> Path:
    run("build", table, "-o", tmp_path / "kb")
    return tmp_path / "kb"


def test_packed_data_that_break_off_are_refused_whatever_their_size(tmp_path: Path) -> None:
    """When lenient, what stands before is kept; what breaks off at once is not called a format unknown."""
    packed = gzip.compress((TABLE + "".join(f"HP:{n}\tpain {n * n}\t\t\n" for n in range(3, 900))).encode())
    path = tmp_path / "cut.tsv.gz"
    path.write_bytes(packed[:2000])
    with pytest.raises(KnowledgeBaseError, match=r"cut\.tsv\.gz:\d+: the packed data are broken off"):
        run("build", path, "-o", tmp_path / "kb")
    run("build", path, "-o", tmp_path / "kb", "--lenient")
    assert 2 < len(KnowledgeBase.open(tmp_path / "kb")) < 899
    path.write_bytes(packed[:12])
    with pytest.raises(KnowledgeBaseError, match=r"cut\.tsv\.gz:1: empty, or broken off at once"):
        run("build", path, "-o", tmp_path / "other")


def test_another_encoding_is_named(tmp_path: Path) -> None:
    """A table as a spreadsheet saves it in "Unicode"."""
    path = tmp_path / "wide.tsv"
    path.write_bytes(TABLE.encode("utf-16"))
    with pytest.raises(KnowledgeBaseError, match=r"wide\.tsv:1: no text in UTF-8 .*convert it"):
        run("build", path, "-o", tmp_path / "kb")


def test_a_table_without_preferred_names_says_what_it_is_for(tmp_path: Path) -> None:
    """A header in another language is the likeliest reason."""
    path = tmp_path / "names.tsv"
    path.write_text(TABLE.replace("name", "Bezeichnung", 1), encoding="utf-8")
    with pytest.raises(KnowledgeBaseError, match=r"names\.tsv: they only add names .*--columns name=HEADER"):
        run("build", path, "-o", tmp_path / "kb")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TABLE.replace("ache\t\n", "ache\tHP:2\n"), r"t\.tsv:2: a concept stands above itself: HP:1 -> HP:2"),
        ("id\tname\treplaced_by\nHP:1\ta\t\nHP:3\t\tHP:4\nHP:4\t\tHP:3\n", r"t\.tsv:3: retired ids replace"),
    ],
)
def test_a_cycle_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """Of the first id in it."""
    path = tmp_path / "t.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeBaseError, match=message):
        run("build", path, "-o", tmp_path / "kb")


def test_a_prefix_that_means_two_things_is_refused(tmp_path: Path) -> None:
    """Of two sources, or of a source and the command line; the same address is no clash."""
    path = tmp_path / "lab.tsv"
    path.write_text("id\tname\nLAB:1\tx\n", encoding="utf-8")
    other = "lab=https://other.example/"
    run("build", path, "-o", tmp_path / "one", "--prefix", LAB)
    run("build", path, "-o", tmp_path / "two", "--prefix", other)
    with pytest.raises(KnowledgeBaseError, match=r"two: the prefix lab=.* clashes with LAB=.* of .*one"):
        run("build", tmp_path / "one", tmp_path / "two", "-o", tmp_path / "kb")
    with pytest.raises(KnowledgeBaseError, match=r"one: the prefix LAB=.* clashes with lab=.* of this"):
        run("build", tmp_path / "one", "-o", tmp_path / "kb", "--prefix", other)
    run("build", tmp_path / "one", "-o", tmp_path / "kb", "--prefix", LAB)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--id", "HP:9", "--alias", "x"], "no concept HP:9; find its id with `belink kb search`"),
        (["--id", "HP:9", "--deny"], "no concept HP:9"),
        (["--id", "HP:1", "--alias", "Ache", "--deny"], "HP:1 has no name 'Ache'; it has Pain, ache"),
        (["--id", "HP:1", "--alias", "a\x07b"], "control character"),
    ],
)
def test_an_addition_without_effect_is_refused(kb: Path, arguments: list[str], message: str) -> None:
    """And none is written, so that it bars no later build."""
    with pytest.raises(KnowledgeBaseError, match=message):
        run("add", kb, *arguments)
    assert read_additions(kb) == ()


def test_an_addition_finds_its_concept_however_the_prefix_is_written(kb: Path) -> None:
    """And may be repeated."""
    for _ in range(2):
        run("add", kb, "--id", "hp:1", "--alias", "soreness")
        run("add", kb, "--id", "HP:2", "--alias", "headache", "--deny")
    opened = KnowledgeBase.open(kb)
    assert opened.find(["soreness"])[0][0].concept_id == "HP:1"
    assert opened.find(["headache"]) == [()]


def test_a_file_without_links_has_no_impact_to_tell(kb: Path, tmp_path: Path) -> None:
    """It is most likely the wrong file."""
    (tmp_path / "notes.txt").write_text("Nothing to see.")
    with pytest.raises(InputError, match=r"notes\.txt: has no link"):
        run("impact", kb, kb, tmp_path / "notes.txt")
