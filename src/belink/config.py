"""Settings of a run, and the stages they stand for: the only place that knows implementations by name."""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from belink.errors import ConfigError
from belink.types import Candidate, Detector, EntityType, Query, Reranker, Retriever

if TYPE_CHECKING:
    from belink.kb.records import Filter
    from belink.kb.store import KnowledgeBase
    from belink.retrieve.dense_list import Dense
    from belink.retrieve.learnt import Evidence

Spans = Literal["given", "detect"]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done and how much there is in all."""
Explainer = Callable[[Sequence[Query], int], "list[Evidence]"]
"""Gives what speaks for each concept of each query, when so many candidates are asked for."""

Gate = Callable[[Query, tuple[Candidate, ...]], bool]
"""Tells where retrieval is sure enough of its first candidate that no re-ranker is asked."""

_log = logging.getLogger(__name__)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KnowledgeBaseSettings(_Section):
    """Which vocabulary to link to, and which of its concepts; a condition that is empty lets all pass.

    `path` None is the embedded MeSH diseases and chemicals. Of its concepts are found those that are one of
    `under` or stand below one, belong to one of the organisms `taxon` (or to none), have a name from one of
    the vocabularies `source`, and are in the files of ids `allow`, but in none of the files `deny`.
    """

    path: Path | None = None
    under: tuple[str, ...] = ()
    taxon: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    allow: tuple[Path, ...] = ()
    deny: tuple[Path, ...] = ()


class DetectSettings(_Section):
    """Where mentions come from: "given" takes the input's annotations, "detect" finds them.

    `types` restricts both to these entity types; empty means all.
    """

    spans: Spans = "detect"
    types: tuple[EntityType, ...] = ()


class RetrieveSettings(_Section):
    """How candidates are found.

    `retrieved` is how many a decision reports; `match_types` lets a mention's type restrict its
    candidates; `encoder` says what finds names that mean alike: "default" (the one that ships), the folder
    of another, or "none". It is used where the knowledge base has its vectors (`belink kb index`), which
    are made on first use of one with at most `vectors_on_first_use` distinct names.
    """

    retrieved: int = Field(default=20, ge=1, le=1000)
    match_types: bool = True
    encoder: str = "default"
    vectors_on_first_use: int = Field(default=150_000, ge=0)


class RerankSettings(_Section):
    """Which re-ranker to ask: "default" (the one that ships), a model folder, a URL, or "none".

    A URL is that of an OpenAI-compatible endpoint. `gate` lets retrieval decide alone where it is sure; how
    sure it must be is stored with a model, so that an endpoint is always asked.
    `k` is how many candidates are asked about at once. For an endpoint, `model` names the served model
    ("" takes the only one it serves), `api` is "chat" for instruction-tuned models, `api_key_env` names
    the environment variable that holds the key, and `request` adds fields to each request's body.
    """

    reranker: str = "default"
    gate: bool = True
    k: int = Field(default=10, ge=1, le=20)
    model: str = ""
    api: Literal["chat", "completions"] = "chat"
    request: dict[str, object] = Field(default_factory=dict)
    api_key_env: str = "BELINK_API_KEY"
    timeout_s: float = Field(default=60.0, gt=0)
    concurrency: int = Field(default=8, ge=1, le=256)
    threads: int = Field(default=0, ge=0, description="threads of a local model; 0 takes all cores")


class LinkSettings(_Section):
    """When to say that no concept fits: below `min_probability`."""

    min_probability: float = Field(default=0.0, ge=0.0, le=1.0)


class Settings(_Section):
    """Everything a run depends on."""

    kb: KnowledgeBaseSettings = KnowledgeBaseSettings()
    detect: DetectSettings = DetectSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    rerank: RerankSettings = RerankSettings()
    link: LinkSettings = LinkSettings()


def load_settings(path: Path) -> Settings:
    """Read a TOML file of settings; what it does not name has its default.

    Raises:
        ConfigError: the file is missing, is not TOML, or has an unknown key or a wrong value.
    """
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{path}: {_explain(error)}") from error


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"key '{key}': found {first['input']!r}: {first['msg']}"
    section: type[BaseModel] = Settings
    for part in first["loc"][:-1]:
        annotation = section.model_fields[str(part)].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            section = annotation
    return f"unknown key '{key}'; known here: {', '.join(section.model_fields)}"


def entity_types(names: tuple[str, ...]) -> tuple[EntityType, ...]:
    """Read entity types in any case ("disease" -> "Disease").

    Raises:
        ConfigError: a name is not an entity type.
    """
    known: dict[str, EntityType] = {name.casefold(): name for name in get_args(EntityType)}
    for name in names:
        if name.casefold() not in known:
            raise ConfigError(f"unknown entity type '{name}'; known: {', '.join(known.values())}")
    return tuple(dict.fromkeys(known[name.casefold()] for name in names))


def open_knowledge_base(settings: KnowledgeBaseSettings, progress: Progress | None = None) -> KnowledgeBase:
    """Open the vocabulary; the embedded one is built into the user's cache on first use."""
    from belink.kb.default import open_default
    from belink.kb.store import KnowledgeBase

    if settings.path is not None:
        return KnowledgeBase.open(settings.path)
    return open_default(progress)


