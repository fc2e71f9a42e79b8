"""Every noun of BeLink: frozen records, and the signatures of the stages.

The flow is `Document -> Mention -> Query -> Candidate -> Decision`. Each stage takes a list and returns
a list aligned with it; nothing is changed in place. Standard library only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

EntityType = Literal["Disease", "Chemical", "Gene", "Species", "CellLine", "Variant", "Phenotype"]
"""The kinds of mention BeLink knows. `Mention.type` is one of these where the file's label maps to one
(see `belink.formats.labels`), else the label as it stands in the file."""

AliasScope = Literal["exact", "narrow", "broad", "related", "abbreviation", "labelled"]
"""How an alias relates to its concept: the four scopes of OBO synonyms, a short form, or the surface
form of a labelled mention (`retrieve.memory`)."""

CandidateSource = Literal["exact", "lexical", "dense", "broader", "memory"]
"""The lists; "broader": it is directly above what they found; "memory": a labelled mention names it."""
Stage = Literal["exact", "retrieved", "reranked"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range `[start, end)` of Unicode code points of `Document.text`."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share a code point; symmetric, and spans that only touch do not overlap."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Passage:
    """A named part of a document ("title", "abstract", ...).

    `span` counts in `Document.text`; `offset` is where the file says the passage begins, which differs
    in files whose passages overlap or count from elsewhere.
    """

    name: str
    span: Span
    offset: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a document that names a concept.

    `spans` are sorted, do not overlap, and there are several where the mention is discontinuous;
    `text` is then the parts joined by one space. For one span, `text == document.text[start:end]`.
    `probability` in [0, 1] is how probable its finder holds it to be a mention; None where nobody says so.
    Mentions that differ in nothing else are equal.
    """

    document_id: str
    spans: tuple[Span, ...]
    text: str
    type: str
    probability: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a file says of a mention: gold, or a system's output.

    Attributes:
        id: the annotation's id in its file ("T1"), or "" where the format has none.
        mention: where it stands and what it says.
        label: the type as written in the file ("SpecificDisease"); `mention.type` is the type it maps to.
        identifier: the concept identifier as written in the file, "" where there is none.
        concept_ids: `identifier` parsed into CURIEs in the file's order; several for a composite
            mention; empty where the file names no concept ("-", "-1", "").
    """

    id: str
    mention: Mention
    label: str
    identifier: str
    concept_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its passages and, where the file has them, its annotations.

    `raw` is the document as it stood in its file, tagged with its format: opaque but to the writers of
    `belink.formats`, which lose nothing by it. Empty where the document was made in memory.
    """

    id: str
    text: str
    passages: tuple[Passage, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in an input that did not stop the run.

    `severity`: "warning" (nothing lost), "annotation" (one annotation was left out), "document" (one
    document was left out), "rest" (the rest of the file cannot be read). `where` is "file:line" or "file".
    """

    where: str
    message: str
    severity: Literal["warning", "annotation", "document", "rest"]


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a concept, with its scope and the vocabulary it came from.

    `language` is the code of its language ("en", `kb.languages`), "" where the vocabulary does not say.
    """

    text: str
    scope: AliasScope = "exact"
    source: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """An entry of a knowledge base.

    Attributes:
        id: a CURIE, "MESH:D003924", "NCBIGene:672".
        name: the preferred name.
        aliases: other names, without the preferred one, in the source's order.
        definition: "" where the source has none.
        types: what kind of thing it is; `EntityType` values where known, empty where not.
        parents: ids of broader concepts, sorted.
        xrefs: CURIEs of the same thing in other vocabularies, sorted.
        taxon: CURIE of the organism a gene belongs to ("NCBITaxon:9606"), else None.
        replaced_by: id of the concept that took its place; None for a current concept.
        language: of the preferred name, as `Alias.language`.
    """

    id: str
    name: str
    aliases: tuple[Alias, ...] = ()
    definition: str = ""
    types: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()
    taxon: str | None = None
    replaced_by: str | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A window of the document's text around a mention; `span` is the mention's place in `text`."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Query:
    """A mention as retrieval and re-ranking see it.

    Attributes:
        mention: what is asked about.
        context: where it stands.
        expansion: the mention with its abbreviation written out ("congenital DM" -> "congenital myotonic
            dystrophy"), None where the document defines none.
        variants: other ways to write the mention or its expansion ("E. coli" -> "Escherichia coli"), the
            most trusted first, without either of them; they are asked beside the mention, never instead.
        organisms: of a gene mention, the taxa it may belong to (CURIEs) with their probabilities, by
            falling probability, then by id; empty where nothing is known.
    """

    mention: Mention
    context: Context
    expansion: str | None = None
    variants: tuple[str, ...] = ()
    organisms: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A concept that retrieval proposes for a query.

    Attributes:
        concept_id: id of a concept of the loaded knowledge base.
        alias: the name of the concept that matched best.
        name: the concept's preferred name.
        score: similarity in [0, 1] as its retriever defines it; comparable within one query only.
        source: which list proposed it (the first in the order of `CandidateSource` if several did).
        homonyms: number of concepts in the knowledge base that share the normalised alias, at least 1.
    """

    concept_id: str
    alias: str
    name: str
    score: float
    source: CandidateSource
    homonyms: int = 1


@dataclass(frozen=True, slots=True)
class Linked:
    """The mention names these concepts; several for a composite mention, never empty."""

    concept_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nil:
    """No concept of the knowledge base fits."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer could be had, for a reason that is not about the mention (a server was down)."""

    reason: str


Verdict = Linked | Nil | Failed


@dataclass(frozen=True, slots=True)
class Decision:
    """What BeLink says of a mention.

    Attributes:
        candidates: what there was to choose from, best first.
        verdict: the concepts chosen, none, or a failure.
        probability: that the verdict is right, in [0, 1]; 0 for a failure.
        stage: which stage settled it.
    """

    mention: Mention
    candidates: tuple[Candidate, ...]
    verdict: Verdict
    probability: float
    stage: Stage


@dataclass(frozen=True, slots=True)
class Ranking:
    """A re-ranker's probabilities: one per candidate, in the candidates' order, and of "none of these".

    They add up to 1. `degraded` tells that a served model did not report every option.
    """

    probabilities: tuple[float, ...]
    none_probability: float
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """A set-wise question as a model reads it.

    `option_ends` are, for each option in order with "none of these" last, the code point in `text`
    just behind the option's line: where the in-line readout reads that option's score.
    `letters` are the options' labels, in the same order.
    """

    text: str
    letters: tuple[str, ...]
    option_ends: tuple[int, ...]


class Detector(Protocol):
    """Finds mentions: one tuple per document, sorted by spans, then type."""

    def __call__(self, docs: Sequence[Document], /) -> list[tuple[Mention, ...]]: ...


class Tag(Protocol):
    """Judges documents, shown the dictionary's mentions in each, which may be empty.

    One tuple a document, sorted by spans, then type, of mentions with their probability. The improbable ones
    are among them, down to a low floor: whoever calls chooses what to keep.
    """

    def __call__(
        self, docs: Sequence[Document], dictionary: Sequence[tuple[Mention, ...]], /
    ) -> list[tuple[Mention, ...]]: ...


class Retriever(Protocol):
    """Proposes up to `k` candidates a query: distinct concepts, best first, ties by id."""

    def __call__(self, queries: Sequence[Query], k: int, /) -> list[tuple[Candidate, ...]]: ...


class Reranker(Protocol):
    """Judges all candidates of a query at once; aligned with the queries."""

    def __call__(
        self, queries: Sequence[Query], candidates: Sequence[tuple[Candidate, ...]], /
    ) -> list[Ranking | Failed]: ...


@dataclass(frozen=True, slots=True)
class Logits:
    """A model's unnormalised scores of a prompt's options, in order; `-inf` where it reported none.

    `degraded` tells that some option was missing from the model's answer.
    """

    values: tuple[float, ...]
    degraded: bool = False


class ChoiceModel(Protocol):
    """Scores the options of each prompt: the seam to every runtime."""

    def __call__(self, prompts: Sequence[Prompt], /) -> list[Logits | Failed]: ...
