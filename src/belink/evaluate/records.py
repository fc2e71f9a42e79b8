"""Evaluations as flat records, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from belink.evaluate.intervals import Estimate
from belink.evaluate.measures import CUTOFFS
from belink.evaluate.spans import EndToEnd
from belink.evaluate.summary import PRECISION_GOAL, Evaluation

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
MAX_ERRORS = 200


def flat_record(
    evaluation: Evaluation, kb_name: str, seconds: float, peak_memory_mb: float | None = None
) -> dict[str, JsonValue]:
    """Give the figures with flat keys; later versions only add keys.

    Args:
        evaluation: what was measured.
        kb_name: name and version of the knowledge base.
        seconds: that linking took, reading and scoring not included; 0 where it is not known, and
            `mentions_per_s` is then 0.
        peak_memory_mb: of the linking process, in MB; None where it is not known.

    Returns:
        First `protocol`, `n`, `accuracy@1`, `recall@1`, `recall@5`, `recall@10`, `recall@20`,
        `mentions_per_s`, `kb`; then the rest. Fractions are in [0, 1].
    """
    record: dict[str, JsonValue] = {
        "protocol": evaluation.protocol,
        "n": evaluation.n,
        "accuracy@1": evaluation.accuracy.value,
    }
    record |= {f"recall@{k}": r.value for k, r in zip(CUTOFFS, evaluation.recall, strict=True)}
    record |= {
        "mentions_per_s": evaluation.n_decisions / seconds if seconds > 0 else 0.0,
        "kb": kb_name,
        "name": evaluation.name,
        "type": evaluation.entity_type,
        "seconds": seconds,
        "peak_memory_mb": peak_memory_mb,
        "documents": evaluation.documents,
        "gold_mentions": evaluation.n_gold,
        "decisions": evaluation.n_decisions,
        "accuracy@1_low": evaluation.accuracy.low,
        "accuracy@1_high": evaluation.accuracy.high,
        "lenient@1": evaluation.lenient.value,
        "exact_set@1": evaluation.exact_set.value,
        "mrr": evaluation.mrr.value,
    }
    for k, recall, ids in zip(CUTOFFS, evaluation.recall, evaluation.ids_recall, strict=True):
        record |= {f"recall@{k}_low": recall.low, f"recall@{k}_high": recall.high}
        record[f"ids_recall@{k}"] = ids.value
    record |= {
        "expected_calibration_error": evaluation.calibration.expected_calibration_error,
        "brier": evaluation.calibration.brier,
        "coverage@precision95": evaluation.risk.coverage_at(PRECISION_GOAL),
        "risk_coverage_area": evaluation.risk.area,
    }
    if evaluation.nil is not None:
        record |= {"nil_precision": evaluation.nil.precision, "nil_recall": evaluation.nil.recall}
        record["nil_f1"] = evaluation.nil.f1
    if evaluation.end_to_end is not None:
        record |= _end_to_end_keys(evaluation.end_to_end)
    for entity_type, by_type in evaluation.end_to_end_by_type:
        record |= {f"{key}_{entity_type}": value for key, value in _end_to_end_keys(by_type).items()}
    record |= {f"left_out_{_key(reason)}": count for reason, count in evaluation.left_out}
    record |= {f"problem_{_key(problem.kind)}": problem.count for problem in evaluation.problems}
    return record


def _key(words: str) -> str:
    return words.replace(" ", "_").replace("-", "_")


def _end_to_end_keys(figures: EndToEnd) -> dict[str, JsonValue]:
    keys: dict[str, JsonValue] = {}
    for name in ("strict", "overlap", "document", "detection_strict", "detection_overlap"):
        found = getattr(figures, name)
        keys |= {f"{name}_precision": found.precision.value, f"{name}_recall": found.recall.value}
        keys |= {
            f"{name}_f1": found.f1.value,
            f"{name}_f1_low": found.f1.low,
            f"{name}_f1_high": found.f1.high,
        }
    return keys


def full_record(
    evaluation: Evaluation, kb_name: str, seconds: float, peak_memory_mb: float | None = None
) -> dict[str, JsonValue]:
    """Give the flat record with, behind it, calibration, curves, slices, causes, problems and errors.

    Holds the 200 surest errors; `n_errors` tells how many there are. Curves are thinned to 200 points.
    """
    risk = evaluation.risk
    points = list(zip(risk.thresholds, risk.coverage, risk.precision, strict=True))
    return {
        **flat_record(evaluation, kb_name, seconds, peak_memory_mb),
        "reliability": [asdict(bin_) for bin_ in evaluation.calibration.bins],
        "risk_coverage": [list(point) for point in thinned(points)],
        "slices": [asdict(slice_) for slice_ in evaluation.slices],
        "causes": [{"step": step, "kind": kind, "n": n} for step, kind, n in evaluation.causes],
        "problems": [
            {"kind": p.kind, "meaning": p.meaning, "n": p.count, "examples": list(p.examples)}
            for p in evaluation.problems
        ],
        "n_errors": len(evaluation.errors),
        "errors": [asdict(case) for case in evaluation.errors[:MAX_ERRORS]],
    }


def thinned(points: Sequence[tuple[float, ...]], most: int = 200) -> list[tuple[float, ...]]:
    """Keep at most `most` of the points, evenly, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(i * step)] for i in range(most)]


