"""The retriever that settings name."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from belink.config import (
    Progress,
    ReformulateSettings,
    RetrieveSettings,
)
from belink.types import Candidate, Query, Retriever

if TYPE_CHECKING:
    from belink.kb.records import Filter
    from belink.kb.store import KnowledgeBase
    from belink.retrieve.dense_list import Dense
    from belink.retrieve.learnt import Evidence
    from belink.retrieve.memory import Memory
    from belink.retrieve.reformulate import Reformulator

_log = logging.getLogger(__name__)

Explainer = Callable[[Sequence[Query], int], "list[Evidence]"]
"""Gives what speaks for each concept of each query, when so many candidates are asked for."""


def build_retriever(
    settings: RetrieveSettings,
    kb: KnowledgeBase,
    progress: Progress | None = None,
    keep: Filter | None = None,
    memory: Sequence[Path] = (),
    reformulate: Reformulator | None = None,
) -> Retriever:
    """Make the retriever that the settings name; its indexes are built where they are missing.

    It finds only concepts that `keep` lets pass, by their names and by the labelled mentions in `memory`.
    """
    return build_explained_retriever(settings, kb, progress, keep, memory, reformulate)[0]


def build_explained_retriever(
    settings: RetrieveSettings,
    kb: KnowledgeBase,
    progress: Progress | None = None,
    keep: Filter | None = None,
    memory: Sequence[Path] = (),
    reformulate: Reformulator | None = None,
) -> tuple[Retriever, Explainer]:
    """Make the retriever that `build_retriever` makes, and what tells why it finds what it finds."""
    from belink.retrieve.index import ensure_index
    from belink.retrieve.retriever import build_retriever, explain

    index = ensure_index(kb, progress)
    dense = _build_dense(settings, kb, progress)
    known = _open_memory(kb, memory, dense, progress) if memory else None
    typed, labelled = settings.match_types, settings.labelled_forms

    def why(queries: Sequence[Query], k: int) -> list[Evidence]:
        return explain(
            kb, index, dense, queries, k,
            filter=keep, match_types=typed, memory=known, reformulate=reformulate,
            labelled_forms=labelled,
        )  # fmt: skip

    retrieve = build_retriever(
        kb, index, filter=keep, match_types=typed, dense=dense, memory=known, reformulate=reformulate,
        labelled_forms=labelled,
    )  # fmt: skip
    return retrieve, why


def build_reformulator(settings: ReformulateSettings) -> Reformulator | None:
    """Make what asks a served model for other names; None for "none". Nothing is asked yet.

    Raises:
        ConfigError: the URL is none.
    """
    if settings.url == "none":
        return None
    from platformdirs import user_cache_path

    from belink.models.endpoint import open_endpoint
    from belink.retrieve.answers import Answers
    from belink.retrieve.dense_list import Rocchio
    from belink.retrieve.reformulate import Reformulator

    endpoint = open_endpoint(
        settings.url,
        api_key=os.environ.get(settings.api_key_env),
        concurrency=settings.concurrency,
        timeout_s=settings.timeout_s,
        attempts=settings.attempts,
    )
    return Reformulator(
        endpoint,
        settings.model,
        settings.use,
        Rocchio(settings.mention_weight, settings.answer_weight),
        settings.asking,
        Answers(settings.cache or user_cache_path("belink") / "reformulations.sqlite"),
        settings.request,
    )


def _open_memory(
    kb: KnowledgeBase, paths: Sequence[Path], dense: Dense | None, progress: Progress | None
) -> Memory:
    from belink.retrieve.memory import memory_folder, open_memory
    from belink.retrieve.memory_files import read_labelled_mentions

    docs = read_labelled_mentions(paths)
    return open_memory(kb, docs, memory_folder(kb, paths), dense, progress)


def encoder_folder(encoder: str) -> Path:
    """Give the folder of "default" or of another encoder."""
    from belink.models.shipped import shipped

    return shipped("encoder") if encoder == "default" else Path(encoder)


def _build_dense(settings: RetrieveSettings, kb: KnowledgeBase, progress: Progress | None) -> Dense | None:
    """Open the vectors of a knowledge base; they are made where that is affordable, else there are none."""
    if settings.encoder == "none":
        return None
    from belink.models.encoder import load_encoder, read_encoder_manifest
    from belink.retrieve.dense_index import ensure_dense_index, has_dense_index
    from belink.retrieve.dense_list import Dense
    from belink.retrieve.dense_vectors import vector_count
    from belink.retrieve.learnt import default_fusion

    folder = encoder_folder(settings.encoder)
    checksum = read_encoder_manifest(folder).checksum
    if not has_dense_index(kb, checksum) and (count := vector_count(kb)) > settings.vectors_on_first_use:
        _log.warning(
            "%s has no vectors of its %s distinct names, so only names that look alike are found; "
            "'belink kb index %s' adds them", kb.path, f"{count:,}", kb.path,
        )  # fmt: skip
        return None
    if checksum != default_fusion().encoder:
        _log.warning("%s: the weights of retrieval were fitted with another encoder", folder)
    if not has_dense_index(kb, checksum):
        ensure_dense_index(kb, load_encoder(folder), progress)
    loaded = load_encoder(folder, threads=max(1, (os.cpu_count() or 1) // 2))  # the other lists need the rest
    return Dense(ensure_dense_index(kb, loaded), loaded)


def retrieval_probability(candidates: tuple[Candidate, ...]) -> float:
    """Give the probability, without a re-ranker, that the first candidate is right: its score.

    The scores of retrieval are fitted to be probabilities (`belink.retrieve.learnt`). 0 for no candidates.
    """
    return candidates[0].score if candidates else 0.0
