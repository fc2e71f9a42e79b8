from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import pytest

from belink.errors import ConfigError, ModelError
from belink.rerank.backends.openai import openai_model, read_answer
from belink.rerank.prompt import read_prompt, write_prompt
from belink.types import Candidate, ChoiceModel, Context, Failed, Logits, Mention, Prompt, Query, Span

Reply = tuple[int, bytes]
Answer = Callable[[dict[str, object]], Reply | None]


class FakeServer(ThreadingHTTPServer):
    """A model server on loopback: `answer` makes a reply of a request's body, None hangs up."""

    daemon_threads = True

    def __init__(self, answer: Answer, models: Sequence[str] = ("tiny",)) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.models = models
        self.seen: list[dict[str, object]] = []
        self.headers: list[dict[str, str]] = []
        self.busy, self.busiest = 0, 0
        self.lock = Lock()

    @property
    def url(self) -> str:
        """The address to give to a client."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        data = [{"id": name} for name in self.server.models]
        self._reply(200, json.dumps({"data": data}).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.seen.append({**body, "path": self.path})
            self.server.headers.append(dict(self.headers))
            self.server.busy += 1
            self.server.busiest = max(self.server.busiest, self.server.busy)
        try:
            reply = self.server.answer(body)
        finally:
            with self.server.lock:
                self.server.busy -= 1
        if reply is None:
            self.close_connection = True
        else:
            self._reply(*reply)

    def _reply(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # the name is http.server's
        pass


@contextmanager
def serving(answer: Answer, models: Sequence[str] = ("tiny",)) -> Iterator[FakeServer]:
    with FakeServer(answer, models) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def make_prompt(mention: str, *aliases: str) -> Prompt:
    query = Query(
        Mention("d", (Span(0, len(mention)),), mention, "Disease"), Context(mention, Span(0, len(mention)))
    )
    return write_prompt(query, [Candidate(f"X:{a}", a, a, 0.5, "lexical") for a in aliases])


def chat(top: dict[str, float]) -> bytes:
    tokens = [{"token": token, "logprob": logprob} for token, logprob in top.items()]
    return json.dumps({"choices": [{"logprobs": {"content": [{"top_logprobs": tokens}]}}]}).encode()


def prefers_mention(body: dict[str, object]) -> Reply:
    """Answer with the letter of the option that equals the mention, else of "none"."""
    question = read_prompt(body["messages"][0]["content"])  # type: ignore[index]  # a test's own request
    labels = [option.label for option in question.options]
    right = labels.index(question.mention) if question.mention in labels else len(labels)
    letters = "ABCDEFGHIJKLMNOPQRSTU"[: len(labels) + 1]
    return 200, chat({letter: -0.1 if i == right else -5.0 for i, letter in enumerate(letters)})


def open_model(
    server: FakeServer, model: str | None = "tiny", concurrency: int = 8, attempts: int = 3
) -> ChoiceModel:
    return openai_model(
        server.url, model=model, concurrency=concurrency, timeout_s=5, attempts=attempts, first_wait_s=0.01
    )


def best(answer: Logits | Failed) -> int:
    assert isinstance(answer, Logits)
    return answer.values.index(max(answer.values))


GOUT = make_prompt("gout", "pain", "gout")


def test_right_letters() -> None:
    """The answer's log-probabilities stand at the places of their letters."""
    with serving(prefers_mention) as server:
        assert open_model(server)([GOUT]) == [Logits((-5.0, -0.1, -5.0))]


def test_request() -> None:
    """A question asks for one token, greedily, with 20 log-probabilities, under the key given."""
    with serving(prefers_mention) as server:
        openai_model(server.url, model="tiny", api_key="sesame", extra={"seed": 7})([GOUT])
        [body], [headers] = server.seen, server.headers
    assert body["messages"] == [{"role": "user", "content": GOUT.text}]
    asked = {
        key: body[key]
        for key in ("path", "model", "max_tokens", "temperature", "logprobs", "top_logprobs", "seed")
    }
    assert asked == {
        "path": "/v1/chat/completions", "model": "tiny", "max_tokens": 1, "temperature": 0, "logprobs": True,
        "top_logprobs": 20, "seed": 7,
    }  # fmt: skip
    assert headers["Authorization"] == "Bearer sesame"


def test_no_questions() -> None:
    """No questions need no server."""
    assert openai_model("http://127.0.0.1:9", model="tiny")([]) == []


