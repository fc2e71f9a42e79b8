"""Fetching, against a server on this machine that breaks off, lies, redirects and refuses."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from belink.errors import KnowledgeBaseError
from belink.kb.addresses import ADDRESSES, address
from belink.kb.download import download, file_name
from belink.kb.fetching import MAX_REDIRECTS, MAX_TRIES, fetch_file
from belink.kb.sources import SOURCE_FORMATS

BODY = bytes(range(256)) * 2000


@dataclass
class Server:
    """Answers each request with the next of `answers`, the last one again and again; keeps what was asked."""

    url: str = ""
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
            answer = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.url = f"http://127.0.0.1:{running.server_port}/data/hp.obo"
    yield made
    running.shutdown()
    thread.join()
    running.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes = b"") -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler: BaseHTTPRequestHandler) -> None:
    """A well-behaved server: ranges, If-Range and If-None-Match."""
    etag = '"v1"'
    if handler.headers.get("If-None-Match") == etag:
        send(handler, 304, {"ETag": etag})
        return
    found = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if found and handler.headers.get("If-Range") == etag:
        start = int(found[1])
        if start >= len(BODY):
            send(handler, 416, {"Content-Range": f"bytes */{len(BODY)}", "Content-Length": "0"})
            return
        headers = {"Content-Range": f"bytes {start}-{len(BODY) - 1}/{len(BODY)}", "ETag": etag}
        send(handler, 206, headers | {"Content-Length": str(len(BODY) - start)}, BODY[start:])
        return
    send(handler, 200, {"ETag": etag, "Content-Length": str(len(BODY))}, BODY)


def broken_after(size: int, etag: str = '"v1"') -> Callable[[BaseHTTPRequestHandler], None]:
    """Announces the whole file, sends `size` bytes, hangs up."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, 200, {"ETag": etag, "Content-Length": str(len(BODY))}, BODY[:size])

    return answer


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, code, {"Content-Length": "0", **headers})


def redirect(to: str) -> Callable[[BaseHTTPRequestHandler], None]:
    return status(302, Location=to)


def fetched(server: Server, target: Path) -> bytes:
    path, size, sha256 = fetch_file(server.url, target, first_wait_s=0.001)
    content = path.read_bytes()
    assert (size, sha256) == (len(content), hashlib.sha256(content).hexdigest())
    return content


