"""Settings of a run, and the stages they stand for: the only place that knows implementations by name."""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from belink.errors import ConfigError, ModelError
from belink.types import Candidate, Detector, EntityType, Query, Retriever

if TYPE_CHECKING:
    from belink.kb.records import Filter
    from belink.kb.store import KnowledgeBase
    from belink.rerank.rerankers import SetwiseReranker
    from belink.rerank.weighing import Weighing
    from belink.retrieve.dense_list import Dense
    from belink.retrieve.learnt import Evidence
    from belink.retrieve.memory import Memory
    from belink.retrieve.reformulate import Reformulator

Spans = Literal["given", "detect"]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much is done and how much there is in all."""
Explainer = Callable[[Sequence[Query], int], "list[Evidence]"]
"""Gives what speaks for each concept of each query, when so many candidates are asked for."""

_log = logging.getLogger(__name__)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KnowledgeBaseSettings(_Section):
    """Which vocabulary to link to, and which of its concepts; a condition that is empty lets all pass.

    `path` None is the embedded MeSH diseases and chemicals. Of its concepts are found those that are one of
    `under` or stand below one, belong to one of the organisms `taxon` (or to none), have a name from one of
    the vocabularies `source` and one in one of the languages `language` (or in none that is stated), and are
    in the files of ids `allow`, but in none of the files `deny`. `memory` are files of labelled mentions
    (annotated documents, or lines of a mention, a tab and its id), which are more names of its concepts.
    """

    path: Path | None = None
    under: tuple[str, ...] = ()
    taxon: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    allow: tuple[Path, ...] = ()
    deny: tuple[Path, ...] = ()
    memory: tuple[Path, ...] = ()


class DetectSettings(_Section):
    """Where mentions come from: "given" takes the input's annotations, "detect" finds them.

    `types` restricts both to these entity types; empty means all of the knowledge base's.

    They are found by `tagger` ("default", the one that ships, the folder of another, or "none") and by
    `dictionary`, the names of the knowledge base. `detector` is another's in the place of both: "spacy:NAME"
    and "gliner:NAME" load a pipeline or model, "module:function" imports a function with the signature of
    `belink.types.Detector`; `labels` tells which types its labels mean, where they do not say so themselves.
    """

    spans: Spans = "detect"
    types: tuple[EntityType, ...] = ()
    tagger: str = "default"
    dictionary: bool = True
    detector: str = ""
    labels: dict[str, EntityType] = Field(default_factory=dict)
    threads: int = Field(default=0, ge=0, description="threads of the tagger; 0 takes all cores")


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
    orders: int = Field(
        default=1, ge=1, le=20, description="orders of the options in which to ask close ones"
    )
    margin: float = Field(default=0.2, gt=0, le=1, description="difference in probability that is close")
    prior: tuple[float, ...] = Field(default=(), description="an endpoint's probability of each letter, A on")


class LinkSettings(_Section):
    """When to say that no concept fits: below `min_probability`.

    With `target_precision` instead, below the probability from which on so large a share of the concepts
    given out were right on development documents, for each type of mention.

    `drop_improbable` leaves out a mention that BeLink's tagger found, or the dictionary beside it, whose best
    link is so improbable that it is likely no mention; how improbable is stored with a tagger, by type.
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
    if not any(settings.model_dump(exclude={"path", "memory"}).values()):
        return None
    from belink.kb.filters import filter_of

    return filter_of(
        kb,
        sources=settings.source,
        languages=settings.language,
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
    detect = _plugged(settings) if settings.detector else _own_detector(settings, kb, types)
    if keep is None:
        return detect
    from belink.detect.allowed import allowed_only

    return allowed_only(detect, kb, keep)


def _plugged(settings: DetectSettings) -> Detector:
    """Load the detector of another make; mentions of other types than those asked for are passed over."""
    from belink.detect.plugged import load_detector, load_gliner, load_spacy, of_types

    kind, _, name = settings.detector.partition(":")
    if kind == "spacy":
        detect = load_spacy(name, settings.labels or None)
    elif kind == "gliner":
        detect = load_gliner(name, settings.labels or None)
    else:
        detect = load_detector(settings.detector)
    return of_types(detect, frozenset(settings.types)) if settings.types else detect


def _own_detector(settings: DetectSettings, kb: KnowledgeBase, types: frozenset[str] | None) -> Detector:
    """Make a detector of the dictionary, the tagger and the patterns of variants, as far as asked for."""
    from belink.detect.combined import both, combined, no_dictionary
    from belink.detect.vocabulary import dictionary_of

    known = frozenset(type_ for types_of in kb.type_sets() for type_ in types_of)
    detect = dictionary_of(kb, types) if settings.dictionary else no_dictionary
    folder = tagger_folder(settings)
    if folder is not None:
        from belink.detect.combination import read_combination
        from belink.detect.tagger import load_tagger

        wanted = (types or known) if known == frozenset() else known & (types or known)
        tag = load_tagger(folder, threads=settings.threads)
        detect = combined(tag, detect, read_combination(folder), wanted)
    if "Variant" in (types or known):
        from belink.detect.variants import variants

        return both(detect, variants)
    return detect


def tagger_folder(settings: DetectSettings) -> Path | None:
    """Give the folder of the tagger that finds mentions; None where none does.

    Raises:
        ConfigError: there is no such folder.
    """
    if settings.spans == "given" or settings.detector or settings.tagger == "none":
        return None
    from belink.models.shipped import shipped

    try:
        folder = shipped("tagger") if settings.tagger == "default" else Path(settings.tagger)
    except ModelError as error:
        _log.info("only names of the knowledge base are found as they stand: %s", error)
        return None
    if not folder.is_dir():
        raise ConfigError(f"tagger '{folder}': neither 'default', nor 'none', nor the folder of a model")
    return folder


def build_least_links(settings: Settings) -> dict[str, float]:
    """Give for each type the probability of a link below which its mention is likely none."""
    folder = tagger_folder(settings.detect) if settings.link.drop_improbable else None
    if folder is None:
        return {}
    from belink.detect.combination import read_combination

    return {type_: rule.least_link for type_, rule in read_combination(folder).rules.items()}


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
    typed = settings.match_types

    def why(queries: Sequence[Query], k: int) -> list[Evidence]:
        return explain(
            kb, index, dense, queries, k,
            filter=keep, match_types=typed, memory=known, reformulate=reformulate,
        )  # fmt: skip

    retrieve = build_retriever(
        kb, index, filter=keep, match_types=typed, dense=dense, memory=known, reformulate=reformulate
    )
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


def build_reranker(settings: RerankSettings, kb: KnowledgeBase) -> SetwiseReranker | None:
    """Make the re-ranker that the settings name; None for "none"."""
    from belink.rerank.describe import describe
    from belink.rerank.rerankers import Averaging

    if settings.reranker == "none":
        return None
    averaging = Averaging(settings.orders, settings.margin) if settings.orders > 1 else None
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
        prior = settings.prior or None
        if prior and (len(prior) <= settings.k or min(prior) <= 0):
            raise ConfigError(
                f"rerank.prior: found {len(prior)} numbers, expected at least {settings.k + 1}, all above 0"
            )
        return setwise(model, max_options=settings.k, describe=describe(kb), prior=prior, averaging=averaging)
    from belink.rerank.backends.onnx import load_reranker

    folder = reranker_folder(settings.reranker)
    return load_reranker(
        folder,
        max_options=settings.k,
        threads=settings.threads,
        describe=describe(kb),
        averaging=averaging,
    )


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


def build_weighing(settings: RerankSettings) -> Weighing | None:
    """Give how a local re-ranker is weighed against retrieval; None for "none", a URL, or where it is not."""
    if settings.reranker == "none" or settings.reranker.startswith(("http://", "https://")):
        return None
    from belink.models.manifest import read_manifest
    from belink.rerank.weighing import read_weighing

    folder = reranker_folder(settings.reranker)
    weighing = read_manifest(folder).weighing
    return read_weighing(folder / weighing) if weighing else None


def build_thresholds(
    settings: LinkSettings, weighing: Weighing | None, kb: KnowledgeBase, types: Sequence[str]
) -> float | Callable[[str], float]:
    """Give the least probability that is given out: one for all, or by type for a target precision.

    Args:
        settings: hold the least probability or the target.
        weighing: holds the precisions that were measured.
        kb: what is linked to: only types that it has must reach the target.
        types: the only types linked; empty for all.

    Raises:
        ConfigError: both are set, there are no measured precisions, or a type does not reach the target.
    """
    if settings.target_precision is None:
        return settings.min_probability
    if settings.min_probability:
        raise ConfigError("target_precision and min_probability exclude one another: set one of them")
    if weighing is None or not weighing.points:
        raise ConfigError(
            "target_precision: only a local re-ranker with measured precisions can aim at one; "
            "set min_probability instead"
        )
    from belink.kb.records import Filter
    from belink.rerank.weighing import ANY_TYPE

    target = settings.target_precision
    known = [each for each in get_args(EntityType) if kb.select(Filter(types=frozenset({each}))).any()]
    least = {each: weighing.threshold(each, target) for each in (*(types or known), ANY_TYPE)}
    return lambda type_: least.get(type_, least[ANY_TYPE])
