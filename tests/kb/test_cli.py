from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.kb.command import run
from typer.testing import CliRunner

from belink.cli.kb import app
from belink.errors import BelinkError, ConfigError, KnowledgeBaseError
from belink.kb.store import KnowledgeBase

TABLE = """id\tname\tsynonyms\tdefinition\textra
D003920\tDiabetes Mellitus\t\t\ttree=C18.452.394
D003924\tDiabetes Mellitus, Type 2\tNIDDM|type 2 diabetes\tA kind.\ttree=C18.452.394.750
D003110\tColonic Neoplasms\tCC\t\ttree=C04.588
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mesh.tsv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def built(table: Path, tmp_path: Path) -> Path:
    """A knowledge base of the table, in a folder of the test's own."""
    run("build", table, "-o", tmp_path / "kb", "--release", "2025")
    return tmp_path / "kb"


def test_build_prints_what_was_built(table: Path, tmp_path: Path) -> None:
    """The counts and the source are shown at the end of a build."""
    output = run("build", table, "-o", tmp_path / "kb", "--name", "MeSH", "--licence", "free")
    assert "concepts" in output
    assert "MeSH, table, free" in output


def test_build_filters(table: Path, tmp_path: Path) -> None:
    """`--under` keeps a subtree only."""
    run("build", table, "-o", tmp_path / "kb", "--under", "MESH:D003920")
    assert len(KnowledgeBase.open(tmp_path / "kb")) == 2


def test_build_takes_lists_of_ids(table: Path, tmp_path: Path) -> None:
    """`--allow` and `--deny` take files of one id a line, which an update reads again from anywhere."""
    allow, deny = tmp_path / "allow.txt", tmp_path / "deny.txt"
    allow.write_text("# mine\nMESH:D003924\n\nmesh:D003110\n")
    deny.write_text("D003110")
    output = run(
        "build", table, "-o", tmp_path / "kb", "--id-prefix", "MESH", "--allow", allow, "--deny", deny
    )
    assert "concepts" in output
    run("update", tmp_path / "kb", table)
    assert [concept.id for concept in KnowledgeBase.open(tmp_path / "kb").concepts()] == ["MESH:D003924"]
    allow.write_text("MESH:D003924\nD7\n")
    with pytest.raises(KnowledgeBaseError, match=r"allow\.txt:2: 'D7' has no prefix"):
        run("build", table, "-o", tmp_path / "kb", "--allow", allow)
    allow.write_text("# none\n")
    with pytest.raises(KnowledgeBaseError, match=r"--allow .*has no id"):
        run("build", table, "-o", tmp_path / "kb", "--allow", allow)
    with pytest.raises(KnowledgeBaseError, match="expected one id a line"):
        run("build", table, "-o", tmp_path / "kb", "--deny", tmp_path / "none")


def test_build_adds_names_of_a_table_with_other_headers(table: Path, tmp_path: Path) -> None:
    """`--columns` says what the columns of a table are called; aliases alone make no concept."""
    phrases = tmp_path / "phrases.csv"
    phrases.write_text("CODE,phrase\nD003924,sugar\nD999999,nothing\n")
    output = run("build", table, phrases, "-o", tmp_path / "kb", "--columns", "id=CODE,aliases=phrase")
    kb = KnowledgeBase.open(tmp_path / "kb")
    assert [(name.concept_id, name.source) for name in kb.find(["sugar"])[0]] == [("MESH:D003924", "phrases")]
    assert len(kb) == 3
    assert "addition without concept" in output
    assert "phrases.csv:3" in "".join(output.split())


def test_build_follows_a_table_of_retired_ids(table: Path, tmp_path: Path) -> None:
    """`--retired` takes a table of retired_id and current_id."""
    retired = tmp_path / "retired.tsv"
    retired.write_text("retired_id\tcurrent_id\nMESH:C1\tMESH:D003924\n")
    run("build", table, "-o", tmp_path / "kb", "--retired", retired)
    assert KnowledgeBase.open(tmp_path / "kb").resolve("MESH:C1") == ("MESH:D003924",)


def test_build_borrows_aliases_of_a_table_or_a_knowledge_base(table: Path, tmp_path: Path) -> None:
    """`--aliases-from` marks what it borrows over xrefs with where it came from."""
    mondo = tmp_path / "mondo.tsv"
    mondo.write_text("id\tname\txrefs\nMONDO:1\tadult-onset diabetes\tMESH:D003924\n")
    run("build", mondo, "-o", tmp_path / "mondo")
    for lender in (mondo, tmp_path / "mondo"):
        run("build", table, "-o", tmp_path / "kb", "--aliases-from", lender, "--via", "xref")
        (found,) = KnowledgeBase.open(tmp_path / "kb").find(["adult onset diabetes"])
        assert [(name.concept_id, name.source) for name in found] == [("MESH:D003924", "mondo")]


