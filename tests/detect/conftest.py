"""A tagger for tests: it finds words it is told of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from belink.types import Document, Mention, Span, Tag

Words = dict[str, tuple[str, float]]
"""For each form, which is found wherever it stands: its type and its probability."""


@pytest.fixture(scope="session")
def fake_tag() -> Callable[[Words], Tag]:
    return tag_of


def tag_of(words: Words) -> Tag:
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)")

    def scored(doc: Document, match: re.Match[str]) -> Mention:
        type_, probability = words[match[0]]
        return Mention(doc.id, (Span(*match.span()),), match[0], type_, probability)

    def tag(docs: Sequence[Document], dictionary: Sequence[tuple[Mention, ...]]) -> list[tuple[Mention, ...]]:
        return [tuple(scored(doc, match) for match in pattern.finditer(doc.text)) for doc in docs]

    return tag
