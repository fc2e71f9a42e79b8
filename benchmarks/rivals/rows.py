"""Rows of the rivals tables: figures and costs of one rival on one corpus, kept as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from benchmarks.rivals.child import CANDIDATES
from benchmarks.rivals.process import UNFINISHED
from benchmarks.rivals.task import Texts
from pydantic import TypeAdapter, ValidationError

from belink.evaluate.measures import CUTOFFS
from belink.evaluate.protocol import ProtocolName
from belink.evaluate.summary import Evaluation
from belink.formats.streams import write_atomically

QUIET = 0.1
"""Other programs may have had so much of the machine before a speed is marked."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Accuracy@1 and recall@20 under one protocol, each as (value, low, high) in [0, 1].

    `by_document` has (document id, mentions scored, right ones), so that corpora can be pooled.
    """

    protocol: ProtocolName
    n: int
    accuracy: tuple[float, float, float]
    recall: tuple[float, float, float]
    by_document: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run cost.

    Attributes:
        key: what it was measured on.
        mentions_per_s: mentions asked over the seconds of the search.
        index_s: seconds to index the names; None where an index made earlier was used.
        peak_memory_mb: of the rival's process, indexing included.
        others: share of the machine that other programs had meanwhile; None where that is not known.
    """

    key: str
    mentions_per_s: float
    index_s: float | None
    peak_memory_mb: float
    others: float | None

    @property
    def quiet(self) -> bool:
        """Tell whether the rival had the machine to itself."""
        return self.others is not None and self.others < QUIET


@dataclass(frozen=True, slots=True)
class Row:
    """One rival on one corpus.

    Attributes:
        corpus: name of the suite's entry.
        rival: name of the rival.
        title: of the rival in the table.
        texts: what was asked.
        key: changes with names, mentions and models; a row of another key is out of date.
        reason: why there are no figures over all mentions; "" where there are.
        limit_s: the time limit it ran under.
        sample_key: changes with the mentions of the sample.
        figures: over all mentions, one a protocol.
        sample: over the sample of mentions that all rivals share.
        cost: of the run.
        speed: of a run that only measured speed.
        versions: of the packages it used.
    """

    corpus: str
    rival: str
    title: str
    texts: Texts
    key: str
    reason: str
    limit_s: float
    sample_key: str = ""
    figures: tuple[Figures, ...] = ()
    sample: Figures | None = None
    cost: Cost | None = None
    speed: Cost | None = None
    versions: tuple[tuple[str, str], ...] = ()

    def shown_cost(self) -> Cost | None:
        """Give the cost to believe: the quieter, of equals that of the run that only measured speed."""
        known = [cost for cost in (self.speed, self.cost) if cost is not None]
        return min(known, key=lambda cost: not cost.quiet, default=None)


_ROW = TypeAdapter(Row)


def figures_of(evaluation: Evaluation) -> Figures:
    """Take what the tables show out of an evaluation."""
    right, found = evaluation.accuracy, evaluation.recall[CUTOFFS.index(CANDIDATES)]
    counts: dict[str, tuple[int, int]] = {}
    for document_id, _, hit in evaluation.hits:
        n, hits = counts.get(document_id, (0, 0))
        counts[document_id] = n + 1, hits + hit
    return Figures(
        evaluation.protocol,
        evaluation.n,
        (right.value, right.low, right.high),
        (found.value, found.low, found.high),
        tuple((document_id, n, hits) for document_id, (n, hits) in counts.items()),
    )


def read_row(path: Path) -> Row | None:
    """Read a row that a former run wrote; None where there is none, or it cannot be read."""
    try:
        return _ROW.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_row(path: Path, row: Row) -> None:
    """Write a row; the file appears whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as file:
        file.write(orjson.dumps(asdict(row), option=orjson.OPT_INDENT_2) + b"\n")


def is_current(row: Row, limit_s: float) -> bool:
    """Tell whether a row may stand: it has figures, or it ran out of at least as much time."""
    if row.reason.startswith(UNFINISHED):
        return row.limit_s >= limit_s
    return bool(row.figures or row.sample)
