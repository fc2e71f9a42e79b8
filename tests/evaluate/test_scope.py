"""End to end, only what the corpus annotates is scored: types, and parts of a knowledge base."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from belink.evaluate.measures import Counts
from belink.evaluate.records import flat_record, render_markdown
from belink.evaluate.scope import narrowed
from belink.evaluate.summary import Evaluation, evaluate
from belink.evaluate.vocabulary import Vocabulary
from belink.types import Decision, Document, Span

Make = Callable[..., Document]
Decide = Callable[..., Decision]


@pytest.fixture
def doc(document: Make) -> Document:
    """A disease at 0-3, a chemical at 6-13, a disease without an id at 16-21."""
    made = document("d", ("flu", "K:3"), ("aspirin", "C:1"), ("ghost", ""))
    flu, aspirin, ghost = made.annotations
    chemical = replace(aspirin, mention=replace(aspirin.mention, type="Chemical"))
    return replace(made, annotations=(flu, chemical, ghost))


def typed(decision: Decision, entity_type: str) -> Decision:
    return replace(decision, mention=replace(decision.mention, type=entity_type))


def beside(decision: Decision) -> Decision:
    """The same where the gold has nothing."""
    return replace(decision, mention=replace(decision.mention, spans=(Span(90, 93),)))


def end_to_end(
    gold: list[Document], decisions: list[Decision], vocabulary: Vocabulary, entity_type: str | None = None
) -> Evaluation:
    return evaluate(
        gold,
        decisions,
        protocol="end-to-end",
        vocabulary=vocabulary,
        entity_type=entity_type,
        name="toy",
        samples=10,
    )


def counts(evaluation: Evaluation) -> dict[str, Counts]:
    """Give the strict counts by type; "" is all types together."""
    assert evaluation.end_to_end is not None
    by_type = {name: figures.strict.counts for name, figures in evaluation.end_to_end_by_type}
    return {"": evaluation.end_to_end.strict.counts, **by_type}


@pytest.fixture
def both() -> Vocabulary:
    """K:... are diseases, C:... chemicals."""
    return Vocabulary(
        lambda id_: (id_,), types=lambda id_: ("Disease",) if id_.startswith("K") else ("Chemical",)
    )


def test_each_type_has_its_own_figures(doc: Document, decision: Decide, both: Vocabulary) -> None:
    """One right disease, one wrong chemical: the total is their sum, and each type has a row and keys."""
    found = end_to_end([doc], [decision(doc, 0, "K:3"), decision(doc, 1, "C:2")], both)
    assert counts(found) == {"": Counts(1, 1, 1), "Chemical": Counts(0, 1, 1), "Disease": Counts(1, 0, 0)}
    record = flat_record(found, "K", 0.0)
    assert (record["strict_f1_Disease"], record["strict_f1_Chemical"], record["strict_f1"]) == (1.0, 0.0, 0.5)
    table = render_markdown([found])
    assert [line.split("|")[2].strip() for line in table.splitlines() if line.startswith("| toy")] == [
        "all",
        "all",
        "Chemical",
        "Disease",
    ]


def test_a_gold_of_one_type_has_one_row(document: Make, decision: Decide, vocabulary: Vocabulary) -> None:
    """Its figures are the total."""
    doc = document("d", ("flu", "K:3"))
    assert end_to_end([doc], [decision(doc, 0, "K:3")], vocabulary).end_to_end_by_type == ()


def test_types_the_corpus_does_not_annotate_are_named(
    doc: Document, decision: Decide, both: Vocabulary
) -> None:
    """A gene where the gold has none is a false positive, and the report says which option leaves it out."""
    gene = beside(typed(decision(doc, 0, "K:9"), "Gene"))
    found = end_to_end([doc], [decision(doc, 0, "K:3"), gene], both)
    assert counts(found)[""] == Counts(1, 1, 1)
    (problem,) = [p for p in found.problems if p.kind == "type that the gold lacks"]
    assert (problem.count, problem.examples) == (1, ("document d at 90-93 'flu' (Gene)",))
    assert "--type" in problem.meaning


def test_with_a_type_the_other_types_are_no_errors(doc: Document, decision: Decide, both: Vocabulary) -> None:
    """Diseases are scored as if no chemical had been annotated or found."""
    chemical = beside(typed(decision(doc, 0, "C:2"), "Chemical"))
    found = end_to_end([doc], [decision(doc, 0, "K:3"), chemical], both, "Disease")
    assert counts(found) == {"": Counts(1, 0, 0)}


def test_an_untyped_decision_is_of_its_concept_s_type(
    doc: Document, decision: Decide, both: Vocabulary
) -> None:
    """A system that names no types is not charged with the chemicals it found."""
    decisions = [typed(decision(doc, 0, "K:3"), ""), beside(typed(decision(doc, 0, "C:2"), ""))]
    assert counts(end_to_end([doc], decisions, both, "Disease")) == {"": Counts(1, 0, 0)}
    assert counts(end_to_end([doc], decisions, Vocabulary(both.resolve), "Disease")) == {"": Counts(1, 1, 0)}


def test_without_types_in_the_decisions_types_are_not_compared(
    doc: Document, decision: Decide, both: Vocabulary
) -> None:
    """Both ids are right though the gold names types and the decisions do not."""
    decisions = [typed(decision(doc, 0, "K:3"), ""), typed(decision(doc, 1, "C:1"), "")]
    assert counts(end_to_end([doc], decisions, both)) == {"": Counts(2, 0, 0)}


def test_concepts_outside_of_what_is_scored_are_passed_over(
    doc: Document, decision: Decide, both: Vocabulary
) -> None:
    """Where only K:... are scored, C:... are neither false positives nor missed, and their number is told."""
    part = replace(
        both,
        resolve=lambda id_: (id_,) if id_.startswith("K") else (),
        outside=lambda id_: id_.startswith("C"),
    )
    decisions = [decision(doc, 0, "K:3|C:2"), beside(decision(doc, 0, "C:2"))]
    found = end_to_end([doc], decisions, part)
    assert found.end_to_end is not None
    assert counts(found) == {"": Counts(1, 0, 0)}
    assert found.end_to_end.detection_strict.counts == Counts(1, 0, 1)  # "ghost" was not found
    (problem,) = [p for p in found.problems if p.kind == "outside what is scored"]
    assert problem.count == 2


def test_misfits_are_explained_as_they_are_scored(doc: Document, decision: Decide, both: Vocabulary) -> None:
    """A decision where the gold has nothing is not scored with given spans, and wrong end to end."""
    extra = [beside(decision(doc, 0, "K:3"))]
    full = evaluate([doc], extra, protocol="full", vocabulary=both, samples=10)
    meanings = [
        next(p.meaning for p in found.problems if p.kind == "decision without gold mention")
        for found in (full, end_to_end([doc], extra, both))
    ]
    assert meanings == [
        "decisions where the gold has nothing; not scored",
        "decisions where the gold has nothing; false positives",
    ]


def test_several_types_may_be_asked_for(doc: Document, decision: Decide) -> None:
    """Decisions of those types stay, and those that name none; without types all stay."""
    made = [typed(decision(doc, 0, "K:3"), kind) for kind in ("Disease", "Chemical", "Gene", "")]
    assert [d.mention.type for d in narrowed(made, ("Disease", "Gene"))] == ["Disease", "Gene", ""]
    assert narrowed(made, ()) == made