def test_a_file_is_fetched_and_recorded(server: Server, tmp_path: Path) -> None:
    """The file is whole, its checksum stands in a record beside it, and nothing else is left."""
    server.answers = [whole]
    assert fetched(server, tmp_path / "hp.obo") == BODY
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hp.obo", "hp.obo.json"]
    record = json.loads((tmp_path / "hp.obo.json").read_text())
    assert record["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert (record["url"], record["bytes"]) == (server.url, len(BODY))


def test_a_broken_connection_is_resumed(server: Server, tmp_path: Path) -> None:
    """What came is not fetched again: the second request asks for the rest of the same version."""
    server.answers = [broken_after(100_000), whole]
    assert fetched(server, tmp_path / "hp.obo") == BODY
    assert server.asked[1]["range"] == "bytes=100000-"
    assert server.asked[1]["if-range"] == '"v1"'


def test_a_later_call_goes_on_with_the_part(server: Server, tmp_path: Path) -> None:
    """A part of an earlier call, given up after several tries, is not fetched again."""
    server.answers = [broken_after(50_000), status(503)]
    with pytest.raises(
        KnowledgeBaseError, match=r"broke off .* times at 50,000 bytes.*run the same command again"
    ):
        fetch_file(server.url, tmp_path / "hp.obo", first_wait_s=0.001)
    assert not (tmp_path / "hp.obo").exists()
    server.answers = [whole]
    assert fetched(server, tmp_path / "hp.obo") == BODY
    assert server.asked[-1]["range"] == "bytes=50000-"


def test_a_server_that_ignores_ranges_starts_anew(server: Server, tmp_path: Path) -> None:
    """A 200 answer to a request for a range replaces the part."""
    server.answers = [broken_after(100_000), broken_after(len(BODY))]
    assert fetched(server, tmp_path / "hp.obo") == BODY


def test_a_new_version_starts_anew(server: Server, tmp_path: Path) -> None:
    """Parts of two versions are never joined."""
    server.answers = [broken_after(100_000, '"v0"'), whole]
    assert fetched(server, tmp_path / "hp.obo") == BODY
    assert len(server.asked) == 2


def test_a_range_from_elsewhere_is_not_joined(server: Server, tmp_path: Path) -> None:
    """A server that goes on at another byte than asked for is asked again from the start."""

    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        body = BODY[99_000:]
        headers = {
            "Content-Range": f"bytes 99000-{len(BODY) - 1}/{len(BODY)}",
            "Content-Length": str(len(body)),
        }
        send(handler, 206, headers, body)

    server.answers = [broken_after(100_000), elsewhere, whole]
    assert fetched(server, tmp_path / "hp.obo") == BODY
    assert "range" not in server.asked[2]


def test_a_part_that_was_complete_is_kept(server: Server, tmp_path: Path) -> None:
    """A call killed between the last byte and the rename costs no second fetch."""
    (tmp_path / "hp.obo.part").write_bytes(BODY)
    record = {"url": server.url, "validator": '"v1"', "bytes": 0, "sha256": "", "fetched": ""}
    (tmp_path / "hp.obo.part.json").write_text(json.dumps(record))
    server.answers = [whole]
    assert fetched(server, tmp_path / "hp.obo") == BODY
    assert len(server.asked) == 1


def test_a_damaged_record_starts_anew(server: Server, tmp_path: Path) -> None:
    """A part of unknown origin is not trusted."""
    (tmp_path / "hp.obo.part").write_bytes(b"junk")
    (tmp_path / "hp.obo.part.json").write_text("{")
    server.answers = [whole]
    assert fetched(server, tmp_path / "hp.obo") == BODY


def test_an_unchanged_file_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    """The second call asks whether there is a newer one, and gets no body."""
    server.answers = [whole]
    fetched(server, tmp_path / "hp.obo")
    assert fetched(server, tmp_path / "hp.obo") == BODY
    assert server.asked[1]["if-none-match"] == '"v1"'


def test_a_server_that_announces_too_much_is_never_believed(server: Server, tmp_path: Path) -> None:
    """A file shorter than announced never gets its name, however often it is tried."""
    server.answers = [broken_after(1000)]
    with pytest.raises(KnowledgeBaseError, match=r"broke off"):
        fetch_file(server.url, tmp_path / "hp.obo", first_wait_s=0.001)
    assert not (tmp_path / "hp.obo").exists()
    assert len(server.asked) == MAX_TRIES


def test_a_range_longer_than_the_file_is_refused(server: Server, tmp_path: Path) -> None:
    """More bytes than the whole file has are an error, and the part is thrown away."""

    def too_long(handler: BaseHTTPRequestHandler) -> None:
        send(handler, 206, {"Content-Range": "bytes 1000-1999/2000", "Content-Length": "1500"}, BODY[:1500])

    server.answers = [broken_after(1000), too_long]
    with pytest.raises(KnowledgeBaseError, match=r"2,500 bytes came, 2,000 were announced"):
        fetch_file(server.url, tmp_path / "hp.obo", first_wait_s=0.001)
    assert not (tmp_path / "hp.obo.part").exists()


def test_without_length_the_end_of_the_connection_is_the_end(server: Server, tmp_path: Path) -> None:
    """A server that tells no length is believed; progress then knows no total."""
    server.answers = [lambda handler: send(handler, 200, {"Connection": "close"}, BODY)]
    seen: list[tuple[str, int, int | None]] = []
    fetch_file(server.url, tmp_path / "hp.obo", progress=lambda *each: seen.append(each), first_wait_s=0.001)
    assert (tmp_path / "hp.obo").read_bytes() == BODY
    assert seen[-1] == ("hp.obo", len(BODY), None)


def test_progress_counts_up_to_the_total(server: Server, tmp_path: Path) -> None:
    """Progress counts from what was there already, and ends at the total."""
    server.answers = [broken_after(100_000), whole]
    seen: list[int] = []
    fetch_file(
        server.url, tmp_path / "hp.obo", progress=lambda _, done, __: seen.append(done), first_wait_s=0.001
    )
    assert seen == sorted(seen)
    assert seen[-1] == len(BODY)


def test_redirects_are_followed(server: Server, tmp_path: Path) -> None:
    """Relative and absolute redirects lead to the file."""
    server.answers = [redirect("../elsewhere"), redirect(server.url), whole]
    assert fetched(server, tmp_path / "hp.obo") == BODY
    assert [each["path"] for each in server.asked] == ["/data/hp.obo", "/elsewhere", "/data/hp.obo"]


def test_endless_redirects_are_given_up(server: Server, tmp_path: Path) -> None:
    """A circle of redirects ends with an error."""
    server.answers = [redirect(server.url)]
    with pytest.raises(KnowledgeBaseError, match=rf"more than {MAX_REDIRECTS} redirects"):
        fetch_file(server.url, tmp_path / "hp.obo", first_wait_s=0.001)
    assert len(server.asked) == MAX_REDIRECTS + 1


def test_a_redirect_to_a_local_file_is_refused(server: Server, tmp_path: Path) -> None:
    """Only http and https are followed."""
    server.answers = [redirect("file:///etc/hostname")]
    with pytest.raises(KnowledgeBaseError, match=r"redirects to an insecure address \(file\)"):
        fetch_file(server.url, tmp_path / "hp.obo", first_wait_s=0.001)


@pytest.mark.parametrize(("code", "message"), [(404, "answered 404"), (403, r"refuses access \(403\)")])
def test_a_refusal_is_not_tried_again(server: Server, tmp_path: Path, code: int, message: str) -> None:
    """A missing or forbidden file is an error at once, with what to do."""
    server.answers = [status(code)]
    with pytest.raises(KnowledgeBaseError, match=rf"{message}.*by hand"):
        fetch_file(server.url, tmp_path / "hp.obo", first_wait_s=0.001)
    assert len(server.asked) == 1


def test_a_busy_server_is_tried_again(server: Server, tmp_path: Path) -> None:
    """503 passes."""
    server.answers = [status(503), status(429), whole]
    assert fetched(server, tmp_path / "hp.obo") == BODY


def test_a_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A refused connection ends in one line."""
    with pytest.raises(KnowledgeBaseError, match=r"broke off 5 times at 0 bytes"):
        fetch_file("http://127.0.0.1:9/x", tmp_path / "x", first_wait_s=0.001)


def test_an_old_file_stays_when_a_newer_one_fails(server: Server, tmp_path: Path) -> None:
    """The file in place is replaced whole or not at all."""
    (tmp_path / "hp.obo").write_bytes(b"old")
    server.answers = [broken_after(10)]
    with pytest.raises(KnowledgeBaseError):
        fetch_file(server.url, tmp_path / "hp.obo", first_wait_s=0.001)
    assert (tmp_path / "hp.obo").read_bytes() == b"old"


def test_an_unknown_name_gives_the_choices(tmp_path: Path) -> None:
    """The error lists what can be fetched."""
    with pytest.raises(KnowledgeBaseError, match=r"mesch: no address known; choose one of .*mesh.*mondo"):
        download("mesch", tmp_path)


@pytest.mark.parametrize(("name", "message"), [("umls", "needs your own key"), ("snomed", "licence holder")])
def test_licensed_vocabularies_are_not_fetched_without_the_user(
    name: str, message: str, tmp_path: Path
) -> None:
    """UMLS needs the user's key, SNOMED CT the user."""
    with pytest.raises(KnowledgeBaseError, match=message):
        download(name, tmp_path)


def test_the_key_is_sent_but_never_shown(tmp_path: Path) -> None:
    """Neither messages nor records have the user's key."""
    asked: list[str] = []

    def refusing(url: str, headers: object) -> object:
        asked.append(url)
        raise KnowledgeBaseError("stop")

    with pytest.raises(KnowledgeBaseError, match="stop"):
        download("umls", tmp_path, key="s3cret", fetch=refusing)  # type: ignore[arg-type]
    assert "apiKey=s3cret" in asked[0]
    assert not any("s3cret" in path.read_text() for path in tmp_path.iterdir())


def test_the_addresses_are_sound() -> None:
    """Sorted by name, over https, with a licence, a known format and a distinct file name each."""
    assert [one.name for one in ADDRESSES] == sorted(one.name for one in ADDRESSES)
    for one in ADDRESSES:
        assert one.licence
        assert len(one.urls) == len(one.formats) == len({file_name(url) for url in one.urls})
        assert all(url.startswith("https://") for url in one.urls)
        assert set(one.formats) <= set(SOURCE_FORMATS)
    assert address("umls").name == "umls"
    assert file_name(address("umls").urls[0]) == "umls-2026AA-metathesaurus-full.zip"
