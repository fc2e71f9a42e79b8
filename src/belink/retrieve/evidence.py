"""What all lists together say of each concept: the features that `belink.retrieve.learnt` weighs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from belink.retrieve.allowed import Allowed
from belink.retrieve.broader import Broader, Hierarchy, broader
from belink.retrieve.dense import similarities
from belink.retrieve.dense_list import Dense
from belink.retrieve.exact import SameNames
from belink.retrieve.fusion import NO_MATCHES, SOURCES, Matches, reciprocal_ranks
from belink.retrieve.id_numbers import IdNumbers
from belink.retrieve.labelled import NONE_LABELLED, LabelledForms, labelled_forms
from belink.retrieve.learnt import FEATURES, LEAST_ORGANISM, Evidence
from belink.retrieve.lexical import EDIT_EXPONENT, MAX_QUERY_LENGTH
from belink.retrieve.likeness import letters_and_words, numbers
from belink.retrieve.postings import NameArrays, slice_names
from belink.types import CandidateSource

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

Values = NDArray[np.float64]
Ids = NDArray[np.int32]
Places = NDArray[np.intp]

_PREFERRED, _EXACT_ALIAS = 0, 1
_SUPPLEMENTARY, _HEADINGS = "MESH:C", "MESH:D"
_NO_ROWS = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Asked:
    """All of a query that retrieval looks at.

    Attributes:
        text: the expansion where there is one, else the mention.
        short: the mention where there is an expansion.
        variants: other ways to write them.
        organisms: taxa with their probabilities.
        type: entity type that the candidates must have; "" for any.
        weights: type of mention by whose weights they are scored.
        k: how many are wanted.
        towards: texts that the vector of `text` is moved towards.
        everyday: folded, what `belink.text.thesaurus` knows `text` or `short` to stand for.
    """

    text: str
    short: str | None
    variants: tuple[str, ...]
    organisms: tuple[tuple[str, float], ...]
    type: str
    weights: str
    k: int
    towards: tuple[str, ...] = ()
    everyday: tuple[str, ...] = ()

    @property
    def embedded(self) -> tuple[str, ...]:
        """What is looked up in every list."""
        return (self.text,) if self.short is None else (self.text, self.short)

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is looked up."""
        return self.embedded + self.variants


@dataclass(frozen=True, slots=True)
class TextLists:
    """What a text found: its folded form, same names, similar names, its vector and the names near it."""

    form: str
    same: SameNames
    lexical: Matches
    vector: NDArray[np.float32] | None
    dense: Matches

    @property
    def rows(self) -> tuple[Ids, ...]:
        """All rows found."""
        return self.same.normalised, self.same.bags, self.lexical.rows, self.dense.rows


@dataclass(frozen=True, slots=True)
class Names:
    """Where the names are that evidence is about.

    Attributes:
        kb: holds them.
        arrays: of its lexical index.
        numbers: of each name row its name in these arrays; [rows of the KB].
        taxa: number of each taxon in the column `concept-taxon`.
        of_taxon: by number in that column, whether it stands for a taxon.
        dense: where their vectors are; None for none.
        hierarchy: which concepts are broader.
        supplementary: ordinals of the supplementary records of MeSH.
        labelled: in how many ways labelled texts name the concepts.
        id_numbers: numbers in the identifiers of concepts.
    """

    kb: KnowledgeBase
    arrays: NameArrays
    numbers: Ids
    taxa: Mapping[str, int]
    of_taxon: NDArray[np.bool_]
    dense: Dense | None
    hierarchy: Hierarchy
    supplementary: range
    labelled: LabelledForms
    id_numbers: IdNumbers


def names_of(kb: KnowledgeBase, arrays: NameArrays, dense: Dense | None, *, labelled: bool = True) -> Names:
    """Gather what `evidence` reads; without `labelled`, no concept counts as labelled before."""
    numbers = np.empty(kb.name_count, dtype=np.int32)
    counts = np.diff(arrays.row_starts)
    numbers[arrays.rows] = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    taxa = {taxon: number for number, taxon in enumerate(kb.taxa()) if taxon}
    of_taxon = np.array([bool(taxon) for taxon in kb.taxa()])
    supplementary = range(_place(kb, _SUPPLEMENTARY), _place(kb, _HEADINGS))
    known = labelled_forms(kb) if labelled else NONE_LABELLED
    hierarchy, id_numbers = Hierarchy(kb), IdNumbers(kb)
    return Names(kb, arrays, numbers, taxa, of_taxon, dense, hierarchy, supplementary, known, id_numbers)


def _place(kb: KnowledgeBase, start: str) -> int:
    """Give the ordinal of the first concept whose id is not before a string."""
    return bisect_left(range(len(kb)), start, key=lambda ordinal: kb.concept_ids((ordinal,))[0])


