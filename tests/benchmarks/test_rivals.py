"""The rivals table, on a corpus whose figures are worked out by hand.

Document 2 is scored; its mentions, and what finds them:

    mention          gold   unseen   dictionary     dictionary, written out   rapidfuzz ratio
    Kidney failure   D02    yes      yes            yes                       first
    heart failures   D01    yes      no such name   no such name              first
    asthma           D03    no       yes            yes                       first
    renal failure    D02    yes      yes            yes                       first
    RF               D02    yes      no such name   yes: renal failure        as near as D01: second
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from benchmarks.rivals import run
from benchmarks.rivals.child import Names, candidates
from benchmarks.rivals.process import run_process
from benchmarks.rivals.rows import Cost, Figures, Row
from benchmarks.rivals.tables import render
from benchmarks.rivals.with_belink import only, pointwise
from benchmarks.rivals.with_simstring import similarity
from pydantic import TypeAdapter

from belink.types import Candidate, Context, Failed, Mention, Query, Ranking, Span

KB = """\
id\tname\tsynonyms\tdefinition
MESH:D000001\theart failure\t\t
MESH:D000002\trenal failure\tkidney failure\t
MESH:D000003\tasthma\t\t
"""
TEXT = "Kidney failure, heart failures, asthma and renal failure (RF): RF."
PLACES = (
    (0, 14, "D000002"),
    (16, 30, "D000001"),
    (32, 38, "D000003"),
    (43, 56, "D000002"),
    (63, 65, "D000002"),
)
SUITE = """\
splits = "splits.json"
[[corpus]]
name = "toy"
type = "Disease"
test = ["toy.PubTator"]
split = "toy"
kb = ["kb.tsv"]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the corpus, its knowledge base and its suite."""
    folder = tmp_path / "data"
    folder.mkdir()
    marked = "".join(f"2\t{start}\t{end}\t{TEXT[start:end]}\tDisease\t{id_}\n" for start, end, id_ in PLACES)
    corpus = f"1|t|asthma\n1\t0\t6\tasthma\tDisease\tD000003\n\n2|t|{TEXT}\n{marked}\n"
    (folder / "toy.PubTator").write_text(corpus)
    (folder / "splits.json").write_text(json.dumps({"toy": {"dev": ["2"]}}))
    (folder / "kb.tsv").write_text(KB)
    (folder / "suite.toml").write_text(SUITE)
    return folder


def rows_of(data: Path, *arguments: str) -> dict[tuple[str, str], Row]:
    """Run the command and give its rows by rival and kind of texts."""
    out = data.parent / "out"
    given = ["--data", str(data), "--suite", str(data / "suite.toml"), "--corpora", "toy", "--out", str(out)]
    assert run.main([*given, "--encoder", "none", "--reranker", "none", *arguments]) == 0
    rows = TypeAdapter(list[Row]).validate_python(json.loads((out / "rivals.json").read_text())["rows"])
    return {(row.rival, row.texts): row for row in rows}


def figures(row: Row) -> dict[str, tuple[int, float, float]]:
    """Give n, accuracy@1 and recall@20 of each protocol."""
    return {each.protocol: (each.n, each.accuracy[0], each.recall[0]) for each in row.figures}


def query(text: str) -> Query:
    """Make a query of a mention that stands alone."""
    return Query(Mention("d", (Span(0, len(text)),), text, "Disease"), Context(text, Span(0, len(text))))


def test_the_exact_dictionary_has_the_figures_worked_out_by_hand(data: Path) -> None:
    """Two of four unseen forms and three of five mentions are names; one more where "RF" is written out."""
    rows = rows_of(data, "--rivals", "dictionary", "--expanded")
    assert figures(rows["dictionary", "written"]) == {"unseen": (4, 0.5, 0.5), "full": (5, 0.6, 0.6)}
    assert figures(rows["dictionary", "expanded"]) == {"unseen": (4, 0.75, 0.75), "full": (5, 0.8, 0.8)}


def test_rapidfuzz_has_the_figures_worked_out_by_hand(data: Path) -> None:
    """It finds all, but of two names equally near to "RF" the lower id comes first, which is wrong."""
    rows = rows_of(data, "--rivals", "rapidfuzz-ratio")
    assert figures(rows["rapidfuzz-ratio", "written"]) == {"unseen": (4, 0.75, 1.0), "full": (5, 0.8, 1.0)}
    assert dict(rows["rapidfuzz-ratio", "written"].versions)["rapidfuzz"] == version("rapidfuzz")


def test_a_rival_that_cannot_be_started_leaves_the_others_standing(data: Path) -> None:
    """It has a row that names the reason; the rows around it have their figures."""
    broken = str(data / "no-such-python")
    rows = rows_of(data, "--rivals", "dictionary", "rapidfuzz", "--python", f"rapidfuzz={broken}")
    assert rows["rapidfuzz", "written"].reason == f"not run: {broken}: No such file or directory"
    assert rows["dictionary", "written"].reason == ""
    table = (data.parent / "out" / "rivals.md").read_text()
    assert f"| rapidfuzz, WRatio | not run: {broken}: No such file or directory |" in table


def test_what_lacks_a_model_says_so(data: Path) -> None:
    """Without MiniLM and without a re-ranker the rivals that need them are rows with the reason."""
    rows = rows_of(data, "--rivals", "minilm", "belink-pointwise")
    assert rows["minilm", "written"].reason == "not run: give --minilm FOLDER"
    assert rows["belink-pointwise", "written"].reason == "not run: no re-ranker in models/"


def test_a_second_run_keeps_the_rows_that_stand(data: Path) -> None:
    """A rival that has its figures is not started again, until the mentions change."""
    broken = f"dictionary={data / 'no-such-python'}"
    first = rows_of(data, "--rivals", "dictionary")
    assert rows_of(data, "--rivals", "dictionary", "--python", broken) == first
    corpus = data / "toy.PubTator"
    corpus.write_text(corpus.read_text().replace("2\t32\t38\tasthma\tDisease\tD000003\n", ""))
    changed = rows_of(data, "--rivals", "dictionary", "--python", broken)
    assert changed["dictionary", "written"].reason.startswith("not run")


def test_a_slow_rival_is_asked_about_the_sample_only(data: Path) -> None:
    """Three of the four unseen forms, the same for all; the others are scored on them without a new run."""
    rows = rows_of(data, "--rivals", "dictionary", "rapidfuzz", "--sample", "3")
    slow, other = rows["rapidfuzz", "written"], rows["dictionary", "written"]
    assert (slow.reason, slow.figures) == ("asked about the sample only", ())
    assert slow.sample is not None
    assert other.sample is not None
    assert (slow.sample.protocol, slow.sample.n, other.sample.n) == ("unseen", 3, 3)
    mentions = data.parent / "out" / "tasks" / "toy" / "written-sample" / "mentions.jsonl"
    texts = {json.loads(line)["text"] for line in mentions.read_text().splitlines()}
    assert len(texts) == 3
    assert texts < {"Kidney failure", "heart failures", "renal failure", "RF"}
    assert other.sample.accuracy[0] == len(texts & {"Kidney failure", "renal failure"}) / 3


def test_a_larger_sample_is_scored_without_running_the_others_again(data: Path) -> None:
    """What was decided on all mentions is scored on any sample."""
    broken = f"dictionary={data / 'no-such-python'}"
    rows_of(data, "--rivals", "dictionary", "--sample", "1")
    sample = rows_of(data, "--rivals", "dictionary", "--sample", "4", "--python", broken)[
        "dictionary", "written"
    ].sample
    assert sample is not None
    assert (sample.n, sample.accuracy[0]) == (4, 0.5)


def test_only_those_named_are_run(data: Path) -> None:
    """The table shows the others as they stand."""
    rows_of(data, "--rivals", "dictionary")
    rows = rows_of(data, "--rivals", "dictionary", "rapidfuzz-ratio", "tfidf", "--only", "rapidfuzz-ratio")
    assert rows["dictionary", "written"].figures
    assert rows["rapidfuzz-ratio", "written"].figures
    assert rows["tfidf", "written"].reason == "not run yet"


def test_an_unknown_rival_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message lists those there are."""
    assert (
        run.main(
            ["--data", str(data), "--suite", str(data / "suite.toml"), "--corpora", "toy", "--only", "x"]
        )
        == 1
    )
    assert "--only x: expected one of dictionary, " in capsys.readouterr().err


