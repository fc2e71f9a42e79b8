"""The re-ranker that settings name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from belink.config import (
    LinkSettings,
    RerankSettings,
)
from belink.errors import ConfigError
from belink.stages.vocabulary import types_of
from belink.types import ChoiceModel, EntityType

if TYPE_CHECKING:
    from belink.detect.combination import Combination
    from belink.kb.store import KnowledgeBase
    from belink.rerank.rerankers import SetwiseReranker
    from belink.rerank.weighing import Weighing

VLLM = "vllm:"
"""What stands before the name of a model that vLLM runs in this process."""


def build_reranker(settings: RerankSettings, kb: KnowledgeBase) -> SetwiseReranker | None:
    """Make the re-ranker that the settings name; None for "none"."""
    from belink.rerank.describe import describe
    from belink.rerank.rerankers import Averaging

    if settings.reranker == "none":
        return None
    averaging = Averaging(settings.orders, settings.margin) if settings.orders > 1 else None
    if by_letters(settings.reranker):
        from belink.rerank.rerankers import setwise

        prior = settings.prior or None
        if prior and (len(prior) <= settings.k or min(prior) <= 0):
            raise ConfigError(
                f"rerank.prior: found {len(prior)} numbers, expected at least {settings.k + 1}, all above 0"
            )
        return setwise(
            build_letter_model(settings),
            max_options=settings.k,
            describe=describe(kb),
            prior=prior,
            averaging=averaging,
        )
    from belink.rerank.backends.onnx import load_reranker

    folder = reranker_folder(settings.reranker)
    return load_reranker(
        folder,
        max_options=settings.k,
        threads=settings.threads,
        describe=describe(kb),
        averaging=averaging,
    )


def by_letters(reranker: str) -> bool:
    """Tell whether it answers with letters, as a served model and one run by vLLM do."""
    return reranker.startswith(("http://", "https://", VLLM))


def build_letter_model(settings: RerankSettings) -> ChoiceModel:
    """Open the model that answers with letters: that of an endpoint, or of "vllm:MODEL" in this process.

    Raises:
        ConfigError: the settings name no model, or none that can be loaded.
        ModelError: vLLM is not installed, or no server answers.
    """
    if not settings.reranker.startswith(VLLM):
        from belink.rerank.backends.openai import openai_model

        return openai_model(
            settings.reranker,
            model=settings.model or None,
            api=settings.api,
            extra=settings.request,
            api_key=os.environ.get(settings.api_key_env),
            timeout_s=settings.timeout_s,
            concurrency=settings.concurrency,
        )
    from belink.rerank.backends.vllm import vllm_model

    name = settings.reranker.removeprefix(VLLM)
    if not name:
        raise ConfigError(f"reranker '{VLLM}': expected '{VLLM}MODEL', a Hugging Face id or a folder")
    template = settings.request.get("chat_template_kwargs", {})
    if settings.request.keys() - {"chat_template_kwargs"} or not isinstance(template, dict):
        raise ConfigError("rerank.request: vLLM in this process takes only a table chat_template_kwargs")
    return vllm_model(
        name, api=settings.api, adapter=settings.adapter, engine=settings.engine, template=template
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
            f"reranker '{folder}': neither 'default', nor 'none', nor a URL, nor '{VLLM}MODEL', "
            "nor the folder of a model"
        )
    return folder


def build_weighing(settings: RerankSettings) -> Weighing | None:
    """Give how a model folder is weighed against retrieval; None for any other re-ranker."""
    if settings.reranker == "none" or by_letters(settings.reranker):
        return None
    from belink.models.manifest import read_manifest
    from belink.rerank.weighing import read_weighing

    folder = reranker_folder(settings.reranker)
    weighing = read_manifest(folder).weighing
    return read_weighing(folder / weighing) if weighing else None


def build_thresholds(
    settings: LinkSettings,
    weighing: Weighing | None,
    acceptance: Combination | None,
    kb: KnowledgeBase,
    types: Sequence[str],
) -> float | Callable[[str], float]:
    """Give the least probability that is given out: one for all, or by type for a target precision.

    Args:
        settings: hold the least probability or the target.
        weighing: holds the precisions that were measured where mentions are given.
        acceptance: holds those where the tagger finds them; None where it does not.
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
    from belink.detect.phenotypes import PHENOTYPE, are_judged
    from belink.kb.records import Filter
    from belink.rerank.weighing import ANY_TYPE

    target = settings.target_precision
    known = [each for each in get_args(EntityType) if kb.select(Filter(types=frozenset({each}))).any()]
    judged = {} if acceptance is None else dict.fromkeys(acceptance.right, acceptance)
    if not are_judged(types_of(kb)):
        judged.pop(PHENOTYPE, None)
    least = {
        each: judged.get(each, weighing).threshold(each, target) for each in (*(types or known), ANY_TYPE)
    }
    return lambda type_: least.get(type_, least[ANY_TYPE])
