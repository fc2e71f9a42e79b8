"""`belink retrieve`: candidates, and what each list says of them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from tests.cli.conftest import Belink
from tests.retrieve.served import always, serving
from typer.testing import CliRunner

from belink.cli.app import app
from belink.cli.retrieve_view import Found, show
from belink.config import RetrieveSettings
from belink.errors import BelinkError, ConfigError, InputError, KnowledgeBaseError
from belink.kb.build import build
from belink.kb.store import KnowledgeBase
from belink.link import make_queries
from belink.retrieve.reasons import reasons
from belink.stages.retrieval import build_explained_retriever
from belink.types import Concept, Document, Mention, Span

PUBTATOR = """1|t|Myotonic dystrophy (DM) and hypertention.
1|a|Severe DM is rare.
1\t0\t18\tMyotonic dystrophy\tDisease\tD009223
1\t28\t40\thypertention\tDisease\tD006973
1\t42\t51\tSevere DM\tDisease\tD009223

"""
GENES = """id\tname\ttaxon\ttype
NCBIGene:672\tBRCA1\tNCBITaxon:9606\tGene
NCBIGene:12189\tBrca1\tNCBITaxon:10090\tGene
NCBIGene:675\tBRCA2\tNCBITaxon:9606\tGene
"""


@pytest.fixture(scope="module")
def genes(belink: Belink, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("genes")
    (folder / "genes.tsv").write_text(GENES, encoding="utf-8")
    belink("kb", "build", folder / "genes.tsv", "-o", folder / "kb")
    return folder / "kb"


def look_up(kb: Path, doc: Document, mention: Mention, k: int = 5) -> tuple[KnowledgeBase, Found]:
    opened = KnowledgeBase.open(kb)
    search, why = build_explained_retriever(RetrieveSettings(encoder="none"), opened)
    (query,) = make_queries(doc, [mention])
    (candidates,), (evidence,) = search([query], k), why([query], k)
    return opened, Found(query, candidates, tuple(reasons(opened, query, candidates, evidence)))


def of_text(kb: Path, text: str, type_: str = "", k: int = 5) -> Found:
    mention = Mention("d", (Span(0, len(text)),), text, type_)
    return look_up(kb, Document("d", text), mention, k)[1]


def test_a_mention_gives_one_object_with_every_list(belink: Belink, small_kb: Path) -> None:
    """Away from a terminal a mention is one JSON line; each candidate has its rank and all lists."""
    result = belink("retrieve", "hypertention", "--kb", small_kb, "--k", "2", "--encoder", "none")
    assert result.returncode == 0, result.stderr
    record = json.loads(result.stdout)
    assert (record["text"], record["spans"], record["expansion"]) == ("hypertention", [[0, 12]], None)
    first, second = record["candidates"]
    assert (first["rank"], first["id"], first["source"]) == (1, "MESH:D006973", "lexical")
    assert first["lists"]["lexical_rank"] == 1
    assert first["lists"]["lexical"] > second["lists"]["lexical"] > 0
    assert first["lists"]["exact"] is False
    assert first["lists"]["dense"] is None


def run(*arguments: object) -> str:
    """Run the command in this process; its error is raised."""
    result = CliRunner().invoke(app, ["retrieve", *map(str, arguments), "--encoder", "none"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_words_without_quotes_are_one_mention(small_kb: Path) -> None:
    """Several words that are no files are the mention they make."""
    record = json.loads(run("Blood", "Pressure,", "Low", "--kb", small_kb))
    assert record["candidates"][0]["id"] == "MESH:D007022"
    assert record["candidates"][0]["lists"]["exact"] is True


def test_a_file_gives_its_mentions_in_order(belink: Belink, small_kb: Path, tmp_path: Path) -> None:
    """Each annotation is a line; what the document writes out is asked too and shown."""
    path = tmp_path / "gold.PubTator"
    path.write_text(PUBTATOR, encoding="utf-8")
    result = belink("retrieve", path, "--kb", small_kb, "--encoder", "none", "--type", "disease")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["text"] for record in records] == ["Myotonic dystrophy", "hypertention", "Severe DM"]
    assert records[2]["expansion"] == "Severe Myotonic dystrophy"
    assert records[2]["candidates"][0]["id"] == "MESH:D009223"
    assert records[2]["candidates"][0]["lists"]["short_exact"] is False


def test_mentions_of_a_plain_text_are_found_on_request(small_kb: Path, tmp_path: Path) -> None:
    """A file without annotations has no mentions, unless `--spans detect` finds them."""
    path = tmp_path / "note.txt"
    path.write_text("Clonidine and Narcan.", encoding="utf-8")
    assert run(path, "--kb", small_kb) == ""
    found = run(path, "--kb", small_kb, "--spans", "detect").splitlines()
    assert [json.loads(line)["text"] for line in found] == ["Clonidine", "Narcan"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("none.xml",), InputError, "none.xml: no such file"),
        (("  ",), InputError, "the mention is empty"),
        (("pain", "--type", "Drug"), ConfigError, "unknown entity type 'Drug'"),
        (("pain", "--under", "MESH:D1"), KnowledgeBaseError, "no concept MESH:D1"),
    ],
)
def test_mistakes_say_what_is_wrong(
    small_kb: Path, arguments: tuple[str, ...], error: type[BelinkError], message: str
) -> None:
    """What cannot be meant is an error that says why."""
    with pytest.raises(error, match=message):
        run(*arguments, "--kb", small_kb)


def test_a_mention_cannot_stand_beside_a_file(small_kb: Path, tmp_path: Path) -> None:
    """One of several arguments that is no file is named."""
    path = tmp_path / "gold.PubTator"
    path.write_text(PUBTATOR, encoding="utf-8")
    with pytest.raises(InputError, match="pain: no such file or folder"):
        run(path, "pain", "--kb", small_kb)


def test_filters_bound_the_candidates(small_kb: Path, tmp_path: Path) -> None:
    """A denied id is not proposed."""
    deny = tmp_path / "deny.txt"
    deny.write_text("MESH:D006973\n", encoding="utf-8")
    record = json.loads(run("hypertension", "--kb", small_kb, "--deny", deny))
    assert record["candidates"][0]["id"] == "MESH:D007022"


def test_reasons_agree_with_the_candidates(small_kb: Path) -> None:
    """A candidate is proposed by the exact list where its reason says so, and ranks are those of the list."""
    found = of_text(small_kb, "Hypotension")
    pairs = list(zip(found.candidates, found.reasons, strict=True))
    assert [each.source == "exact" for each in found.candidates] == [each.exact for each in found.reasons]
    ranked = [(reason.lexical_rank, reason.lexical) for _, reason in pairs if reason.lexical_rank]
    assert [lexical for _, lexical in sorted(ranked)] == sorted((value for _, value in ranked), reverse=True)


def test_another_word_order_is_told_from_the_same_name(small_kb: Path) -> None:
    """The same words in another order are no exact match, but are told apart from similar strings."""
    found = of_text(small_kb, "High Blood Pressure")
    assert found.candidates[0].concept_id == "MESH:D006973"
    assert (found.reasons[0].exact, found.reasons[0].same_words) == (False, True)


def test_organisms_are_shown_where_they_are_known(genes: Path) -> None:
    """A gene's reason holds the probability that the document gives its organism."""
    text = "BRCA1 knockout in mice."
    _, found = look_up(genes, Document("d", text), Mention("d", (Span(0, 5),), "BRCA1", "Gene"))
    chances = dict(found.query.organisms)
    by_id = dict(zip([each.concept_id for each in found.candidates], found.reasons, strict=True))
    assert by_id["NCBIGene:12189"].organism == pytest.approx(chances["NCBITaxon:10090"], abs=0.005)
    assert of_text(genes, "BRCA1").reasons[0].organism is None


