"""What BeLink uses of vLLM 0.32, with its published signatures and checks, around any answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from belink.rerank.backends.vllm import Vllm

SPACED = 1000
"""A letter behind a space is one token, this much above the letter's own."""


class FakeTokenizer:
    """One token a character, but one for a space and a capital; 1 begins a text where special tokens are."""

    def __init__(self, *, template: bool = True) -> None:
        self.template = template

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """Cut into tokens."""
        ids = [1] if add_special_tokens else []
        place = 0
        while place < len(text):
            spaced = text[place] == " " and text[place + 1 : place + 2].isupper()
            ids.append(ord(text[place + spaced]) + SPACED * spaced)
            place += 1 + spaced
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """Put together again."""
        return "".join(" " + chr(i - SPACED) if SPACED <= i < 2 * SPACED else chr(i) for i in ids if i != 1)

    def apply_chat_template(
        self, messages: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool, **more: object
    ) -> str:
        """Write a conversation; what else a template is told stands in front."""
        if not self.template:
            raise ValueError("tokenizer.chat_template is not set")
        assert not tokenize, "what is given then differs between versions of transformers"
        told = "".join(f"{key}={value}\n" for key, value in more.items())
        return f"{told}USER\n{messages[0]['content']}\n" + "ASSISTANT\n" * add_generation_prompt


class FakeServerError(Exception):
    """`vllm.exceptions.VLLMServerError`, the class of what a dead engine raises."""


class FakeSamplingParams:
    """`vllm.SamplingParams`, which checks what it is given as vLLM does."""

    def __init__(
        self,
        *,
        max_tokens: int,
        temperature: float,
        allowed_token_ids: list[int],
        logprob_token_ids: list[int],
        logprobs: int,
        detokenize: bool,
    ) -> None:
        if logprobs != len(logprob_token_ids):
            raise ValueError("logprobs must equal len(logprob_token_ids)")
        self.max_tokens, self.temperature, self.detokenize = max_tokens, temperature, detokenize
        self.allowed_token_ids, self.logprob_token_ids = allowed_token_ids, logprob_token_ids


@dataclass(frozen=True, slots=True)
class FakeLoraRequest:
    """`vllm.lora.request.LoRARequest`."""

    lora_name: str
    lora_int_id: int
    lora_path: str


Answer = Callable[[str], Mapping[int, float]]
"""The log-probability of each token that may follow a text."""


class FakeLlm:
    """`vllm.LLM`: answers with what is known of the tokens asked for."""

    def __init__(self, answer: Answer, tokenizer: FakeTokenizer, most: int) -> None:
        self.answer, self.tokenizer = answer, tokenizer
        self.model_config = SimpleNamespace(max_model_len=most)
        self.made_with: dict[str, object] = {}
        self.calls: list[SimpleNamespace] = []

    def get_tokenizer(self) -> FakeTokenizer:
        """Give the tokeniser."""
        return self.tokenizer

    def generate(
        self,
        prompts: Sequence[dict[str, list[int]]],
        sampling_params: Sequence[FakeSamplingParams],
        *,
        use_tqdm: bool,
        lora_request: FakeLoraRequest | None,
    ) -> list[SimpleNamespace]:
        """Answer each prompt by its parameters."""
        self.calls.append(
            SimpleNamespace(prompts=prompts, parameters=sampling_params, bar=use_tqdm, lora=lora_request)
        )
        return [self._one(*pair) for pair in zip(prompts, sampling_params, strict=True)]

    def _one(self, prompt: dict[str, list[int]], parameters: FakeSamplingParams) -> SimpleNamespace:
        ids, most = prompt["prompt_token_ids"], self.made_with.get("max_logprobs", 20)
        if not isinstance(most, int) or len(parameters.logprob_token_ids) > most:
            raise ValueError(f"Requested sample logprobs greater than max allowed: {most}")
        if len(ids) >= self.model_config.max_model_len:
            raise ValueError("The decoder prompt is longer than the maximum model length")
        known = self.answer(self.tokenizer.decode(ids))
        wanted = {i: known[i] for i in parameters.logprob_token_ids if i in known}
        first = {i: SimpleNamespace(logprob=value, decoded_token=None) for i, value in wanted.items()}
        return SimpleNamespace(outputs=[SimpleNamespace(logprobs=[first])])


def fake_vllm(answer: Answer, *, template: bool = True, most: int = 4096) -> tuple[Vllm, FakeLlm]:
    """Make the package, and the one model that it loads."""
    llm = FakeLlm(answer, FakeTokenizer(template=template), most)

    def load(**engine: Any) -> FakeLlm:
        if "nonsense" in engine:
            raise TypeError("unexpected keyword argument 'nonsense'")
        llm.made_with = engine
        return llm

    return Vllm(load, FakeSamplingParams, FakeLoraRequest, FakeServerError), llm


def by_letter(values: Mapping[str, float]) -> dict[int, float]:
    """Give log-probabilities to the tokens of letters, bare ("A") or behind a space (" A")."""
    return {ord(text[-1]) + SPACED * (text[0] == " "): value for text, value in values.items()}