def evidence(
    names: Names, asked: Asked, lists: Mapping[str, TextLists], allowed: Allowed | None = None
) -> Evidence:
    """Describe every concept that some list of a query proposed, and those directly above the first of them.

    Args:
        names: where the names are.
        asked: the query.
        lists: what each of its texts found.
        allowed: what may be found; None allows all.
    """
    found = [lists[text] for text in asked.embedded]
    near = [some for each in found for some in (each.lexical, each.dense)]
    above = broader(names.hierarchy, near, None if allowed is None else allowed.concepts)
    found += [replace(lists[text], vector=None, dense=NO_MATCHES) for text in asked.variants]
    first_rows = names.kb.arrays["concept-row"] if allowed is None else allowed.first_rows
    firsts = first_rows[above.concepts]
    rows = np.unique(np.concatenate([firsts, *(rows for each in found for rows in each.rows)]))
    owners = names.kb.name_concepts[rows]
    if not len(rows):
        return Evidence(_NO_ROWS, _NO_ROWS, np.zeros((0, len(FEATURES))), ())
    starts = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
    concepts = owners[starts]
    forms = slice_names(names.arrays.text, names.arrays.text_starts, names.numbers[rows])
    strings = _similar(found, rows, forms)
    cosines = np.array([_cosines(names.dense, each.vector, rows) for each in found])
    total = strings.max(axis=0) + cosines.max(axis=0)
    best = _first_best(total, starts)
    slots, named = strings[:, best].argmax(axis=0), [forms[place] for place in best]
    columns = {
        **_of_texts(asked, found, rows, starts, strings, cosines),
        **_of_names(names, rows[best], named, [found[slot].form for slot in slots]),
        **letters_and_words(named, [each.form for each in found[: len(asked.embedded)]]),
        **_of_concepts(names, concepts, asked.organisms),
        **_of_narrower(above, concepts),
        "same_text": _reduced(_same_text(names.kb, asked, found, rows), starts),
    }
    features = np.array([columns[name] for name in FEATURES]).T.copy()
    return Evidence(concepts, rows[best], features, _sources(found, rows, starts, columns["exact"]))


def _of_texts(
    asked: Asked, found: Sequence[TextLists], rows: Ids, starts: Places, strings: Values, cosines: Values
) -> dict[str, Values]:
    """Say how the names of each concept match each text."""
    blank = np.zeros(len(starts))
    features = {
        "exact": _reduced(_member(found[0].same.normalised, rows), starts),
        "same_words": _reduced(_member(found[0].same.bags, rows), starts),
        "lexical": np.maximum.reduceat(strings[0], starts),
        "dense": np.maximum.reduceat(cosines[0], starts),
        "lexical_rank": _reduced(_reciprocal_ranks(found[0].lexical, rows), starts),
        "dense_rank": _reduced(_reciprocal_ranks(found[0].dense, rows), starts),
        **dict.fromkeys(("short_exact", "short_lexical", "short_dense"), blank),
        **dict.fromkeys(("variant_exact", "variant_form", "variant_lexical"), blank),
        **dict.fromkeys(("variant_shorter", "shorter_lexical", "everyday"), blank),
    }
    if asked.short is not None:
        features["short_exact"] = _reduced(_member(found[1].same.normalised, rows), starts)
        features["short_lexical"] = np.maximum.reduceat(strings[1], starts)
        features["short_dense"] = np.maximum.reduceat(cosines[1], starts)
    if asked.variants:
        first = len(found) - len(asked.variants)
        same, exact = np.array(
            [
                (_member(each.same.normalised, rows, 1 / place), _member(each.same.bags, rows, 1 / place))
                for place, each in enumerate(found[first:], start=1)
            ]
        ).swapaxes(0, 1)
        features["variant_exact"] = _reduced(exact.max(axis=0), starts)
        features["variant_form"] = _reduced(same.max(axis=0), starts)
        features["variant_lexical"] = _reduced(strings[first:].max(axis=0), starts)
        shorter = np.array([[len(text) < len(asked.text)] for text in asked.variants])
        features["variant_shorter"] = _reduced((exact * shorter).max(axis=0), starts)
        features["shorter_lexical"] = _reduced((strings[first:] * shorter).max(axis=0), starts)
        told = np.array([[each.form in asked.everyday] for each in found[first:]])
        features["everyday"] = _reduced(((exact > 0) * told).max(axis=0), starts)
    return features


def _of_names(names: Names, rows: Ids, forms: Sequence[str], texts: Sequence[str]) -> dict[str, Values]:
    """Describe the name of each concept that matched best, beside the text it matched."""
    scopes = names.kb.arrays["name-scope"][rows]
    differ = [numbers(form) != numbers(text) for form, text in zip(forms, texts, strict=True)]
    lengths = np.array([list(map(len, forms)), list(map(len, texts))], dtype=np.float64)
    return {
        "numbers_differ": np.array(differ, dtype=np.float64),
        "length": lengths.min(axis=0) / np.maximum(lengths.max(axis=0), 1.0),
        "preferred": (scopes == _PREFERRED).astype(np.float64),
        "other_scope": (scopes > _EXACT_ALIAS).astype(np.float64),
        "log_homonyms": np.log(np.maximum(names.kb.arrays["name-homonyms"][rows], 1)),
    }


