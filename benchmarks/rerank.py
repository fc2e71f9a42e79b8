"""Measure the set-wise re-ranker: one pass over all options against asking one by one and generating names.

Usage: python benchmarks/rerank.py [--data ../shared/data] [--model models/reranker] [--threads 2]
           [--questions 48] [--turns 3] [--examples FILE] [--network FOLDER]

Questions are those of NCBI-Disease dev mentions with names drawn from MEDIC (seed 0); with `--examples`, of a
file that `belink train examples` writes, with the candidates of the default retrieval. Everything is measured
in turns, and the best of three turns counts. "clock" is by the clock; "idle" is by processor time, times the
threads: what a machine with nothing else to do would give. `--network` is the float network of a training run
(`reranker/`), to be run by PyTorch in bfloat16 where PyTorch is installed.

One candidate a question is the same weights in the same runtime, each candidate with its own question; the
stored instruction is spared both, but for "whole", where it is spared one pass over all alone. The tokens
computed bound the ratio. Generating writes the first candidate's name token by token with the same weights
behind the same question, with the product with the vocabulary.

The share of the peak counts the products with weights only (not attention), and takes as the peak what the
same integer operator of onnxruntime reaches on large square matrices in the same run.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import onnx
import onnxruntime
from benchmarks.generation import Generator, torch_works
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from belink.formats import read
from belink.link import make_queries
from belink.models.manifest import read_manifest
from belink.models.onnx import open_session, open_tokenizer
from belink.rerank.backends.onnx import GRAPH, TOKENIZER, as_feed, inline_model
from belink.rerank.prompt import INSTRUCTION, write_prompt
from belink.train.examples import read_examples
from belink.types import Candidate, Prompt, Query

OPTIONS = 10
CURVE = (5, 10, 20)
ROOMY = 10**6
PEAK = 1024
PRODUCTS = ("MatMul", "MatMulIntegerToFloat")

Item = tuple[Query, tuple[Candidate, ...]]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the clock and of the processor."""

    clock: float
    processor: float


def questions(data: Path, n: int, options: int) -> list[Item]:
    """Make n mentions with candidates."""
    with gzip.open(data / "kb" / "medic-belink.tsv.gz", "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    docs = read(data / "corpora" / "ncbi-disease" / "dev.PubTator", on_problem=lambda _: None).documents
    found = [q for doc in docs for q in make_queries(doc, [a.mention for a in doc.annotations])]
    draw = random.Random(0)
    items = []
    for query in draw.sample(found, n):
        chosen = [(row, draw.choice(row["synonyms"].split("|"))) for row in draw.sample(rows, options)]
        items.append(
            (
                query,
                tuple(
                    Candidate(row["id"], alias or row["name"], row["name"], 0.5, "lexical")
                    for row, alias in chosen
                ),
            )
        )
    return items


def retrieved(path: Path, n: int, options: int) -> list[Item]:
    """Take the first n examples with so many candidates; what tells options apart is left out."""
    found = (each for each in read_examples(path) if len(each.candidates) >= options)
    return [(each.query, each.candidates[:options]) for each in islice(found, n)]


def tokens(tokenizer: Tokenizer, prompts: Sequence[Prompt], head: int) -> int:
    """Count the tokens that are computed for some questions, without the head they share."""
    feeds = (as_feed(tokenizer.encode(prompt.text), prompt) for prompt in prompts)
    return sum(feed["input_ids"].size - head for feed in feeds)


def asked(
    items: Sequence[Item], tokenizer: Tokenizer, options: int = OPTIONS, budget: int = ROOMY
) -> list[Prompt]:
    """Write the questions with so many options in a budget of tokens."""
    return [
        write_prompt(
            query,
            found[:options],
            max_tokens=budget,
            count_tokens=lambda text: len(tokenizer.encode(text).ids),
        )
        for query, found in items
    ]


def in_turns(works: Mapping[str, Callable[[], object]], turns: int = 3) -> dict[str, Took]:
    """Take the best of some turns of each work, after a first one that does not count."""
    best = {name: Took(np.inf, np.inf) for name in works}
    for turn in range(turns + 1):
        for name, work in works.items():
            clock, processor = time.perf_counter(), time.process_time()
            work()
            clock, processor = time.perf_counter() - clock, time.process_time() - processor
            if turn:
                best[name] = Took(min(best[name].clock, clock), min(best[name].processor, processor))
    return best


def peak_work(threads: int, integers: bool) -> Callable[[], object]:
    """Multiply large square matrices, one product a thread."""
    rng = np.random.default_rng(0)
    weights = rng.integers(-127, 127, (PEAK, PEAK)).astype(np.int8)
    constants: dict[str, NDArray[np.generic]] = {"w": weights if integers else weights.astype(np.float32)}
    if integers:
        constants |= {
            "one": np.array(1, np.float32),
            "ones": np.ones(PEAK, np.float32),
            "middle": np.array(128, np.uint8),
        }
    inputs = ["x", "w", "one", "ones", "middle"] if integers else ["x", "w"]
    operator, domain = ("MatMulIntegerToFloat", "com.microsoft") if integers else ("MatMul", "")
    kind = TensorProto.UINT8 if integers else TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(operator, inputs, ["y"], domain=domain)],
        "peak",
        [helper.make_tensor_value_info("x", kind, [PEAK, PEAK])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [PEAK, PEAK])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    feed = {"x": rng.integers(0, 255, (PEAK, PEAK)).astype(np.uint8 if integers else np.float32)}

    def work() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _: session.run(None, feed), range(8 * threads)))

    return work


