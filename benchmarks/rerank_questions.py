"""Measure what the re-ranker costs beside its model: writing questions, asking a served model.

Usage: python benchmarks/rerank_questions.py [--data ../shared/data] [--mentions 2000]

Questions are those of NCBI-Disease dev mentions with 10 names drawn from MEDIC (seed 0). Baselines of the
same run: questions put together by one format string without neutralising or budget; the same server asked
one question after another.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from belink.formats import read
from belink.link import make_queries
from belink.rerank.backends.openai import openai_model
from belink.rerank.prompt import INSTRUCTION, estimate_tokens, write_prompt
from belink.rerank.rerankers import setwise
from belink.types import Candidate, Failed, Logits, Prompt, Query

LATENCY_S = 0.02
OPTIONS = 10

Item = tuple[Query, tuple[Candidate, ...]]


def questions(data: Path, n: int) -> list[Item]:
    """Make n mentions with candidates; the mentions repeat in order where there are fewer."""
    with gzip.open(data / "kb" / "medic-belink.tsv.gz", "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    docs = read(data / "corpora" / "ncbi-disease" / "dev.PubTator", on_problem=lambda _: None).documents
    found = [q for doc in docs for q in make_queries(doc, [a.mention for a in doc.annotations])]
    draw = random.Random(0)
    items = []
    for i in range(n):
        chosen = draw.sample(rows, OPTIONS)
        names = [
            (row["id"], draw.choice(row["synonyms"].split("|")) or row["name"], row["name"]) for row in chosen
        ]
        items.append(
            (
                found[i % len(found)],
                tuple(Candidate(a, alias, name, 0.5, "lexical") for a, alias, name in names),
            )
        )
    return items


def plain_question(query: Query, candidates: Sequence[Candidate]) -> str:
    """Put a question together without any care."""
    span, text = query.context.span, query.context.text
    options = "\n".join(f"{chr(65 + i)}. {c.alias} ({c.name})" for i, c in enumerate(candidates))
    return (
        f"{INSTRUCTION}\nText: {text[: span.start]}«{query.mention.text}»{text[span.end :]}\n"
        f"Mention: {query.mention.text} | {query.mention.type}\nOptions:\n{options}\nAnswer:"
    )


def seconds(work: Callable[[], object]) -> float:
    """Take the best of three runs."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def flat(prompts: Sequence[Prompt], /) -> list[Logits | Failed]:
    """Answer at once, all options alike."""
    return [Logits((0.0,) * len(prompt.letters)) for prompt in prompts]


class _Slow(BaseHTTPRequestHandler):
    """Answers any question with "A" after a fixed time."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(LATENCY_S)
        top = [{"token": letter, "logprob": -1.0} for letter in "ABCDEFGHIJKLMNOPQRST"]
        content = json.dumps({"choices": [{"logprobs": {"content": [{"top_logprobs": top}]}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def slow_server() -> Iterator[str]:
    """Serve on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Slow) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def measure_writing(items: Sequence[Item]) -> None:
    """Compare `write_prompt` with the format string."""
    plain = seconds(lambda: [plain_question(*item) for item in items])
    roomy = seconds(lambda: [write_prompt(*item, max_tokens=10**6) for item in items])
    tight = seconds(lambda: [write_prompt(*item, max_tokens=180) for item in items])
    whole = seconds(lambda: setwise(flat)([q for q, _ in items], [c for _, c in items]))
    length = sum(estimate_tokens(write_prompt(*item).text) for item in items) / len(items)
    n = len(items)
    print(f"writing {n} questions of {OPTIONS} options, {length:.0f} estimated tokens each")
    print(f"  format string           1.0 x  {n / plain:9,.0f} questions/s (baseline)")
    print(f"  write_prompt, fits    {roomy / plain:5.1f} x  {n / roomy:9,.0f} questions/s")
    print(f"  write_prompt, cut     {tight / plain:5.1f} x  {n / tight:9,.0f} questions/s")
    print(f"  setwise, instant model{whole / plain:5.1f} x  {n / whole:9,.0f} mentions/s")


def measure_serving(items: Sequence[Item]) -> None:
    """Compare connections."""
    prompts = [write_prompt(*item) for item in items[:64]]
    with slow_server() as url:
        models = {n: openai_model(url, model="m", concurrency=n) for n in (1, 8, 32)}
        times = {n: seconds(partial(model, prompts)) for n, model in models.items()}
    print(f"\nserved model that takes {LATENCY_S * 1000:.0f} ms a question, {len(prompts)} questions")
    for n, taken in times.items():
        print(f"  {n:2d} connections  {times[1] / taken:5.1f} x  {len(prompts) / taken:7.0f} questions/s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mentions", type=int, default=2000)
    arguments = parser.parse_args()
    items = questions(arguments.data, arguments.mentions)
    measure_writing(items)
    measure_serving(items)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    print(f"\npeak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
