from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

torch = pytest.importorskip("torch", reason="training needs PyTorch")
transformers = pytest.importorskip("transformers", reason="training needs transformers")

from belink.errors import ModelError  # noqa: E402
from belink.models.onnx import open_session, open_tokenizer  # noqa: E402
from belink.rerank.backends.onnx import as_feed, inline_model, load_reranker  # noqa: E402
from belink.rerank.prompt import write_prompt  # noqa: E402
from belink.train.choice_network import ChoiceNetwork, load_choice_network  # noqa: E402
from belink.train.export_reranker import (  # noqa: E402
    Cost,
    check,
    decoder_of,
    export_reranker,
    shared_head,
)
from belink.train.exported import read_decoder  # noqa: E402
from belink.types import Candidate, Context, Logits, Mention, Prompt, Query, Ranking, Span  # noqa: E402

if TYPE_CHECKING:
    from transformers import LlamaConfig


def settings(**other: object) -> LlamaConfig:
    return transformers.LlamaConfig(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=512,
        **other,
    )


def network(config: LlamaConfig) -> ChoiceNetwork:
    """A decoder of two small layers that reads bytes."""
    torch.manual_seed(0)
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(
        ["gout flu"], BpeTrainer(initial_alphabet=ByteLevel.alphabet(), show_progress=False)
    )
    made = ChoiceNetwork(
        transformers.LlamaModel(config), transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    )
    torch.nn.init.normal_(made.score.weight)
    for name, each in made.transformer.named_parameters():
        if "norm" not in name:
            torch.nn.init.normal_(each, std=0.2)
    return made


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("network")
    network(settings()).save(folder)
    return folder


def make_query(mention: str) -> Query:
    return Query(Mention("d", (Span(0, 1),), mention, "Disease"), Context(mention, Span(0, len(mention))))


def make_candidates(*aliases: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(f"X:{i}", alias, alias, 0.5, "lexical") for i, alias in enumerate(aliases))


def make_prompt(mention: str, *aliases: str) -> Prompt:
    return write_prompt(make_query(mention), make_candidates(*aliases), max_tokens=10**6)


SAMPLE = [make_prompt(mention, "gout", "flu", "pain") for mention in ("gouty", "flus", "an ache")]


def export(source: Path, out: Path, dev: list[tuple[Prompt, int]] | None = None) -> Cost | None:
    return export_reranker(
        source,
        out,
        sample=SAMPLE,
        dev=dev or [],
        max_options=5,
        max_tokens=300,
        base_model="tiny",
        licence="Apache-2.0",
    )


def scores_of(answer: object) -> list[float]:
    assert isinstance(answer, Logits)
    return list(answer.values)


def test_exported_scores_are_those_of_the_network(source: Path, tmp_path: Path) -> None:
    """The int8 graph in the folder scores options as PyTorch does, up to quantisation."""
    export(source, tmp_path)
    tokenizer = open_tokenizer(tmp_path / "tokenizer.json")
    trained = load_choice_network(str(source)).eval()
    prompt = make_prompt("«µ» pain", "gout", "flu", "pain", "ache")
    feed = as_feed(tokenizer.encode(prompt.text), prompt)
    ids, places = (torch.from_numpy(feed[name]) for name in ("input_ids", "option_positions"))
    with torch.inference_mode():
        expected = trained(ids, torch.ones_like(ids), places)[0].numpy()
    [answer] = inline_model(open_session(tmp_path / "model.onnx"), tokenizer)([prompt])
    assert np.abs(np.array(scores_of(answer)) - expected).max() < 0.3 * expected.std()


def test_exported_weights_can_be_trained_on(source: Path, tmp_path: Path) -> None:
    """The folder of an exported re-ranker loads as a network in float that scores as the one exported did."""
    export(source, tmp_path)
    prompt = make_prompt("«µ» pain", "gout", "flu", "pain", "ache")
    found = []
    for folder in (source, tmp_path):
        loaded = load_choice_network(str(folder)).eval()
        tokens = loaded.tokenizer.backend_tokenizer.encode(prompt.text)
        feed = as_feed(tokens, prompt)
        ids, places = (torch.from_numpy(feed[name]) for name in ("input_ids", "option_positions"))
        with torch.inference_mode():
            found.append(loaded(ids, torch.ones_like(ids), places)[0].numpy())
    assert np.abs(found[1] - found[0]).max() < 0.1 * found[0].std()


