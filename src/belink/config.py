"""Settings of a run, and the stages they stand for: the only place that knows implementations by name."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from belink.errors import ConfigError
from belink.types import Candidate, Detector, EntityType, Reranker, Retriever

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Spans = Literal["given", "detect"]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done and how much there is in all."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KnowledgeBaseSettings(_Section):
    """Which vocabulary to link to; `path` None is the embedded MeSH diseases and chemicals."""

    path: Path | None = None


class DetectSettings(_Section):
    """Where mentions come from: "given" takes the input's annotations, "detect" finds them.

    `types` restricts both to these entity types; empty means all.
    """

    spans: Spans = "detect"
    types: tuple[EntityType, ...] = ()


class RetrieveSettings(_Section):
    """How candidates are found.

    `retrieved` is how many a decision reports; `match_types` lets a mention's type restrict its
    candidates; `encoder` is "none" or the folder of an encoder, whose nearest names then join those that
    look alike.
    """

    retrieved: int = Field(default=20, ge=1, le=1000)
    match_types: bool = True
    encoder: str = "none"


class RerankSettings(_Section):
    """Which re-ranker to ask: "none", the URL of an OpenAI-compatible endpoint, or a model folder.

    `k` is how many candidates are asked about at once. For an endpoint, `model` names the served model
    ("" takes the only one it serves), `api` is "chat" for instruction-tuned models, `api_key_env` names
    the environment variable that holds the key, and `request` adds fields to each request's body.
    """

    reranker: str = "none"
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


def build_detector(settings: DetectSettings, kb: KnowledgeBase) -> Detector:
    """Make the detector that the settings name."""
    from belink.detect.given import given

    types = frozenset(settings.types) or None
    if settings.spans == "given":
        return given(types)
    from belink.detect.vocabulary import dictionary_of

    return dictionary_of(kb, types)


def build_retriever(
    settings: RetrieveSettings, kb: KnowledgeBase, progress: Progress | None = None
) -> Retriever:
    """Make the retriever that the settings name; its indexes are built where they are missing."""
    from belink.retrieve.index import ensure_index
    from belink.retrieve.retriever import build_retriever

    index = ensure_index(kb, progress)
    if settings.encoder == "none":
        return build_retriever(kb, index, match_types=settings.match_types)
    from belink.models.encoder import load_encoder
    from belink.retrieve.dense_index import ensure_dense_index
    from belink.retrieve.dense_list import Dense

    encoder = load_encoder(Path(settings.encoder))
    dense = Dense(ensure_dense_index(kb, encoder, progress), encoder)
    return build_retriever(kb, index, match_types=settings.match_types, dense=dense)


def build_retrieval_probability(settings: RetrieveSettings) -> Callable[[tuple[Candidate, ...]], float]:
    """Give what estimates, without a re-ranker, that the first candidate is right.

    With an encoder the score of the first candidate is that probability, because the fusion of the lists
    was fitted to be one.
    """
    from belink.rerank.calibration import retrieval_probability

    if settings.encoder == "none":
        return retrieval_probability
    return lambda candidates: candidates[0].score if candidates else 0.0


def build_reranker(settings: RerankSettings) -> Reranker | None:
    """Make the re-ranker that the settings name; None for "none"."""
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
        return setwise(model, max_options=settings.k)
    folder = Path(settings.reranker)
    if not folder.is_dir():
        raise ConfigError(f"reranker '{folder}': neither 'none', nor a URL, nor the folder of a model")
    from belink.rerank.backends.onnx import load_reranker

    return load_reranker(folder, max_options=settings.k, threads=settings.threads)
