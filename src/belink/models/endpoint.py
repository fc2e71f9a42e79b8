"""Model servers that speak the OpenAI API (vLLM, SGLang, llama.cpp server, ...): asking, and asking again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from belink.errors import ConfigError, ModelError
from belink.types import Failed

_LONGEST_WAIT_S = 60.0
_FEWEST_IN_A_ROW = 3


def open_endpoint(
    url: str,
    *,
    api_key: str | None = None,
    concurrency: int = 8,
    timeout_s: float = 60.0,
    attempts: int = 5,
    first_wait_s: float = 0.5,
) -> Endpoint:
    """Give an endpoint; nothing is sent yet.

    Args:
        url: with or without "/v1" ("http://localhost:8000").
        api_key: sent as a bearer token.
        concurrency: connections, at least 1.
        timeout_s: for one attempt.
        attempts: how often a question is sent at most, at least 1.
        first_wait_s: upper bound of the first random wait; doubles with each further one.

    Raises:
        ConfigError: `url` is no HTTP address.
    """
    return Endpoint(_base_url(url), api_key, concurrency, timeout_s, _retrying(attempts, first_wait_s))


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


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
class Endpoint:
    """A server that answers questions; `open_endpoint` makes one. Safe to share between threads."""

    url: httpx.URL
    api_key: str | None
    concurrency: int
    timeout_s: float
    retrying: Retrying

    def answers(self, path: str, bodies: Sequence[bytes], model: str) -> list[bytes | Failed]:
        """Send questions over all connections; the answers are aligned with them.

        Busy servers (429), server errors, time-outs and lost connections are tried again after growing random
        waits (or what `Retry-After` says); a question that stays without answer is `Failed`, the others go
        on. When as many questions in a row as there are connections have used up their attempts, the server
        is taken for dead and the rest is `Failed` at once.

        Args:
            path: below the base URL ("chat/completions").
            bodies: of the requests.
            model: that the bodies name, for messages.

        Raises:
            ModelError: the server refuses the key, or does not know the model.
        """
        health = _Health(limit=max(self.concurrency, _FEWEST_IN_A_ROW))
        with self._client() as client:
            pool = ThreadPoolExecutor(max_workers=self.concurrency, thread_name_prefix="belink-openai")
            try:
                return list(
                    pool.map(lambda body: health.watch(lambda: self._ask(client, path, body, model)), bodies)
                )
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _client(self) -> httpx.Client:
        """Make a pool of connections; use it in a `with` block."""
        headers = {"Content-Type": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        limits = httpx.Limits(max_connections=self.concurrency, max_keepalive_connections=self.concurrency)
        return httpx.Client(base_url=self.url, headers=headers, timeout=self.timeout_s, limits=limits)

    def _ask(self, client: httpx.Client, path: str, body: bytes, model: str) -> bytes | Failed:
        """Send a question until an answer comes; `_TryAgainError` when the attempts are used up."""
        response = self.retrying(self._send, client, "POST", path, body)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise ModelError(self._unknown(client, path, model, response))
        if response.is_success:
            return response.content
        return Failed(f"the server refused the question: {response.status_code} {excerpt(response.content)}")

    def only_model(self) -> str:
        """Ask for the name of the one model served.

        Raises:
            ModelError: no server answers, or it serves none or several.
        """
        name = self.only_model_served()
        if isinstance(name, Failed):
            raise ModelError(f"{self.url}: no model server answers: {name.reason}")
        return name

    def only_model_served(self) -> str | Failed:
        """Ask for the name of the one model served; a failure where no server answers.

        Raises:
            ModelError: the server serves none or several, or refuses the key.
        """
        with self._client() as client:
            names = self._models(client)
        if isinstance(names, Failed):
            return names
        if len(names) != 1:
            served = ", ".join(names) or "none"
            raise ModelError(f"{self.url}: name one of the models it serves: {served}")
        return names[0]

    def _models(self, client: httpx.Client) -> list[str] | Failed:
        try:
            response = self.retrying(self._send, client, "GET", "models", None)
        except _TryAgainError as error:
            return Failed(str(error))
        try:
            return [model.id for model in _MODELS.validate_json(response.content).data]
        except ValidationError as error:
            raise ModelError(
                f"{self.url}: found {response.status_code} {excerpt(response.content)}, "
                "expected an OpenAI-compatible list of models; check the URL or name the model"
            ) from error

    def _unknown(self, client: httpx.Client, path: str, model: str, response: httpx.Response) -> str:
        try:
            names = self._models(client)
        except ModelError:
            names = []
        said = f"it says {excerpt(response.content)}"
        served = said if isinstance(names, Failed) or not names else f"it serves {', '.join(names)}"
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
            reason = f"the server answered {code} {excerpt(response.content)}"
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


def excerpt(content: bytes) -> str:
    """Give the beginning of an answer, to be shown in a message."""
    return repr(content[:120].decode("utf-8", "replace"))
