from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch")
transformers = pytest.importorskip("transformers", reason="training needs transformers")

from belink.errors import ConfigError, ModelError  # noqa: E402
from belink.models.encoder import load_encoder  # noqa: E402
from belink.train.dev import DevSet, Recall  # noqa: E402
from belink.train.encoder import EncoderSettings, info_nce, learning_rate, train_encoder  # noqa: E402
from belink.train.export import Loss, check, export_encoder  # noqa: E402
from belink.train.names import Names, collect  # noqa: E402
from belink.train.network import load_network  # noqa: E402
from belink.train.pairs import PairSettings  # noqa: E402
from belink.types import Alias, Concept  # noqa: E402

PAIRS = PairSettings({"v": 1}, augment_share=0.0)


@pytest.fixture(scope="module")
def names() -> Names:
    """Forty concepts, each with two names that share no word."""
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list(ascii_lowercase), 5)) for _ in range(80)]
    return collect([("v", [Concept(f"D:{n}", words[2 * n], (Alias(words[2 * n + 1]),)) for n in range(40)])])


@pytest.fixture(scope="module")
def settings(base: str) -> EncoderSettings:
    """Six steps of eight pairs, mined every four."""
    return EncoderSettings(
        base, steps=6, batch_pairs=8, segment_steps=4, group=2, warmup_steps=2, decay_steps=2, max_tokens=16,
        bf16=False, threads=1, checkpoint_s=0.0, dev_steps=2, learning_rate=1e-3,
    )  # fmt: skip


@pytest.fixture(scope="module")
def dev(names: Names) -> DevSet:
    """Every second name is sought among the first ones."""
    gold = tuple(frozenset({f"D:{n}"}) for n in range(40))
    return DevSet(
        "own", tuple(names.texts[1::2]), gold, tuple(names.texts[::2]), tuple(f"D:{n}" for n in range(40))
    )


def curve(folder: Path) -> list[dict[str, object]]:
    """Read the curve of a run."""
    return [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]


def test_a_run_that_was_stopped_gives_the_same_curve(
    names: Names, settings: EncoderSettings, dev: DevSet, tmp_path: Path
) -> None:
    """Three steps, then the rest from the checkpoint: same losses, same recalls, same weights."""
    train_encoder(names, PAIRS, settings, tmp_path / "whole", [dev])
    with pytest.raises(KeyboardInterrupt):
        train_encoder(names, PAIRS, settings, tmp_path / "parts", [_stops_at_look(5, dev)])
    assert len(curve(tmp_path / "parts")) == 2
    train_encoder(names, PAIRS, settings, tmp_path / "parts", [dev])
    assert curve(tmp_path / "whole") == curve(tmp_path / "parts")
    assert [line["step"] for line in curve(tmp_path / "parts")] == [0, 2, 4, 6]
    first, second = (load_network(str(tmp_path / each / "encoder"), 16) for each in ("whole", "parts"))
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_what_is_saved_is_a_mean_with_the_base(
    names: Names, settings: EncoderSettings, tmp_path: Path, share: float
) -> None:
    """By `tuned_share` the saved weights are the trained ones, the base's, or between."""
    train_encoder(names, PAIRS, settings, tmp_path / "run")
    trained = load_network(str(tmp_path / "run" / "encoder"), 16).state_dict()
    train_encoder(names, PAIRS, replace(settings, tuned_share=share), tmp_path / "run")
    saved = load_network(str(tmp_path / "run" / "encoder"), 16).state_dict()
    begun = load_network(settings.base, 16).state_dict()
    for name, weights in saved.items():
        if "pooler" in name:  # not in use, and not in the base
            continue
        assert torch.allclose(weights, begun[name] + share * (trained[name] - begun[name]), atol=1e-6), name