def test_nothing_found_has_no_reasons(small_kb: Path) -> None:
    """A mention without letters finds nothing."""
    found = of_text(small_kb, "--")
    assert (found.candidates, found.reasons) == ((), ())


def printed(found: Found) -> str:
    out = io.StringIO()
    show(found, Console(file=out, width=160))
    return out.getvalue()


def test_a_table_shows_scores_and_places(small_kb: Path) -> None:
    """On a terminal each list that says something has a column; the alias found and homonyms are named."""
    text = printed(of_text(small_kb, "Narcan"))
    heading, row = (
        next(line for line in text.splitlines() if part in line) for part in ("found by", "D009270")
    )
    assert "exact" in heading
    assert "dense" not in heading
    assert "organism" not in heading
    assert "Narcan" in row
    assert "yes" in row
    assert "1.00 (1)" in row


def test_a_table_shows_what_was_asked_beside_the_mention(genes: Path, small_kb: Path) -> None:
    """Expansion and organisms stand above the table, and their lists in it."""
    text = "Myotonic dystrophy (DM). DM."
    mention = Mention("d", (Span(25, 27),), "DM", "Disease")
    shown = printed(look_up(small_kb, Document("d", text), mention)[1])
    assert "written out: Myotonic dystrophy" in shown
    assert "short form" in shown
    gene = Mention("d", (Span(0, 5),), "BRCA1", "Gene")
    shown = printed(look_up(genes, Document("d", "BRCA1 in mice."), gene)[1])
    assert "organisms: NCBITaxon:" in shown
    assert "BRCA1 (1 of 2)" in shown
    assert "Nothing was found" in printed(of_text(small_kb, "--"))


