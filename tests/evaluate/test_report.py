from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from belink.errors import ConfigError, InputError
from belink.evaluate.records import flat_record, full_record, render_markdown, thinned
from belink.evaluate.report import Entry, render_html, write_report
from belink.evaluate.summary import Evaluation, compare, evaluate
from belink.evaluate.vocabulary import Vocabulary
from belink.types import Decision, Document

Make = Callable[..., Document]
Decide = Callable[..., Decision]
FIRST_KEYS = [
    "protocol",
    "n",
    "accuracy@1",
    "recall@1",
    "recall@5",
    "recall@10",
    "recall@20",
    "mentions_per_s",
    "kb",
]
VOID = {"meta", "line", "circle", "polyline", "br"}


class Page(HTMLParser):
    """Collects tags and checks that they are nested."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that what is closed is what was opened last."""
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture
def evaluation(document: Make, decision: Decide, vocabulary: Vocabulary) -> Evaluation:
    """Three mentions, one of them wrong, with a name that would break careless HTML."""
    doc = document("d<1>", ("flu", "K:3"), ("<b>BC</b>", "K:4"), ("cancer", "K:1"))
    decisions = [
        decision(doc, 0, "K:3", "K:3 K:1"),
        decision(doc, 1, "K:2", "K:2 K:4"),
        decision(doc, 2, "K:1", "K:1"),
    ]
    return evaluate(
        [doc],
        decisions,
        protocol="end-to-end",
        vocabulary=vocabulary,
        train=[document("t", ("flu", "K:3"))],
        name="toy <corpus> | one",
    )


def test_the_flat_record_begins_with_the_promised_keys(evaluation: Evaluation) -> None:
    """Later versions only add keys behind them."""
    record = flat_record(evaluation, "toy", seconds=0.5, peak_memory_mb=100)
    assert list(record)[:9] == FIRST_KEYS
    assert record["mentions_per_s"] == 6
    assert all(not isinstance(value, dict | list) for value in record.values())


def test_every_fraction_of_the_record_is_one(evaluation: Evaluation) -> None:
    """No percents among the figures."""
    record = flat_record(evaluation, "toy", seconds=0)
    for key, value in record.items():
        if "@" in key or key.endswith(("_precision", "_recall", "_f1", "mrr", "brier")):
            assert isinstance(value, float)
            assert 0 <= value <= 1


def test_unknown_seconds_give_no_speed(evaluation: Evaluation) -> None:
    """Scoring somebody's file says nothing of how fast it was made."""
    assert flat_record(evaluation, "toy", seconds=0)["mentions_per_s"] == 0


def test_the_full_record_is_json(evaluation: Evaluation) -> None:
    """It survives a round trip, with slices, causes and errors inside."""
    record = json.loads(json.dumps(full_record(evaluation, "toy", seconds=1)))
    assert record["n_errors"] == 1
    assert record["errors"][0]["mention"]["text"] == "<b>BC</b>"
    assert {"name": "ids", "value": "one"}.items() <= next(
        s for s in record["slices"] if s["name"] == "ids"
    ).items()


def test_the_markdown_table_has_one_row_an_evaluation(evaluation: Evaluation) -> None:
    """A name with a bar does not add a column, and accuracy has its interval."""
    lines = render_markdown([evaluation, evaluation]).splitlines()
    table, end_to_end = lines[:4], lines[7:]
    assert {line.replace(r"\|", "").count("|") for line in table} == {10}
    assert "66.7 (66.7-66.7)" in table[2]
    assert lines[4:7] == ["", "End to end, precision / recall / F1 (95 %):", ""]
    assert {line.replace(r"\|", "").count("|") for line in end_to_end} == {8}
    assert len(end_to_end) == 4


def test_the_page_is_nested_and_loads_nothing(evaluation: Evaluation) -> None:
    """No script, no link to elsewhere, every tag closed."""
    page = Page()
    page.feed(render_html([Entry(evaluation, "toy", 0.1, 120)], title="A & B", details=[("commit", "<1>")]))
    assert page.open == []
    assert all(link.startswith("#") for link in page.links)
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert {"svg", "table", "mark", "details"} <= page.tags


def test_texts_cannot_become_markup(evaluation: Evaluation) -> None:
    """A mention called <b>BC</b> is shown as it stands in the text."""
    html = render_html([Entry(evaluation, "<i>kb</i>")])
    assert "<b>BC</b>" not in html
    assert "&lt;b&gt;BC&lt;/b&gt;" in html
    assert "<i>kb</i>" not in html


def test_an_evaluation_of_nothing_can_be_shown(vocabulary: Vocabulary) -> None:
    """The page says that the gold was empty."""
    nothing = evaluate([], [], protocol="nil", vocabulary=vocabulary)
    html = render_html([Entry(nothing, "toy")])
    assert "empty gold" in html
    assert "nothing to draw" in html


def test_the_report_is_three_files(evaluation: Evaluation, tmp_path: Path) -> None:
    """HTML, JSON and Markdown, with nothing half-written beside them."""
    folder = tmp_path / "new" / "folder"
    paths = write_report(folder, [Entry(evaluation, "toy")], title="T", details=[("commit", "abc")])
    assert sorted(folder.iterdir()) == sorted(paths)
    assert [path.name for path in paths] == ["report.html", "report.json", "summary.md"]
    assert json.loads(paths[1].read_text())["evaluations"][0]["kb"] == "toy"
    assert "- commit: abc" in paths[2].read_text()


def test_a_folder_that_cannot_be_made_is_one_line(evaluation: Evaluation, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="cannot write the report"):
        write_report(tmp_path / "taken" / "report", [Entry(evaluation, "toy")], title="T")


def test_thinning_keeps_both_ends() -> None:
    """A long curve keeps its first and last point and no more than it may."""
    points = [(float(i),) for i in range(1001)]
    kept = thinned(points, 100)
    assert (len(kept), kept[0], kept[-1]) == (100, (0.0,), (1000.0,))
    assert thinned(points[:3], 100) == points[:3]


def test_two_evaluations_of_the_same_mentions_are_compared(
    document: Make, decision: Decide, vocabulary: Vocabulary
) -> None:
    """The first is right where the second is wrong, in both documents."""
    docs = [document(f"d{i}", ("flu", "K:3")) for i in range(12)]
    good = [decision(doc, 0, "K:3") for doc in docs]
    bad = [decision(doc, 0, "K:1") for doc in docs]
    one, two = (evaluate(docs, d, protocol="full", vocabulary=vocabulary, samples=5) for d in (good, bad))
    found = compare(one, two)
    assert (found.difference.value, found.only_first, found.only_second) == (1, 12, 0)
    assert found.p_mcnemar == pytest.approx(2 / 2**12)


def test_evaluations_of_other_mentions_cannot_be_compared(
    document: Make, evaluation: Evaluation, vocabulary: Vocabulary
) -> None:
    """Different gold, different protocol: the message says what each scored."""
    other = evaluate([document("x", ("flu", "K:3"))], [], protocol="full", vocabulary=vocabulary)
    with pytest.raises(
        ConfigError, match="the first scored 3 mentions under 'end-to-end', the second 1 under 'full'"
    ):
        compare(evaluation, other)
