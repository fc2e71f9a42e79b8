"""Models behind an OpenAI-compatible endpoint (vLLM, SGLang, llama.cpp server, ...): letters readout."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

import httpx
import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from belink.errors import ConfigError, ModelError
from belink.types import ChoiceModel, Failed, Logits, Prompt

TOP_LOGPROBS = 20
"""What endpoints of this kind report at most: of 20 options and "none" one goes missing."""

Api = Literal["chat", "completions"]
_PATHS: dict[Api, str] = {"chat": "chat/completions", "completions": "completions"}
_LONGEST_WAIT_S = 60.0


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
    server = _Server(_base_url(url), api_key, concurrency, timeout_s, _retrying(attempts, first_wait_s))
    name = server.only_model() if model is None else model

    def body(prompt: Prompt) -> bytes:
        shared = {"model": name, "max_tokens": 1, "temperature": 0, **(extra or {})}
        if api == "completions":
            return orjson.dumps({**shared, "prompt": prompt.text, "logprobs": TOP_LOGPROBS})
        messages = [{"role": "user", "content": prompt.text}]
        return orjson.dumps({**shared, "messages": messages, "logprobs": True, "top_logprobs": TOP_LOGPROBS})

    def choose(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
        health = _Health(limit=max(concurrency, 3))

        def ask(client: httpx.Client, prompt: Prompt) -> Logits | Failed:
            answer = health.watch(lambda: server.ask(client, _PATHS[api], body(prompt), name))
            return answer if isinstance(answer, Failed) else read_answer(answer, prompt.letters)

        with server.client() as client:
            pool = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="belink-openai")
            try:
                return list(pool.map(lambda prompt: ask(client, prompt), prompts))
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    return choose


def read_answer(content: bytes, letters: Sequence[str]) -> Logits | Failed:
    """Read the letters' log-probabilities at the first answer position, chat or completions.

    A letter may come as "A", " A", "A." or "A)", with a tokeniser's own mark for a space; the
    probabilities of its variants add up.
    """
    try:
        choices = _ANSWER.validate_json(content).choices
    except ValidationError:
        return Failed(f"the server's answer is not what the OpenAI API defines: {_excerpt(content)}")
    top = choices[0].top() if choices else None
    if top is None:
        return Failed("the server reports no log-probabilities; start it so that it does")
    found = dict.fromkeys(letters, -math.inf)
    for token, logprob in top:
        letter = token.strip(" \t\n▁Ġ").rstrip(".):")
        if letter in found and not math.isnan(logprob):
            found[letter] = float(_logaddexp(found[letter], logprob))
    if all(value == -math.inf for value in found.values()):
        seen = ", ".join(repr(token) for token, _ in top[:3])
        return Failed(f"the model answered with no option's letter but with {seen}")
    return Logits(tuple(found.values()), degraded=-math.inf in found.values())


def _logaddexp(a: float, b: float) -> float:
    high, low = max(a, b), min(a, b)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


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


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


_ANSWER = TypeAdapter(_Answer)
_MODELS = TypeAdapter(_Models)


class _TryAgainError(Exception):
    """An attempt failed for a reason that may pass; `wait_s` is how long the server asks to wait."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(slots=True)
class _Health:
    """Counts questions in a row that used up their attempts; over `limit` none is sent any more."""

    limit: int
    in_a_row: int = 0
    last: str = ""
    lock: Lock = field(default_factory=Lock)

    def watch(self, ask: Callable[[], bytes | Failed]) -> bytes | Failed:
        if self.in_a_row >= self.limit:
            return Failed(f"not asked, the server stopped answering: {self.last}")
        try:
            answer = ask()
        except _TryAgainError as error:
            with self.lock:
                self.in_a_row, self.last = self.in_a_row + 1, str(error)
            return Failed(str(error))
        with self.lock:
            self.in_a_row = 0
        return answer


@dataclass(frozen=True, slots=True)
class _Server:
    url: httpx.URL
    api_key: str | None
    concurrency: int
    timeout_s: float
    retrying: Retrying

    def client(self) -> httpx.Client:
        """Make a pool of connections; use it in a `with` block."""
        headers = {"Content-Type": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        limits = httpx.Limits(max_connections=self.concurrency, max_keepalive_connections=self.concurrency)
        return httpx.Client(base_url=self.url, headers=headers, timeout=self.timeout_s, limits=limits)

    def ask(self, client: httpx.Client, path: str, body: bytes, model: str) -> bytes | Failed:
        """Send a question until an answer comes; `_TryAgainError` when the attempts are used up."""
        response = self.retrying(self._send, client, "POST", path, body)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise ModelError(self._unknown(client, path, model, response))
        if response.is_success:
            return response.content
        return Failed(f"the server refused the question: {response.status_code} {_excerpt(response.content)}")

    def only_model(self) -> str:
        """Ask for the name of the one model served."""
        with self.client() as client:
            names = self._models(client)
        if len(names) != 1:
            served = ", ".join(names) or "none"
            raise ModelError(f"{self.url}: name one of the models it serves: {served}")
        return names[0]

    def _models(self, client: httpx.Client) -> list[str]:
        try:
            response = self.retrying(self._send, client, "GET", "models", None)
        except _TryAgainError as error:
            raise ModelError(f"{self.url}: no model server answers: {error}") from error
        try:
            return [model.id for model in _MODELS.validate_json(response.content).data]
        except ValidationError as error:
            raise ModelError(
                f"{self.url}: found {response.status_code} {_excerpt(response.content)}, "
                "expected an OpenAI-compatible list of models; check the URL or name the model"
            ) from error

    def _unknown(self, client: httpx.Client, path: str, model: str, response: httpx.Response) -> str:
        try:
            served = "it serves " + (", ".join(self._models(client)) or "none")
        except ModelError:
            served = f"it says {_excerpt(response.content)}"
        return f"{self.url}/{path}: no model '{model}' there; {served}"

    def _send(self, client: httpx.Client, method: str, path: str, body: bytes | None) -> httpx.Response:
        try:
            response = client.request(method, path, content=body)
        except httpx.RequestError as error:
            raise _TryAgainError(f"{type(error).__name__}: {error}") from error
        code = response.status_code
        if code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise ModelError(f"{self.url}: the server refuses the API key ({code})")
        if code in {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS} or code >= 500:
            reason = f"the server answered {code} {_excerpt(response.content)}"
            raise _TryAgainError(reason, _retry_after_s(response))
        return response


def _base_url(url: str) -> httpx.URL:
    """Check the address of an endpoint; a bare host gets the path "/v1"."""
    try:
        base = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigError(f"'{url}' is no address of a model server: {error}") from error
    if base.scheme not in {"http", "https"} or not base.host:
        raise ConfigError(
            f"'{url}' is no address of a model server; expected http://HOST:PORT or https://..."
        )
    return base.copy_with(path=base.path.rstrip("/") or "/v1")


def _retrying(attempts: int, first_wait_s: float) -> Retrying:
    backoff = wait_random_exponential(multiplier=first_wait_s, max=_LONGEST_WAIT_S)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.wait_s if isinstance(error, _TryAgainError) else 0.0
        return max(asked, backoff(state))

    return Retrying(
        stop=stop_after_attempt(attempts),
        wait=wait,
        retry=retry_if_exception_type(_TryAgainError),
        reraise=True,
    )


def _retry_after_s(response: httpx.Response) -> float:
    """Read how many seconds the server asks to wait; 0 where it does not say so as a number."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_WAIT_S) if text.isdecimal() else 0.0


def _excerpt(content: bytes) -> str:
    return repr(content[:120].decode("utf-8", "replace"))