def test_order_whatever_answers_first() -> None:
    """Answers are aligned with the questions although later ones arrive earlier."""

    def slow_first(body: dict[str, object]) -> Reply:
        if "«gout»" in str(body["messages"]):
            time.sleep(0.3)
        return prefers_mention(body)

    with serving(slow_first) as server:
        answers = open_model(server)([GOUT, *[make_prompt("pain", "pain", "gout")] * 10])
    assert [best(answer) for answer in answers] == [1, *[0] * 10]


def test_concurrency() -> None:
    """Questions are in flight together, never more than the connections allowed."""

    def slow(body: dict[str, object]) -> Reply:
        time.sleep(0.05)
        return prefers_mention(body)

    with serving(slow) as server:
        open_model(server, concurrency=4)([GOUT] * 16)
        assert 2 <= server.busiest <= 4


@pytest.mark.parametrize("trouble", [(429, b"slow down"), (500, b"oops"), (503, b""), None])
def test_passing_trouble(trouble: Reply | None) -> None:
    """A busy or broken server and a lost connection are tried again."""
    replies = iter([trouble, trouble])

    def recovers(body: dict[str, object]) -> Reply | None:
        return next(replies, prefers_mention(body))

    with serving(recovers) as server:
        [answer] = open_model(server)([GOUT])
        assert len(server.seen) == 3
    assert best(answer) == 1


def test_500_for_ever() -> None:
    """A question without an answer after all attempts is a failure that says what the server said."""
    with serving(lambda body: (500, b"out of memory")) as server:
        [answer] = open_model(server)([GOUT])
        assert len(server.seen) == 3
    assert answer == Failed("the server answered 500 'out of memory'")


def test_stalls() -> None:
    """A server that does not answer in time makes a failure that names the time-out."""

    def stalls(body: dict[str, object]) -> Reply:
        time.sleep(0.4)
        return prefers_mention(body)

    with serving(stalls) as server:
        model = openai_model(server.url, model="tiny", timeout_s=0.1, attempts=2, first_wait_s=0.01)
        [answer] = model([GOUT])
    assert isinstance(answer, Failed)
    assert "ReadTimeout" in answer.reason


def test_dies_half_way() -> None:
    """When a server dies, what it answered stays, the rest fails, and it is not asked for ever."""
    lock, left = Lock(), [10]

    def dies(body: dict[str, object]) -> Reply | None:
        with lock:
            left[0] -= 1
            return prefers_mention(body) if left[0] >= 0 else None

    with serving(dies) as server:
        answers = open_model(server, concurrency=2, attempts=2)([GOUT] * 100)
        assert len(server.seen) < 30
    assert len(answers) == 100
    assert sum(isinstance(answer, Logits) for answer in answers) == 10
    assert sum(isinstance(answer, Failed) for answer in answers) == 90


def test_one_bad_question() -> None:
    """A question the server refuses fails alone and is not sent again."""

    def refuses(body: dict[str, object]) -> Reply:
        return (400, b"too long") if "«gout»" in str(body["messages"]) else prefers_mention(body)

    with serving(refuses) as server:
        answers = open_model(server)([make_prompt("flu", "flu"), GOUT, make_prompt("pain", "pain")])
        assert len(server.seen) == 3
    assert answers[1] == Failed("the server refused the question: 400 'too long'")
    assert best(answers[0]) == best(answers[2]) == 0


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"<html>",
        b"{",
        b"[]",
        b'{"choices": 3}',
        b'{"choices": [{"logprobs": {"content": 5}}]}',
        b"\xff\xfe",
    ],
)
def test_garbage(garbage: bytes) -> None:
    """An answer that is not the API's is a failure that shows it."""
    answer = read_answer(garbage, "AB")
    assert isinstance(answer, Failed)
    assert "not what the OpenAI API defines" in answer.reason


@pytest.mark.parametrize(
    "content", [b'{"choices": []}', b'{"choices": [{}]}', b'{"choices": [{"logprobs": {"content": []}}]}']
)
def test_no_logprobs(content: bytes) -> None:
    """An answer without log-probabilities is a failure that says so."""
    assert read_answer(content, "AB") == Failed(
        "the server reports no log-probabilities; start it so that it does"
    )