def _stops_at_look(last: int, dev: DevSet) -> DevSet:
    """Give a dev set that interrupts the run at the nth look at its queries; each measurement takes two."""
    looks = 0

    class Interrupting(tuple[str, ...]):
        __slots__ = ()

        def __bool__(self) -> bool:
            nonlocal looks
            looks += 1
            if looks == last:
                raise KeyboardInterrupt
            return True

    return replace(dev, queries=Interrupting(dev.queries))


def test_training_brings_names_of_a_concept_together(
    names: Names, settings: EncoderSettings, dev: DevSet, tmp_path: Path
) -> None:
    """Sixty steps learn a small vocabulary by heart."""
    longer = replace(settings, steps=60, dev_steps=60, checkpoint_s=1e9, segment_steps=20, learning_rate=3e-3)
    train_encoder(names, PAIRS, longer, tmp_path, [dev])
    before, after = (line["dev"]["own"]["@1"] for line in curve(tmp_path))  # type: ignore[index]
    assert before < 0.3
    assert after > 0.6


def test_checkpoint_of_other_settings_is_refused(
    names: Names, settings: EncoderSettings, tmp_path: Path
) -> None:
    """A run cannot go on with another temperature; the message gives both."""
    short = replace(settings, steps=1)
    train_encoder(names, PAIRS, short, tmp_path)
    with pytest.raises(ConfigError, match=r"temperature = 0\.05, asked for 0\.1"):
        train_encoder(names, PAIRS, replace(short, temperature=0.1), tmp_path)


def test_loss_by_hand() -> None:
    """Two pairs at right angles: each text has its partner at cosine 1 and two negatives at 0."""
    vectors = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    apart = info_nce(vectors, torch.eye(2, dtype=torch.bool), 0.5)
    assert float(apart) == pytest.approx(-math.log(math.exp(2) / (math.exp(2) + 2)), abs=1e-6)


def test_masked_pairs_do_not_count() -> None:
    """Where all other pairs are masked, only the partner is left, and the loss is 0."""
    vectors = torch.nn.functional.normalize(torch.randn(6, 4), dim=-1)
    assert float(info_nce(vectors, torch.ones(3, 3, dtype=torch.bool), 0.05)) == pytest.approx(0.0, abs=1e-6)


def test_learning_rate_rises_and_falls() -> None:
    """Up over the warm-up, level, down to nearly 0 at the last step."""
    settings = EncoderSettings("", steps=100, warmup_steps=10, decay_steps=20, learning_rate=1.0)
    rates = [learning_rate(step, settings) for step in range(100)]
    assert rates[:10] == pytest.approx([n / 10 for n in range(1, 11)])
    assert set(rates[10:80]) == {1.0}
    assert rates[80:] == pytest.approx([n / 20 for n in range(20, 0, -1)])


def test_export_gives_nearly_the_same_vectors(base: str, names: Names, dev: DevSet, tmp_path: Path) -> None:
    """The int8 model agrees with the float one, alone or among others."""
    network = load_network(base, 16)
    losses = export_encoder(base, tmp_path, sample=names.texts, max_tokens=16, dev=[dev])
    encoder = load_encoder(tmp_path, threads=1)
    vectors = encoder(names.texts)
    assert (vectors * network.encode(names.texts)).sum(1).min() > 0.99
    np.testing.assert_array_equal(encoder(names.texts[7:8])[0], vectors[7])
    assert losses[0].int8.queries == 40


def test_int8_that_loses_too_much_is_refused() -> None:
    """Half a point of recall@20 over all queries is too much; less is not."""

    def loss(after: float) -> Loss:
        return Loss(Recall("x", 100, 0.5, 0.9), Recall("x", 100, 0.5, after))

    check([loss(0.9), loss(0.891)])
    with pytest.raises(ModelError, match=r"int8 loses 0\.50 points of recall@20 over 200 dev queries"):
        check([loss(0.9), loss(0.89)])


def test_missing_base_is_named(tmp_path: Path) -> None:
    """A folder without an encoder gives one line that names it."""
    with pytest.raises(ModelError, match="no encoder that transformers can load"):
        load_network(str(tmp_path), 16)