def operations(graph: Path, tokenizer: Tokenizer, prompts: Sequence[Prompt]) -> float:
    """Count additions and multiplications of the products with weights over all questions."""
    model = onnx.load(graph)
    sizes = {each.name: int(np.prod(each.dims)) for each in model.graph.initializer if len(each.dims) == 2}
    products = [node.input[1] for node in model.graph.node if node.op_type in PRODUCTS]
    products = [name for name in products if name in sizes]  # what attention multiplies is no weight
    at_tokens, last = products[:-6], products[-6:]  # all of the last layer but keys and values, and the score
    head = len(tokenizer.encode(f"{INSTRUCTION}\nText:").ids)
    total = 0.0
    for prompt in prompts:
        feed = as_feed(tokenizer.encode(prompt.text), prompt)
        tokens, options = feed["input_ids"].size - head, feed["option_positions"].size
        total += 2 * tokens * sum(sizes[name] for name in at_tokens)
        total += 2 * options * sum(sizes[name] for name in last)
    return total


def works_of(arguments: argparse.Namespace, items: Sequence[Item]) -> dict[str, Callable[[], object]]:
    """Make everything that is measured, by name."""
    tokenizer = open_tokenizer(arguments.model / TOKENIZER)
    session = open_session(arguments.model / GRAPH, threads=1)
    model = inline_model(session, tokenizer, workers=arguments.threads)
    budget = read_manifest(arguments.model).max_tokens
    few = items[: len(items) // 4]
    generator = Generator(arguments.model / GRAPH, tokenizer, session)
    prompts = asked(items, tokenizer, budget=budget)
    some = prompts[: len(few)]
    single = [(query, (each,)) for query, found in few for each in found[:OPTIONS]]
    works: dict[str, Callable[[], object]] = {
        f"{k} options": partial(model, asked(items, tokenizer, k)) for k in CURVE
    }
    generate = partial(generator.generate, few, some)
    return works | {
        "1 x mentions": partial(model, some),
        "2 x mentions": partial(model, prompts[: 2 * len(few)]),
        "4 x mentions": partial(model, prompts),
        "one candidate a question": partial(model, asked(single, tokenizer, 1, budget)),
        "one candidate, whole": partial(generator.score_whole, asked(single, tokenizer, 1, budget)),
        "one thread": partial(inline_model(session, tokenizer), some),
        "generating, cache": partial(generate, cached=True),
        "generating, no cache": partial(generate, cached=False),
        "peak, int8": peak_work(arguments.threads, True),
        "peak, float32": peak_work(arguments.threads, False),
        **(torch_works(arguments.network, few, some, arguments.threads) if arguments.network else {}),
    }


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", type=Path, default=Path("models/reranker"))
    parser.add_argument("--examples", type=Path)
    parser.add_argument("--network", default="")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--questions", type=int, default=48)
    parser.add_argument("--turns", type=int, default=3)
    return parser.parse_args()


def show_ratios(took: Mapping[str, Took]) -> None:
    """Print how many times faster one pass is."""
    alone = ("one candidate, whole", "generating, cache", "generating, no cache")
    others = ("one candidate a question", *(name for name in took if name.startswith("PyTorch")))
    works = dict.fromkeys(others, "1 x mentions") | dict.fromkeys(alone, "one thread")
    for name, base in works.items():
        print(f"  one pass against {name:41} {took[name].processor / took[base].processor:6.2f} x")


def show_tokens(tokenizer: Tokenizer, items: Sequence[Item], budget: int) -> None:
    """Print how many times fewer tokens one pass computes than passes for each candidate."""
    head = len(tokenizer.encode(f"{INSTRUCTION}\nText:").ids)
    single = [(query, (each,)) for query, found in items for each in found[:OPTIONS]]
    alone, together = (asked(some, tokenizer, budget=budget) for some in (single, items))
    own, whole = (tokens(tokenizer, alone, each) / tokens(tokenizer, together, each) for each in (head, 0))
    print(f"one pass computes {own:.2f} times fewer tokens than one candidate a question,", end=" ")
    print(f"{whole:.2f} where both compute the instruction too")


def main() -> None:
    """Measure and print."""
    arguments = parse()
    wanted = arguments.questions // 4 * 4
    items = (
        retrieved(arguments.examples, wanted, 2 * OPTIONS)
        if arguments.examples
        else questions(arguments.data, wanted, 2 * OPTIONS)
    )
    took = in_turns(works_of(arguments, items), arguments.turns)
    n, few, threads = len(items), len(items) // 4, arguments.threads
    tokenizer = open_tokenizer(arguments.model / TOKENIZER)
    budget = read_manifest(arguments.model).max_tokens

    def show(title: str, count: int, name: str) -> None:
        rate, idle = count / took[name].clock, threads * count / took[name].processor
        print(f"  {title:46}{rate:8.1f} {idle:8.1f}")

    print(f"{arguments.model}, {n} questions, {threads} threads")
    print(f"  {'questions a second':46}{'clock':>8} {'idle':>8}")
    for k in CURVE:
        length = np.mean([len(tokenizer.encode(prompt.text).ids) for prompt in asked(items, tokenizer, k)])
        show(f"{k} options, {length:.0f} tokens", n, f"{k} options")
    for share in (1, 2, 4):
        title = f"{share} x {few} mentions, {OPTIONS} options, {budget} tokens at most"
        show(title, share * few, f"{share} x mentions")
    show("one candidate a question", few, "one candidate a question")
    show_tokens(tokenizer, items[:few], budget)
    print("speed against the same weights, by processor time:")
    show_ratios(took)
    spent = operations(arguments.model / GRAPH, tokenizer, asked(items, tokenizer, budget=budget))
    reached = spent / took["4 x mentions"].processor
    for kind in ("int8", "float32"):
        peak = 8 * threads * 2 * PEAK**3 / took[f"peak, {kind}"].processor
        print(f"share of the peak in {kind}: {reached / peak:.0%} of {peak / 1e9:.0f} G/s a core")
    peak_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak_memory / (2**20 if sys.platform == 'darwin' else 2**10):,.0f} MB")


if __name__ == "__main__":
    main()
