"""From gold and decisions to all figures of one corpus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from belink.errors import ConfigError
from belink.evaluate.alignment import Alignment, DataProblem, align, problem_of
from belink.evaluate.errors_list import ErrorCase, Kind, Step, count_causes, list_errors
from belink.evaluate.intervals import SAMPLES, Comparison, Estimate, compare_hits, ratio_estimates
from belink.evaluate.measures import (
    CUTOFFS,
    Calibration,
    Counts,
    RiskCoverage,
    calibration,
    risk_coverage,
)
from belink.evaluate.protocol import LeftOut, ProtocolName, Selection, of_type, select
from belink.evaluate.scope import EndToEndScope, by_type, end_to_end_scope
from belink.evaluate.scope import of_type as decisions_of_type
from belink.evaluate.scoring import Scored, score
from belink.evaluate.slices import Labels, Slice, label_mentions
from belink.evaluate.spans import EndToEnd, end_to_end_figures
from belink.evaluate.vocabulary import CurrentIds, Vocabulary
from belink.types import Decision, Document, Failed, Linked

SLICE_CUTOFF = 20
PRECISION_GOAL = 0.95


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one corpus under one protocol. Fractions are in [0, 1].

    Attributes:
        name: of the corpus, for tables.
        protocol: what was scored (`belink.evaluate.protocol`).
        entity_type: the type scored, None for all.
        n: mentions scored.
        documents: documents that hold them.
        n_gold: gold mentions before the protocol left any out.
        n_decisions: decisions read (of the type scored).
        left_out: mentions left out, by reason.
        problems: what did not fit between gold and decisions.
        accuracy: right at the first place: strict, or for NIL gold the verdict "none".
        lenient: some predicted id is gold.
        exact_set: the predicted ids are the gold ids.
        recall: recall@k for each k of `CUTOFFS`, over mentions in the knowledge base.
        ids_recall: share of the gold ids among the first k, for each k of `CUTOFFS`.
        mrr: mean reciprocal rank of the gold.
        nil: counts of the verdict "none" against gold that is not in the knowledge base; only where
            the protocol scores such gold.
        calibration: over the mentions with a decision that is not a failure.
        risk: over all mentions; "none", failures and missing decisions are not answered.
        end_to_end: figures over spans and documents; only for the protocol of that name.
        end_to_end_by_type: the same for each type of the gold, where it has several.
        slices: accuracy and recall@20 by group.
        errors: all wrong mentions, the surest first.
        causes: number of errors by step and kind.
        hits: whether each scored mention was right, keyed by document, spans and type: for `compare`.
    """

    name: str
    protocol: ProtocolName
    entity_type: str | None
    n: int
    documents: int
    n_gold: int
    n_decisions: int
    left_out: tuple[tuple[LeftOut, int], ...]
    problems: tuple[DataProblem, ...]
    accuracy: Estimate
    lenient: Estimate
    exact_set: Estimate
    recall: tuple[Estimate, ...]
    ids_recall: tuple[Estimate, ...]
    mrr: Estimate
    nil: Counts | None
    calibration: Calibration
    risk: RiskCoverage
    end_to_end: EndToEnd | None
    end_to_end_by_type: tuple[tuple[str, EndToEnd], ...]
    slices: tuple[Slice, ...]
    errors: tuple[ErrorCase, ...]
    causes: tuple[tuple[Step, Kind, int], ...]
    hits: tuple[tuple[str, str, bool], ...]


