"""Groups of mentions whose accuracy is worth knowing apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from belink.evaluate.intervals import Estimate
from belink.evaluate.protocol import GoldMention, form
from belink.evaluate.vocabulary import CurrentIds, Vocabulary
from belink.text.normalise import normalise
from belink.types import Document

_LETTER = re.compile(r"[^\W\d_]")
_SIMILARITIES = ((0.25, "0 to 0.25"), (0.5, "0.25 to 0.5"), (0.75, "0.5 to 0.75"), (1.0, "0.75 to 1"))
_FREQUENCIES = ((0, "0"), (4, "1-4"), (19, "5-19"), (99, "20-99"))


@dataclass(frozen=True, slots=True)
class Slice:
    """The mentions of which `name` has the value `value`, and how they were linked."""

    name: str
    value: str
    accuracy: Estimate
    recall: Estimate


@dataclass(frozen=True, slots=True)
class Labels:
    """The value of one slice for each mention; `order` lists the values as they should be shown."""

    name: str
    values: tuple[str, ...]
    order: tuple[str, ...]


def looks_like_abbreviation(text: str) -> bool:
    """Tell by its shape whether a mention is a short form.

    It is one word of at most ten characters with at least two letters, at least half of them capitals.
    Looks at the mention alone, so that the slice does not depend on any linker's abbreviation finder.
    """
    letters = _LETTER.findall(text)
    return (
        len(text) <= 10
        and not any(c.isspace() for c in text)
        and len(letters) >= 2
        and 2 * sum(c.isupper() for c in letters) >= len(letters)
    )


def label_mentions(
    mentions: Sequence[GoldMention], train: Sequence[Document], vocabulary: Vocabulary, current: CurrentIds
) -> list[Labels]:
    """Give the values of every slice for every mention.

    - form: "seen" if the text, lower-cased, is annotated in training with the same type, else "unseen".
    - concept: "seen" if some gold id is annotated in training, else "unseen".
    - frequency: annotations of the commonest gold id in training: 0, 1-4, 5-19, 20-99, 100+.
    - name: how many concepts bear the mention's text as a name: "no such name", "one concept", "homonym".
    - abbreviation: `looks_like_abbreviation`.
    - ids: "one", "composite", or "none" for a mention that is not in the knowledge base.
    - type: the mention's type.
    - similarity: of mention and the most similar name of a gold id, as 1 - Levenshtein distance / length
      of the longer, both normalised: four bins of width 0.25 and "1 (equal)".
    - words: of the mention, parted by white space: 1, 2, 3, 4+.

    Slices that need training documents, names or holders are left out where those are not given.
    """
    labels = [
        Labels(
            "type", tuple(m.mention.type for m in mentions), tuple(sorted({m.mention.type for m in mentions}))
        ),
        _labels("ids", mentions, _ids_label, ("one", "composite", "none")),
        _labels("abbreviation", mentions, _abbreviation_label, ("no", "yes")),
        _labels("words", mentions, _words_label, ("1", "2", "3", "4+")),
    ]
    if train:
        labels += _training_labels(mentions, train, current)
    if vocabulary.holders:
        labels.append(_name_labels(mentions, vocabulary.holders))
    if vocabulary.names:
        labels.append(_similarity_labels(mentions, vocabulary.names))
    return labels


def _labels(
    name: str, mentions: Iterable[GoldMention], label: Callable[[GoldMention], str], order: tuple[str, ...]
) -> Labels:
    return Labels(name, tuple(label(item) for item in mentions), order)


def _ids_label(item: GoldMention) -> str:
    if not item.ids:
        return "none"
    return "composite" if item.composite else "one"


def _abbreviation_label(item: GoldMention) -> str:
    return "yes" if looks_like_abbreviation(item.mention.text) else "no"


def _words_label(item: GoldMention) -> str:
    words = len(item.mention.text.split())
    return "4+" if words >= 4 else str(max(words, 1))


def _training_labels(
    mentions: Sequence[GoldMention], train: Sequence[Document], current: CurrentIds
) -> list[Labels]:
    forms: set[tuple[str, str]] = set()
    times: Counter[str] = Counter()
    for doc in train:
        for annotation in doc.annotations:
            forms.add((form(annotation.mention), annotation.mention.type))
            times.update({now for id_ in annotation.concept_ids for now in current.known(id_)})

    def frequency(item: GoldMention) -> str:
        most = max((times[id_] for id_ in item.ids), default=0)
        return next((label for limit, label in _FREQUENCIES if most <= limit), "100+")

    def seen_form(item: GoldMention) -> str:
        return "seen" if (form(item.mention), item.mention.type) in forms else "unseen"

    def seen_concept(item: GoldMention) -> str:
        return "seen" if any(id_ in times for id_ in item.ids) else "unseen"

    return [
        _labels("form", mentions, seen_form, ("seen", "unseen")),
        _labels("concept", mentions, seen_concept, ("seen", "unseen")),
        _labels("frequency", mentions, frequency, (*(label for _, label in _FREQUENCIES), "100+")),
    ]


def _name_labels(mentions: Sequence[GoldMention], holders: Callable[[str], tuple[str, ...]]) -> Labels:
    counts = {text: len(set(holders(text))) for text in {item.mention.text for item in mentions}}
    order = ("no such name", "one concept", "homonym")
    return _labels("name", mentions, lambda item: order[min(counts[item.mention.text], 2)], order)


def _similarity_labels(mentions: Sequence[GoldMention], names: Callable[[str], tuple[str, ...]]) -> Labels:
    normalised = {
        id_: {normalise(name) for name in names(id_)} for id_ in {i for item in mentions for i in item.ids}
    }
    known: dict[tuple[str, tuple[str, ...]], str] = {}

    def similarity(item: GoldMention) -> str:
        key = (item.mention.text, item.ids)
        if key not in known:
            text = normalise(item.mention.text)
            every = (name for id_ in item.ids for name in normalised[id_])
            best = max((Levenshtein.normalized_similarity(text, name) for name in every), default=0.0)
            known[key] = next((label for limit, label in _SIMILARITIES if best < limit), "1 (equal)")
        return known[key]

    return _labels("similarity", mentions, similarity, (*(label for _, label in _SIMILARITIES), "1 (equal)"))