def test_a_broader_concept_says_what_speaks_for_it(tmp_path: Path) -> None:
    """The best similarity of those directly below it, and their share of the first ones found."""
    build(
        iter(
            (
                Concept("T:1", "Acids"),
                Concept("T:2", "lupenone", parents=("T:1",)),
                Concept("T:3", "lumenone"),
            )
        ),
        tmp_path / "kb",
    )
    found = of_text(tmp_path / "kb", "lupeone")
    by_id = dict(zip([each.concept_id for each in found.candidates], found.reasons, strict=True))
    assert by_id["T:1"].narrower == by_id["T:2"].lexical
    assert (by_id["T:1"].narrower_share, by_id["T:1"].lexical_rank) == (0.5, None)
    assert (by_id["T:2"].narrower, by_id["T:2"].narrower_share) == (None, 0.0)
    assert {each.concept_id: each.source for each in found.candidates}["T:1"] == "broader"
    row = next(line for line in printed(found).splitlines() if "Acids (broader)" in line)
    assert row.rstrip().endswith(f"{by_id['T:2'].lexical:.2f} (50%)")


def test_a_labelled_mention_is_shown_as_such(belink: Belink, small_kb: Path, tmp_path: Path) -> None:
    """With the lists' scores of the labelled name."""
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("the pressure thing\tMESH:D006973\n", encoding="utf-8")
    result = belink("retrieve", "pressure thing", "--kb", small_kb, "--memory", pairs, "--encoder", "none")
    best = json.loads(result.stdout)["candidates"][0]
    assert (best["id"], best["alias"], best["source"]) == ("MESH:D006973", "the pressure thing", "memory")
    assert best["lists"]["lexical_rank"] == 1


def test_a_served_model_is_asked_for_the_name(belink: Belink, small_kb: Path) -> None:
    """Its answer is shown and finds the concept; how many answers were of use is said at the end."""
    options = ("--kb", small_kb, "--encoder", "none")
    with serving(always("Myotonic Dystrophy")) as server:
        result = belink("retrieve", "stiffening of muscles", *options, "--reformulate", server.url)
    found = json.loads(result.stdout)
    assert found["answers"] == ["Myotonic Dystrophy"]
    assert found["candidates"][0]["id"] == "MESH:D009223"
    assert "belink: query reformulation: 1 used, 0 of no use, 0 failed\n" in result.stderr
    assert (
        json.loads(belink("retrieve", "stiffening of muscles", *options).stdout)["candidates"]
        != found["candidates"]
    )


def test_a_model_server_that_is_down_is_reported(belink: Belink, small_kb: Path, tmp_path: Path) -> None:
    """The candidates are those without it."""
    config = tmp_path / "belink.toml"
    config.write_text('[reformulate]\nurl = "http://127.0.0.1:9"\nattempts = 1\n', encoding="utf-8")
    options = ("--kb", small_kb, "--encoder", "none")
    result = belink("retrieve", "naloxon", *options, "--config", config)
    assert result.returncode == 0
    assert (
        json.loads(result.stdout)["candidates"]
        == json.loads(belink("retrieve", "naloxon", *options).stdout)["candidates"]
    )
    assert "query reformulation: 0 used, 0 of no use, 1 failed: ConnectError" in result.stderr