def evaluate(
    gold: Iterable[Document],
    decisions: Iterable[Decision],
    *,
    protocol: ProtocolName,
    vocabulary: Vocabulary,
    train: Iterable[Document] = (),
    entity_type: str | None = None,
    name: str = "",
    samples: int = SAMPLES,
    seed: int = 0,
) -> Evaluation:
    """Score decisions against gold.

    Args:
        gold: annotated documents.
        decisions: of any system, in any order; those on documents, spans or types that the gold does
            not have are reported in `Evaluation.problems`, and count only in the end-to-end protocol.
        protocol: which mentions are scored.
        vocabulary: the knowledge base.
        train: annotated documents the system may have learnt from (train and dev when scoring test);
            needed by `unseen`, and by the slices of seen and unseen.
        entity_type: score this type only; decisions of other types are then passed over. One that names no
            type is of its concepts' types.
        name: of the corpus, for tables.
        samples: bootstrap samples over documents.
        seed: of the bootstrap.

    Returns:
        The figures; all 0, and the problem "empty gold", where there is nothing to score.

    Raises:
        ConfigError: the protocol is unknown, or needs training documents and there are none.
    """
    gold, train = of_type(gold, entity_type), of_type(train, entity_type)
    decisions = decisions_of_type(decisions, entity_type, vocabulary)
    current = CurrentIds(vocabulary.resolve)
    selection = select(protocol, gold, train, vocabulary.resolve)
    mentions = selection.gold
    alignment = align(gold, mentions, decisions, current)
    decided = {item.key: d for item, d in zip(mentions, alignment.decisions, strict=True)}
    scored = [score(item, decided[item.key], current) for item in selection.mentions]
    labels = label_mentions(selection.mentions, train, vocabulary, current)
    errors = list_errors(scored, gold, vocabulary)
    together: EndToEnd | None = None
    each: tuple[tuple[str, EndToEnd], ...] = ()
    problems = alignment.problems
    if protocol == "end-to-end":
        scope = end_to_end_scope(mentions, decisions, vocabulary)
        together = end_to_end_figures(scope.mentions, scope.decisions, current, samples, seed)
        each = tuple(
            (kind, end_to_end_figures(items, found, current, samples, seed))
            for kind, items, found in by_type(scope)
        )
        problems = _end_to_end_problems(problems, scope)
    alignment = replace(alignment, problems=problems)
    return _evaluation(
        name, entity_type, selection, alignment, scored, labels, errors, together, each, samples, seed
    )


def _end_to_end_problems(found: Iterable[DataProblem], scope: EndToEndScope) -> tuple[DataProblem, ...]:
    more = (
        *problem_of("type that the gold lacks", scope.lacking),
        *problem_of("outside what is scored", scope.outside),
    )
    return tuple(replace(problem, end_to_end=True) for problem in (*found, *more))


def _evaluation(
    name: str,
    entity_type: str | None,
    selection: Selection,
    alignment: Alignment,
    scored: Sequence[Scored],
    labels: Sequence[Labels],
    errors: tuple[ErrorCase, ...],
    end_to_end: EndToEnd | None,
    end_to_end_by_type: tuple[tuple[str, EndToEnd], ...],
    samples: int,
    seed: int,
) -> Evaluation:
    figures, slices = _estimates(scored, labels, samples, seed)
    k = len(CUTOFFS)
    return Evaluation(
        name=name,
        protocol=selection.protocol,
        entity_type=entity_type,
        n=len(scored),
        documents=len({item.gold.mention.document_id for item in scored}),
        n_gold=len(selection.gold),
        n_decisions=alignment.n_decisions,
        left_out=selection.left_out,
        problems=alignment.problems,
        accuracy=figures[0],
        lenient=figures[1],
        exact_set=figures[2],
        mrr=figures[3],
        recall=tuple(figures[4 : 4 + k]),
        ids_recall=tuple(figures[4 + k : 4 + 2 * k]),
        nil=_nil_counts(scored) if selection.protocol == "nil" else None,
        calibration=_calibration(scored),
        risk=_risk(scored),
        end_to_end=end_to_end,
        end_to_end_by_type=end_to_end_by_type,
        slices=slices,
        errors=errors,
        causes=count_causes(errors),
        hits=tuple((*_hit_key(item), item.right) for item in scored),
    )