def percent(value: float) -> str:
    """Write a fraction in percent with one decimal."""
    return f"{100 * value:.1f}"


def with_interval(estimate: Estimate) -> str:
    """Write a fraction in percent with its 95 % interval: "61.8 (55.1-68.0)"."""
    return f"{percent(estimate.value)} ({percent(estimate.low)}-{percent(estimate.high)})"


_HEADINGS = (
    "corpus",
    "type",
    "protocol",
    "n",
    "accuracy@1 (95 %)",
    "recall@5",
    "recall@10",
    "recall@20",
    "MRR",
)


def render_markdown(evaluations: Iterable[Evaluation]) -> str:
    """Write one table row an evaluation, in percent, and below the table what did not fit.

    End-to-end evaluations have a table of their own: precision / recall / F1 of spans and documents.
    """
    evaluations = list(evaluations)
    lines = ["| " + " | ".join(_HEADINGS) + " |", "| --- | --- | --- |" + " ---: |" * 6]
    lines += ["| " + " | ".join(_row(evaluation)) + " |" for evaluation in evaluations]
    end_to_end = [(e, *row) for e in evaluations for row in end_to_end_rows(e)]
    if end_to_end:
        headings = ("corpus", "type", "linked, strict", "overlap", "document", "detected, strict", "overlap")
        lines += ["", "End to end, precision / recall / F1 (95 %):", ""]
        lines += ["| " + " | ".join(headings) + " |", "| --- | --- |" + " ---: |" * 5]
        lines += ["| " + " | ".join(_end_to_end_row(*row)) + " |" for row in end_to_end]
    notes = [
        f"- {evaluation.name or evaluation.protocol}: {problem.count} × {problem.kind}: {problem.meaning}"
        for evaluation in evaluations
        for problem in evaluation.problems
    ]
    return "\n".join([*lines, *(["", "What did not fit:", *notes] if notes else [])]) + "\n"


def end_to_end_rows(evaluation: Evaluation) -> list[tuple[str, EndToEnd]]:
    """Give the end-to-end figures by type, those over all types first; empty under another protocol."""
    if evaluation.end_to_end is None:
        return []
    whole = (evaluation.entity_type or "all", evaluation.end_to_end)
    return [whole, *((name or "(no type)", figures) for name, figures in evaluation.end_to_end_by_type)]


def _end_to_end_row(evaluation: Evaluation, entity_type: str, figures: EndToEnd) -> list[str]:
    named = (
        figures.strict,
        figures.overlap,
        figures.document,
        figures.detection_strict,
        figures.detection_overlap,
    )
    cells = (
        f"{percent(found.precision.value)} / {percent(found.recall.value)} / {with_interval(found.f1)}"
        for found in named
    )
    return [evaluation.name.replace("|", "\\|") or "-", entity_type, *cells]


def _row(evaluation: Evaluation) -> list[str]:
    return [
        evaluation.name.replace("|", "\\|") or "-",
        evaluation.entity_type or "all",
        evaluation.protocol,
        str(evaluation.n),
        with_interval(evaluation.accuracy),
        *(percent(recall.value) for recall in evaluation.recall[1:]),
        percent(evaluation.mrr.value),
    ]
