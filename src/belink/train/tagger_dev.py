"""Measure a tagger on labelled texts while it is trained: strict spans, as the network alone finds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from belink.detect.decode import best_spans
from belink.detect.pieces import TAGGED_TYPES, Pieces
from belink.detect.windowed import Judge, judge_words
from belink.train.tagger_corpora import LabelledText
from belink.train.tagger_network import TaggerNetwork


def measure_tagger(
    network: TaggerNetwork, texts: Sequence[LabelledText], *, bf16: bool = False
) -> dict[str, float]:
    """Give the figures of a network; see `span_figures`."""
    network.eval()
    return span_figures(judge(network, bf16=bf16), texts)


def span_figures(judge: Judge, texts: Sequence[LabelledText]) -> dict[str, float]:
    """Give strict precision, recall and F1 in [0, 1] of each type that is annotated, as "Gene f1"."""
    judged = judge_words([text.pieces for text in texts], [text.features for text in texts], judge)
    figures: dict[str, float] = {}
    for kind, type_ in enumerate(TAGGED_TYPES):
        gold, found = set(), set()
        for number, (text, words) in enumerate(zip(texts, judged, strict=True)):
            for each in text.document.annotations:
                if each.mention.type == type_:
                    gold.add((number, each.mention.spans[0].start, each.mention.spans[-1].end))
            for first, behind in best_spans(words[:, kind]):
                found.add((number, *_place(text.pieces, first, behind)))
        if gold:
            figures |= _figures(type_, len(gold & found), len(gold), len(found))
    return figures


def _place(pieces: Pieces, first: int, behind: int) -> tuple[int, int]:
    return int(pieces.starts[first]), int(pieces.ends[behind - 1])


def _figures(type_: str, right: int, gold: int, found: int) -> dict[str, float]:
    precision, recall = right / max(found, 1), right / max(gold, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return {f"{type_} p": precision, f"{type_} r": recall, f"{type_} f1": f1}


def judge(network: TaggerNetwork, *, bf16: bool = False) -> Judge:
    """Give what computes logits with PyTorch."""

    def run(
        ids: NDArray[np.int64], mask: NDArray[np.int64], features: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            logits: NDArray[np.float32] = (
                network(torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(features).float())
                .float()
                .numpy()
            )
        return logits

    return run
