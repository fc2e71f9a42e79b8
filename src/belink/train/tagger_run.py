"""A whole training run of the tagger: recipe and data in, trained weights and a model to ship out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from belink.train.export_tagger import export_tagger
from belink.train.swaps import pools, swapped
from belink.train.tagger import train_tagger
from belink.train.tagger_corpora import (
    LabelledText,
    TaggerCorpus,
    label_texts,
    read_corpora,
    vocabulary_dictionary,
    vocabulary_names,
)
from belink.train.tagger_network import load_tagger_network
from belink.train.tagger_recipe import TaggerRecipe
from belink.types import Document

SAMPLE = 100


def run_tagger(recipe: TaggerRecipe, data: Path, out: Path) -> dict[str, tuple[float, float]]:
    """Train and export: `out/tagger` in float for PyTorch, `out/model` in int8 for BeLink.

    Args:
        recipe: see `belink.train.tagger_recipe`.
        data: folder the recipe's files lie in.
        out: folder of the run; a run in it is gone on with.

    Returns:
        Strict span F1 in [0, 1] of float and of int8 for each development set and type, by the network alone.

    Raises:
        InputError: a file cannot be read, or a development document is in a training part.
        ModelError: the base cannot be loaded, or int8 loses too much.
    """
    tokenizer = load_tagger_network(recipe.tagger.base).tokenizer.backend_tokenizer
    tokenizer.no_truncation()
    tokenizer.no_padding()
    train, dev = read_corpora(recipe.corpora, data, data / recipe.splits)
    detect = vocabulary_dictionary(recipe.dictionary, data)
    texts = [
        each
        for corpus, docs in with_copies(train, recipe, data)
        for each in label_texts(corpus, docs, tokenizer, detect)
    ]
    measured: dict[str, list[LabelledText]] = {}
    for corpus, docs in dev:
        first = sorted(docs, key=lambda doc: doc.id)[: corpus.dev_documents]
        measured[corpus.name] = label_texts(corpus, first, tokenizer, detect)
    trained = train_tagger(texts, recipe.tagger, out, measured)
    order = np.random.default_rng(recipe.tagger.seed).permutation(len(texts))[:SAMPLE]
    return export_tagger(
        trained,
        out / "model",
        sample=[texts[place] for place in sorted(order.tolist())],
        dev=measured,
        base_model=recipe.tagger.base,
    )


def with_copies(
    train: Sequence[tuple[TaggerCorpus, list[Document]]], recipe: TaggerRecipe, data: Path
) -> Iterator[tuple[TaggerCorpus, list[Document]]]:
    """Give the corpora, and where the recipe wants them copies with other mentions, which share a pass.

    With copies, a pass learns from half as much of the documents as without.
    """
    copies = recipe.tagger.copies
    if not copies:
        yield from train
        return
    names = {
        type_: (name for file in files for name in vocabulary_names(data / file))
        for type_, files in recipe.dictionary.items()
    }
    by_type = pools((doc for _, docs in train for doc in docs), names)
    for corpus, docs in train:
        yield replace(corpus, share=corpus.share / 2), docs
        for number in range(copies):
            rng = random.Random(f"{corpus.name}/{number}")
            made = [copy for doc in docs if (copy := swapped(doc, by_type, rng)) is not None]
            yield replace(corpus, share=corpus.share / copies), made
