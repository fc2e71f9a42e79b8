"""All examples of a suite: to train on, to weigh by, and to measure on, kept clear of one another."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from belink.evaluate.leakage import check_leakage
from belink.evaluate.protocol import GoldMention, form, unseen
from belink.evaluate.vocabulary import Resolve
from belink.train.examples import Example, labelled_examples, training_mentions, unseen_forms
from belink.types import Document, Retriever

log = logging.getLogger(__name__)

WEIGHED_SHARE = 12
"""One training document in so many, by the hash of its id, is kept from training to weigh evidence by."""

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
    """Examples to train on, to weigh the evidence by, and to measure on."""

    train: list[Example]
    weigh: list[Example]
    dev: list[Example]


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
) -> ExampleSet:
    """Make the examples of a corpus.

    Args:
        corpus: where they come from.
        retrieve: must not have seen the labelled mentions, or its candidates look better than they will be.
        describe: tells a concept from its neighbours.
        held_out: ids of documents that are scored in any corpus.
        forms: scored forms of any corpus.

    Raises:
        InputError: a document or form that is scored is among the training examples all the same.
    """
    mentions, left_out = training_mentions(corpus.train, corpus.resolve, held_out=held_out, forms=forms)
    learnt = [item for item in mentions if not _for_weighing(item)]
    known = {_form(item) for item in learnt}
    weighed = [item for item in mentions if _for_weighing(item) and _form(item) not in known]
    selection = unseen(corpus.gold, corpus.train, corpus.resolve)
    ids = {item.mention.document_id for item in learnt}
    check_leakage(corpus.gold, [doc for doc in corpus.train if doc.id in ids], where=corpus.name)
    log.info(
        "%s: %d to train on, %d to weigh by, %d to measure on; %d mentions left out as held out",
        *(corpus.name, len(learnt), len(weighed), len(selection.mentions), left_out),
    )
    return ExampleSet(
        labelled_examples(corpus.name, corpus.train, learnt, retrieve, describe),
        labelled_examples(corpus.name, corpus.train, weighed, retrieve, describe),
        labelled_examples(corpus.name, corpus.gold, selection.mentions, retrieve, describe),
    )


def _for_weighing(item: GoldMention) -> bool:
    digest = hashlib.sha1(item.mention.document_id.encode()).digest()
    return int.from_bytes(digest[:4], "big") % WEIGHED_SHARE == 0


def _form(item: GoldMention) -> _Form:
    return form(item.mention), item.mention.type