def build_filter(settings: KnowledgeBaseSettings, kb: KnowledgeBase) -> Filter | None:
    """Make the filter that the settings describe; it acts before ranking, and nothing is built again.

    Raises:
        KnowledgeBaseError: a condition names what the knowledge base does not have, or nothing is left.
    """
    if not any(settings.model_dump(exclude={"path"}).values()):
        return None
    from belink.kb.filters import filter_of

    return filter_of(
        kb,
        sources=settings.source,
        under=settings.under,
        taxa=settings.taxon,
        allow=settings.allow,
        deny=settings.deny,
    )


def build_detector(settings: DetectSettings, kb: KnowledgeBase, keep: Filter | None = None) -> Detector:
    """Make the detector that the settings name; it passes over names of concepts that `keep` leaves out."""
    from belink.detect.given import given

    types = frozenset(settings.types) or None
    if settings.spans == "given":
        return given(types)
    from belink.detect.allowed import allowed_only
    from belink.detect.vocabulary import dictionary_of

    detect = dictionary_of(kb, types)
    return allowed_only(detect, kb, keep) if keep else detect


def build_retriever(
    settings: RetrieveSettings,
    kb: KnowledgeBase,
    progress: Progress | None = None,
    keep: Filter | None = None,
) -> Retriever:
    """Make the retriever that the settings name; its indexes are built where they are missing.

    It finds only concepts that `keep` lets pass.
    """
    return build_explained_retriever(settings, kb, progress, keep)[0]


def build_explained_retriever(
    settings: RetrieveSettings,
    kb: KnowledgeBase,
    progress: Progress | None = None,
    keep: Filter | None = None,
) -> tuple[Retriever, Explainer]:
    """Make the retriever that `build_retriever` makes, and what tells why it finds what it finds."""
    from belink.retrieve.index import ensure_index
    from belink.retrieve.retriever import build_retriever, explain

    index = ensure_index(kb, progress)
    dense = _build_dense(settings, kb, progress)

    def why(queries: Sequence[Query], k: int) -> list[Evidence]:
        return explain(kb, index, dense, queries, k, filter=keep, match_types=settings.match_types)

    retrieve = build_retriever(kb, index, filter=keep, match_types=settings.match_types, dense=dense)
    return retrieve, why


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


def build_reranker(settings: RerankSettings, kb: KnowledgeBase) -> Reranker | None:
    """Make the re-ranker that the settings name; None for "none"."""
    from belink.rerank.describe import describe

    if settings.reranker == "none":
        return None
    if settings.reranker.startswith(("http://", "https://")):
        from belink.rerank.backends.openai import openai_model
        from belink.rerank.rerankers import setwise

        model = openai_model(
            settings.reranker,
            model=settings.model or None,
            api=settings.api,
            extra=settings.request,
            api_key=os.environ.get(settings.api_key_env),
            timeout_s=settings.timeout_s,
            concurrency=settings.concurrency,
        )
        return setwise(model, max_options=settings.k, describe=describe(kb))
    from belink.rerank.backends.onnx import load_reranker

    folder = reranker_folder(settings.reranker)
    return load_reranker(folder, max_options=settings.k, threads=settings.threads, describe=describe(kb))


def reranker_folder(reranker: str) -> Path:
    """Give the folder of "default" or of another local re-ranker.

    Raises:
        ConfigError: there is no such folder.
    """
    from belink.models.shipped import shipped

    folder = shipped("reranker") if reranker == "default" else Path(reranker)
    if not folder.is_dir():
        raise ConfigError(
            f"reranker '{folder}': neither 'default', nor 'none', nor a URL, nor the folder of a model"
        )
    return folder


def build_gate(settings: RerankSettings) -> Gate | None:
    """Give what tells where the re-ranker need not be asked; None where it always is."""
    if (
        not settings.gate
        or settings.reranker == "none"
        or settings.reranker.startswith(("http://", "https://"))
    ):
        return None
    from belink.models.manifest import read_manifest
    from belink.rerank.weighing import read_weighing

    folder = reranker_folder(settings.reranker)
    weighing = read_manifest(folder).weighing
    return read_weighing(folder / weighing).settles if weighing else None