def test_speed_alone_is_measured_without_figures(data: Path) -> None:
    """A later run for the figures keeps the speed."""
    arguments = ("--rivals", "dictionary")
    measured = rows_of(data, *arguments, "--speed-only", "--speed-mentions", "2")["dictionary", "written"]
    assert measured.figures == ()
    assert measured.speed is not None
    assert measured.speed.mentions_per_s > 0
    assert rows_of(data, *arguments)["dictionary", "written"].speed == measured.speed


def test_what_is_not_finished_in_time_says_so_and_may_have_more(data: Path) -> None:
    """Neither all mentions nor the sample were done in a millisecond; a longer limit runs it again."""
    short = rows_of(data, "--rivals", "dictionary", "--limit", "0.001")["dictionary", "written"]
    assert short.reason == "not finished in 0.001 s"
    assert rows_of(data, "--rivals", "dictionary", "--limit", "60")["dictionary", "written"].reason == ""


def test_a_speed_measured_beside_other_programs_is_marked() -> None:
    """A quiet measurement is preferred to a busy one, and needs no mark."""
    busy, quiet, unknown = (Cost("", 10.0, 1.0, 100.0, others) for others in (0.4, 0.01, None))
    row = Row("toy", "x", "X", "written", "", "", 1.0, cost=busy)
    assert "| 10* | 1.0* | 100 |" in render([row])
    assert "| 10 | 1.0 | 100 |" in render([replace(row, speed=quiet)])
    assert replace(row, speed=unknown, cost=quiet).shown_cost() == quiet
    assert "other programs" not in render([replace(row, cost=quiet)])


