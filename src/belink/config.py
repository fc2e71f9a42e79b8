"""Settings of a run, and the stages they stand for: the only place that knows implementations by name."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from belink.errors import ConfigError
from belink.kb.curies import to_curie
from belink.types import EntityType

if TYPE_CHECKING:
    pass

Spans = Literal["given", "detect"]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done and how much there is in all."""

_log = logging.getLogger(__name__)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KnowledgeBaseSettings(_Section):
    """Which vocabulary to link to, and which of its concepts; a condition that is empty lets all pass.

    `path` None is the embedded MeSH diseases and chemicals. Of its concepts are found those that are one of
    `under` or stand below one, belong to one of the organisms `taxon` (or to none), have a name from one of
    the vocabularies `source` and one in one of the languages `language` (or in none that is stated), by which
    alone they are found, and are in the files of ids `allow`, but in none of the files `deny`. `memory` are
    files of labelled mentions (annotated documents, or lines of a mention, a tab and its id), which are more
    names of its concepts.
    """

    path: Path | None = None
    under: tuple[str, ...] = ()
    taxon: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    allow: tuple[Path, ...] = ()
    deny: tuple[Path, ...] = ()
    memory: tuple[Path, ...] = ()

    @property
    def organisms(self) -> list[str]:
        """Give `taxon` as CURIEs, in its order."""
        return [to_curie(taxon, "NCBITaxon") for taxon in self.taxon]


class DetectSettings(_Section):
    """Where mentions come from: "given" takes the input's annotations, "detect" finds them.

    `types` restricts both to these entity types; empty means all of the knowledge base's.

    They are found by `tagger` ("default", the one that ships, the folder of another, or "none") and by
    `dictionary`, the names of the knowledge base; with `people`, words such as "patients" are mentions of the
    species human. `detector` is another's in the place of both: "spacy:NAME"
    and "gliner:NAME" load a pipeline or model, "module:function" imports a function with the signature of
    `belink.types.Detector`; `labels` tells which types its labels mean, where they do not say so themselves.
    """

    spans: Spans = "detect"
    types: tuple[EntityType, ...] = ()
    tagger: str = "default"
    dictionary: bool = True
    people: bool = False
    detector: str = ""
    labels: dict[str, EntityType] = Field(default_factory=dict)
    threads: int = Field(default=0, ge=0, description="threads of the tagger; 0 takes all cores")


class RetrieveSettings(_Section):
    """How candidates are found.

    `retrieved` is how many a decision reports; `match_types` lets a mention's type restrict its
    candidates; with `labelled_forms`, of two concepts that fit equally well the one that training texts
    name in more ways comes first; `encoder` says what finds names that mean alike: "default" (the one that
    ships), the folder of another, or "none". It is used where the knowledge base has its vectors (`belink kb
    index`), which are made on first use of one with at most `vectors_on_first_use` distinct names.
    """

    retrieved: int = Field(default=20, ge=1, le=1000)
    match_types: bool = True
    labelled_forms: bool = True
    encoder: str = "default"
    vectors_on_first_use: int = Field(default=150_000, ge=0)


class ReformulateSettings(_Section):
    """Which served model to ask for other names of mentions, and how to use its answers.

    `url` is that of an OpenAI-compatible endpoint, "none" asks none. `asking` says for what: the standard
    "name", "synonyms", or a "definition". `use`: "vector" moves the mention's vector towards the answer's,
    weighed by `mention_weight` and `answer_weight`; "variants" looks the answers up beside the
    mention, as is done with all answers where a knowledge base has no vectors. Answers are kept in `cache`, a
    file; None takes one in the user's cache. `model`, `request`, `api_key_env` and `concurrency` are as for
    `rerank`; a question is sent at most `attempts` times.
    """

    url: str = "none"
    model: str = ""
    asking: Literal["name", "synonyms", "definition"] = "name"
    use: Literal["vector", "variants"] = "vector"
    mention_weight: float = Field(default=0.6, ge=0)
    answer_weight: float = Field(default=0.4, ge=0)
    cache: Path | None = None
    request: dict[str, object] = Field(default_factory=dict)
    api_key_env: str = "BELINK_API_KEY"
    timeout_s: float = Field(default=30.0, gt=0)
    attempts: int = Field(default=2, ge=1)
    concurrency: int = Field(default=8, ge=1, le=256)


class RerankSettings(_Section):
    """Which re-ranker to ask: "default" (the one that ships), a model folder, a URL, "vllm:MODEL", or "none".

    A URL is that of an OpenAI-compatible endpoint; "vllm:MODEL" runs a Hugging Face id or folder in this
    process, with vLLM. `gate` lets retrieval decide alone where it is sure; how sure it must be is stored
    with a model folder, so that any other model is always asked.
    `k` is how many candidates are asked about at once. For an endpoint, `model` names the served model
    ("" takes the only one it serves), `api_key_env` names the environment variable that holds the key, and
    `request` adds fields to each request's body. For vLLM, `adapter` is the folder of a LoRA adapter, and
    `engine` adds arguments of `vllm.LLM`; of `request` only "chat_template_kwargs" counts. For both, `api` is
    "chat" for instruction-tuned models.
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
    adapter: str = ""
    engine: dict[str, object] = Field(default_factory=dict)
    threads: int = Field(default=0, ge=0, description="threads of a local model; 0 takes all cores")
    orders: int = Field(
        default=1, ge=1, le=20, description="orders of the options in which to ask close ones"
    )
    margin: float = Field(default=0.2, gt=0, le=1, description="difference in probability that is close")
    prior: tuple[float, ...] = Field(default=(), description="a model's probability of each letter, A on")


class LinkSettings(_Section):
    """When to say that no concept fits: below `min_probability`.

    With `target_precision` instead, below the probability from which on so large a share of the concepts
    given out were right on development documents, for each type of mention: of given mentions, or, of those
    that BeLink finds, in the document.

    `drop_improbable` judges what BeLink's tagger found, or the dictionary beside it, again once it is linked:
    what likely is no mention is left out, and a concept that likely is wrong is not given out
    (`belink.accepted`).
    """

    min_probability: float = Field(default=0.0, ge=0.0, le=1.0)
    target_precision: float | None = Field(default=None, gt=0.0, lt=1.0)
    drop_improbable: bool = True


class Settings(_Section):
    """Everything a run depends on."""

    kb: KnowledgeBaseSettings = KnowledgeBaseSettings()
    detect: DetectSettings = DetectSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    reformulate: ReformulateSettings = ReformulateSettings()
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
