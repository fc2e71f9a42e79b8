"""Measure how much the order of the options moves a re-ranker's answer, and what takes that out.

Usage: python benchmarks/order_bias.py EXAMPLES.jsonl [--reranker models/reranker|URL|vllm:MODEL]
           [--config FILE] [--options 10] [--questions 40] [--random 3] [--seed 0]

EXAMPLES is a file that `belink train examples` writes (`dev-ncbi-disease.jsonl`): mentions of a dev part with
the candidates of the default retrieval. Asked are the first that have enough candidates and the right one
among them, each in all cyclic orders of its options, so that the right one stands once at every letter, and
in some random ones. The baseline of the same run is retrieval's order.

"RStd" is the standard deviation over letters of the share of questions answered rightly when the right option
stands at the letter, in points (PriDe, arXiv:2309.03882, section 2.2). The letters' prior is estimated on the
questions in even places and divided out of those in odd ones, and the other way round.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from belink.config import RerankSettings, Settings, load_settings
from belink.rerank.backends.onnx import load_reranker
from belink.rerank.prior import cyclic_orders
from belink.rerank.readout import divide_prior, estimate_prior
from belink.rerank.rerankers import SetwiseReranker, setwise
from belink.rerank.weighing import Weighing
from belink.stages.reranking import build_letter_model, by_letters
from belink.train.examples import Example, read_examples
from belink.types import Candidate, Ranking

Table = NDArray[np.float64]
CLOSE = 0.2


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as answered in `O` orders of its `N` options, the first of them retrieval's.

    `orders` [O, N] are the options' places; `letters` [O, N + 1] the probabilities by letter, "none" last;
    `right` is the place of the right option.
    """

    example: Example
    orders: NDArray[np.int64]
    letters: Table
    right: int

    def by_option(self, prior: Table | None = None, weighing: Weighing | None = None) -> Table:
        """Give the probabilities by option in retrieval's order, [O, N + 1]."""
        found = np.empty_like(self.letters)
        for row, order in enumerate(self.orders):
            values = self.letters[row] if prior is None else divide_prior(self.letters[row], prior)
            if weighing is not None:
                values = self._weighed(values, order, weighing)
            found[row, order], found[row, -1] = values[:-1], values[-1]
        return found

    def _weighed(self, values: Table, order: NDArray[np.int64], weighing: Weighing) -> Table:
        candidates = [self.example.candidates[place] for place in order]
        ranking = Ranking(tuple(values[:-1].tolist()), float(values[-1]))
        joined = weighing.apply(ranking, candidates, self.example.query.mention.type)
        return np.array([*joined.probabilities, joined.none_probability])


def ask(rerank: SetwiseReranker, examples: Sequence[Example], n: int, random: int, seed: int) -> list[Asked]:
    """Ask each example in all cyclic and some random orders; those that fail in one are left out."""
    draw = np.random.default_rng(seed)
    found = []
    for example in examples:
        orders = [*cyclic_orders(n), *(tuple(draw.permutation(n).tolist()) for _ in range(random))]
        queries = [example.query] * len(orders)
        rankings = rerank(queries, [_permuted(example.candidates, order) for order in orders])
        answered = [each for each in rankings if isinstance(each, Ranking)]
        if len(answered) == len(orders):
            letters = np.array([[*each.probabilities, each.none_probability] for each in answered])
            found.append(Asked(example, np.array(orders), letters, example.place))
    return found


def _permuted(candidates: Sequence[Candidate], order: Sequence[int]) -> tuple[Candidate, ...]:
    return tuple(candidates[place] for place in order)


def priors(asked: Sequence[Asked], n: int) -> list[Table]:
    """Give for each question the prior that the others (of the other parity) have, [N + 1]."""
    halves = []
    for parity in (0, 1):
        tables = [np.log(np.maximum(each.letters[:n, :n], 1e-12)) for each in asked[1 - parity :: 2]]
        prior = np.mean([estimate_prior(table) for table in tables], axis=0)
        halves.append(np.append(prior, np.exp(np.log(prior).mean())))
    return [halves[i % 2] for i in range(len(asked))]