def _hit_key(item: Scored) -> tuple[str, str]:
    document_id, spans, entity_type = item.gold.key
    places = ",".join(f"{span.start}-{span.end}" for span in spans)
    return document_id, f"{places} {entity_type}"


def _estimates(
    scored: Sequence[Scored], labels: Sequence[Labels], samples: int, seed: int
) -> tuple[list[Estimate], tuple[Slice, ...]]:
    """Estimate all figures and slices from the same bootstrap samples."""
    rank = np.array([item.rank for item in scored], dtype=np.float64)
    right = np.array([item.right for item in scored], dtype=np.float64)
    in_kb = np.array([bool(item.gold.ids) for item in scored], dtype=np.float64)
    found = np.array([item.ids_found for item in scored], dtype=np.float64).reshape(-1, len(CUTOFFS))
    columns = [
        (right, np.ones_like(right)),
        (np.array([item.lenient for item in scored], dtype=np.float64), in_kb),
        (np.array([item.exact_set for item in scored], dtype=np.float64), in_kb),
        (1.0 / rank, in_kb),
        *(((rank <= k).astype(np.float64), in_kb) for k in CUTOFFS),
        *((found[:, j], in_kb) for j in range(len(CUTOFFS))),
    ]
    n_figures = len(columns)
    recalled = (rank <= SLICE_CUTOFF).astype(np.float64)
    groups = []
    for label in labels:
        values = np.array(label.values, dtype=np.str_)
        for value in label.order:
            member = (values == value).astype(np.float64)
            if member.any():
                groups.append((label.name, value))
                columns += [(right * member, member), (recalled * member * in_kb, member * in_kb)]
    estimates = ratio_estimates(
        np.column_stack([top for top, _ in columns]),
        np.column_stack([bottom for _, bottom in columns]),
        [item.gold.mention.document_id for item in scored],
        samples,
        seed,
    )
    pairs = zip(groups, estimates[n_figures::2], estimates[n_figures + 1 :: 2], strict=True)
    return estimates[:n_figures], tuple(Slice(*group, accuracy, recall) for group, accuracy, recall in pairs)


def _nil_counts(scored: Iterable[Scored]) -> Counts:
    right = false_alarm = missed = 0
    for item in scored:
        if item.says_none:
            right += not item.gold.ids
            false_alarm += bool(item.gold.ids)
        else:
            missed += not item.gold.ids
    return Counts(right, false_alarm, missed)


def _calibration(scored: Iterable[Scored]) -> Calibration:
    judged = [
        (item.probability, item.right)
        for item in scored
        if item.decision is not None and not isinstance(item.decision.verdict, Failed)
    ]
    return calibration(*_columns(judged))


def _risk(scored: Sequence[Scored]) -> RiskCoverage:
    answered = [
        (item.probability, item.right)
        for item in scored
        if item.decision is not None and isinstance(item.decision.verdict, Linked)
    ]
    return risk_coverage(*_columns(answered), n=len(scored))


def _columns(
    pairs: Sequence[tuple[float, bool]],
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    return np.array([p for p, _ in pairs], dtype=np.float64), np.array([r for _, r in pairs], dtype=np.bool_)


def compare(first: Evaluation, second: Evaluation, samples: int = SAMPLES, seed: int = 0) -> Comparison:
    """Test two systems on the mentions both evaluations scored.

    Raises:
        ConfigError: they did not score the same mentions under the same protocol.
    """
    places = [hit[:2] for hit in first.hits]
    if first.protocol != second.protocol or places != [hit[:2] for hit in second.hits]:
        raise ConfigError(
            f"cannot compare: the first scored {first.n} mentions under {first.protocol!r}, the second "
            f"{second.n} under {second.protocol!r}; evaluate both against the same gold and protocol"
        )
    return compare_hits(
        [hit[2] for hit in first.hits],
        [hit[2] for hit in second.hits],
        [document_id for document_id, _ in places],
        samples,
        seed,
    )
