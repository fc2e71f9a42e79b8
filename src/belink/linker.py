"""The Python entrance: load once, link as much as you like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from belink.accepted import accepted
from belink.config import (
    DetectSettings,
    KnowledgeBaseSettings,
    LinkSettings,
    Progress,
    RerankSettings,
    RetrieveSettings,
    Settings,
    Spans,
    entity_types,
)
from belink.detect.coordinated import chosen, joined, with_parts
from belink.errors import ConfigError
from belink.link import Explanation, Found, explain, find, find_queries, judge
from belink.rerank.explanation import explain_gate
from belink.retrieve.reasons import reasons
from belink.stages.detection import build_acceptance, build_detector
from belink.stages.reranking import build_reranker, build_thresholds, build_weighing, by_letters
from belink.stages.retrieval import (
    Explainer,
    build_explained_retriever,
    build_reformulator,
    build_retriever,
    retrieval_probability,
)
from belink.stages.stream import ahead, batches
from belink.stages.vocabulary import build_filter, open_knowledge_base
from belink.types import Candidate, Decision, Detector, Document, Linked, Mention, Query, Retriever

if TYPE_CHECKING:
    from belink.detect.combination import Combination
    from belink.kb.store import KnowledgeBase
    from belink.rerank.rerankers import SetwiseReranker
    from belink.rerank.weighing import Weighing
    from belink.retrieve.reasons import Reason
    from belink.retrieve.reformulate import Reformulator


@dataclass(frozen=True, slots=True)
class Linker:
    """A loaded pipeline; safe to share between threads.

    >>> from belink import Linker
    >>> linker = Linker.load(encoder="none")  # without it, names worded otherwise are found too
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
    why: Explainer
    rerank: SetwiseReranker | None
    weighing: Weighing | None
    retrieval_probability: Callable[[tuple[Candidate, ...]], float]
    min_probability: float | Callable[[str], float]
    acceptance: Combination | None
    reformulate: Reformulator | None = None

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
        language: Sequence[str] = (),
        allow: Sequence[str | Path] = (),
        deny: Sequence[str | Path] = (),
        memory: Sequence[str | Path] = (),
        encoder: str = "default",
        reranker: str = "default",
        k: int = 10,
        min_probability: float = 0.0,
        target_precision: float | None = None,
    ) -> Linker:
        """Load a pipeline from a few choices; `from_settings` takes all there are.

        Args:
            kb: folder of a knowledge base made by `belink kb build`; None takes the embedded MeSH
                diseases and chemicals, indexed into the user's cache on first use.
            spans: "detect" finds mentions, "given" takes the documents' annotations.
            types: entity types to link ("Disease", "Chemical", ...); empty links all.
            under: link only to these concepts and those below them; these filters need no new index.
            taxon: link only to concepts of these organisms ("9606"), the likeliest first, and to those of
                none.
            source: link only to concepts that have a name from one of these vocabularies.
            language: find concepts only by names in one of these languages ("en"), or in none that is
                stated.
            allow: files of ids, one a line, of the only concepts to link to.
            deny: files of ids of concepts not to link to.
            memory: files of labelled mentions, which are more names of their concepts: annotated documents,
                or lines of a mention, a tab and its id.
            encoder: what finds names worded unlike the mention: "default" takes the one that ships, else
                the folder of another, or "none". The first use with a small knowledge base embeds its names.
            reranker: what chooses among the candidates: "default" takes the one that ships, else the folder
                of another, the URL of an OpenAI-compatible endpoint, or "none".
            k: how many candidates the re-ranker chooses among, 1 to 20.
            min_probability: give out no concept less probable than this, in [0, 1].
            target_precision: instead, give out no concept less probable than what gave this precision, in
                (0, 1), on development documents.

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
                language=tuple(language),
                allow=tuple(map(Path, allow)),
                deny=tuple(map(Path, deny)),
                memory=tuple(map(Path, memory)),
            ),
            detect=DetectSettings(spans=spans, types=entity_types(tuple(types))),
            retrieve=RetrieveSettings(encoder=encoder),
            rerank=RerankSettings(reranker=reranker, k=k),
            link=LinkSettings(min_probability=min_probability, target_precision=target_precision),
        )
        return cls.from_settings(settings)

    @classmethod
    def from_settings(cls, settings: Settings, progress: Progress | None = None) -> Linker:
        """Load the pipeline that the settings describe; `progress` is told of indexes being built."""
        kb = open_knowledge_base(settings.kb, progress)
        keep = build_filter(settings.kb, kb)
        weighing = build_weighing(settings.rerank)
        acceptance = build_acceptance(settings)
        least = build_thresholds(settings.link, weighing, acceptance, kb, settings.detect.types)
        reformulate = build_reformulator(settings.reformulate)

        def everything() -> Retriever:
            memory = settings.kb.memory
            return build_retriever(settings.retrieve, kb, progress, None, memory, reformulate)

        load = partial(build_reranker, settings.rerank, kb)
        with ThreadPoolExecutor(max_workers=1) as beside:  # vLLM in this process wants the main thread
            loading = None if by_letters(settings.rerank.reranker) else beside.submit(load)
            retrieve, why = build_explained_retriever(
                settings.retrieve, kb, progress, keep, settings.kb.memory, reformulate
            )
            detect = build_detector(settings.detect, kb, keep, everything, settings.kb.organisms)
            rerank = load() if loading is None else loading.result()
        return cls(
            settings=settings,
            kb=kb,
            retrieve=retrieve,
            why=why,
            detect=detect,
            rerank=rerank,
            weighing=weighing,
            retrieval_probability=retrieval_probability,
            min_probability=least,
            acceptance=acceptance,
            reformulate=reformulate,
        )

    def link(self, text: str | Sequence[Document]) -> list[Decision]:
        """Link a text, or documents with distinct ids: one decision a mention, in order of position.

        A plain text is a document with the id "text".
        """
        return self._decide(*self._find((Document("text", text),) if isinstance(text, str) else text))

    def _find(self, docs: Sequence[Document]) -> tuple[list[Mention], Found]:
        """Find the mentions, and candidates for them and, where they were detected, for their parts."""
        found = self.detect(docs)
        given = self.settings.detect.spans == "given"
        asked = find(
            docs,
            detect=lambda _: found if given else [with_parts(mentions) for mentions in found],
            retrieve=self.retrieve,
            k=self.settings.rerank.k,
            retrieved=self.settings.retrieve.retrieved,
            organisms=self.settings.kb.organisms,
        )
        return [mention for own in found for mention in own], asked

    def _decide(self, mentions: Sequence[Mention], found: Found) -> list[Decision]:
        decisions = judge(
            found,
            rerank=self.rerank,
            retrieval_probability=self.retrieval_probability,
            k=self.settings.rerank.k,
            min_probability=self._least,
            settled=None if self._gate is None else self._gate.settles,
        )
        if self.settings.detect.spans == "given":
            return decisions
        return self._accept(joined(mentions, decisions))

    def _accept(self, decisions: list[Decision]) -> list[Decision]:
        if self.acceptance is None:
            return decisions
        return accepted(decisions, self.acceptance, self.min_probability)

    @property
    def _least(self) -> float | Callable[[str], float]:
        """Give what `judge` leaves out: nothing where links are judged again, with their mentions."""
        return self.min_probability if self.acceptance is None else 0.0

    def explain(self, text: str | Sequence[Document]) -> list[Explanation]:
        """Link as `link` does, and tell of each decision what was asked, answered and found.

        A coordinated mention that is linked by its parts is told of part by part.
        """
        docs = (Document("text", text),) if isinstance(text, str) else text
        if self.settings.detect.spans == "given":
            return self._explain_mentions(docs, self.detect)
        found = self.detect(docs)
        told = self._explain_mentions(docs, lambda _: [with_parts(mentions) for mentions in found])
        mentions = [mention for own in found for mention in own]
        decisions = [each.decision for each in told]
        return [
            each
            for decision, (whole, places) in zip(
                joined(mentions, decisions), chosen(mentions, decisions), strict=True
            )
            for final in self._accept([decision])
            for each in _told_of(final, told[whole], [told[place] for place in places])
        ]

    def _explain_mentions(self, docs: Sequence[Document], detect: Detector) -> list[Explanation]:
        return explain(
            docs,
            detect=detect,
            retrieve=self.retrieve,
            rerank=self.rerank,
            retrieval_probability=self.retrieval_probability,
            reasons=self._reasons,
            k=self.settings.rerank.k,
            retrieved=self.settings.retrieve.retrieved,
            min_probability=self._least,
            gate=None if self._gate is None else partial(explain_gate, self._gate),
            organisms=self.settings.kb.organisms,
        )

    @property
    def _gate(self) -> Weighing | None:
        """Give what tells where the re-ranker need not be asked; None where it always is."""
        return self.weighing if self.settings.rerank.gate else None

    def _reasons(
        self, queries: Sequence[Query], candidates: Sequence[tuple[Candidate, ...]]
    ) -> list[tuple[Reason, ...]]:
        k = max(self.settings.rerank.k, self.settings.retrieve.retrieved)
        found = zip(queries, candidates, self.why(queries, k), strict=True)
        return [tuple(reasons(self.kb, query, some, evidence)) for query, some, evidence in found]

    def link_stream(self, docs: Iterable[Document]) -> Iterator[tuple[Document, tuple[Decision, ...]]]:
        """Link any number of documents in constant memory: each with its decisions, in the order given.

        While the mentions of some documents are decided, those of the next are found in another thread.
        """
        for batch, asked in ahead(batches(docs), self._find):
            found: dict[str, list[Decision]] = {doc.id: [] for doc in batch}
            for decision in self._decide(*asked):
                found[decision.mention.document_id].append(decision)
            for doc in batch:
                yield doc, tuple(found[doc.id])

    def explain_stream(self, docs: Iterable[Document]) -> Iterator[tuple[Document, tuple[Explanation, ...]]]:
        """Link as `link_stream` does, and tell why."""
        for batch in batches(docs):
            found: dict[str, list[Explanation]] = {doc.id: [] for doc in batch}
            for each in self.explain(batch):
                found[each.decision.mention.document_id].append(each)
            for doc in batch:
                yield doc, tuple(found[doc.id])

    def letter_prior(self, docs: Sequence[Document], most: int = 32) -> tuple[tuple[float, ...], int]:
        """Estimate how much a re-ranker that answers with letters prefers some, for `rerank.prior`.

        Args:
            docs: any with mentions, each name in which is asked about once; no labels are needed.
            most: mentions to ask about, in `k + 1` orders each.

        Returns:
            The prior of the letters, and of how many mentions it is made.

        Raises:
            ConfigError: there is no re-ranker, or too few candidates in `docs`.
        """
        from belink.rerank.prior import letter_prior

        if self.rerank is None:
            raise ConfigError("no re-ranker has no letters: name a URL or vllm:MODEL")
        found = find_queries(docs, self.detect, self.settings.kb.organisms)
        queries = list({query.mention.text: query for query in found}.values())
        return letter_prior(
            self.rerank, queries, self.retrieve(queries, self.settings.rerank.k + 1), most=most
        )


def _told_of(final: Decision, whole: Explanation, parts: list[Explanation]) -> list[Explanation]:
    """Give what is told of an accepted mention: of its parts, if their concepts are given out."""
    if parts != [whole] and isinstance(final.verdict, Linked):
        return parts
    decision = replace(whole.decision, verdict=final.verdict, probability=final.probability)
    return [replace(whole, decision=decision)]
