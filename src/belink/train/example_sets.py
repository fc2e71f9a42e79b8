"""All examples of a suite: to train on, to weigh by, and to measure on, kept clear of one another."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from belink.evaluate.leakage import check_leakage
from belink.evaluate.protocol import GoldMention, form, gold_mentions, unseen
from belink.evaluate.vocabulary import Resolve
from belink.text.hand_made import hand_made_hidden
from belink.train.examples import Example, labelled_examples, training_mentions, unseen_forms
from belink.types import Document, Retriever

log = logging.getLogger(__name__)

WEIGHED_SHARE = 12
"""One training document in so many, by the hash of its id, is kept from training to weigh evidence by."""

RUNNING_MENTIONS = 1300
"""About so many mentions of a corpus are running text: those of whole documents, by the hash of their ids."""

_Form = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents of one corpus with the annotations of one type; `gold` is its dev part."""

    name: str
    gold: Sequence[Document]
    train: Sequence[Document]
    resolve: Resolve


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """Examples to train on, to weigh the evidence by, and to measure on.

    `dev` has the forms that protocol `unseen` scores, once each; `running` all mentions of dev documents.
    """

    train: list[Example]
    weigh: list[Example]
    dev: list[Example]
    running: list[Example]


def held_out_ids(corpora: Sequence[Corpus]) -> frozenset[str]:
    """Give the ids of all documents that are scored in some corpus."""
    return frozenset(doc.id for corpus in corpora for doc in corpus.gold)


def held_out_forms(corpora: Sequence[Corpus]) -> frozenset[_Form]:
    """Give all forms, with their types, that protocol `unseen` scores in some corpus."""
    return frozenset(
        one for corpus in corpora for one in unseen_forms(corpus.gold, corpus.train, corpus.resolve)
    )


def examples_of(
    corpus: Corpus,
    retrieve: Retriever,
    describe: Callable[[str], str],
    *,
    held_out: frozenset[str],
    forms: frozenset[_Form],
    learn_from: Retriever | None,
) -> ExampleSet:
    """Make the examples of a corpus; those of training documents without what `belink.text.hand_made` knows.

    Args:
        corpus: where they come from.
        retrieve: finds the candidates of what is weighed and measured; it may know training mentions, but
            none of those that are kept from training to weigh by (`for_weighing`).
        describe: tells a concept from its neighbours.
        held_out: ids of documents that are scored in any corpus.
        forms: scored forms of any corpus.
        learn_from: finds the candidates of what is trained on. It must not have seen the labelled mentions,
            or its candidates look better than they will be. None makes no examples to train on.

    Raises:
        InputError: a document or form that is scored is among the training examples all the same.
    """
    mentions, left_out = training_mentions(corpus.train, corpus.resolve, held_out=held_out, forms=forms)
    learnt = [item for item in mentions if not for_weighing(item.mention.document_id)]
    known = {_form(item) for item in learnt}
    weighed = [
        item for item in mentions if for_weighing(item.mention.document_id) and _form(item) not in known
    ]
    selection = unseen(corpus.gold, corpus.train, corpus.resolve)
    ids = {item.mention.document_id for item in learnt}
    check_leakage(corpus.gold, [doc for doc in corpus.train if doc.id in ids], where=corpus.name)
    log.info(
        "%s: %d to train on, %d to weigh by, %d to measure on; %d mentions left out as held out",
        *(corpus.name, len(learnt), len(weighed), len(selection.mentions), left_out),
    )
    with hand_made_hidden():
        learnt_from = (
            []
            if learn_from is None
            else labelled_examples(corpus.name, corpus.train, learnt, learn_from, describe)
        )
        weighed_by = labelled_examples(corpus.name, corpus.train, weighed, retrieve, describe)
    return ExampleSet(
        learnt_from,
        weighed_by,
        labelled_examples(corpus.name, corpus.gold, selection.mentions, retrieve, describe),
        labelled_examples(corpus.name, corpus.gold, running_mentions(corpus), retrieve, describe),
    )


def running_mentions(corpus: Corpus, most: int = RUNNING_MENTIONS) -> list[GoldMention]:
    """Give all mentions of some dev documents, also those without a concept, until there are `most`."""
    by_id: dict[str, list[GoldMention]] = {}
    for item in gold_mentions(corpus.gold, corpus.resolve):
        by_id.setdefault(item.mention.document_id, []).append(item)
    found: list[GoldMention] = []
    for doc_id in sorted(by_id, key=_digest):
        if len(found) >= most:
            break
        found += by_id[doc_id]
    return found


def for_weighing(document_id: str) -> bool:
    """Tell whether a training document is kept to weigh evidence by."""
    return int.from_bytes(_digest(document_id)[:4], "big") % WEIGHED_SHARE == 0


def _digest(doc_id: str) -> bytes:
    return hashlib.sha1(doc_id.encode()).digest()


def _form(item: GoldMention) -> _Form:
    return form(item.mention), item.mention.type
