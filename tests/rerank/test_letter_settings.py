"""Which model answers with letters, by the settings."""

from __future__ import annotations

import pytest

from belink.config import RerankSettings
from belink.errors import ConfigError
from belink.stages.reranking import build_letter_model, build_weighing, by_letters


@pytest.mark.parametrize(
    ("reranker", "letters"),
    [
        ("http://localhost:8000", True),
        ("https://host/v1", True),
        ("vllm:Qwen/Qwen3-8B", True),
        ("default", False),
        ("none", False),
        ("models/vllm", False),
    ],
)
def test_by_letters(reranker: str, letters: bool) -> None:
    """Endpoints and models run by vLLM answer with letters; model folders do not."""
    assert by_letters(reranker) is letters


def test_no_weighing() -> None:
    """A model of letters has no stored weighing, so that it is always asked."""
    assert build_weighing(RerankSettings(reranker="vllm:m")) is None


def test_vllm_without_a_model() -> None:
    """The prefix alone is refused with what is missing."""
    with pytest.raises(ConfigError, match="expected 'vllm:MODEL', a Hugging Face id or a folder"):
        build_letter_model(RerankSettings(reranker="vllm:"))


@pytest.mark.parametrize("request_", [{"seed": 7}, {"chat_template_kwargs": 1}])
def test_request_for_vllm(request_: dict[str, object]) -> None:
    """Fields of a server's request that mean nothing to vLLM in this process are refused."""
    with pytest.raises(ConfigError, match="takes only a table chat_template_kwargs"):
        build_letter_model(RerankSettings(reranker="vllm:m", request=request_))