def test_languages_and_sources_are_filters_of_a_build_and_of_a_request(tmp_path: Path) -> None:
    """A build leaves out names, a search concepts; an update reads as the build did."""
    table = tmp_path / "t.tsv"
    rows = ("X:1\tHeadache\tPain\twiki\ten", "X:1\tKopfschmerz\t\t\tde", "X:2\tCough\t\t\ten")
    table.write_text("\n".join(("id\tname\taliases\tsource\tlanguage", *rows)) + "\n")
    prefix = ("--prefix", "X=https://x.org/")
    run("build", table, "-o", tmp_path / "all", *prefix)
    assert "de, en" in run("info", tmp_path / "all")
    found = json.loads(run("search", tmp_path / "all", "cough", "--language", "GER", "--json"))
    assert {hit["concept_id"] for hit in found} <= {"X:1"}
    run("build", table, "-o", tmp_path / "some", "--language", "en", "--source", "other", *prefix)
    run("update", tmp_path / "some", table)
    names = [name.alias for name in KnowledgeBase.open(tmp_path / "some").names()]
    assert names == ["Headache", "Cough"]


def test_search_and_show_as_json(built: Path) -> None:
    """Both print what a program can read."""
    (hit, *_) = json.loads(run("search", built, "diabetis type 2", "--json"))
    assert hit["concept_id"] == "MESH:D003924"
    shown = json.loads(run("show", built, "mesh:D003924", "--json"))
    assert shown["path_to_root"] == ["MESH:D003924", "MESH:D003920"]
    assert json.loads(run("info", built, "--json"))["concepts"] == 3


def test_tables_and_trees_for_people(built: Path) -> None:
    """Search, show and tree name the concepts."""
    assert "Colonic Neoplasms" in run("search", built, "colonic")
    assert "Diabetes Mellitus (MESH:D003920)" in run("show", built, "MESH:D003924")
    assert "Diabetes Mellitus, Type 2" in run("tree", built)
    assert "Nothing was found" in run("search", built, "--", "--")


def test_additions_survive_an_update(built: Path, table: Path) -> None:
    """`add` takes effect at once and outlives `update`, which reads as the build did."""
    run("add", built, "--id", "MESH:D003110", "--alias", "my cancer")
    run("add", built, "--id", "MESH:D003920", "--deny")
    table.write_text(TABLE + "D000001\tNew\t\t\ttree=C01\n", encoding="utf-8")
    changes = json.loads(run("update", built, table, "--json"))
    assert changes["added"] == [{"id": "MESH:D000001", "name": "New"}]
    kb = KnowledgeBase.open(built)
    assert kb.find(["my cancer"])[0][0].concept_id == "MESH:D003110"
    assert kb.concept("MESH:D003920") is None


def test_diff_and_impact(built: Path, table: Path, tmp_path: Path) -> None:
    """A renamed concept is in the reports, and a decision that gave it is counted."""
    table.write_text(TABLE.replace("Colonic Neoplasms", "Colon | Cancer"), encoding="utf-8")
    run("build", table, "-o", tmp_path / "new")
    assert json.loads(run("diff", built, tmp_path / "new", "--json"))["renamed"][0]["id"] == "MESH:D003110"
    assert "| MESH:D003110 | Colonic Neoplasms | Colon \\| Cancer |" in run(
        "diff", built, tmp_path / "new", "--markdown"
    )
    gold = tmp_path / "gold.PubTator"
    gold.write_text("1|t|CC is bad.\n1|a|\n1\t0\t2\tCC\tDisease\tD003110\n\n")
    (found,) = json.loads(run("impact", built, tmp_path / "new", gold, "--json"))
    assert (found["id"], found["change"], found["count"]) == ("MESH:D003110", "renamed", 1)
    assert "Colonic Neoplasms" in run("impact", built, tmp_path / "new", gold)
    assert "No link is affected" in run("impact", built, built, gold)


def test_verify_fails_on_damage(built: Path) -> None:
    """A damaged file is named and the exit code is 1."""
    assert "whole" in run("verify", built)
    (damaged,) = built.glob("data-*/name.utf8")
    damaged.write_bytes(b"x" * damaged.stat().st_size)
    result = CliRunner().invoke(app, ["verify", str(built)])
    assert result.exit_code == 1
    assert "name.utf8 is damaged" in result.output


def test_export_builds_again(built: Path, tmp_path: Path) -> None:
    """What is exported is a source like any other."""
    run("export", built, "-o", tmp_path / "out.tsv")
    run("build", tmp_path / "out.tsv", "-o", tmp_path / "again")
    assert KnowledgeBase.open(tmp_path / "again").fingerprint == KnowledgeBase.open(built).fingerprint


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["build", "none.tsv", "-o", "x"], KnowledgeBaseError, "no such file"),
        (["build", "none.tsv", "-o", "x", "--via", "name"], ConfigError, "--via name"),
        (["build", "a", "b", "-o", "x", "--name", "n"], KnowledgeBaseError, "--name n"),
        (["info", "none"], KnowledgeBaseError, "belink kb build"),
        (["add", "none", "--id", "X:1", "--alias", "a"], KnowledgeBaseError, "belink kb build"),
    ],
)
def test_mistakes_are_errors_of_ours(arguments: list[str], error: type[BelinkError], message: str) -> None:
    """What a user does wrong is one line that says what to do."""
    with pytest.raises(error, match=message):
        run(*arguments)


def test_an_unknown_concept_or_filter_is_named(built: Path) -> None:
    """Neither is silently empty."""
    with pytest.raises(KnowledgeBaseError, match="no concept MESH:D9"):
        run("show", built, "MESH:D9")
    with pytest.raises(KnowledgeBaseError, match="no type 'Plant'"):
        run("search", built, "a", "--type", "Plant")
    with pytest.raises(KnowledgeBaseError, match="--type plant: not known"):
        run("build", built, "-o", built.parent / "x", "--type", "plant")