def test_all_corpora_are_shown_at_a_glance() -> None:
    """The mean is over corpora, the sample is pooled over mentions; a gap leaves both open."""
    rows = [
        Row(
            corpus,
            "x",
            "X",
            "written",
            "",
            "",
            1.0,
            figures=(figures_with(n, right),),
            sample=figures_with(n, right),
        )
        for corpus, n, right in (("one", 10, 10), ("two", 30, 0))
    ]
    text = render(rows)
    assert (
        "| rival | one (10) | two (30) | mean |\n| --- | ---: | ---: | ---: |\n| X | 100.0 | 0.0 | 50.0 |"
        in text
    )
    assert "| X | 100.0 | 0.0 | 25.0 (" in text
    of_sample = text[text.index("### Recall@20 on that sample") : text.index("### Mentions/s")]
    assert "| X | 100.0 | 100.0 | 100.0 |" in of_sample
    assert "| X | 100.0 | - | - |" in render([rows[0], replace(rows[1], figures=())])


def figures_with(n: int, right: int) -> Figures:
    """Make figures of one document a mention."""
    share = right / n
    documents = tuple((str(i), 1, int(i < right)) for i in range(n))
    return Figures("unseen", n, (share, share, share), (1.0, 1.0, 1.0), documents)


def test_mentions_that_are_not_asked_find_nothing_but_stay_in_their_document() -> None:
    """Retrieval is asked about the wanted mention alone; the answers stay aligned."""
    candidate = Candidate("X:1", "a", "a", 0.5, "lexical")
    asked: list[str] = []

    def retrieve(queries: Sequence[Query], k: int, /) -> list[tuple[Candidate, ...]]:
        asked.extend(query.mention.text for query in queries)
        return [(candidate,) for _ in queries]

    wanted = query("renal failure")
    found = only(retrieve, {("d", wanted.mention.spans, "Disease")})([query("RF"), wanted], 20)
    assert (asked, found) == (["renal failure"], [(), (candidate,)])


