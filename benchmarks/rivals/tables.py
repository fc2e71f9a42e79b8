"""The rivals tables as Markdown: all corpora at a glance, the sample, and one table a corpus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
from benchmarks.rivals.rows import Cost, Figures, Row
from benchmarks.rivals.task import SEED, Texts

from belink.evaluate.intervals import ratio_estimates

_HEADINGS: dict[Texts, str] = {
    "written": "mentions as written",
    "expanded": "abbreviations written out for all",
}
_BUSY = "\\* other programs had part of the machine, or it is not known; measure again with `--speed-only`."


def overview(rows: Sequence[Row]) -> str:
    """Write the tables that compare the rivals over all corpora; empty for one corpus."""
    groups = groupby(rows, key=lambda row: row.texts)
    return "\n".join(filter(None, (_overview(list(group), texts) for texts, group in groups)))


def render(rows: Sequence[Row]) -> str:
    """Write all tables, in per cent with 95 % intervals where there is room."""
    parts = [overview(rows)]
    for (corpus, texts), group in groupby(rows, key=lambda row: (row.corpus, row.texts)):
        parts.append(f"### {corpus}, {_HEADINGS[texts]}\n\n{_table(list(group))}")
    return "\n".join(parts)


def _overview(rows: Sequence[Row], texts: Texts) -> str:
    """Compare the rivals over all corpora: each corpus's first protocol, the sample, speed and memory."""
    first = [figures for row in rows if (figures := _first(row)) is not None]
    if len({row.corpus for row in rows}) < 2 or not first:
        return ""
    protocol, asked = first[0].protocol, _HEADINGS[texts]
    sections = [
        (f"Accuracy@1, `{protocol}`, {asked}", _by_corpus(rows, _accuracy, _first, _mean)),
        (f"Recall@20, `{protocol}`, {asked}", _by_corpus(rows, _recall, _first, _mean)),
        (
            f"Accuracy@1 on a sample of those mentions, the same for all (seed {SEED}), {asked}",
            _by_corpus(rows, _accuracy, lambda row: row.sample, _pooled),
        ),
        (f"Recall@20 on that sample, {asked}", _by_corpus(rows, _recall, lambda row: row.sample, _mean)),
        (f"Mentions/s, {asked}", _costs(rows, _rate)),
        (f"Peak memory, MB, {asked}", _costs(rows, lambda cost: f"{cost.peak_memory_mb:,.0f}")),
    ]
    return "\n".join(f"### {title}\n\n{table}" for title, table in sections)


def _first(row: Row) -> Figures | None:
    return row.figures[0] if row.figures else None


def _accuracy(figures: Figures) -> float:
    return figures.accuracy[0]


def _recall(figures: Figures) -> float:
    return figures.recall[0]


def _mean(chosen: Sequence[Figures], value: Callable[[Figures], float]) -> str:
    return f"{100 * sum(map(value, chosen)) / len(chosen):.1f}"


def _pooled(chosen: Sequence[Figures], value: Callable[[Figures], float]) -> str:
    """Give the share over all mentions of all corpora, with its interval by bootstrap over documents."""
    del value
    counts = [
        (f"{i} {name}", n, right) for i, each in enumerate(chosen) for name, n, right in each.by_document
    ]
    right, n = (np.array([[each[place]] for each in counts], dtype=np.float64) for place in (2, 1))
    (found,) = ratio_estimates(right, n, [name for name, _, _ in counts])
    return _percent((found.value, found.low, found.high))


def _by_corpus(
    rows: Sequence[Row],
    value: Callable[[Figures], float],
    figures_of: Callable[[Row], Figures | None],
    together: Callable[[Sequence[Figures], Callable[[Figures], float]], str],
) -> str:
    """Write a line a rival and a column a corpus; the last column is over all corpora."""
    corpora = list(dict.fromkeys(row.corpus for row in rows))
    sizes = {row.corpus: figures.n for row in rows if (figures := figures_of(row)) is not None}
    headings = ["rival", *(f"{corpus} ({sizes.get(corpus, 0)})" for corpus in corpora)]
    lines = []
    for title, group in _by_rival(rows):
        found = [figures_of(row) for row in group]
        chosen = [figures for figures in found if figures is not None]
        cells = ["-" if figures is None else f"{100 * value(figures):.1f}" for figures in found]
        whole = len(chosen) == len(corpora)
        lines.append([title, *cells, together(chosen, value) if whole else "-"])
    return _lines([*headings, "all" if together is _pooled else "mean"], lines)


def _costs(rows: Sequence[Row], shown: Callable[[Cost], str]) -> str:
    corpora = list(dict.fromkeys(row.corpus for row in rows))
    lines = []
    for title, group in _by_rival(rows):
        costs = [row.shown_cost() for row in group]
        lines.append([title, *("-" if cost is None else shown(cost) for cost in costs)])
    return _with_note(_lines(["rival", *corpora], lines))


def _by_rival(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    names = dict.fromkeys(row.rival for row in rows)
    return [
        (group[0].title, group) for name in names if (group := [row for row in rows if row.rival == name])
    ]


def _table(rows: Sequence[Row]) -> str:
    shown = {figures.protocol: figures.n for row in rows for figures in row.figures}
    headings = ["rival"]
    for protocol, n in shown.items():
        headings += [f"{protocol} (n = {n}): accuracy@1", "recall@20"]
    size = max((row.sample.n for row in rows if row.sample), default=0)
    headings += [f"sample of {size}: accuracy@1", "mentions/s", "index s", "MB"]
    lines = [_cells(row, 2 * len(shown)) for row in rows]
    return _with_note(_lines(headings, lines))


def _cells(row: Row, width: int) -> list[str]:
    """Give the cells of a row; a reason stands where its figures would."""
    cells = [cell for each in row.figures for cell in (_percent(each.accuracy), _percent(each.recall))]
    if not cells:
        cells = [row.reason.replace("|", "\\|"), *[""] * (width - 1)] if width else []
    sample = _percent(row.sample.accuracy) if row.sample else "" if width else row.reason.replace("|", "\\|")
    cost = row.shown_cost()
    if cost is None:
        return [row.title, *cells, sample, "", "", ""]
    index = "made earlier" if cost.index_s is None else f"{cost.index_s:,.1f}{'' if cost.quiet else '*'}"
    return [row.title, *cells, sample, _rate(cost), index, f"{cost.peak_memory_mb:,.0f}"]


def _rate(cost: Cost) -> str:
    digits = 1 if cost.mentions_per_s < 10 else 0
    return f"{cost.mentions_per_s:,.{digits}f}{'' if cost.quiet else '*'}"


def _percent(figure: tuple[float, float, float]) -> str:
    value, low, high = (f"{100 * each:.1f}" for each in figure)
    return f"{value} ({low}-{high})"


def _with_note(table: str) -> str:
    return f"{table}\n{_BUSY}\n" if "*" in table else table


def _lines(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(headings) - 1)
    return "".join("| " + " | ".join(cells) + " |\n" for cells in (headings, rule, *lines))
