"""Turn a filter into masks over the concepts and names of a knowledge base."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from belink.errors import KnowledgeBaseError
from belink.kb.records import Filter

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

_Mask = npt.NDArray[np.bool_]


def selected(kb: KnowledgeBase, keep: Filter) -> _Mask:
    """Give bool[len(kb)]: which concepts pass every condition of the filter.

    What the knowledge base does not know selects nothing; `check_filter` tells.
    """
    mask = np.ones(len(kb), dtype=np.bool_)
    if keep.types:
        wanted = np.array([not keep.types.isdisjoint(types) for types in kb.type_sets()])
        mask &= wanted[kb.arrays["concept-types"]]
    if keep.taxa:
        wanted = np.array([not taxon or taxon in keep.taxa for taxon in kb.taxa()])
        mask &= wanted[kb.arrays["concept-taxon"]]
    if keep.sources:
        mask &= _with_a_name(kb, "name-source", kb.manifest.vocabularies, keep.sources)
    if keep.languages:
        mask &= _with_a_name(kb, "name-language", kb.manifest.languages, keep.languages | {""})
    if keep.under:
        mask &= kb.subtree(sorted(keep.under))
    if keep.allow:
        mask &= _these(kb, keep.allow)
    if keep.deny:
        mask &= ~_these(kb, keep.deny)
    mask.flags.writeable = False
    return mask


def selected_names(kb: KnowledgeBase, keep: Filter) -> _Mask:
    """Give bool[kb.name_count]: the names by which the concepts that pass the filter may be found.

    These are all of theirs; where languages are asked for, those in one of them and those in none that is
    stated.
    """
    mask: _Mask = kb.select(keep)[kb.name_concepts]
    if keep.languages:
        mask &= _of_values(kb, "name-language", kb.manifest.languages, keep.languages | {""})
    mask.flags.writeable = False
    return mask


def check_filter(kb: KnowledgeBase, keep: Filter) -> None:
    """Refuse a filter that names what the knowledge base does not have.

    Raises:
        KnowledgeBaseError: at an unknown type, source, language, taxon, or root of a subtree.
    """
    types = frozenset(each for types in kb.type_sets() for each in types)
    _check_known(kb, "type", keep.types, types)
    _check_known(kb, "taxon", keep.taxa, frozenset(kb.taxa()) - {""})
    _check_known(kb, "source", keep.sources, frozenset(kb.manifest.vocabularies))
    _check_known(kb, "language", keep.languages, frozenset(kb.manifest.languages) - {""})
    for root in sorted(keep.under):
        if not kb.resolve(root):
            raise KnowledgeBaseError(f"{kb.path}: no concept {root} to take the subtree of")


def _with_a_name(kb: KnowledgeBase, column: str, values: Sequence[str], asked: frozenset[str]) -> _Mask:
    """Tell which concepts have a name of a value asked for."""
    mask = np.zeros(len(kb), dtype=np.bool_)
    mask[kb.name_concepts[_of_values(kb, column, values, asked)]] = True
    return mask


def _of_values(kb: KnowledgeBase, column: str, values: Sequence[str], asked: frozenset[str]) -> _Mask:
    """Tell of which names the number in the column is that of a value asked for."""
    mask: _Mask = np.array([value in asked for value in values])[kb.arrays[column]]
    return mask


def _these(kb: KnowledgeBase, concept_ids: Iterable[str]) -> _Mask:
    mask = np.zeros(len(kb), dtype=np.bool_)
    ids = sorted(concept_ids)
    found = kb.ordinals(ids)
    for concept_id in ids:
        if concept_id not in found:
            found.update(kb.ordinals(kb.resolve(concept_id)))
    mask[list(found.values())] = True
    return mask


def _check_known(kb: KnowledgeBase, kind: str, wanted: frozenset[str], known: frozenset[str]) -> None:
    unknown = sorted(wanted - known)
    if unknown:
        shown = ", ".join(sorted(known)[:12]) or "none"
        raise KnowledgeBaseError(f"{kb.path}: no {kind} {unknown[0]!r}; it has {shown}")
