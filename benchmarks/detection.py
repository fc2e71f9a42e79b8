"""Measure detection: abstracts/s of dictionary, tagger and both, from text to links; memory over a stream.

`python benchmarks/detection.py [--data ../shared/data] [--tagger default] [--kb FOLDER] [--network FOLDER]`

Abstracts are BC5CDR's development part. Everything is measured in turns, and the best of three counts.
"clock" is by the clock; "idle" is by processor time, times the cores: what a machine with nothing else to do
would give. `--network` is the float network of a training run, to be run by PyTorch on the same features
where PyTorch is installed. Memory is the peak of this process when each step is done, so steps stand in the
order of what they load; the last links the stream four times over, which must add nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from belink.cli.run_manifest import peak_memory_mb
from belink.config import DetectSettings, KnowledgeBaseSettings, Settings
from belink.detect.pieces import cut_words, describe
from belink.detect.windowed import judge_words
from belink.errors import ConfigError
from belink.formats import read
from belink.linker import Linker
from belink.models.onnx import open_tokenizer
from belink.stages.detection import build_detector, tagger_folder
from belink.stages.stream import batches
from belink.types import Detector, Document

TURNS = 3
GOALS = {"both": 40, "text to links": 15}
"""Abstracts/s on two cores."""

GOAL_MB = 1200


@dataclass(frozen=True, slots=True)
class Rate:
    """Abstracts a second by the clock, and by processor time times the cores."""

    clock: float
    idle: float


def documents(data: Path) -> list[Document]:
    """Give BC5CDR's development part."""
    splits = json.loads((data / "corpora/dev-splits.json").read_text(encoding="utf-8"))
    dev = set(splits["bc5cdr"]["dev"])
    path = data / "corpora/bc5cdr/traindev.PubTator"
    return [doc for doc in read(path, on_problem=lambda _: None).documents if doc.id in dev]


def rate(run: Callable[[Sequence[Document]], object], docs: Sequence[Document], turns: int = TURNS) -> Rate:
    """Give the best rate of some turns."""
    clock, spent = [], []
    for _ in range(turns):
        began, cpu = time.perf_counter(), time.process_time()
        run(docs)
        clock.append(time.perf_counter() - began)
        spent.append(time.process_time() - cpu)
    return Rate(len(docs) / min(clock), len(docs) * (os.cpu_count() or 1) / min(spent))


def in_batches(detect: Detector) -> Callable[[Sequence[Document]], object]:
    """Run a detector as a stream is run."""
    return lambda docs: [own for batch in batches(docs) for own in detect(batch)]


def float_tagger(network: Path, tokenizer: Path) -> Callable[[Sequence[Document]], object]:
    """Give the tagger's judgement of words by PyTorch, without a dictionary."""
    from belink.train.tagger_dev import judge
    from belink.train.tagger_network import load_tagger_network

    loaded = load_tagger_network(str(network)).eval()
    tokens = open_tokenizer(tokenizer)

    def run(docs: Sequence[Document]) -> object:
        pieces = cut_words([doc.text for doc in docs], tokens)
        features = [describe(doc.text, own, ()) for doc, own in zip(docs, pieces, strict=True)]
        return judge_words(pieces, features, judge(loaded))

    return run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--kb", type=Path, default=None, help="[default: the embedded MeSH]")
    parser.add_argument("--tagger", default="default", help="as for belink link")
    parser.add_argument("--network", type=Path, default=None, help="float network, run by PyTorch")
    parser.add_argument("--documents", type=int, default=100)
    options = parser.parse_args()
    docs = documents(options.data)[: options.documents]
    whole = DetectSettings(tagger=options.tagger)
    folder = tagger_folder(whole)
    if folder is None:
        raise ConfigError("no tagger ships with this checkout: name one with --tagger")
    linker = Linker.from_settings(Settings(kb=KnowledgeBaseSettings(path=options.kb), detect=whole))
    ways = {
        "dictionary": build_detector(DetectSettings(tagger="none"), linker.kb),
        "tagger": build_detector(whole.model_copy(update={"dictionary": False}), linker.kb),
        "both": linker.detect,
    }
    rates = {way: rate(in_batches(detect), docs) for way, detect in ways.items()}
    rates["text to links"] = rate(lambda own: list(linker.link_stream(own)), docs, turns=1)
    once = peak_memory_mb() or 0.0
    for turn in range(3):
        list(linker.link_stream(Document(f"{turn} {doc.id}", doc.text) for doc in docs))
    often = peak_memory_mb() or 0.0
    if options.network:
        rates["tagger, PyTorch float"] = rate(float_tagger(options.network, folder / "tokenizer.json"), docs)
    report(rates, len(docs))
    print(f"peak memory: {once:,.0f} MB after one pass, {often:,.0f} MB after four (goal: {GOAL_MB:,})")


def report(rates: dict[str, Rate], count: int) -> None:
    """Print rates, their ratio to the dictionary alone and, of the tagger, to PyTorch."""
    print(f"{count} abstracts, {os.cpu_count()} cores; abstracts/s by the clock and, in brackets, idle")
    for way, own in rates.items():
        goal = f", goal {GOALS[way]}" if way in GOALS else ""
        ratio = rates["dictionary"].idle / own.idle
        print(f"{way:22} {own.clock:8,.1f} ({own.idle:,.1f}{goal}), {ratio:.1f} × the time of the dictionary")
    if slow := rates.get("tagger, PyTorch float"):
        print(f"the tagger is {rates['tagger'].idle / slow.idle:.1f} times as fast as in PyTorch float")


if __name__ == "__main__":
    main()
