"""Write a trained re-ranker as int8 ONNX for `belink.rerank.backends.onnx`, and check what int8 costs."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from tokenizers import Tokenizer

from belink.errors import ModelError
from belink.models.manifest import MANIFEST_VERSION, Manifest, write_manifest
from belink.models.onnx import open_session, open_tokenizer
from belink.rerank.backends.onnx import GRAPH, MOST_TOKENS, TOKENIZER, as_feed, inline_model
from belink.rerank.prompt import INSTRUCTION, PROMPT_VERSION
from belink.train.choice_graph import choice_graph, head_states
from belink.train.choice_network import ChoiceNetwork, load_choice_network
from belink.train.decoder import Decoder, Floats, Head, Layer, activations, smoothed
from belink.train.quantise import Feed, activation_ranges
from belink.types import Failed, Prompt

log = logging.getLogger(__name__)

MOST_LOST = 0.005
"""Share of the dev questions by which int8 may be right less often than float, give or take chance."""
COMPARED = 4
"""Questions on which the float graph is compared with PyTorch."""

_TOLERANCE = 1e-2


@dataclass(frozen=True, slots=True)
class Cost:
    """What int8 costs on the dev questions.

    Attributes:
        questions: how many.
        float32: share that float answers right.
        int8: share that int8 answers right.
        changed: share whose answer differs.
        error: standard error of the difference of the two shares that are right.
        mean_difference: between the scores of an option, each question's mean taken off.
        largest_difference: the largest of these.
    """

    questions: int
    float32: float
    int8: float
    changed: float
    error: float
    mean_difference: float
    largest_difference: float


def export_reranker(
    source: Path,
    out: Path,
    *,
    sample: Sequence[Prompt],
    dev: Sequence[tuple[Prompt, int]],
    max_options: int,
    max_tokens: int,
    base_model: str,
    licence: str,
) -> Cost | None:
    """Quantise a re-ranker and write its folder; nothing is written where int8 loses too much.

    Args:
        source: what `ChoiceNetwork.save` wrote; a decoder of the LLaMA family.
        out: folder to write; files of these names in it are replaced.
        sample: questions like those to be asked, to find the activations' ranges with; a hundred will do.
        dev: questions with the place of the right option, where int8 is compared with float; none skips it.
        max_options: most options it was trained on, for the manifest.
        max_tokens: budget of a question, for the manifest.
        base_model: for the manifest.
        licence: SPDX expression of the weights' licence, for the manifest.

    Returns:
        What int8 costs; None without dev questions.

    Raises:
        ModelError: there is no such network, it is of another family, the sample is empty, or int8 loses
            half a point of accuracy or more, by more than a standard error.
    """
    if not sample:
        raise ModelError("no questions to find the activations' ranges with; give a hundred")
    network = load_choice_network(str(source)).eval()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        network.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        whole, small = graphs(network, folder / TOKENIZER, sample)
        onnx.save(small, folder / GRAPH)
        cost = compare(whole, folder, dev) if dev else None
        check(cost)
        manifest = Manifest(
            MANIFEST_VERSION,
            "reranker",
            PROMPT_VERSION,
            "in-line",
            max_options,
            max_tokens,
            base_model,
            licence,
            "",
            (),
        )
        write_manifest(folder, manifest, [GRAPH, TOKENIZER])
        out.mkdir(parents=True, exist_ok=True)
        for file in sorted(folder.iterdir()):
            shutil.copyfile(file, out / file.name)
    return cost


def graphs(
    network: ChoiceNetwork, tokenizer: Path, sample: Sequence[Prompt]
) -> tuple[onnx.ModelProto, onnx.ModelProto]:
    """Write a network in float and in int8, both with the head that all questions share stored.

    Raises:
        ModelError: the network is of another family, or its graph gives other scores than PyTorch.
    """
    reads = open_tokenizer(tokenizer)
    feeds = [as_feed(reads.encode(prompt.text), prompt) for prompt in sample]
    decoder = decoder_of(network)
    head = shared_head(decoder, reads.encode(f"{INSTRUCTION}\nText:").ids, feeds)
    whole = choice_graph(decoder, max_tokens=MOST_TOKENS, head=head)
    _check_scores(network, whole, feeds[:COMPARED])
    ranges = activation_ranges(whole, activations(len(decoder.layers)), feeds)
    even = smoothed(decoder, ranges)
    return whole, choice_graph(even, max_tokens=MOST_TOKENS, head=head, integers=True)


def decoder_of(network: ChoiceNetwork) -> Decoder:
    """Take the weights out of a network.

    Raises:
        ModelError: it is not a plain decoder of the LLaMA family.
    """
    settings = network.transformer.config
    rotation = getattr(settings, "rope_parameters", None) or {"rope_theta": settings.rope_theta}
    plain = (
        settings.model_type == "llama"
        and settings.hidden_act == "silu"
        and rotation.get("rope_type", "default") == "default"
        and not any(name.endswith("_proj.bias") for name in network.state_dict())
    )
    if not plain:
        raise ModelError(
            f"the network is of the family '{settings.model_type}' or has biases or scaled rotations; plain"
            " LLaMA decoders can be exported (SmolLM2 for one), others served over an endpoint"
        )
    weights = {name: each.detach().float().cpu().numpy() for name, each in network.state_dict().items()}
    return Decoder(
        heads=int(settings.num_attention_heads),
        key_heads=int(settings.num_key_value_heads),
        epsilon=float(settings.rms_norm_eps),
        theta=float(rotation["rope_theta"]),
        embeddings=weights["transformer.embed_tokens.weight"],
        layers=tuple(_layer(weights, place) for place in range(int(settings.num_hidden_layers))),
        norm=weights["transformer.norm.weight"],
        score=weights["score.weight"].T,
        bias=weights["score.bias"],
    )


def shared_head(decoder: Decoder, tokens: Sequence[int], feeds: Sequence[Feed]) -> Head | None:
    """Compute the keys and values of the tokens that every question begins with.

    None where the tokeniser joins the head's end to what follows in some question of `feeds`.
    """
    if not tokens or any(feed["input_ids"][0, : len(tokens)].tolist() != list(tokens) for feed in feeds):
        return None
    graph = choice_graph(decoder, max_tokens=len(tokens))
    names = head_states(len(decoder.layers))
    graph.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = {"input_ids": np.array([tokens], np.int64), "option_positions": np.zeros((1, 1), np.int64)}
    states: list[Floats] = session.run(names, feed)
    return Head(tuple(zip(states[::2], states[1::2], strict=True)))


def compare(whole: onnx.ModelProto, folder: Path, dev: Sequence[tuple[Prompt, int]]) -> Cost:
    """Ask the float graph and the int8 one in `folder` each dev question."""
    tokenizer = open_tokenizer(folder / TOKENIZER)
    prompts, places = zip(*dev, strict=True)
    with tempfile.TemporaryDirectory() as made:
        onnx.save(whole, Path(made) / GRAPH)
        first, second = (_scores(path / GRAPH, tokenizer, prompts) for path in (Path(made), folder))
    best = np.array([(a.argmax(), b.argmax()) for a, b in zip(first, second, strict=True)])
    right = best == np.array(places)[:, None]
    differences = np.abs(
        np.concatenate([a - a.mean() - (b - b.mean()) for a, b in zip(first, second, strict=True)])
    )
    return Cost(
        questions=len(dev),
        float32=float(right[:, 0].mean()),
        int8=float(right[:, 1].mean()),
        changed=float((best[:, 0] != best[:, 1]).mean()),
        error=float((right[:, 0] != right[:, 1]).sum() ** 0.5 / len(dev)),
        mean_difference=float(differences.mean()),
        largest_difference=float(differences.max()),
    )


def check(cost: Cost | None) -> None:
    """Refuse an int8 re-ranker that loses much.

    Raises:
        ModelError: where it loses `MOST_LOST` of the dev questions or more, by more than a standard error:
            the few answers that change may go either way.
    """
    if cost is None:
        return
    log.info("float and int8 on dev: %s", cost)
    lost = cost.float32 - cost.int8
    if lost - cost.error >= MOST_LOST - 1e-9:
        raise ModelError(
            f"int8 loses {100 * lost:.2f} ± {100 * cost.error:.2f} points of accuracy over {cost.questions}"
            f" dev questions, less than {100 * MOST_LOST} are allowed; give a larger or more typical sample"
        )


def _layer(weights: dict[str, Floats], place: int) -> Layer:
    def of(name: str) -> Floats:
        return weights[f"transformer.layers.{place}.{name}.weight"]

    return Layer(
        attention_norm=of("input_layernorm"),
        inputs=np.concatenate([of(f"self_attn.{each}_proj") for each in "qkv"]).T,
        outputs=of("self_attn.o_proj").T,
        gates_norm=of("post_attention_layernorm"),
        gate=of("mlp.gate_proj").T,
        up=of("mlp.up_proj").T,
        down=of("mlp.down_proj").T,
    )


def _check_scores(network: ChoiceNetwork, whole: onnx.ModelProto, feeds: Sequence[Feed]) -> None:
    session = onnxruntime.InferenceSession(whole.SerializeToString(), providers=["CPUExecutionProvider"])
    for feed in feeds:
        ids, positions = torch.from_numpy(feed["input_ids"]), torch.from_numpy(feed["option_positions"])
        with torch.inference_mode():
            expected = network(ids, torch.ones_like(ids), positions).numpy()
        difference = float(np.abs(session.run(["scores"], dict(feed))[0] - expected).max())
        if not difference < _TOLERANCE:
            raise ModelError(
                f"the graph's scores are {difference:.3g} away from PyTorch's: not a plain decoder"
            )


def _scores(graph: Path, tokenizer: Tokenizer, prompts: Sequence[Prompt]) -> list[Floats]:
    model = inline_model(open_session(graph, threads=1), tokenizer, workers=os.cpu_count() or 1)
    found: list[Floats] = []
    for answer in model(prompts):
        if isinstance(answer, Failed):
            raise ModelError(f"a dev question has no answer: {answer.reason}")
        found.append(np.array(answer.values, np.float32))
    return found
