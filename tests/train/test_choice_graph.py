from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from belink.models.onnx import open_session
from belink.train.choice_graph import choice_graph, head_states
from belink.train.decoder import Decoder, Floats, Head, Layer, activations, smoothed
from belink.train.quantise import activation_ranges

WORDS, WIDTH, INNER, HEADS, KEY_HEADS, HEAD_WIDTH = 50, 32, 48, 4, 2, 16
IDS = [[7, 3, 9, 1, 4, 30, 22, 45, 6, 11]]
PLACES = [[4, 6, 9]]


@pytest.fixture
def decoder() -> Decoder:
    """Two layers with one large channel in the stream."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> Floats:
        drawn: Floats = (rng.normal(size=shape) / shape[0] ** 0.5).astype(np.float32)
        return drawn

    def layer() -> Layer:
        return Layer(
            attention_norm=1 + draw(WIDTH),
            inputs=draw(WIDTH, (HEADS + 2 * KEY_HEADS) * HEAD_WIDTH),
            outputs=draw(HEADS * HEAD_WIDTH, WIDTH),
            gates_norm=1 + draw(WIDTH),
            gate=draw(WIDTH, INNER),
            up=draw(WIDTH, INNER),
            down=draw(INNER, WIDTH),
        )

    embeddings = draw(WORDS, WIDTH) * 10
    embeddings[:, 3] *= 8
    layers = (layer(), layer())
    return Decoder(HEADS, KEY_HEADS, 1e-5, 1e4, embeddings, layers, 1 + draw(WIDTH), draw(WIDTH, 1), draw(1))


def ask(
    graph: onnx.ModelProto, ids: Sequence[Sequence[int]] = IDS, places: Sequence[Sequence[int]] = PLACES
) -> Floats:
    session = open_session(graph.SerializeToString())
    scores: Floats = session.run(["scores"], {"input_ids": ids, "option_positions": places})[0]
    return scores


def head_of(decoder: Decoder, tokens: list[int]) -> Head:
    graph = choice_graph(decoder, max_tokens=16)
    names = head_states(len(decoder.layers))
    graph.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = open_session(graph.SerializeToString())
    states = session.run(names, {"input_ids": [tokens], "option_positions": [[0]]})
    return Head(tuple(zip(states[::2], states[1::2], strict=True)))


def even(decoder: Decoder) -> Decoder:
    graph = choice_graph(decoder, max_tokens=16)
    feed = {"input_ids": np.array(IDS), "option_positions": np.array(PLACES)}
    return smoothed(decoder, activation_ranges(graph, activations(len(decoder.layers)), [feed]))


def test_scores_are_one_a_position(decoder: Decoder) -> None:
    """A question gets as many scores as positions, in their order."""
    graph = choice_graph(decoder, max_tokens=16)
    together = ask(graph)[0].tolist()
    assert together == pytest.approx([float(ask(graph, IDS, [[each]])[0, 0]) for each in PLACES[0]], abs=1e-5)
    assert len(set(together)) == len(together)


def test_scores_do_not_look_ahead(decoder: Decoder) -> None:
    """What stands behind an option does not change its score; what stands before it does."""
    graph = choice_graph(decoder, max_tokens=16)
    whole = ask(graph)
    cut, changed = ask(graph, [IDS[0][:7]], [[4, 6]]), ask(graph, [[8, *IDS[0][1:]]])
    assert cut[0].tolist() == pytest.approx(whole[0, :2].tolist(), abs=1e-5)
    assert np.abs(changed - whole).min() > 1e-3


@pytest.mark.parametrize("length", [1, 4])
def test_a_stored_head_changes_no_score(decoder: Decoder, length: int) -> None:
    """Keys and values kept for the first tokens give the scores that computing them gives."""
    head = head_of(decoder, IDS[0][:length])
    stored = choice_graph(decoder, max_tokens=16, head=head)
    np.testing.assert_allclose(ask(stored), ask(choice_graph(decoder, max_tokens=16)), atol=1e-5)
    assert (ask(stored, [[49] * length + IDS[0][length:]]) == ask(stored)).all()


def test_smoothing_changes_no_score(decoder: Decoder) -> None:
    """A smoothed decoder is the same function, and its large channel is no longer large."""
    smooth = even(decoder)
    first, second = (choice_graph(each, max_tokens=16) for each in (decoder, smooth))
    np.testing.assert_allclose(ask(second), ask(first), atol=1e-4)
    feed = {"input_ids": np.array(IDS), "option_positions": np.array(PLACES)}
    ranges = [activation_ranges(each, ["0.attention"], [feed])["0.attention"] for each in (first, second)]
    assert ranges[1].max() / np.median(ranges[1]) < 0.7 * ranges[0].max() / np.median(ranges[0])


def test_integers_stay_close_to_float(decoder: Decoder) -> None:
    """Scores in integers differ by a few hundredths of their spread."""
    whole = ask(choice_graph(decoder, max_tokens=16))
    integer = ask(choice_graph(even(decoder), max_tokens=16, integers=True))
    assert 0 < np.abs(integer - whole).max() < 0.05 * whole.std()


def test_weights_are_bytes(decoder: Decoder) -> None:
    """Embeddings and all matrices of the layers are stored as int8."""
    graph = choice_graph(decoder, max_tokens=16, integers=True)
    sizes = {each.name: each.data_type for each in graph.graph.initializer if np.prod(each.dims) > 500}
    assert len(sizes) == 1 + 6 * len(decoder.layers)
    assert set(sizes.values()) == {TensorProto.INT8}


def test_a_silent_token_is_no_fault(decoder: Decoder) -> None:
    """A token whose activations are all zero is quantised all the same."""
    silent = replace(decoder, embeddings=np.zeros_like(decoder.embeddings))
    assert np.isfinite(ask(choice_graph(silent, max_tokens=16, integers=True))).all()
