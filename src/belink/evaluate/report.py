"""The report of an evaluation: one HTML page that needs nothing else, JSON, and Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from itertools import groupby
from pathlib import Path

from belink.errors import InputError
from belink.evaluate.charts import bar_rows, curve_chart, reliability_chart, step_chart
from belink.evaluate.errors_list import ErrorCase
from belink.evaluate.measures import CUTOFFS
from belink.evaluate.records import (
    end_to_end_rows,
    full_record,
    percent,
    render_markdown,
    thinned,
    with_interval,
)
from belink.evaluate.summary import PRECISION_GOAL, Evaluation

MAX_ERRORS_SHOWN = 30
TITLE = "BeLink evaluation"

_SCORED = {
    "unseen": "mentions whose form was not annotated in training, one for each form; composite mentions "
    "and those outside the knowledge base are left out",
    "unseen-mentions": "mentions whose form was not annotated in training; composite mentions and those "
    "outside the knowledge base are left out",
    "full": "all mentions in the knowledge base; every id that is given must be gold (strict)",
    "nil": "all mentions; where the gold is not in the knowledge base only “none” is right",
    "end-to-end": "all mentions in the knowledge base, with the system's own spans",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An evaluation with what is known of the run that made its decisions.

    `seconds` is what linking took, 0 where it is not known; `peak_memory_mb` None where it is not known.
    """

    evaluation: Evaluation
    kb_name: str
    seconds: float = 0.0
    peak_memory_mb: float | None = None


def write_report(
    folder: Path, entries: Sequence[Entry], *, title: str = TITLE, details: Sequence[tuple[str, str]] = ()
) -> tuple[Path, Path, Path]:
    """Write `report.html`, `report.json` and `summary.md` into a folder, which is made where it is missing.

    Args:
        folder: where to write; files of the same names are replaced.
        entries: at least one.
        title: heading of the page.
        details: what to say of the run, as (name, value): commit, date, machine, command.

    Raises:
        InputError: the folder cannot be written to.
    """
    evaluations = [entry.evaluation for entry in entries]
    records = [full_record(e.evaluation, e.kb_name, e.seconds, e.peak_memory_mb) for e in entries]
    contents = {
        "report.html": render_html(entries, title=title, details=details),
        "report.json": json.dumps(
            {"title": title, "details": dict(details), "evaluations": records}, ensure_ascii=False, indent=1
        ),
        "summary.md": f"# {title}\n\n"
        + "".join(f"- {name}: {value}\n" for name, value in details)
        + f"\n{render_markdown(evaluations)}",
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            unfinished = folder / f"{name}.part"
            unfinished.write_text(content, encoding="utf-8")
            unfinished.replace(folder / name)
    except OSError as error:
        raise InputError(f"{folder}: cannot write the report: {error.strerror}") from error
    return folder / "report.html", folder / "report.json", folder / "summary.md"


def render_html(
    entries: Sequence[Entry], *, title: str = TITLE, details: Sequence[tuple[str, str]] = ()
) -> str:
    """Make one page with styles and charts inside, which loads nothing and runs no script."""
    style = resources.files("belink.evaluate").joinpath("report.css").read_text(encoding="utf-8")
    about = " · ".join(f"{escape(name)} {escape(value)}" for name, value in details)
    sections = "".join(_section(i, entry) for i, entry in enumerate(entries))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f'<h1>{escape(title)}</h1><p class="muted">{about}</p>'
        "<p>Figures are in percent; in brackets stand 95 % intervals by bootstrap over documents.</p>"
        f"{_overview(entries)}{sections}</body></html>\n"
    )


def _overview(entries: Sequence[Entry]) -> str:
    heads = ("corpus", "type", "protocol", "mentions", "accuracy@1", "recall@10", "recall@20", "mentions/s")
    rows = []
    for i, entry in enumerate(entries):
        e = entry.evaluation
        speed = f"{e.n_decisions / entry.seconds:,.0f}" if entry.seconds else "-"
        cells = [
            f'<a href="#e{i}">{escape(_name(e))}</a>',
            escape(e.entity_type or "all"),
            e.protocol,
            f"{e.n:,}",
            with_interval(e.accuracy),
            percent(e.recall[2].value),
            percent(e.recall[3].value),
            speed,
        ]
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{h}</th>" for h in heads)
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _name(evaluation: Evaluation) -> str:
    return evaluation.name or "evaluation"


def _section(number: int, entry: Entry) -> str:
    e = entry.evaluation
    return (
        f'<section id="e{number}"><h2>{escape(_name(e))} <small>{_what(e)}</small></h2>'
        f"<p>Protocol <b>{e.protocol}</b>: {_SCORED[e.protocol]}. "
        f"Knowledge base: {escape(entry.kb_name)}.</p>"
        f"{_tiles(entry)}{_what_was_scored(e)}{_problems(e)}"
        f'<h3>Curves</h3><div class="charts">{_curves(e)}</div>'
        f"{_end_to_end(e)}{_slices(e)}{_causes(e)}{_errors(e)}</section>"
    )


def _what(evaluation: Evaluation) -> str:
    return f"{escape(evaluation.entity_type or 'all types')}, {evaluation.protocol}"


