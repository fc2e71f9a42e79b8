"""Gilda's grounder, made of our names: `make_grounder(terms)` and `ground(text, organisms=...)`.

Names of genes carry their organism; organisms come in Gilda's order, human first. Its models of ambiguous
short forms (Adeft), which need the paper's text and their download, are not used.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rivals.child import Hit, Names, Search, library, run

_HUMAN = "9606"


def build(names: Names, store: Path) -> Search:
    """Make a grounder of the names; those that Gilda normalises to nothing are left out."""
    del store
    gilda, term_type = library("gilda"), library("gilda.term").Term
    normalise = library("gilda.process").normalize
    logging.getLogger("gilda").setLevel(logging.WARNING)
    terms, number_of = [], {}
    for number, text in enumerate(names.texts):
        norm = normalise(text)
        if not norm.strip():
            continue
        prefix, _, local = names.ids[number].partition(":")
        status = "name" if names.preferred[number] else "synonym"
        organism = names.taxa[number].partition(":")[2] or None
        terms.append(term_type(norm, text, prefix, local, text, status, prefix.lower(), organism=organism))
        number_of[id(terms[-1])] = number
    grounder = gilda.make_grounder(terms)
    taxa = {taxon.partition(":")[2] for taxon in names.taxa if taxon}
    organisms = sorted(taxa, key=lambda taxon: (taxon != _HUMAN, taxon)) or None

    def search(texts: Sequence[str]) -> list[list[Hit]]:
        return [
            [
                (number_of[id(match.term)], float(match.score))
                for match in grounder.ground(text, organisms=organisms)
            ]
            for text in texts
        ]

    return search


if __name__ == "__main__":
    run(build)