def test_weights_that_meet_are_of_one_length(source: Path, tmp_path: Path) -> None:
    """Read back, weights behind a norm have one length, as those before and behind each gated channel."""
    export(source, tmp_path)
    for layer in read_decoder(tmp_path / "model.onnx").layers:
        lengths = np.linalg.norm(layer.inputs, axis=1)
        assert lengths == pytest.approx(np.full(len(lengths), lengths[0]), rel=1e-3)
        ratios = np.linalg.norm(layer.up, axis=0) / np.linalg.norm(layer.down, axis=1)
        assert ratios == pytest.approx(np.full(len(ratios), ratios[0]), rel=1e-3)


def test_another_graph_is_no_decoder(tmp_path: Path) -> None:
    """A graph that is no exported re-ranker, or no graph, is refused with its path."""
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"model\.onnx: no ONNX graph"):
        read_decoder(tmp_path / "model.onnx")
    onnx.save(onnx.ModelProto(), tmp_path / "model.onnx")
    with pytest.raises(ModelError, match="not the graph of an exported re-ranker"):
        read_decoder(tmp_path / "model.onnx")


def test_the_folder_is_a_reranker(source: Path, tmp_path: Path) -> None:
    """`load_reranker` opens what was exported, with the options of its manifest."""
    export(source, tmp_path)
    rerank = load_reranker(tmp_path, threads=2)
    [ranking] = rerank([make_query("gouty")], [make_candidates(*"abcdefg")])
    assert isinstance(ranking, Ranking)
    assert sum(ranking.probabilities) + ranking.none_probability == pytest.approx(1)
    assert [p > 0 for p in ranking.probabilities] == [True] * 5 + [False] * 2


def test_exporting_twice_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    """The same network and sample give the same files."""
    export(source, tmp_path / "a")
    export(source, tmp_path / "b")
    for file in ("model.onnx", "tokenizer.json", "manifest.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_cost_is_measured_on_dev(source: Path, tmp_path: Path) -> None:
    """Accuracies are shares of the dev questions whose highest score is that of the right option."""
    export(source, tmp_path)
    model = inline_model(open_session(tmp_path / "model.onnx"), open_tokenizer(tmp_path / "tokenizer.json"))
    best = [int(np.argmax(scores_of(answer))) for answer in model(SAMPLE)]
    dev = [(SAMPLE[0], best[0]), (SAMPLE[1], best[1]), (SAMPLE[2], (best[2] + 1) % 4)]
    cost = export(source, tmp_path, dev)
    assert cost is not None
    assert cost.questions == 3
    assert cost.int8 == pytest.approx(2 / 3)
    assert cost.error == pytest.approx(abs(cost.float32 - cost.int8) ** 0.5 / 3**0.5, abs=1e-6)
    assert 0 < cost.mean_difference < cost.largest_difference


@pytest.mark.parametrize(
    ("int8", "error", "refused"),
    [(0.795, 0.0, True), (0.796, 0.0, False), (0.79, 0.006, False), (0.78, 0.006, True), (0.9, 0.0, False)],
)
def test_half_a_point_is_too_much(int8: float, error: float, refused: bool) -> None:
    """Int8 that loses half a point of accuracy by more than a standard error is refused."""
    cost = Cost(1000, 0.8, int8, 0.1, error, 0.01, 0.1)
    if refused:
        with pytest.raises(
            ModelError, match=r"int8 loses [0-9.]+ ± 0\.[0-9]+ points of accuracy over 1000 dev"
        ):
            check(cost)
    else:
        check(cost)


def test_nothing_is_written_without_a_sample(source: Path, tmp_path: Path) -> None:
    """No questions to find ranges with is an error."""
    with pytest.raises(ModelError, match="no questions to find the activations' ranges with"):
        export_reranker(
            source,
            tmp_path / "out",
            sample=[],
            dev=[],
            max_options=5,
            max_tokens=9,
            base_model="",
            licence="",
        )
    assert not (tmp_path / "out").exists()


def test_other_families_are_refused() -> None:
    """A decoder that the graph would compute wrongly is an error that names its family."""
    with pytest.raises(ModelError, match="family 'llama' or has biases"):
        decoder_of(network(settings(attention_bias=True)))


def test_a_head_that_some_question_lacks_is_not_stored() -> None:
    """Where a question's first tokens are others, all tokens are computed."""
    decoder = decoder_of(network(settings()))
    feeds = [{"input_ids": np.array([[5, 6, 7, 8]])}, {"input_ids": np.array([[5, 6, 9, 8]])}]
    assert shared_head(decoder, [5, 6, 7], feeds) is None
    head = shared_head(decoder, [5, 6], feeds)
    assert head is not None
    assert head.length == 2
