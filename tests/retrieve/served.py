"""A model server on loopback, for tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

Says = Callable[[str], "tuple[int, bytes] | None"]


class FakeServer(ThreadingHTTPServer):
    """Answers each question with what `says` gives of its text; None closes the connection."""

    daemon_threads = True

    def __init__(self, says: Says) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.says, self.lock = says, Lock()
        self.asked: list[dict[str, object]] = []

    @property
    def url(self) -> str:
        """The address to give to a client."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_GET(self) -> None:  # the name is http.server's
        self._reply(200, b'{"data": [{"id": "tiny"}]}')

    def do_POST(self) -> None:  # the name is http.server's
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.asked.append(body)
        reply = self.server.says(body["messages"][0]["content"])
        if reply is None:
            self.close_connection = True
        else:
            self._reply(*reply)

    def _reply(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(BrokenPipeError):  # who asked has given up
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # the name is http.server's
        pass


@contextmanager
def serving(says: Says) -> Iterator[FakeServer]:
    with FakeServer(says) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def chat(text: str | None) -> tuple[int, bytes]:
    return 200, json.dumps({"choices": [{"message": {"content": text}}]}).encode()


def always(text: str | None) -> Says:
    return lambda _: chat(text)
