"""What a document says of the organism of each of its gene mentions, as named numbers per taxon.

Every value is in [0, 1]. Names with a colon belong to one organism or group ("shape capitals:human"), names
without to all alike. The time is linear in the document's length and its number of mentions.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from belink.text.organisms_scan import Cue, scan, sentence_starts
from belink.text.organisms_symbol import habit_taxa, prefix_taxon, shape
from belink.text.organisms_words import CRESS, FLY, HUMAN, MOUSE, RAT, WORM, YEAST, ZEBRAFISH
from belink.types import Document, Mention

BACKGROUND = {
    HUMAN: "human", MOUSE: "mouse", RAT: "rat", FLY: "fly", ZEBRAFISH: "zebrafish", WORM: "worm",
    YEAST: "yeast", CRESS: "cress",
}  # fmt: skip
"""Taxa that are considered in every document, and what they are called in the names of features."""

_MAMMALS = (HUMAN, MOUSE, RAT)
_NEAR = 12
_NEXT_TO = 2
_ENOUGH = 3
_MUTANT = re.compile(
    r"\W{0,2}(?:[-+−–]/[-+−–]|flox|fl/|null|knock-?(?:out|in)|KO\b|deficien|mutant mice|transgenic|Cre\b)"
)
_LOCAL = frozenset({"inside", "next to", "just before", "just after", "sentence share", "before in sentence"})

Features = dict[str, float]
Rows = dict[int, Features]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Features of each taxon to be considered: those of the whole document, and of each mention in order.

    A taxon of a mention that is not among the document's is told of by that mention's name alone.
    """

    document: Rows
    mentions: tuple[Rows, ...]

    def rows(self, place: int) -> Rows:
        """Give all features of a mention, by taxon."""
        own = self.mentions[place]
        return {
            taxon: {**(self.document.get(taxon) or unnamed(taxon)), **own.get(taxon, {})}
            for taxon in (*self.document, *(taxon for taxon in own if taxon not in self.document))
        }


