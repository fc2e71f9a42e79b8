"""Count the forms by which labelled mentions name each concept, and leave a mention's own out again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from belink.evaluate.protocol import GoldMention, form
from belink.train.example_sets import for_weighing
from belink.types import Query

Labelled = dict[str, dict[str, set[str]]]
"""Concept id -> form -> ids of the documents where it names the concept."""


def count(labelled: Labelled, mentions: Iterable[GoldMention]) -> None:
    """Add mentions to the counts, but those of documents that are kept to weigh evidence by."""
    for one in mentions:
        if not for_weighing(one.mention.document_id):
            for concept_id in one.ids:
                forms = labelled.setdefault(concept_id, {})
                forms.setdefault(form(one.mention), set()).add(one.mention.document_id)


def without_own(labelled: Labelled, query: Query, concept_ids: Sequence[str]) -> NDArray[np.float64]:
    """Give the feature `labelled_forms` of concepts, as if the query's form and document were not known."""
    own, document = form(query.mention), {query.mention.document_id}
    counts = [
        sum(text != own and bool(ids - document) for text, ids in labelled.get(concept_id, {}).items())
        for concept_id in concept_ids
    ]
    return np.log1p(np.array(counts, dtype=np.float64))


def write(labelled: Labelled, path: Path) -> None:
    """Write the number of forms of each concept."""
    counts = {concept_id: len(forms) for concept_id, forms in sorted(labelled.items())}
    path.write_text(json.dumps(counts, indent=0) + "\n")