@pytest.mark.parametrize("token", ["A", " A", "A.", "A)", "▁A", "ĠA", "A:", "\nA"])
def test_variants(token: str) -> None:
    """A letter is read with white space, its dot or a tokeniser's mark around it."""
    assert read_answer(chat({token: -1.0, "B": -2.0}), "AB") == Logits((-1.0, -2.0))


def test_variants_add_up() -> None:
    """The probabilities of a letter's variants add up."""
    answer = read_answer(chat({"A": math.log(0.3), " A": math.log(0.2), "B": math.log(0.5)}), "AB")
    assert isinstance(answer, Logits)
    assert answer.values == pytest.approx((math.log(0.5), math.log(0.5)))


def test_missing_letters() -> None:
    """Letters missing from the report have -inf and the answer is degraded."""
    assert read_answer(chat({"B": -1.0, "Bread": -0.1, "a": -0.2}), "ABC") == Logits(
        (-math.inf, -1.0, -math.inf), degraded=True
    )


def test_missing_none() -> None:
    """A missing "none of the above" is handled like any letter."""
    assert read_answer(chat({"A": -1.0}), "AB") == Logits((-1.0, -math.inf), degraded=True)


def test_no_letter_at_all() -> None:
    """An answer with none of the letters is a failure that shows what came instead."""
    assert read_answer(chat({"<think>": -0.1}), "AB") == Failed(
        "the model answered with no option's letter but with '<think>'"
    )


def test_completions() -> None:
    """The completions API sends the bare question and reads its own kind of log-probabilities."""
    content = {"choices": [{"logprobs": {"top_logprobs": [{" A": -2.0, " B": -0.5, " C": -3.0}]}}]}
    with serving(lambda body: (200, json.dumps(content).encode())) as server:
        answers = openai_model(server.url + "/v1/", model="tiny", api="completions")([GOUT])
        [body] = server.seen
    assert answers == [Logits((-2.0, -0.5, -3.0))]
    assert (body["path"], body["prompt"], body["logprobs"]) == ("/v1/completions", GOUT.text, 20)


def test_only_model() -> None:
    """Without a name the one model served is asked."""
    with serving(prefers_mention, ["the-one"]) as server:
        open_model(server, model=None)([GOUT])
        assert server.seen[0]["model"] == "the-one"


@pytest.mark.parametrize(("models", "named"), [(("a", "b"), "a, b"), ((), "none")])
def test_several_models(models: Sequence[str], named: str) -> None:
    """Without a name several models, or none, are an error that names them."""
    with (
        serving(prefers_mention, models) as server,
        pytest.raises(ModelError, match=f"name one of the models it serves: {named}"),
    ):
        open_model(server, model=None)


def test_wrong_model() -> None:
    """A model the server does not know is an error that names those it serves."""
    with (
        serving(lambda body: (404, b"no such model"), ["a", "b"]) as server,
        pytest.raises(ModelError, match="no model 'tiny' there; it serves a, b"),
    ):
        open_model(server)([GOUT] * 20)


def test_refused_key() -> None:
    """A refused key is an error at once."""
    with serving(lambda body: (401, b"")) as server:
        with pytest.raises(ModelError, match=r"refuses the API key \(401\)"):
            open_model(server, concurrency=1)([GOUT] * 20)
        assert len(server.seen) < 20


def test_nobody_there() -> None:
    """An address where nothing listens is an error when its models are asked for."""
    with pytest.raises(ModelError, match="no model server answers: ConnectError"):
        openai_model("http://127.0.0.1:9", attempts=2, first_wait_s=0.01)


def test_not_a_model_server() -> None:
    """A server that lists no models is an error that shows what it said."""
    with (
        serving(prefers_mention) as server,
        pytest.raises(ModelError, match="expected an OpenAI-compatible list of models"),
    ):
        server.models = [3]  # type: ignore[list-item]  # not a name
        openai_model(server.url, attempts=1)


@pytest.mark.parametrize("url", ["", "localhost", "ftp://host", "http://", "http://[::1"])
def test_bad_url(url: str) -> None:
    """An address that is not HTTP is an error that names it."""
    with pytest.raises(ConfigError, match="no address of a model server"):
        openai_model(url)


def test_calls_from_threads() -> None:
    """One model can be called from several threads."""
    with serving(prefers_mention) as server, ThreadPoolExecutor(4) as pool:
        model = open_model(server)
        answers = list(pool.map(lambda _: model([GOUT] * 5), range(4)))
    assert all(best(answer) == 1 for batch in answers for answer in batch)