def report(title: str, asked: Sequence[Asked], tables: Sequence[Table], n: int) -> None:
    """Print how often answers change, how often they are right by the right option's letter, and RStd."""
    answers = [table.argmax(axis=1) for table in tables]
    right = [found == each.right for found, each in zip(answers, asked, strict=True)]
    cyclic = np.array([row[:n] for row in right])
    places = np.array([[list(order).index(each.right) for order in each.orders[:n]] for each in asked])
    recalls = [float(cyclic[places == letter].mean()) for letter in range(n)]
    moved = [found[1:] != found[0] for found in answers]
    chosen = [_letters(found, each, n) for found, each in zip(answers, asked, strict=True)]
    counts = np.bincount(np.concatenate(chosen), minlength=n + 1) / sum(map(len, chosen))
    print(f"{title}:")
    print(f"  right in retrieval's order {_share([row[0] for row in right])}", end=", ")
    print(f"in cyclic orders {_share(cyclic.ravel())}", end=", ")
    print(f"in random ones {_share(np.concatenate([row[n:] for row in right]))}")
    print(
        f"  another answer than in retrieval's order: {_share(np.concatenate(moved))} of the orders, ", end=""
    )
    print(f"in some order for {_share([row.any() for row in moved])} of the questions")
    print(
        f"  right by letter of the right option: {' '.join(f'{100 * value:.0f}' for value in recalls)}",
        end="",
    )
    print(f"; RStd {100 * np.std(recalls):.1f}")
    print(f"  answers by letter, none last, %: {' '.join(f'{100 * value:.0f}' for value in counts)}")


def _letters(found: NDArray[np.int64], each: Asked, n: int) -> NDArray[np.int64]:
    """Give the letters at which the answers of the cyclic orders stood; N for "none"."""
    orders = each.orders[:n]
    return np.array([n if a == n else list(o).index(a) for a, o in zip(found[:n], orders, strict=True)])


def _share(values: Sequence[bool] | NDArray[np.bool_]) -> str:
    return f"{100 * float(np.mean(values)):.1f} %"


def averaged(asked: Sequence[Asked], tables: Sequence[Table], n: int) -> None:
    """Print what averaging questions over a few even rotations gives, and how many more it asks."""
    for orders in sorted({min(each, n) for each in (2, 5, n)}):
        rows = [n * turn // orders for turn in range(orders)]
        for margin in (CLOSE, 1.1):
            right, extra = [], 0
            for each, table in zip(asked, tables, strict=True):
                first, second = np.sort(table[0])[::-1][:2]
                close = first - second < margin
                extra += (orders - 1) * close
                best = (table[rows].mean(axis=0) if close else table[0]).argmax()
                right.append(bool(best == each.right))
            kind = f"margin under {margin}" if margin < 1 else "all"
            cost = 1 + extra / len(asked)
            print(
                f"  averaged over {orders:2} rotations, {kind:16}: right {_share(right)}, {cost:.2f} x asked"
            )


def open_reranker(
    settings: RerankSettings, n: int, describe: Callable[[str], str]
) -> tuple[SetwiseReranker, Weighing | None]:
    """Open the re-ranker without its weighing, and that."""
    if by_letters(settings.reranker):
        return setwise(build_letter_model(settings), max_options=n, describe=describe), None
    rerank = load_reranker(Path(settings.reranker), max_options=n, describe=describe)
    return replace(rerank, weighing=None), rerank.weighing


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("examples", type=Path)
    parser.add_argument("--reranker", default="models/reranker")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--options", type=int, default=10)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--random", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    n = arguments.options
    settings = load_settings(arguments.config) if arguments.config else Settings()
    chosen = settings.rerank.model_copy(update={"reranker": arguments.reranker, "k": n})
    examples = list(read_examples(arguments.examples))
    descriptions = {
        c.concept_id: d for e in examples for c, d in zip(e.candidates, e.descriptions, strict=True)
    }
    rerank, weighing = open_reranker(chosen, n, lambda concept_id: descriptions.get(concept_id, ""))
    fit = [each for each in examples if len(each.candidates) >= n > each.place >= 0]
    asked = ask(rerank, fit[: arguments.questions], n, arguments.random, arguments.seed)
    print(f"{arguments.reranker}, {arguments.examples.name}: {len(asked)} questions of {n} options")
    plain = [each.by_option() for each in asked]
    report("model alone", asked, plain, n)
    averaged(asked, plain, n)
    freed = [each.by_option(prior) for each, prior in zip(asked, priors(asked, n), strict=True)]
    report("letters' prior divided out", asked, freed, n)
    if weighing is not None:
        report("weighed with retrieval's scores", asked, [e.by_option(None, weighing) for e in asked], n)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak / (2**20 if sys.platform == 'darwin' else 2**10):,.0f} MB")


if __name__ == "__main__":
    main()
