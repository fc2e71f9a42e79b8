"""Find the words by which articles speak of people: patients, women, participants.

Corpora differ in whether such a word is a mention of the species human: BioRED marks "patients" and "women",
LINNAEUS and S800 do not. So it is the user's choice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from belink.types import Document, Mention, Span

_PEOPLE = re.compile(
    r"\b(?:(?:out|in)?patients?|wom[ae]n|m[ae]n|boys?|girls?)\b",
    re.IGNORECASE,
)


def people(docs: Sequence[Document]) -> list[tuple[Mention, ...]]:
    """Find words for people, as mentions of type Species, in the order of the text."""
    return [
        tuple(
            Mention(doc.id, (Span(*match.span()),), match[0], "Species")
            for match in _PEOPLE.finditer(doc.text)
        )
        for doc in docs
    ]
