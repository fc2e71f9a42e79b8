"""The Python entrance: load once, link as much as you like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from belink.config import (
    DetectSettings,
    Gate,
    KnowledgeBaseSettings,
    LinkSettings,
    Progress,
    RerankSettings,
    RetrieveSettings,
    Settings,
    Spans,
    build_detector,
    build_filter,
    build_gate,
    build_reranker,
    build_retriever,
    entity_types,
    open_knowledge_base,
    retrieval_probability,
)
from belink.kb.curies import to_curie
from belink.link import link
from belink.types import Candidate, Decision, Detector, Document, Reranker, Retriever

if TYPE_CHECKING:
    from belink.kb.store import KnowledgeBase

BATCH_DOCUMENTS = 64
BATCH_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Linker:
    """A loaded pipeline; safe to share between threads.

    >>> from belink import Linker
    >>> linker = Linker.load()
    >>> for decision in linker.link("Naloxone reverses clonidine-induced hypotension."):
    ...     print(decision.mention.text, decision.verdict.concept_ids)
    Naloxone ('MESH:D009270',)
    clonidine ('MESH:D003000',)
    hypotension ('MESH:D007022',)
    """

    settings: Settings
    kb: KnowledgeBase
    detect: Detector
    retrieve: Retriever
    rerank: Reranker | None
    retrieval_probability: Callable[[tuple[Candidate, ...]], float]
    settled: Gate | None

    @classmethod
    def load(
        cls,
        kb: str | Path | None = None,
        *,
        spans: Spans = "detect",
        types: Sequence[str] = (),
        under: Sequence[str] = (),
        taxon: Sequence[str] = (),
        source: Sequence[str] = (),
        allow: Sequence[str | Path] = (),
        deny: Sequence[str | Path] = (),
        encoder: str = "default",
        reranker: str = "default",
        k: int = 10,
        min_probability: float = 0.0,
    ) -> Linker:
        """Load a pipeline from a few choices; `from_settings` takes all there are.

        Args:
            kb: folder of a knowledge base made by `belink kb build`; None takes the embedded MeSH
                diseases and chemicals, indexed into the user's cache on first use.
            spans: "detect" finds mentions, "given" takes the documents' annotations.
            types: entity types to link ("Disease", "Chemical", ...); empty links all.
            under: link only to these concepts and those below them; these five filters need no new index.
            taxon: link only to concepts of these organisms ("9606"), the likeliest first, and to those of
                none.
            source: link only to concepts that have a name from one of these vocabularies.
            allow: files of ids, one a line, of the only concepts to link to.
            deny: files of ids of concepts not to link to.
            encoder: what finds names worded unlike the mention: "default" takes the one that ships, else
                the folder of another, or "none". The first use with a small knowledge base embeds its names.
            reranker: what chooses among the candidates: "default" takes the one that ships, else the folder
                of another, the URL of an OpenAI-compatible endpoint, or "none".
            k: how many candidates the re-ranker chooses among, 1 to 20.
            min_probability: give out no concept less probable than this, in [0, 1].

        Raises:
            ConfigError: a choice is wrong.
            KnowledgeBaseError: the knowledge base is missing or damaged.
            ModelError: the re-ranker cannot be used.
        """
        settings = Settings(
            kb=KnowledgeBaseSettings(
                path=Path(kb) if kb is not None else None,
                under=tuple(under),
                taxon=tuple(taxon),
                source=tuple(source),
                allow=tuple(map(Path, allow)),
                deny=tuple(map(Path, deny)),
            ),
            detect=DetectSettings(spans=spans, types=entity_types(tuple(types))),
            retrieve=RetrieveSettings(encoder=encoder),
            rerank=RerankSettings(reranker=reranker, k=k),
            link=LinkSettings(min_probability=min_probability),
        )
        return cls.from_settings(settings)

    @classmethod
    def from_settings(cls, settings: Settings, progress: Progress | None = None) -> Linker:
        """Load the pipeline that the settings describe; `progress` is told of indexes being built."""
        kb = open_knowledge_base(settings.kb, progress)
        keep = build_filter(settings.kb, kb)
        return cls(
            settings=settings,
            kb=kb,
            retrieve=build_retriever(settings.retrieve, kb, progress, keep),
            detect=build_detector(settings.detect, kb, keep),
            rerank=build_reranker(settings.rerank, kb),
            settled=build_gate(settings.rerank),
            retrieval_probability=retrieval_probability,
        )

    def link(self, text: str | Sequence[Document]) -> list[Decision]:
        """Link a text, or documents with distinct ids: one decision a mention, in order of position.

        A plain text is a document with the id "text".
        """
        docs = (Document("text", text),) if isinstance(text, str) else text
        return link(
            docs,
            detect=self.detect,
            retrieve=self.retrieve,
            rerank=self.rerank,
            retrieval_probability=self.retrieval_probability,
            k=self.settings.rerank.k,
            retrieved=self.settings.retrieve.retrieved,
            min_probability=self.settings.link.min_probability,
            settled=self.settled,
            organisms=[to_curie(taxon, "NCBITaxon") for taxon in self.settings.kb.taxon],
        )

    def link_stream(self, docs: Iterable[Document]) -> Iterator[tuple[Document, tuple[Decision, ...]]]:
        """Link any number of documents in constant memory: each with its decisions, in the order given."""
        for batch in batches(docs):
            found: dict[str, list[Decision]] = {doc.id: [] for doc in batch}
            for decision in self.link(batch):
                found[decision.mention.document_id].append(decision)
            for doc in batch:
                yield doc, tuple(found[doc.id])


def batches(docs: Iterable[Document]) -> Iterator[list[Document]]:
    """Cut a stream into lists of at most `BATCH_DOCUMENTS` documents and about `BATCH_CHARACTERS`."""
    batch: list[Document] = []
    characters = 0
    for doc in docs:
        batch.append(doc)
        characters += len(doc.text)
        if len(batch) >= BATCH_DOCUMENTS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
