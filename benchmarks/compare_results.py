"""Compare two results of one suite, corpus by corpus and pooled, by paired bootstrap over documents.

    belink evaluate --suite benchmarks/suites/dev.toml --data ../shared/data --results results
    belink evaluate --suite benchmarks/suites/dev.toml --data ../shared/data --results alone --reranker none
    python benchmarks/compare_results.py results alone [--data ../shared/data] [--pool NAME ...]

Prints a row for each entry and protocol: both accuracies@1 and their difference in points; then, for each
protocol, that of the pooled entries (`--pool`, by default all that were scored), with its 95 % interval
(1,000 samples of whole documents, seed 0; documents of two corpora with one id count as one).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from belink.cli.suite import run_suite
from belink.config import Settings
from belink.evaluate.intervals import Comparison, compare_hits
from belink.evaluate.summary import Evaluation, compare


def pooled(pairs: Sequence[tuple[Evaluation, Evaluation]]) -> Comparison:
    """Compare over the mentions of all pairs together."""
    hits = [both for a, b in pairs for both in zip(a.hits, b.hits, strict=True)]
    return compare_hits([a[2] for a, _ in hits], [b[2] for _, b in hits], [a[0] for a, _ in hits])


def row(name: str, protocol: str, pairs: Sequence[tuple[Evaluation, Evaluation]], found: Comparison) -> str:
    """Write a row of the table."""
    n = sum(a.n for a, _ in pairs)
    first, second = (100 * sum(pair[i].accuracy.value * pair[i].n for pair in pairs) / n for i in (0, 1))
    points = found.difference
    return (
        f"| {name} | {protocol} | {n} | {first:.1f} | {second:.1f} | {100 * points.value:+.1f} "
        f"({100 * points.low:+.1f} to {100 * points.high:+.1f}) | {found.only_first} / {found.only_second} |"
    )


def main() -> None:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("first", type=Path, help="folder of results")
    parser.add_argument("second", type=Path, help="another")
    parser.add_argument("--suite", type=Path, default=Path("benchmarks/suites/dev.toml"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="entries; default: all")
    parser.add_argument("--pool", nargs="+", default=[], metavar="NAME", help="entries; default: all")
    args = parser.parse_args()
    first, second = (
        [each.evaluation for each in run_suite(args.suite, args.data, results, Settings(), args.only)]
        for results in (args.first, args.second)
    )
    pairs = list(zip(first, second, strict=True))
    print("| corpus | protocol | n | first | second | difference (95 %) | right in one alone |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for a, b in pairs:
        print(row(a.name, a.protocol, [(a, b)], compare(a, b)))
    for protocol in dict.fromkeys(a.protocol for a in first):
        chosen = [
            (a, b) for a, b in pairs if a.protocol == protocol and (a.name in args.pool or not args.pool)
        ]
        if chosen:
            print(row("pooled", protocol, chosen, pooled(chosen)))


if __name__ == "__main__":
    main()
