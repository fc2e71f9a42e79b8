"""Filters of a request: they act before ranking, and nothing is built again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Belink
from typer.testing import CliRunner

from belink.cli.app import app
from belink.config import DetectSettings, KnowledgeBaseSettings, RetrieveSettings, Settings, load_settings
from belink.detect.combination import read_combination
from belink.errors import BelinkError, ConfigError, KnowledgeBaseError
from belink.linker import Linker
from belink.models.shipped import shipped
from belink.types import Decision, Linked

DISEASES = """id\tname\taliases\tparents\ttaxon\ttype
MESH:D009369\tNeoplasms\t\t\t\tDisease
MESH:D001943\tBreast Neoplasms\tbreast cancer\tMESH:D009369\t\tDisease
MESH:D008175\tLung Neoplasms\tlung cancer\tMESH:D009369\t\tDisease
MESH:D008545\tMelanoma\tmalignant melanoma\tMESH:D009369\t\tDisease
MESH:D003920\tDiabetes Mellitus\tdiabetes\t\t\tDisease
NCBIGene:672\tBRCA1\t\t\tNCBITaxon:9606\tGene
NCBIGene:12189\tBrca1\t\t\tNCBITaxon:10090\tGene
"""
OTHER = "id\tname\nMESH:D008175\tbronchial carcinoma\nMESH:D002289\tlarge cell carcinoma\n"
TEXT = "Diabetes and breast cancer in carriers of BRCA1; lung cancer."


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, belink: Belink) -> Path:
    """A knowledge base of two sources, with a hierarchy and two organisms."""
    folder = tmp_path_factory.mktemp("filters")
    (folder / "first.tsv").write_text(DISEASES, encoding="utf-8")
    (folder / "second.tsv").write_text(OTHER, encoding="utf-8")
    belink("kb", "build", folder / "first.tsv", folder / "second.tsv", "-o", folder / "kb")
    load(folder / "kb").link(TEXT)
    return folder / "kb"


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.PubTator"
    lines = ("1|t|Cancer of the breast.", "1|a|", "1\t0\t20\tCancer of the breast\tDisease\tMESH:D001943")
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return path


def load(kb: Path, **choices: Any) -> Linker:
    return Linker.load(kb, encoder="none", **choices)


def links(decisions: list[Decision]) -> dict[str, tuple[str, ...]]:
    return {
        each.mention.text: each.verdict.concept_ids for each in decisions if isinstance(each.verdict, Linked)
    }


def proposed(decisions: list[Decision]) -> set[str]:
    return {candidate.concept_id for each in decisions for candidate in each.candidates}


def test_without_a_filter_everything_is_linked(kb: Path) -> None:
    """The text names a disease outside the subtree, two inside, and a gene of two organisms."""
    found = links(load(kb).link(TEXT))
    assert found == {
        "Diabetes": ("MESH:D003920",),
        "breast cancer": ("MESH:D001943",),
        "BRCA1": ("NCBIGene:672",),
        "lung cancer": ("MESH:D008175",),
    }


def test_a_subtree_bounds_mentions_and_candidates(kb: Path) -> None:
    """Names of other concepts are not mentions, and no candidate stands outside the subtree."""
    decisions = load(kb, under=["mesh:D009369"]).link(TEXT)
    assert links(decisions) == {"breast cancer": ("MESH:D001943",), "lung cancer": ("MESH:D008175",)}
    assert proposed(decisions) <= {"MESH:D009369", "MESH:D001943", "MESH:D008175", "MESH:D008545"}


def test_an_organism_decides_between_homonyms(kb: Path) -> None:
    """Only the gene of the organism is left, and concepts of no organism stay."""
    found = links(load(kb, taxon=["10090"]).link(TEXT))
    assert found["BRCA1"] == ("NCBIGene:12189",)
    assert found["Diabetes"] == ("MESH:D003920",)


def test_a_vocabulary_bounds_the_concepts(kb: Path) -> None:
    """A concept stays with all its names if one of them comes from the vocabulary."""
    assert links(load(kb, source=["second"]).link(TEXT)) == {"lung cancer": ("MESH:D008175",)}


def test_lists_of_ids_bound_the_concepts(kb: Path, tmp_path: Path) -> None:
    """Only ids of the first list and none of the second are linked to."""
    allow, deny = tmp_path / "allow.txt", tmp_path / "deny.txt"
    allow.write_text("# mine\nMESH:D001943\nmesh:D003920\n", encoding="utf-8")
    deny.write_text("MESH:D003920\nMESH:D999999\n", encoding="utf-8")
    assert links(load(kb, allow=[allow], deny=[deny]).link(TEXT)) == {"breast cancer": ("MESH:D001943",)}


def test_a_settings_file_may_hold_the_filters(kb: Path, tmp_path: Path) -> None:
    """`[kb]` takes the filters by the names of the options."""
    file = tmp_path / "run.toml"
    lines = ("[kb]", f'path = "{kb.as_posix()}"', 'under = ["MESH:D001943"]', 'taxon = ["9606"]')
    file.write_text("\n".join((*lines, "[retrieve]", 'encoder = "none"')))
    assert set(links(Linker.from_settings(load_settings(file)).link(TEXT))) == {"breast cancer"}


def test_an_abbreviation_is_judged_by_its_expansion(kb: Path) -> None:
    """A short form of an allowed name stays a mention, one of another name does not become one."""
    text = "Diabetes mellitus (DM) and breast cancer (BC). DM is common, BC is rare."
    decisions = load(kb, under=["MESH:D009369"]).link(text)
    assert set(links(decisions)) == {"breast cancer", "BC"}


def test_candidates_fill_up_behind_the_filter(kb: Path) -> None:
    """The filter acts before the best candidates are cut, not on what is left of them."""
    from belink.types import Context, Mention, Query, Span

    mention = Mention("d", (Span(0, 8),), "Diabetes", "")
    query = Query(mention, Context("Diabetes", Span(0, 8)))
    (found,) = load(kb, under=["MESH:D009369"], spans="given").retrieve([query], 4)
    assert all(candidate.concept_id != "MESH:D003920" for candidate in found)
    (all_found,) = load(kb, spans="given").retrieve([query], 1)
    assert [candidate.concept_id for candidate in all_found] == ["MESH:D003920"]


def test_a_filter_builds_nothing(kb: Path) -> None:
    """The files of the knowledge base and of its indexes are the same ones before and after."""
    before = {path: path.stat() for path in kb.rglob("*")}
    load(kb, under=["MESH:D009369"], taxon=["9606"]).link(TEXT)
    after = {path: path.stat() for path in kb.rglob("*")}
    assert {path: (now.st_ino, now.st_mtime_ns) for path, now in after.items()} == {
        path: (then.st_ino, then.st_mtime_ns) for path, then in before.items()
    }


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"under": ["MESH:D1"]}, "no concept MESH:D1"),
        ({"under": ["D009369"]}, "no prefix"),
        ({"taxon": ["7227"]}, "no taxon 'NCBITaxon:7227'; it has NCBITaxon:10090"),
        ({"source": ["third"]}, "no source 'third'; it has first, second"),
        ({"allow": ["none.txt"]}, "expected one id a line"),
        ({"under": ["MESH:D003920"], "source": ["second"]}, "leave none of its 8 concepts"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_an_error(
    kb: Path, choices: dict[str, list[str]], message: str
) -> None:
    """What the knowledge base does not have is named, and an empty choice is refused."""
    with pytest.raises(KnowledgeBaseError, match=message):
        load(kb, **choices)


def test_link_takes_the_filters(belink: Belink, kb: Path, tmp_path: Path) -> None:
    """`belink link` takes each option several times, and they win over a settings file."""
    file = tmp_path / "run.toml"
    file.write_text('[kb]\nunder = ["MESH:D003920"]\n')
    under = ("--under", "MESH:D001943", "--under", "MESH:D008175")
    result = belink("link", TEXT, "--kb", kb, *under, "--config", file, "--json", "--encoder", "none")
    decisions = json.loads(result.stdout)["decisions"]
    assert [each["text"] for each in decisions] == ["breast cancer", "lung cancer"]


def run(*arguments: object) -> str:
    """Run the command line in this process; an error of ours is raised."""
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    if isinstance(result.exception, BelinkError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_evaluate_takes_the_filters(kb: Path, gold: Path, tmp_path: Path) -> None:
    """A gold concept outside the filter is not found, and the score tells."""
    scores = []
    for allowed in ("MESH:D001943", "MESH:D008175"):
        out = tmp_path / "figures.json"
        options = ("--under", allowed, "--json", out, "--encoder", "none")
        run("evaluate", "--test", gold, "--kb", kb, *options)
        scores.append(json.loads(out.read_text(encoding="utf-8"))["accuracy@1"])
    assert scores == [1.0, 0.0]


def test_evaluate_refuses_a_filter_that_cannot_be_meant(kb: Path, gold: Path) -> None:
    """A misspelt vocabulary is an error that lists those there are."""
    with pytest.raises(KnowledgeBaseError, match="no source 'secnd'; it has first, second"):
        run("evaluate", "--test", gold, "--kb", kb, "--source", "secnd", "--encoder", "none")


def test_search_takes_the_filters(kb: Path, tmp_path: Path) -> None:
    """`kb search` gives only what every condition lets pass."""
    deny = tmp_path / "deny.txt"
    deny.write_text("MESH:D001943\n")

    def search(*options: str) -> list[str]:
        hits = json.loads(run("kb", "search", kb, "neoplasms", "--json", *options))
        return sorted(hit["concept_id"] for hit in hits)

    tree = ["MESH:D001943", "MESH:D008175", "MESH:D009369"]
    assert [each for each in search("--under", "MESH:D009369") if each != "MESH:D008545"] == tree
    assert search("--source", "second", "--under", "MESH:D009369") == ["MESH:D008175"]
    assert "MESH:D001943" not in search("--deny", str(deny))
    assert search("--allow", str(deny)) == ["MESH:D001943"]


def test_a_wrong_kind_of_value_names_the_key(tmp_path: Path) -> None:
    """A list that is none is refused with its place in the file."""
    file = tmp_path / "run.toml"
    file.write_text("[kb]\ntaxon = 9606\n")
    with pytest.raises(ConfigError, match=r"key 'kb\.taxon': found 9606"):
        load_settings(file)


def test_a_language_bounds_the_names(tmp_path: Path) -> None:
    """Names of other languages are neither mentions nor aliases of candidates; the preferred name stays."""
    rows = ("X:1\tHeadache\tache\ten", "X:1\tKopfschmerz\t\tde", "X:2\tCough\t\ten")
    (tmp_path / "t.tsv").write_text("\n".join(("id\tname\taliases\tlanguage", *rows)) + "\n")
    kb = tmp_path / "kb"
    run("kb", "build", tmp_path / "t.tsv", "-o", kb, "--prefix", "X=https://x.org/", "--type", "Disease")
    settings = Settings(
        kb=KnowledgeBaseSettings(path=kb, language=("de",)),
        detect=DetectSettings(tagger="none"),
        retrieve=RetrieveSettings(encoder="none"),
    )
    decisions = Linker.from_settings(settings).link("Headache, Kopfschmerz and cough.")
    assert links(decisions) == {"Kopfschmerz": ("X:1",)}
    options = ("--kb", kb, "--encoder", "none", "--type", "Disease", "--json")
    shown = [json.loads(run("retrieve", "headache", *options, *more)) for more in ((), ("--language", "de"))]
    aliases = [[(each["alias"], each["name"]) for each in one["candidates"]] for one in shown]
    assert aliases[0][0] == ("Headache", "Headache")
    assert set(aliases[1]) <= {("Kopfschmerz", "Headache")}


def test_what_is_explained_is_what_is_decided(kb: Path) -> None:
    """The same mentions, verdicts and probabilities, after they were judged again."""
    linker = load(kb)
    text = TEXT + " The Zorblax syndrome is new."
    decided = [(each.mention, each.verdict, each.probability) for each in linker.link(text)]
    told = [each.decision for each in linker.explain(text)]
    assert decided == [(each.mention, each.verdict, each.probability) for each in told]
    assert decided


@pytest.mark.parametrize("limit", [{"min_probability": 0.95}, {"target_precision": 0.975}])
def test_thresholds_hold_for_the_probability_that_mention_and_concept_are_right(
    kb: Path, limit: dict[str, float]
) -> None:
    """A least probability, or the tagger's own for a precision: what has less is given no concept."""
    weights = read_combination(shipped("tagger"))
    kept = set()
    for before, after in zip(load(kb).link(TEXT), load(kb, **limit).link(TEXT), strict=True):
        least = limit.get("min_probability") or weights.threshold(before.mention.type, 0.975)
        assert isinstance(after.verdict, Linked) is (before.probability >= least)
        kept.add(isinstance(after.verdict, Linked))
    assert kept == {True, False}
