"""Questions out of a vocabulary alone: one alias of a concept as the mention, its other names as options.

They teach the field's synonyms and not one corpus. The alias asked about is hidden from the answer: the
right concept stands among the options by another of its names, where string similarity would place it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz

from belink.text.normalise import normalise
from belink.train.examples import RETRIEVED, Example
from belink.types import Candidate, Concept, Context, Mention, Query, Retriever, Span

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

_MOST_CHARACTERS = 120
_DOCUMENT = "synthetic"


def synthetic_examples(
    source: str,
    kb: KnowledgeBase,
    retrieve: Retriever,
    describe: Callable[[str], str],
    *,
    type: str,  # noqa: A002 - the field's word
    n: int,
    seed: int,
    forms: frozenset[tuple[str, str]],
) -> list[Example]:
    """Draw questions from concepts with several names.

    Args:
        source: what the examples say they come from.
        kb: the vocabulary.
        retrieve: finds the other options.
        describe: tells a concept from its neighbours.
        type: of the mentions.
        n: how many concepts are drawn, without replacement; those that give no question are left out.
        seed: of the draw.
        forms: scored forms (in lower case) with their types, never asked about.

    Returns:
        At most `n` examples, each with one right candidate.
    """
    rng = np.random.default_rng(seed)
    ordinals = rng.choice(len(kb), size=min(n, len(kb)), replace=False)
    asked: list[tuple[Query, Concept, str]] = []
    for concept_id in kb.concept_ids(ordinals):
        concept = kb.concept(concept_id)
        drawn = None if concept is None else _draw(concept, type, forms, rng)
        if concept is not None and drawn is not None:
            asked.append((drawn[0], concept, drawn[1]))
    found = retrieve([query for query, _, _ in asked], RETRIEVED + 1)
    examples = (
        _example(source, query, concept, other, candidates, describe)
        for (query, concept, other), candidates in zip(asked, found, strict=True)
    )
    return [each for each in examples if each is not None]


def _draw(
    concept: Concept, type_: str, forms: frozenset[tuple[str, str]], rng: np.random.Generator
) -> tuple[Query, str] | None:
    """Draw an alias to ask about, and another name of another wording to answer by."""
    names = [concept.name, *(alias.text for alias in concept.aliases)]
    names = list({normalise(name): name for name in names if 1 < len(name) <= _MOST_CHARACTERS}.values())
    if len(names) < 2 or concept.replaced_by is not None:
        return None
    asked, other = (names[i] for i in rng.choice(len(names), size=2, replace=False))
    if (asked.lower(), type_) in forms or sorted(normalise(asked).split()) == sorted(
        normalise(other).split()
    ):
        return None
    span = Span(0, len(asked))
    organisms = ((concept.taxon, 1.0),) if concept.taxon else ()
    mention = Mention(_DOCUMENT, (span,), asked, type_)
    return Query(mention, Context(asked, span), organisms=organisms), other


def _example(
    source: str,
    query: Query,
    concept: Concept,
    other: str,
    found: Sequence[Candidate],
    describe: Callable[[str], str],
) -> Example | None:
    """Put the right concept among the others by its other name, where the strings' likeness places it.

    All score alike: how sure retrieval would be without the alias asked about is not known.
    """
    asked = normalise(query.mention.text)
    if any(each.concept_id != concept.id and normalise(each.alias) == asked for each in found):
        return None
    rest = [each for each in found if each.concept_id != concept.id][: RETRIEVED - 1]
    if not rest:
        return None
    likeness = [fuzz.ratio(asked, normalise(each.alias)) for each in rest]
    own = fuzz.ratio(asked, normalise(other))
    place = sum(each > own for each in likeness)
    right = Candidate(concept.id, other, concept.name, 0.0, "lexical")
    if normalise(concept.name) == asked:
        right = replace(right, name=other)
    placed = (*rest[:place], right, *rest[place:])
    options = tuple(replace(each, score=1 / len(placed)) for each in placed)
    return Example(source, query, options, (concept.id,), tuple(describe(c.concept_id) for c in options))
