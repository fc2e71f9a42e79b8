"""`belink train prior`: the letters a served model prefers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from tests.cli.conftest import Belink
from tests.retrieve.served import serving

from belink.config import load_settings

PLAIN = '[retrieve]\nencoder = "none"\n[detect]\ntagger = "none"\n'


def prefers_a(_: str) -> tuple[int, bytes]:
    """Give A three times as much as B, whatever is asked."""
    top = [{"token": token, "logprob": math.log(p)} for token, p in (("A", 0.6), ("B", 0.2), ("C", 0.2))]
    return 200, json.dumps({"choices": [{"logprobs": {"content": [{"top_logprobs": top}]}}]}).encode()


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    text, config = tmp_path / "note.txt", tmp_path / "plain.toml"
    text.write_text("Hypertension is not hypotension.", encoding="utf-8")
    config.write_text(PLAIN, encoding="utf-8")
    return text, config


def test_what_is_printed_is_a_setting(belink: Belink, small_kb: Path, files: tuple[Path, Path]) -> None:
    """The prior is printed as lines of a settings file: of k + 1 letters, as the model prefers them."""
    text, config = files
    with serving(prefers_a) as server:
        done = belink(
            "train", "prior", text, "--reranker", server.url, "--kb", small_kb, "--k", "1", "--config", config
        )
    assert done.returncode == 0, done.stderr
    config.write_text(PLAIN + done.stdout, encoding="utf-8")
    assert load_settings(config).rerank.prior == pytest.approx((0.75, 0.25))


def test_too_little_text(belink: Belink, small_kb: Path, files: tuple[Path, Path]) -> None:
    """Where no mention has enough candidates, that is said, with what to do."""
    text, config = files
    with serving(prefers_a) as server:
        done = belink(
            "train",
            "prior",
            text,
            "--reranker",
            server.url,
            "--kb",
            small_kb,
            "--k",
            "20",
            "--config",
            config,
        )
    assert done.returncode == 2
    assert "found 0 mentions with 20 candidates" in done.stderr


def test_no_letters(belink: Belink, files: tuple[Path, Path]) -> None:
    """A re-ranker that does not answer with letters has no prior of them."""
    done = belink("train", "prior", files[0], "--reranker", "default")
    assert done.returncode == 2
    assert "only a URL or vllm:MODEL answers with letters" in done.stderr