@dataclass(frozen=True, slots=True)
class _Scene:
    """A document's naming cues in order, and how often each taxon and topic is told of where."""

    text: str
    cues: tuple[Cue, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    sentences: tuple[int, ...]
    counts: Mapping[str, Counter[int]]
    topics: Counter[str]
    title: Counter[int]
    by_sentence: Mapping[int, Counter[int]]


def called(taxon: int) -> str:
    """Give what a taxon is called in the names of features."""
    return BACKGROUND.get(taxon, "other")


def _group(taxon: int) -> str:
    """Give what a taxon is called where too few texts are about all but the commonest."""
    return BACKGROUND[taxon] if taxon in _MAMMALS else "other"


def unnamed(taxon: int) -> Features:
    """Give the features of the document for a taxon that it does not name."""
    return {f"prior:{called(taxon)}": 1.0, f"absent:{called(taxon)}": 1.0}


def features(doc: Document, mentions: Sequence[Mention]) -> Evidence:
    """Give what is known of the gene mentions of one document."""
    scene = _scene(doc)
    named = sorted({cue.taxon for cue in scene.cues} - BACKGROUND.keys())
    own = [_mention_features(scene, mention) for mention in mentions]
    document = _document_features(scene, (*BACKGROUND, *named))
    for taxon, row in _habits(mentions, own).items():
        if taxon in document:
            document[taxon].update(row)
    for mention, rows, shared in zip(mentions, own, _shared(mentions, own), strict=True):
        written = shape(mention.text)
        for taxon in document:
            rows[taxon][f"shape {written}:{called(taxon)}"] = 1.0
        for taxon, row in shared.items():
            rows[taxon].update(row)
    return Evidence(document, tuple(own))


def _scene(doc: Document) -> _Scene:
    cues = scan(doc.text)
    sentences = sentence_starts(doc.text)
    title_end = _title_end(doc, sentences)
    counts: dict[str, Counter[int]] = {
        kind: Counter() for kind in ("name", "people", "cell", "virus", "host", "hint")
    }
    title: Counter[int] = Counter()
    by_sentence: dict[int, Counter[int]] = defaultdict(Counter)
    placed = [cue for cue in cues if cue.kind in ("name", "people", "cell", "virus")]
    for cue in cues:
        if cue.kind != "topic":
            counts[cue.kind][cue.taxon] += 1
    for cue in placed:
        if cue.kind == "virus":
            continue
        by_sentence[bisect_right(sentences, cue.start)][cue.taxon] += 1
        if cue.start < title_end:
            title[cue.taxon] += 1
    return _Scene(
        doc.text,
        tuple(placed),
        tuple(cue.start for cue in placed),
        tuple(cue.end for cue in placed),
        sentences,
        counts,
        Counter(cue.topic for cue in cues if cue.kind == "topic"),
        title,
        by_sentence,
    )


def _title_end(doc: Document, sentences: tuple[int, ...]) -> int:
    for passage in doc.passages:
        if passage.name == "title":
            return passage.span.end
    return sentences[1] if len(sentences) > 1 else len(doc.text)


def _document_features(scene: _Scene, taxa: Sequence[int]) -> Rows:
    """Give what the whole document says of each taxon."""
    counts = scene.counts
    named = counts["name"] + counts["people"] + counts["cell"]
    names, total, titles = counts["name"].total(), named.total(), scene.title.total()
    most = max(named.values(), default=0)
    rows: Rows = {}
    for taxon in taxa:
        name, group = called(taxon), _group(taxon)
        row = {f"prior:{name}": 1.0}
        for topic, count in scene.topics.items():
            row[f"topic {topic}:{group}"] = min(count, _ENOUGH) / _ENOUGH
        for kind, count in ((kind, counts[kind][taxon]) for kind in counts):
            if count:
                row[f"{kind}:{group}"] = 1.0
                row[f"{kind}"] = min(count, _ENOUGH) / _ENOUGH
        if not total:
            row[f"nothing:{name}"] = 1.0
        if not named[taxon]:
            row[f"absent:{name}"] = 1.0
            if total:
                row[f"only others:{group}"] = 1.0
        else:
            row["share"] = row[f"share:{group}"] = named[taxon] / total
            if named[taxon] == most:
                row["majority"] = 1.0
        if counts["name"][taxon]:
            row["name share"] = row[f"name share:{group}"] = counts["name"][taxon] / names
        if scene.title[taxon]:
            row["title share"] = row[f"title share:{group}"] = scene.title[taxon] / titles
        rows[taxon] = row
    return rows


def _mention_features(scene: _Scene, mention: Mention) -> Rows:
    """Give what stands in and around a mention, and what its writing speaks for."""
    start, end = mention.spans[0].start, mention.spans[-1].end
    rows: Rows = defaultdict(dict)
    first, last = bisect_right(scene.ends, start), bisect_left(scene.starts, end)
    for cue in scene.cues[first:last]:
        rows[cue.taxon]["inside"] = 1.0
    sentence = bisect_right(scene.sentences, start)
    begin = scene.sentences[sentence - 1]
    if first:
        cue = scene.cues[first - 1]
        row, gap = rows[cue.taxon], start - cue.end
        row["before"] = 1.0
        if cue.start >= begin:
            row["before in sentence"] = 1.0
            row["just before"] = float(gap <= _NEAR)
            row["next to"] = float(gap <= _NEXT_TO)
    if last < len(scene.cues):
        cue = scene.cues[last]
        row = rows[cue.taxon]
        row["after"] = 1.0
        if sentence == len(scene.sentences) or cue.start < scene.sentences[sentence]:
            row["after in sentence"] = 1.0
            row["just after"] = float(cue.start - end <= _NEAR)
    around = scene.by_sentence.get(sentence, Counter[int]())
    for taxon, count in around.items():
        rows[taxon]["sentence share"] = count / around.total()
    if _MUTANT.match(scene.text, end):
        rows[MOUSE]["mutant"] = 1.0
    if (prefix := prefix_taxon(mention.text)) is not None:
        rows[prefix]["prefix"] = 1.0
    for taxon in habit_taxa(mention.text):
        rows[taxon][f"habit:{called(taxon)}"] = 1.0
    return rows


def _shared(mentions: Sequence[Mention], own: Sequence[Rows]) -> list[Rows]:
    """Give, aligned with the mentions, the mean over the mentions of the same form of what is around them."""
    counts = Counter(mention.text for mention in mentions)
    of_form: dict[str, Rows] = {form: defaultdict(dict) for form in counts}
    for mention, rows in zip(mentions, own, strict=True):
        for taxon, row in rows.items():
            shared = of_form[mention.text][taxon]
            for name in _LOCAL.intersection(row):
                key = f"form {name}"
                shared[key] = shared.get(key, 0.0) + row[name] / counts[mention.text]
    return [of_form[mention.text] for mention in mentions]


def _habits(mentions: Sequence[Mention], own: Sequence[Rows]) -> Rows:
    """Give what all mentions together speak for: how they are written, and what stands next to them."""
    rows: Rows = defaultdict(dict)
    for of_mention in own:
        for taxon, row in of_mention.items():
            for name in (
                "prefix",
                f"habit:{called(taxon)}",
                "next to",
                "just before",
                "before in sentence",
                "mutant",
            ):
                if row.get(name):
                    key = f"document {name}"
                    rows[taxon][key] = rows[taxon].get(key, 0.0) + 1 / len(own)
    shapes = Counter(shape(form) for form in {mention.text for mention in mentions})
    symbols = sum(count for kind, count in shapes.items() if kind not in ("words", "other"))
    for taxon, name in BACKGROUND.items():
        for kind, count in shapes.items():
            if kind not in ("words", "other"):
                rows[taxon][f"document {kind}:{name}"] = count / symbols
    return rows
