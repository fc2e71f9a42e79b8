"""The detector that settings name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from belink.config import (
    DetectSettings,
    Settings,
)
from belink.errors import ConfigError
from belink.stages.vocabulary import types_of
from belink.types import Candidate, Detector, Document, Mention, Retriever

if TYPE_CHECKING:
    from belink.detect.allowed import Judge
    from belink.detect.combination import Combination
    from belink.kb.records import Filter
    from belink.kb.store import KnowledgeBase


def build_detector(
    settings: DetectSettings,
    kb: KnowledgeBase,
    keep: Filter | None = None,
    everything: Callable[[], Retriever] | None = None,
    organisms: Sequence[str] = (),
) -> Detector:
    """Make the detector that the settings name; it passes over names of concepts that `keep` leaves out.

    Args:
        settings: name the detector.
        kb: whose names are looked for.
        keep: which concepts are allowed; None allows all.
        everything: makes a retriever that no filter bounds. Mentions that are no concept's name stay only
            where what it finds first, or something of the same name, is allowed; without it they all stay.
        organisms: as for `belink.link.link`.
    """
    from belink.detect.given import given

    types = frozenset(settings.types) or None
    if settings.spans == "given":
        return given(types)
    detect = _plugged(settings) if settings.detector else _own_detector(settings, kb, types, keep)
    if keep is None:
        return detect
    from belink.detect.allowed import allowed_only

    unnamed = None if everything is None else _nearest_allowed(everything(), kb, keep, organisms)
    return allowed_only(detect, kb, keep, unnamed)


SEEN = 20
"""So many concepts are compared with the first one that is found."""


def _nearest_allowed(retrieve: Retriever, kb: KnowledgeBase, keep: Filter, organisms: Sequence[str]) -> Judge:
    """Make what tells whether the concept nearest to a mention is allowed, or one of the same name.

    Without that, a filter would send every mention of anything else to the nearest concept it leaves.
    """
    from belink.link import make_queries
    from belink.text.normalise import normalise

    allowed = kb.select(keep)

    def stays(found: Sequence[Candidate]) -> bool:
        same = [each for each in found if normalise(each.alias) == normalise(found[0].alias)]
        return not found or any(allowed[kb.ordinals([each.concept_id])[each.concept_id]] for each in same)

    def judge(doc: Document, mentions: Sequence[Mention]) -> list[bool]:
        return [stays(found) for found in retrieve(make_queries(doc, mentions, organisms), SEEN)]

    return judge


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


def _own_detector(
    settings: DetectSettings, kb: KnowledgeBase, types: frozenset[str] | None, keep: Filter | None
) -> Detector:
    """Make a detector of the dictionary, the tagger and the patterns of variants, as far as asked for."""
    from belink.detect.combined import both, combined, no_dictionary
    from belink.detect.vocabulary import dictionary_of

    known, folder = types_of(kb), tagger_folder(settings)
    detect = dictionary_of(kb, types, everyday=folder is not None) if settings.dictionary else no_dictionary
    if folder is not None:
        from belink.detect.combination import read_combination
        from belink.detect.phenotypes import PHENOTYPE, are_judged, phenotypes_as_diseases
        from belink.detect.proteins import without_proteins
        from belink.detect.tagger import load_tagger

        wanted = (types or known) if known == frozenset() else known & (types or known)
        tag, weights = load_tagger(folder, threads=settings.threads), read_combination(folder).mention
        if are_judged(known):
            tag = phenotypes_as_diseases(tag)
        else:
            weights = {type_: own for type_, own in weights.items() if type_ != PHENOTYPE}
        hits = without_proteins(detect, kb, keep) if settings.dictionary else detect
        detect = combined(tag, hits, weights, wanted)
    if "Variant" in (types or known):
        from belink.detect.variants import variants

        detect = both(detect, variants)
    if settings.people and "Species" in (types or known):
        from belink.detect.people import people

        detect = both(detect, people)
    return detect


def tagger_folder(settings: DetectSettings) -> Path | None:
    """Give the folder of the tagger that finds mentions; None where none does.

    Raises:
        ConfigError: there is no such folder.
    """
    if settings.spans == "given" or settings.detector or settings.tagger == "none":
        return None
    from belink.models.shipped import shipped

    folder = shipped("tagger") if settings.tagger == "default" else Path(settings.tagger)
    if not folder.is_dir():
        raise ConfigError(f"tagger '{folder}': neither 'default', nor 'none', nor the folder of a model")
    return folder


def build_acceptance(settings: Settings) -> Combination | None:
    """Give the weights by which linked mentions of the tagger are kept; None where all are."""
    folder = tagger_folder(settings.detect) if settings.link.drop_improbable else None
    if folder is None:
        return None
    from belink.detect.combination import read_combination

    return read_combination(folder)
