"""The tagger: int8 ONNX weights and a tokeniser, no PyTorch.

A model's folder holds `model.onnx` (tokens and features -> a judgement of each piece), `tokenizer.json`,
`manifest.json`, and `combination.json`, which says how its mentions are merged with a dictionary's.
`belink train tagger` writes such folders.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from belink.detect.decode import best_spans, span_probability
from belink.detect.pieces import FEATURES, TAGGED_TYPES, Pieces, cut_words, describe, word_range
from belink.detect.windowed import Judge, judge_words
from belink.models.encoder import MODEL, TOKENIZER
from belink.models.onnx import open_session, open_tokenizer
from belink.models.tagger import check_tagger
from belink.types import Document, Mention, Span, Tag

LIBERAL = -2.5
"""Added to "outside" when mentions are looked for a second time, so that improbable ones are proposed too."""


def load_tagger(folder: Path, *, threads: int = 0) -> Tag:
    """Load a tagger after checking its files against the manifest.

    It proposes the mentions of the most probable sequence of each type, those of the most probable one where
    mentions are made more likely than they are, and the dictionary's; each with its own probability.

    Args:
        folder: as `belink train tagger` writes it.
        threads: batches of windows computed at once, each by one thread; 0 takes one a core.

    Raises:
        ModelError: a file is missing, damaged or of another version.
    """
    check_tagger(folder, types=TAGGED_TYPES, features=FEATURES)
    tokenizer = open_tokenizer(folder / TOKENIZER)
    judge, workers = onnx_judge(folder / MODEL, threads=1), threads or os.cpu_count() or 1

    def tag(docs: Sequence[Document], dictionary: Sequence[tuple[Mention, ...]]) -> list[tuple[Mention, ...]]:
        pieces = cut_words([doc.text for doc in docs], tokenizer)
        features = [
            describe(doc.text, own, hits) for doc, own, hits in zip(docs, pieces, dictionary, strict=True)
        ]
        judged = judge_words(pieces, features, judge, workers=workers)
        return [
            scored_mentions(doc, own, words, hits)
            for doc, own, words, hits in zip(docs, pieces, judged, dictionary, strict=True)
        ]

    return tag


def onnx_judge(graph: Path, *, threads: int = 0) -> Judge:
    """Open the graph of a tagger.

    Args:
        graph: the file.
        threads: for one pass; 0 takes one a core.

    Raises:
        ModelError: it is missing or cannot be run.
    """
    session = open_session(graph, threads=threads)

    def run(
        ids: NDArray[np.int64], mask: NDArray[np.int64], features: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        feed = {"input_ids": ids, "attention_mask": mask, "features": features}
        logits: NDArray[np.float32] = session.run(None, feed)[0]
        return logits

    return run


def scored_mentions(
    doc: Document, pieces: Pieces, judged: NDArray[np.float32], dictionary: Sequence[Mention]
) -> tuple[Mention, ...]:
    """Propose mentions of a document; sorted by spans, then type.

    Args:
        doc: whose text was judged.
        pieces: its words.
        judged: [W, types, 3] log-probabilities of B, I and O of each word.
        dictionary: mentions to give a probability too, of contiguous ones of the tagger's types.
    """
    found: dict[tuple[Span, str], float] = {}
    for kind, type_ in enumerate(TAGGED_TYPES):
        own = np.ascontiguousarray(judged[:, kind])
        for first, behind in (*best_spans(own), *best_spans(own, LIBERAL)):
            span = Span(int(pieces.starts[first]), int(pieces.ends[behind - 1]))
            if (span, type_) not in found:
                found[span, type_] = span_probability(own, first, behind)
        for hit in dictionary:
            if hit.type == type_ and len(hit.spans) == 1 and (hit.spans[0], type_) not in found:
                first, behind = word_range(pieces, hit.spans[0])
                if first < behind:
                    found[hit.spans[0], type_] = span_probability(own, first, behind)
    return tuple(
        Mention(doc.id, (span,), doc.text[span.start : span.end], type_, probability)
        for (span, type_), probability in sorted(found.items())
    )