def _of_concepts(names: Names, concepts: Ids, organisms: Sequence[tuple[str, float]]) -> dict[str, Values]:
    first_rows, supplementary = names.kb.arrays["concept-row"], names.supplementary
    features = {
        "log_names": np.log(first_rows[concepts + 1] - first_rows[concepts]),
        "organism": np.zeros(len(concepts)),
        "first_organism": np.zeros(len(concepts)),
        "labelled_forms": names.labelled.of(concepts),
        "id_number": names.id_numbers.of(concepts),
        "supplementary": ((concepts >= supplementary.start) & (concepts < supplementary.stop)) * 1.0,
    }
    if not organisms or not names.taxa:
        return features
    taxa = names.kb.arrays["concept-taxon"][concepts]
    chances = np.full(len(names.of_taxon), LEAST_ORGANISM)
    known = [(names.taxa[taxon], chance) for taxon, chance in organisms if taxon in names.taxa]
    for number, chance in known:
        chances[number] = max(chance, LEAST_ORGANISM)
    features["organism"] = np.where(names.of_taxon[taxa], np.log(chances[taxa]), 0.0)
    first = names.taxa.get(organisms[0][0], -1)
    features["first_organism"] = (taxa == first).astype(np.float64)
    return features


def _of_narrower(above: Broader, concepts: Ids) -> dict[str, Values]:
    """Say what the concepts below each say for it."""
    features = {"narrower": np.zeros(len(concepts)), "narrower_share": np.zeros(len(concepts))}
    places = np.searchsorted(concepts, above.concepts)
    features["narrower"][places] = above.best
    features["narrower_share"][places] = above.share
    return features


def _similar(found: Sequence[TextLists], rows: Ids, forms: Sequence[str]) -> Values:
    """Give the string similarity of each row with each text; [texts, rows]."""
    values = np.zeros((len(found), len(rows)))
    named = [slot for slot, each in enumerate(found) if each.form]
    texts = [found[slot].form[:MAX_QUERY_LENGTH] for slot in named]
    in_order = process.cdist(texts, forms, scorer=fuzz.ratio, dtype=np.float64)
    sorted_words = process.cdist(texts, forms, scorer=fuzz.token_sort_ratio, dtype=np.float64)
    values[named] = ((np.maximum(in_order, sorted_words) / 100) ** EDIT_EXPONENT).round(6)
    for each, own in zip(found, values, strict=True):
        places = np.searchsorted(rows, each.lexical.rows)
        own[places] = np.maximum(own[places], each.lexical.scores)
    return values


def _cosines(dense: Dense | None, vector: NDArray[np.float32] | None, rows: Ids) -> Values:
    """Give the similarity of each row with a text; 0 where either has no letter or digit."""
    found = np.zeros(len(rows))
    if dense is not None and vector is not None:
        numbers = dense.index.numbers[rows]
        named = numbers >= 0
        found[named] = similarities(dense.index.vectors, vector, numbers[named])
    return found


def _same_text(kb: KnowledgeBase, asked: Asked, found: Sequence[TextLists], rows: Ids) -> Values:
    """Tell which rows are written as the expansion or the mention."""
    marks = np.zeros(len(rows))
    for text, each in zip(asked.embedded, found, strict=False):
        same = [name.row for name in kb.names_at(each.same.normalised) if name.alias == text]
        marks[np.searchsorted(rows, same)] = 1.0
    return marks


def _member(some: Ids, rows: Ids, mark: float = 1.0) -> Values:
    marks = np.zeros(len(rows))
    if len(some):
        marks[np.searchsorted(rows, some)] = mark
    return marks


def _reciprocal_ranks(matches: Matches, rows: Ids) -> Values:
    values = np.zeros(len(rows))
    values[np.searchsorted(rows, matches.rows)] = reciprocal_ranks(matches.scores)
    return values


def _reduced(values: Values, starts: Places) -> Values:
    reduced: Values = np.maximum.reduceat(values, starts)
    return reduced


def _first_best(values: Values, starts: Places) -> Places:
    """Give the place of the largest value of each concept, the first of equal ones."""
    groups = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(values))))
    order = np.lexsort((-values, groups))
    return order[starts]


def _sources(
    found: Sequence[TextLists], rows: Ids, starts: Places, exact: Values
) -> tuple[CandidateSource, ...]:
    """Give the first list that has each concept; "broader" for those that only stand above what it has."""
    strings = np.concatenate([some for each in found for some in each.rows[:3]])
    lexical = _reduced(_member(strings, rows), starts)
    dense = _reduced(_member(np.concatenate([each.dense.rows for each in found]), rows), starts)
    places = np.where(exact > 0, 0, np.where(lexical > 0, 1, np.where(dense > 0, 2, 3)))
    return tuple(map(SOURCES.__getitem__, places.tolist()))