def test_belink_itself_runs_as_the_rivals_do(data: Path) -> None:
    """The whole pipeline finds four of the five mentions at least, and says that it has no re-ranker."""
    row = rows_of(data, "--rivals", "belink")["belink", "written"]
    assert row.title == "BeLink, whole pipeline (no re-ranker)"
    assert figures(row)["full"][1] >= 0.8


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ValueError('no names')", "failed: ValueError: no names"),
        ("import no_such_package", "not run: No module named 'no_such_package'; pip install a b"),
        ("import os; os.kill(os.getpid(), 9)", "failed: killed by signal 9 (9: most likely out of memory)"),
        ("import time; time.sleep(9)", "not finished in 0.5 s"),
        ("pass", ""),
    ],
)
def test_a_process_that_fails_gives_its_reason(tmp_path: Path, code: str, reason: str) -> None:
    """A traceback, a missing package, a kill and the time limit are told apart; success has no reason."""
    limit = 0.5 if "sleep" in code else 30.0
    assert run_process([sys.executable, "-c", code], tmp_path / "log", limit, ("a", "b")) == reason


def test_candidates_of_a_second_text_come_behind_those_of_the_first() -> None:
    """Each concept once, by its best name; equal scores stay equal, in order of id; a text is a level."""
    names = Names(["B", "B", "A", "C"], ["b", "b2", "a", "c"], [True, False, True, True], [""] * 4)
    found = candidates([[(0, 0.5), (1, 0.9), (2, 0.9)], [(3, 0.9), (2, 1.0)]], names)
    assert [(each["id"], each["alias"], each["name"], each["score"]) for each in found] == [
        ("A", "a", "a", 1.0),
        ("B", "b2", "b", 1.0),
        ("C", "c", "c", 0.5),
    ]


def test_pointwise_asks_about_one_candidate_at_a_time() -> None:
    """Every candidate is judged alone, probabilities are made comparable, and "none" is no answer."""
    asked: list[int] = []

    def judge(
        queries: Sequence[Query], candidates: Sequence[tuple[Candidate, ...]], /
    ) -> list[Ranking | Failed]:
        asked.extend(len(found) for found in candidates)
        return [
            Ranking((0.375,), 0.625) if found[0].alias == "a" else Ranking((0.125,), 0.875)
            for found in candidates
        ]

    both = tuple(Candidate(f"X:{name}", name, name, 0.5, "lexical") for name in "ba")
    rankings = pointwise(judge)([query("a"), query("none")], [both, ()])
    assert asked == [1, 1]
    assert rankings == [Ranking((0.25, 0.75), 0.0), Ranking((), 1.0)]


def test_similarity_is_the_jaccard_index_of_character_trigrams() -> None:
    """Of abc, bcd and of abc, bce one in three is common; a shorter text is one gram."""
    assert similarity("abcd", "abce") == pytest.approx(1 / 3)
    assert (similarity("ab", "ab"), similarity("", "")) == (1.0, 0.0)


def test_a_knowledge_base_built_of_the_same_bytes_is_used_again(data: Path) -> None:
    """A newer date of the file does not matter; other content makes a second one."""
    rows_of(data, "--rivals", "dictionary")
    (data / "kb.tsv").touch()
    rows_of(data, "--rivals", "dictionary")
    assert len(list((data.parent / "out" / "kb").iterdir())) == 1
    (data / "kb.tsv").write_text(f"{KB}MESH:D000004\tlung cancer\t\t\n")
    rows_of(data, "--rivals", "dictionary")
    assert len(list((data.parent / "out" / "kb").iterdir())) == 2
