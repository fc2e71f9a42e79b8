"""Which organism each gene mention of a document belongs to, judged by the document's own words.

A conditional logit: the score of a taxon is a weighted sum of its features, those of
`belink.text.organisms_features`; the probabilities are the softmax of the scores (McFadden, 1974,
"Conditional logit analysis of qualitative choice behavior"). The weights in `organisms.json` are fitted by
`scripts/fit_organisms.py`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

from belink.errors import ConfigError
from belink.text.organisms_features import Evidence, Features, called, features, unnamed
from belink.text.organisms_words import STRAIN_OF
from belink.types import Document, Mention

_PREFIX = "NCBITaxon:"
_CURIE = re.compile(r"NCBITaxon:\d+")


def organisms_of(
    doc: Document,
    mentions: Sequence[Mention],
    allowed: Sequence[str] = (),
    by_feature: Mapping[str, float] | None = None,
) -> list[tuple[tuple[str, float], ...]]:
    """Give the taxa each gene mention may belong to, with probabilities that add up to 1.

    Taxa are those under which NCBI Gene files genes: for a few microbes a strain, not the species
    (559292 for S. cerevisiae). The commonest research organisms have a share even where the text names
    them nowhere.

    Args:
        doc: the document the mentions stand in.
        mentions: all of the document's mentions, because they share what they tell.
        allowed: CURIEs of the only organisms there are, the likeliest first: of those that the document
            does not name an earlier one is the likelier, and the order settles ties. A species may stand
            for its strain, and is then given back. Empty allows all.
        by_feature: weights of the features; None takes those that ship.

    Returns:
        Aligned with the mentions: (CURIE, probability) by falling probability, then by the order of
        `allowed`, then by id as text; () for a mention whose type is not "Gene".

    Raises:
        ConfigError: an allowed organism is not written as "NCBITaxon:9606".
    """
    order = _checked(allowed)
    genes = [mention for mention in mentions if mention.type == "Gene"]
    if not genes:
        return [()] * len(mentions)
    evidence, by_name = features(doc, genes), weights() if by_feature is None else by_feature
    whole = _restricted(evidence, order, by_name) if order else _of_document(evidence, by_name)
    found = iter(_probabilities(_of_mention(whole, rows, order, by_name)) for rows in evidence.mentions)
    return [next(found) if mention.type == "Gene" else () for mention in mentions]


@lru_cache(maxsize=1)
def weights() -> Mapping[str, float]:
    """Read the weights that BeLink ships, by feature."""
    text = files("belink.text").joinpath("organisms.json").read_text(encoding="utf-8")
    return {name: float(value) for name, value in json.loads(text)["weights"].items()}


def _checked(allowed: Sequence[str]) -> dict[int, str]:
    """Give the CURIEs by the number of the taxon they stand for, in order."""
    for organism in allowed:
        if not _CURIE.fullmatch(organism):
            raise ConfigError(f"organism {organism!r} is not an NCBI Taxonomy id such as 'NCBITaxon:9606'")
    order: dict[int, str] = {}
    for organism in allowed:
        order.setdefault(int(STRAIN_OF.get(organism, organism).removeprefix(_PREFIX)), organism)
    return order


def _score(row: Features, by_name: Mapping[str, float]) -> float:
    """Add up exactly, so that the order of the features, which are gathered in sets, does not matter."""
    return math.fsum(by_name.get(name, 0.0) * value for name, value in row.items())


def _of_document(evidence: Evidence, by_name: Mapping[str, float]) -> dict[int, float]:
    return {taxon: _score(row, by_name) for taxon, row in evidence.document.items()}


def _restricted(
    evidence: Evidence, order: Mapping[int, str], by_name: Mapping[str, float]
) -> dict[int, float]:
    """Give the document's scores of the allowed; those of the unnamed are dealt out anew in their order."""
    rows = {taxon: evidence.document.get(taxon) or unnamed(taxon) for taxon in order}
    scores = {taxon: _score(row, by_name) for taxon, row in rows.items()}
    absent = [taxon for taxon, row in rows.items() if f"absent:{called(taxon)}" in row]
    scores.update(zip(absent, sorted((scores[taxon] for taxon in absent), reverse=True), strict=True))
    return scores


def _of_mention(
    whole: Mapping[int, float],
    rows: Mapping[int, Features],
    order: Mapping[int, str],
    by_name: Mapping[str, float],
) -> dict[str, float]:
    """Give the score of each taxon: the document's and the mention's own."""
    scores = dict(whole)
    for taxon, row in rows.items():
        if taxon not in scores and not order:
            scores[taxon] = _score(unnamed(taxon), by_name)
        if taxon in scores:
            scores[taxon] += _score(row, by_name)
    if order:
        return {order[taxon]: score for taxon, score in scores.items()}
    return {f"{_PREFIX}{taxon}": scores[taxon] for taxon in sorted(scores, key=str)}


def _probabilities(scores: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Give the softmax by falling probability; ties keep the order of the scores."""
    most = max(scores.values())
    odds = {taxon: math.exp(score - most) for taxon, score in scores.items()}
    total = math.fsum(odds.values())
    return tuple((taxon, odds[taxon] / total) for taxon in sorted(odds, key=lambda taxon: -odds[taxon]))
