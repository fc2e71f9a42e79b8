"""What generating a concept's name with the re-ranker's own weights takes; see `benchmarks/rerank.py`.

The name is generated greedily, token by token. The work is done in full, but what comes out is not looked at:
the weights are tuned to score options, so that the name is given and only the time counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from belink.models.onnx import open_tokenizer
from belink.rerank.backends.onnx import TOKENIZER, as_feed
from belink.types import Candidate, Prompt, Query

Item = tuple[Query, tuple[Candidate, ...]]
Feed = dict[str, NDArray[np.generic]]


class Generator:
    """Steps of generation under onnxruntime, one thread: a token through all layers, then the vocabulary."""

    def __init__(self, graph: Path, tokenizer: Tokenizer, whole: onnxruntime.InferenceSession) -> None:
        model = onnx.load(graph)
        tables = {each.name: each for each in model.graph.initializer}
        self._whole, self._tokenizer = whole, tokenizer
        self._words = _session(_vocabulary(numpy_helper.to_array(tables["embeddings"])))
        self._past = _open_past(model)
        self._step = _session(model)
        width = tables["embeddings"].dims[1]
        self._hidden = {"x": np.full((1, width), 140, np.uint8)}

    def generate(self, items: Sequence[Item], prompts: Sequence[Prompt], *, cached: bool) -> None:
        """Generate the name of the first candidate of each.

        With a cache each step computes one token, which attends to the keys and values of all before; without
        one it computes the question again.
        """
        for prompt, (_, found) in zip(prompts, items, strict=True):
            whole = as_feed(self._tokenizer.encode(prompt.text), prompt)
            self._whole.run(["scores"], whole)
            name = self._tokenizer.encode(f" {found[0].name}\n").ids
            length = whole["input_ids"].size
            for place in range(len(name)):
                self._words.run(None, self._hidden)
                if place == len(name) - 1:
                    break
                if cached:
                    self._step.run(["scores"], self._feed(length + place))
                else:
                    self._whole.run(["scores"], whole)

    def score_whole(self, prompts: Sequence[Prompt]) -> None:
        """Score questions with the head that all share computed each time, as without a stored one."""
        for prompt in prompts:
            feed = as_feed(self._tokenizer.encode(prompt.text), prompt)
            self._step.run(["scores"], self._behind(0) | feed)

    def _feed(self, length: int) -> Feed:
        """Make the feed of one token behind `length` others."""
        return self._behind(length) | {
            "input_ids": np.full((1, length + 1), 5, np.int64),
            "option_positions": np.array([[length]], np.int64),
        }

    def _behind(self, length: int) -> Feed:
        """Make keys and values of `length` tokens."""
        feed: Feed = {name: np.zeros((1, k, length, d), np.float32) for name, (k, d) in self._past.items()}
        return feed | {"head_length": np.array(length, np.int64)}


def _open_past(model: onnx.ModelProto) -> dict[str, tuple[int, int]]:
    """Make inputs of the stored head's keys and values and its length; give heads and width of each."""
    graph = model.graph
    states = [each for each in graph.initializer if each.name.endswith((".keys_of_head", ".values_of_head"))]
    shapes = {each.name: (each.dims[1], each.dims[3]) for each in states}
    stored = [*states, *(each for each in graph.initializer if each.name == "head_length")]
    for each in stored:
        graph.initializer.remove(each)
    graph.input.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, k, "past", d])
        for name, (k, d) in shapes.items()
    )
    graph.input.append(helper.make_tensor_value_info("head_length", TensorProto.INT64, []))
    return shapes


def _vocabulary(table: NDArray[np.int8]) -> onnx.ModelProto:
    """Write the product of one token [1, width] with the embeddings of all words, and the best of them."""
    words = np.ascontiguousarray(table.T)
    constants: dict[str, NDArray[np.generic]] = {
        "w": words,
        "one": np.array(1, np.float32),
        "ones": np.ones(words.shape[1], np.float32),
        "middle": np.array(128, np.uint8),
    }
    graph = helper.make_graph(
        [
            helper.make_node(
                "MatMulIntegerToFloat", ["x", "w", "one", "ones", "middle"], ["y"], domain="com.microsoft"
            ),
            helper.make_node("ArgMax", ["y"], ["best"], axis=1),
        ],
        "vocabulary",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [1, words.shape[0]])],
        [helper.make_tensor_value_info("best", TensorProto.INT64, [1, 1])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def _session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def torch_works(
    folder: str, items: Sequence[Item], prompts: Sequence[Prompt], threads: int
) -> dict[str, Callable[[], object]]:
    """Make works for PyTorch in bfloat16: scoring options and generating names; none where it is missing."""
    try:
        import torch
        from transformers import AutoModelForCausalLM

        from belink.train.choice_network import load_choice_network
    except ImportError:
        return {}
    torch.set_num_threads(threads)
    network = load_choice_network(folder).eval()
    network.transformer.to(torch.bfloat16)
    writer = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    tokenizer = open_tokenizer(Path(folder) / TOKENIZER)
    feeds = [as_feed(tokenizer.encode(prompt.text), prompt) for prompt in prompts]
    lengths = [len(tokenizer.encode(f" {found[0].name}\n").ids) for _, found in items]

    def score() -> None:
        with torch.inference_mode():
            for feed in feeds:
                ids, places = (torch.from_numpy(feed[key]) for key in ("input_ids", "option_positions"))
                network(ids, torch.ones_like(ids), places)

    def generate() -> None:
        for feed, n in zip(feeds, lengths, strict=True):
            ids = torch.from_numpy(feed["input_ids"])
            writer.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=n,
                min_new_tokens=n,
                do_sample=False,
                pad_token_id=0,
            )

    return {"PyTorch bfloat16, one pass": score, "PyTorch bfloat16, generating the name": generate}