def _tiles(entry: Entry) -> str:
    e = entry.evaluation
    tiles = [
        ("accuracy@1", percent(e.accuracy.value), f"{percent(e.accuracy.low)} to {percent(e.accuracy.high)}"),
        (
            "recall@20",
            percent(e.recall[3].value),
            f"{percent(e.recall[3].low)} to {percent(e.recall[3].high)}",
        ),
        ("MRR", f"{e.mrr.value:.3f}", "of the gold among the candidates"),
        ("coverage at 95 %", percent(e.risk.coverage_at(PRECISION_GOAL)), "answered at 95 % precision"),
        (
            "calibration error",
            percent(e.calibration.expected_calibration_error),
            f"Brier {e.calibration.brier:.3f}",
        ),
    ]
    if e.nil is not None:
        tiles.append(
            ("NIL F1", percent(e.nil.f1), f"P {percent(e.nil.precision)}, R {percent(e.nil.recall)}")
        )
    if entry.seconds:
        memory = f"{entry.peak_memory_mb:,.0f} MB" if entry.peak_memory_mb else ""
        tiles.append(("mentions/s", f"{e.n_decisions / entry.seconds:,.0f}", memory))
    boxes = "".join(
        f'<div class="tile"><small>{name}</small><b>{value}</b><small>{note}</small></div>'
        for name, value, note in tiles
    )
    return f'<div class="tiles">{boxes}</div>'


def _what_was_scored(e: Evaluation) -> str:
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in e.left_out) or "none"
    return (
        f"<p>{e.n:,} of {e.n_gold:,} gold mentions were scored, in {e.documents:,} documents. "
        f"Left out: {left_out}. Lenient {percent(e.lenient.value)}, "
        f"exact set of ids {percent(e.exact_set.value)}.</p>"
    )


def _problems(e: Evaluation) -> str:
    if not e.problems:
        return '<p class="good">Gold and decisions fit together: nothing to report.</p>'
    items = "".join(
        f"<li><b>{p.count:,} × {escape(p.kind)}</b>: {escape(p.meaning)}. "
        f'<span class="muted">{escape("; ".join(p.examples[:3]))}</span></li>'
        for p in e.problems
    )
    return f"<h3>What did not fit</h3><ul>{items}</ul>"


def _curves(e: Evaluation) -> str:
    points = list(zip(e.risk.coverage, e.risk.precision, strict=True))
    return (
        step_chart("Recall among the first k", list(zip(CUTOFFS, e.recall, strict=True)), "k", "recall, %")
        + curve_chart(
            "Precision as more is answered",
            [(x, y) for x, y in thinned(points)],
            "mentions answered, surest first, %",
            "precision, %",
            goal=PRECISION_GOAL,
        )
        + reliability_chart("Are probabilities true?", e.calibration.bins)
    )


def _end_to_end(e: Evaluation) -> str:
    """Write detection and linking as tables, one a type."""
    tables = []
    for entity_type, figures in end_to_end_rows(e):
        named = (
            ("detection, same span", figures.detection_strict),
            ("detection, overlap", figures.detection_overlap),
            ("linking, same span", figures.strict),
            ("linking, overlap", figures.overlap),
            ("linking, ids of documents", figures.document),
        )
        rows = "".join(
            f"<tr><td>{name}</td><td>{with_interval(f.f1)}</td><td>{with_interval(f.precision)}</td>"
            f"<td>{with_interval(f.recall)}</td></tr>"
            for name, f in named
        )
        tables.append(
            f'<div class="scroll"><table><tr><th>{escape(entity_type)}</th><th>F1</th>'
            f"<th>precision</th><th>recall</th></tr>{rows}</table></div>"
        )
    return "<h3>Detection and linking</h3>" + "".join(tables) if tables else ""


def _slices(e: Evaluation) -> str:
    parts = []
    for name, group in groupby(e.slices, key=lambda s: s.name):
        rows = [(s.value or "(no type)", s.accuracy) for s in group]
        if len(rows) > 1:
            parts.append(f"<h3>By {escape(name)}</h3>{bar_rows(rows)}")
    return "".join(parts)


def _causes(e: Evaluation) -> str:
    if not e.causes:
        return ""
    counts = {(step, kind): n for step, kind, n in e.causes}
    steps = sorted(
        {step for step, _ in counts}, key=lambda s: -sum(n for (t, _), n in counts.items() if t == s)
    )
    kinds = sorted(
        {kind for _, kind in counts}, key=lambda k: -sum(n for (_, t), n in counts.items() if t == k)
    )
    most = max(counts.values())
    head = "".join(f'<th class="number">{kind}</th>' for kind in kinds)
    rows = []
    for step in steps:
        cells = "".join(
            f'<td class="heat" style="--share:{counts.get((step, kind), 0) / most:.2f}">'
            f"{counts.get((step, kind), 0) or ''}</td>"
            for kind in kinds
        )
        rows.append(f"<tr><td>{step}</td>{cells}</tr>")
    return (
        f"<h3>Causes of the {len(e.errors):,} errors: where it was lost, and what kind</h3>"
        f'<div class="scroll"><table><tr><th></th>{head}</tr>{"".join(rows)}</table></div>'
    )


def _errors(e: Evaluation) -> str:
    if not e.errors:
        return ""
    shown = "".join(_error(case) for case in e.errors[:MAX_ERRORS_SHOWN])
    return (
        f"<details><summary><b>The {min(len(e.errors), MAX_ERRORS_SHOWN)} surest errors of "
        f"{len(e.errors):,}</b></summary>{shown}</details>"
    )


def _error(case: ErrorCase) -> str:
    rank = f"gold at rank {case.rank}" if case.rank else "gold not among the candidates"
    return (
        f'<div class="error">…{escape(case.before)}<mark>{escape(case.mention.text)}</mark>'
        f"{escape(case.after)}…"
        f'<dl><dt>gold</dt><dd class="good">{_concepts(case.gold)}</dd>'
        f'<dt>said</dt><dd class="bad">{_concepts(case.predicted) or "none"}</dd></dl>'
        f'<span class="tag">document {escape(case.mention.document_id)} · '
        f"sure to {percent(case.probability)} % · {case.step} · {case.kind} · {rank}</span></div>"
    )


def _concepts(concepts: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{escape(name)} <small>{escape(id_)}</small>" for id_, name in concepts)
