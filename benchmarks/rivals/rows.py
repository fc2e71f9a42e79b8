"""Rows of the rivals table: figures and costs of one rival on one corpus, as JSON and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import orjson
from benchmarks.rivals.child import CANDIDATES
from benchmarks.rivals.task import Texts
from pydantic import TypeAdapter, ValidationError

from belink.evaluate.measures import CUTOFFS
from belink.evaluate.protocol import ProtocolName
from belink.evaluate.summary import Evaluation
from belink.formats.streams import write_atomically


@dataclass(frozen=True, slots=True)
class Figures:
    """Accuracy@1 and recall@20 under one protocol, each as (value, low, high) in [0, 1]."""

    protocol: ProtocolName
    n: int
    accuracy: tuple[float, float, float]
    recall: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One rival on one corpus.

    Attributes:
        corpus: name of the suite's entry.
        rival: name of the rival.
        title: of the rival in the table.
        texts: what was asked.
        key: changes with names, mentions and models; a row of another key is out of date.
        reason: why there are no figures; "" where there are.
        limit_s: the time limit it ran under.
        figures: one a protocol.
        mentions_per_s: all mentions of the corpus over the seconds of the search.
        index_s: seconds to index the names; None where an index made earlier was used.
        peak_memory_mb: of the rival's process, indexing included.
        versions: of the packages it used.
    """

    corpus: str
    rival: str
    title: str
    texts: Texts
    key: str
    reason: str
    limit_s: float
    figures: tuple[Figures, ...] = ()
    mentions_per_s: float = 0.0
    index_s: float | None = None
    peak_memory_mb: float = 0.0
    versions: tuple[tuple[str, str], ...] = ()


_ROW = TypeAdapter(Row)


def figures_of(evaluation: Evaluation) -> Figures:
    """Take what the table shows out of an evaluation."""
    right, found = evaluation.accuracy, evaluation.recall[CUTOFFS.index(CANDIDATES)]
    return Figures(
        evaluation.protocol,
        evaluation.n,
        (right.value, right.low, right.high),
        (found.value, found.low, found.high),
    )


def read_row(path: Path) -> Row | None:
    """Read a row that a former run wrote; None where there is none, or it cannot be read."""
    try:
        return _ROW.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_row(path: Path, row: Row) -> None:
    """Write a row; the file appears whole."""
    with write_atomically(path) as file:
        file.write(orjson.dumps(asdict(row), option=orjson.OPT_INDENT_2) + b"\n")


def is_current(row: Row | None, key: str, limit_s: float) -> bool:
    """Tell whether a former row may stand: it has figures, or it ran out of at least as much time."""
    if row is None or row.key != key:
        return False
    return not row.reason or (row.reason.startswith("stopped") and row.limit_s >= limit_s)


def render(rows: Sequence[Row]) -> str:
    """Write one Markdown table a corpus and kind of texts, in per cent with 95 % intervals."""
    parts = []
    for (corpus, texts), group in groupby(rows, key=lambda row: (row.corpus, row.texts)):
        asked = "abbreviations written out for all" if texts == "expanded" else "mentions as written"
        parts.append(f"### {corpus}, {asked}\n\n{_table(list(group))}")
    return "\n".join(parts)


def _table(rows: Sequence[Row]) -> str:
    shown = {figures.protocol: figures.n for row in rows for figures in row.figures}
    headings = ["rival"]
    for protocol, n in shown.items():
        headings += [f"{protocol} (n = {n}): accuracy@1", "recall@20"]
    headings += ["mentions/s", "index s", "MB"]
    lines = [_line(headings), _line(["---"] + ["---:"] * (len(headings) - 1))]
    lines += [_line(_cells(row, len(headings))) for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: Row, width: int) -> list[str]:
    if row.reason:
        return [row.title, row.reason.replace("|", "\\|"), *[""] * (width - 2)]
    cells = [row.title]
    for figures in row.figures:
        cells += [_percent(figures.accuracy), _percent(figures.recall)]
    index_s = "made earlier" if row.index_s is None else f"{row.index_s:,.1f}"
    return [*cells, f"{row.mentions_per_s:,.0f}", index_s, f"{row.peak_memory_mb:,.0f}"]


def _percent(figure: tuple[float, float, float]) -> str:
    value, low, high = (f"{100 * each:.1f}" for each in figure)
    return f"{value} ({low}-{high})"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
