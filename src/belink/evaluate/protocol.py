"""Named protocols: which gold mentions are scored, and what was left out and why.

Every protocol is a function `(gold, train, resolve) -> Selection`. Common rules:

- Gold annotations with the same document, spans and type are one mention with all their ids.
- Gold ids are first mapped through `resolve` (retired ids become their replacements). A mention is
  **in the knowledge base** if at least one of its ids is; ids that are not are then ignored.
- A mention is **composite** if the gold, as written, gives it several distinct ids.
- The **form** of a mention is its text in lower case; nothing else is folded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from belink.errors import ConfigError
from belink.evaluate.vocabulary import CurrentIds, Resolve
from belink.types import Annotation, Document, Mention, Span

ProtocolName = Literal["unseen", "unseen-mentions", "full", "nil", "end-to-end"]
PROTOCOLS: tuple[ProtocolName, ...] = get_args(ProtocolName)

LeftOut = Literal[
    "form seen in training", "composite", "no identifier", "not in knowledge base", "repeated form"
]
MentionKey = tuple[str, tuple[Span, ...], str]


@dataclass(frozen=True, slots=True)
class GoldMention:
    """A mention with its gold.

    Attributes:
        mention: where it stands.
        written_ids: distinct ids as the gold gives them, in its order.
        ids: current ids in the knowledge base, sorted; empty for NIL (none is in the knowledge base).
        annotations: number of gold annotations that were merged into it, at least 1.
    """

    mention: Mention
    written_ids: tuple[str, ...]
    ids: tuple[str, ...]
    annotations: int = 1

    @property
    def composite(self) -> bool:
        """Tell whether the gold gives several ids."""
        return len(self.written_ids) > 1

    @property
    def key(self) -> MentionKey:
        """Give document, spans and type: what identifies a mention."""
        return self.mention.document_id, self.mention.spans, self.mention.type


@dataclass(frozen=True, slots=True)
class Selection:
    """What a protocol scores.

    Attributes:
        protocol: its name.
        mentions: the mentions scored, in the order of the gold.
        left_out: how many mentions were left out for which reason, in the order the reasons are tried.
        gold: all gold mentions, scored or not.
    """

    protocol: ProtocolName
    mentions: tuple[GoldMention, ...]
    left_out: tuple[tuple[LeftOut, int], ...]
    gold: tuple[GoldMention, ...]


_Filter = Callable[[GoldMention], LeftOut | None]


def form(mention: Mention) -> str:
    """Give the surface form by which mentions count as seen: the text in lower case."""
    return mention.text.lower()


def of_type(docs: Iterable[Document], entity_type: str | None) -> list[Document]:
    """Keep the annotations of one type; all where `entity_type` is None.

    Annotations of files that name no type at all (type "") are taken to be of the type asked for.
    """
    if entity_type is None:
        return list(docs)
    return [replace(doc, annotations=_annotations_of_type(doc, entity_type)) for doc in docs]


def _annotations_of_type(doc: Document, entity_type: str) -> tuple[Annotation, ...]:
    return tuple(
        a if a.mention.type else replace(a, mention=replace(a.mention, type=entity_type))
        for a in doc.annotations
        if a.mention.type in (entity_type, "")
    )


def gold_mentions(gold: Iterable[Document], resolve: Resolve) -> tuple[GoldMention, ...]:
    """Gather the annotated mentions of documents, in document order, merged where they coincide.

    Within a document mentions are sorted by spans, then type. A document id that comes twice is one
    document, at its first place.
    """
    current = CurrentIds(resolve)
    places: dict[str, int] = {}
    merged: dict[MentionKey, tuple[Mention, dict[str, None], int]] = {}
    for doc in gold:
        places.setdefault(doc.id, len(places))
        for annotation in doc.annotations:
            mention = annotation.mention
            key = (doc.id, mention.spans, mention.type)
            _, ids, count = merged.get(key, (mention, {}, 0))
            ids.update(dict.fromkeys(annotation.concept_ids))
            merged[key] = (mention, ids, count + 1)
    ordered = sorted(merged, key=lambda key: (places[key[0]], key[1], key[2]))
    return tuple(
        GoldMention(
            mention=mention,
            written_ids=tuple(ids),
            ids=tuple(sorted({now for id_ in ids for now in current.known(id_)})),
            annotations=count,
        )
        for mention, ids, count in (merged[key] for key in ordered)
    )


def full(gold: Sequence[Document], train: Sequence[Document], resolve: Resolve) -> Selection:
    """Score every mention that is in the knowledge base.

    Source: BELB (Garda et al. 2023, doi:10.1093/bioinformatics/btad698), whose strict and lenient
    readings are `belink.evaluate.measures.strict` and `lenient`.
    """
    del train
    mentions = gold_mentions(gold, resolve)
    return _select("full", mentions, [_no_identifier, _not_in_knowledge_base])


def nil(gold: Sequence[Document], train: Sequence[Document], resolve: Resolve) -> Selection:
    """Score every mention; where the gold is not in the knowledge base, only "none" is right."""
    del train
    return _select("nil", gold_mentions(gold, resolve), [])


def end_to_end(gold: Sequence[Document], train: Sequence[Document], resolve: Resolve) -> Selection:
    """Score every mention in the knowledge base with the system's own spans.

    A mention whose exact spans were not found counts as wrong. Precision and F1 over spans and
    documents are in `belink.evaluate.spans`.
    """
    return replace(full(gold, train, resolve), protocol="end-to-end")


def unseen_mentions(gold: Sequence[Document], train: Sequence[Document], resolve: Resolve) -> Selection:
    """Score mentions whose form was not annotated in training; composite and out-of-KB ones left out.

    "In training" means: among all annotated mentions of the same type in `train`, composite and
    out-of-KB ones included. Pass train and dev together when scoring a test part.
    """
    seen = {(form(a.mention), a.mention.type) for doc in train for a in doc.annotations}

    def form_seen(item: GoldMention) -> LeftOut | None:
        return "form seen in training" if (form(item.mention), item.mention.type) in seen else None

    return _select(
        "unseen-mentions",
        gold_mentions(gold, resolve),
        [form_seen, _composite, _no_identifier, _not_in_knowledge_base],
    )


def unseen(gold: Sequence[Document], train: Sequence[Document], resolve: Resolve) -> Selection:
    """Score one mention for each form unseen in training: the protocol of the BeLink paper.

    As `unseen_mentions`, and then of each (form, type) only the first mention in document order is
    kept, with its own gold; a later mention of the form with another gold is not scored. The order of
    the steps matters: a form whose first mention is composite is represented by its first mention
    that is not.
    """
    chosen = unseen_mentions(gold, train, resolve)
    first: dict[tuple[str, str], GoldMention] = {}
    for item in chosen.mentions:
        first.setdefault((form(item.mention), item.mention.type), item)
    repeated = len(chosen.mentions) - len(first)
    left_out = (*chosen.left_out, ("repeated form", repeated)) if repeated else chosen.left_out
    return Selection("unseen", tuple(first.values()), left_out, chosen.gold)


def select(
    protocol: ProtocolName, gold: Sequence[Document], train: Sequence[Document], resolve: Resolve
) -> Selection:
    """Choose the mentions to score by a protocol's name.

    Raises:
        ConfigError: the name is unknown, or `unseen` is asked for without training documents.
    """
    if protocol.startswith("unseen") and not train:
        raise ConfigError(
            f"protocol {protocol!r} needs training documents to know which forms were seen: "
            "give the training file, or use protocol 'full'"
        )
    match protocol:
        case "unseen":
            return unseen(gold, train, resolve)
        case "unseen-mentions":
            return unseen_mentions(gold, train, resolve)
        case "full":
            return full(gold, train, resolve)
        case "nil":
            return nil(gold, train, resolve)
        case "end-to-end":
            return end_to_end(gold, train, resolve)
    raise ConfigError(f"unknown protocol {protocol!r}; known: {', '.join(PROTOCOLS)}")


def _composite(item: GoldMention) -> LeftOut | None:
    return "composite" if item.composite else None


def _no_identifier(item: GoldMention) -> LeftOut | None:
    return None if item.written_ids else "no identifier"


def _not_in_knowledge_base(item: GoldMention) -> LeftOut | None:
    return None if item.ids else "not in knowledge base"


def _select(
    protocol: ProtocolName,
    mentions: tuple[GoldMention, ...],
    filters: Sequence[_Filter],
) -> Selection:
    kept: list[GoldMention] = []
    counts: Counter[LeftOut] = Counter()
    for item in mentions:
        reason = next((reason for check in filters if (reason := check(item))), None)
        if reason is None:
            kept.append(item)
        else:
            counts[reason] += 1
    order = get_args(LeftOut)
    left_out = tuple(sorted(counts.items(), key=lambda pair: order.index(pair[0])))
    return Selection(protocol, tuple(kept), left_out, mentions)
