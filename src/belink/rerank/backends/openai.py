"""Models behind an OpenAI-compatible endpoint (vLLM, SGLang, llama.cpp server, ...): letters readout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from belink.models.endpoint import excerpt, open_endpoint
from belink.rerank.backends.letters import letter_logits, no_letter
from belink.types import ChoiceModel, Failed, Logits, Prompt

TOP_LOGPROBS = 20
"""What endpoints of this kind report at most: of 20 options and "none" one goes missing."""

Api = Literal["chat", "completions"]
_PATHS: dict[Api, str] = {"chat": "chat/completions", "completions": "completions"}


def openai_model(
    url: str,
    *,
    model: str | None = None,
    api: Api = "chat",
    api_key: str | None = None,
    concurrency: int = 8,
    timeout_s: float = 60.0,
    attempts: int = 5,
    first_wait_s: float = 0.5,
    extra: Mapping[str, object] | None = None,
) -> ChoiceModel:
    """Open a served model that answers each question with the log-probabilities of its letters.

    Answers are aligned with the prompts. Busy servers (429), server errors, time-outs and lost
    connections are tried again after growing random waits (or what `Retry-After` says); a question that
    stays without answer, or whose answer cannot be read, is `Failed`, the others go on. When as many
    questions in a row as there are connections have used up their attempts, the server is taken for dead
    and the rest of the call is `Failed` at once. Options missing from the reported log-probabilities have
    `-inf` and the answer is `degraded`.

    Args:
        url: the endpoint, with or without "/v1" ("http://localhost:8000").
        model: name of the served model; None asks the server, which must then serve exactly one.
        api: "chat" for instruction-tuned models, "completions" for the bare prompt.
        api_key: sent as a bearer token.
        concurrency: connections, at least 1.
        timeout_s: for one attempt.
        attempts: how often a question is sent at most, at least 1.
        first_wait_s: upper bound of the first random wait; doubles with each further one.
        extra: more fields of the request body ({"chat_template_kwargs": {"enable_thinking": False}}).

    Raises:
        ConfigError: `url` is no HTTP address.
        ModelError: the server's models were asked for and it does not answer or serves none or several.
            The model itself raises it when the server refuses the key or does not know the model.
    """
    server = open_endpoint(
        url,
        api_key=api_key,
        concurrency=concurrency,
        timeout_s=timeout_s,
        attempts=attempts,
        first_wait_s=first_wait_s,
    )
    name = server.only_model() if model is None else model

    def body(prompt: Prompt) -> bytes:
        shared = {"model": name, "max_tokens": 1, "temperature": 0, **(extra or {})}
        if api == "completions":
            return orjson.dumps({**shared, "prompt": prompt.text, "logprobs": TOP_LOGPROBS})
        messages = [{"role": "user", "content": prompt.text}]
        return orjson.dumps({**shared, "messages": messages, "logprobs": True, "top_logprobs": TOP_LOGPROBS})

    def choose(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
        answers = server.answers(_PATHS[api], [body(prompt) for prompt in prompts], name)
        return [
            answer if isinstance(answer, Failed) else read_answer(answer, prompt.letters)
            for prompt, answer in zip(prompts, answers, strict=True)
        ]

    return choose


def read_answer(content: bytes, letters: Sequence[str]) -> Logits | Failed:
    """Read the letters' log-probabilities at the first answer position, chat or completions.

    A letter may come as "A", " A", "A." or "A)", with a tokeniser's own mark for a space; the
    probabilities of its variants add up.
    """
    try:
        choices = _ANSWER.validate_json(content).choices
    except ValidationError:
        return Failed(f"the server's answer is not what the OpenAI API defines: {excerpt(content)}")
    top = choices[0].top() if choices else None
    if top is None:
        return Failed("the server reports no log-probabilities; start it so that it does")
    tokens = ((token.strip(" \t\n▁Ġ").rstrip(".):"), logprob) for token, logprob in top)
    found = letter_logits(tokens, letters)
    return no_letter(token for token, _ in top[:3]) if found is None else found


class _Token(BaseModel):
    token: str
    logprob: float


class _Position(BaseModel):
    top_logprobs: list[_Token] = []


class _Logprobs(BaseModel):
    content: list[_Position] | None = None
    top_logprobs: list[dict[str, float]] | None = None


class _Choice(BaseModel):
    logprobs: _Logprobs | None = None

    def top(self) -> list[tuple[str, float]] | None:
        """Give the first position's tokens; None where the server reports none."""
        if self.logprobs is None:
            return None
        if self.logprobs.content:
            return [(t.token, t.logprob) for t in self.logprobs.content[0].top_logprobs] or None
        if self.logprobs.top_logprobs:
            return list(self.logprobs.top_logprobs[0].items()) or None
        return None


class _Answer(BaseModel):
    choices: list[_Choice]


_ANSWER = TypeAdapter(_Answer)
