from __future__ import annotations

from collections.abc import Callable

from belink.evaluate.errors_list import ErrorCase, count_causes, list_errors
from belink.evaluate.protocol import nil
from belink.evaluate.scoring import score
from belink.evaluate.vocabulary import CurrentIds, Vocabulary
from belink.types import Candidate, Decision, Document, Linked

Make = Callable[..., Document]
Decide = Callable[..., Decision]


def errors(gold: Document, decisions: list[Decision | None], vocabulary: Vocabulary) -> tuple[ErrorCase, ...]:
    current = CurrentIds(vocabulary.resolve)
    mentions = nil([gold], [], vocabulary.resolve).mentions
    scored = [score(item, d, current) for item, d in zip(mentions, decisions, strict=True)]
    return list_errors(scored, [gold], vocabulary)


def one(gold: Document, decision: Decision | None, vocabulary: Vocabulary) -> tuple[str, str]:
    (case,) = errors(gold, [decision], vocabulary)
    return case.step, case.kind


def test_each_step_is_told_apart(document: Make, decision: Decide, vocabulary: Vocabulary) -> None:
    """Where the gold was lost follows from the decision alone."""
    doc = document("d", ("grippe", "K:3"))
    unknown = document("d", ("grippe", "K:99"))
    assert one(doc, None, vocabulary)[0] == "no decision"
    assert one(doc, decision(doc, 0, None), vocabulary)[0] == "failed"
    assert one(unknown, decision(doc, 0, "K:1", "K:1"), vocabulary)[0] == "gold not in knowledge base"
    assert one(doc, decision(doc, 0, "K:1"), vocabulary)[0] == "candidates not given"
    assert one(doc, decision(doc, 0, "K:1", "K:1 K:5"), vocabulary)[0] == "missed by retrieval"
    assert one(doc, decision(doc, 0, "", ""), vocabulary)[0] == "missed by retrieval"
    assert one(doc, decision(doc, 0, "", "K:1 K:3"), vocabulary)[0] == "answered none"
    assert one(doc, decision(doc, 0, "K:1", "K:1 K:3"), vocabulary)[0] == "not first in retrieval"
    reranked = decision(doc, 0, "K:1", "K:1 K:3", stage="reranked")
    assert one(doc, reranked, vocabulary)[0] == "lost by re-ranker"


def test_a_parent_is_too_broad_and_a_child_too_narrow(
    document: Make, decision: Decide, vocabulary: Vocabulary
) -> None:
    """K:1 is the parent of K:2."""
    narrow, broad = document("d", ("x", "K:2")), document("d", ("x", "K:1"))
    assert one(narrow, decision(narrow, 0, "K:1"), vocabulary)[1] == "too broad"
    assert one(broad, decision(broad, 0, "K:2"), vocabulary)[1] == "too narrow"


def test_ancestors_count_for_three_generations(document: Make, decision: Decide) -> None:
    """N:4 is the parent of N:5, and so on: N:2 is above N:5 near enough, N:1 is not."""
    chain = Vocabulary(lambda id_: (id_,), parents=lambda id_: (f"N:{int(id_[2:]) - 1}",))
    doc = document("d", ("x", "N:5"))
    assert one(doc, decision(doc, 0, "N:2"), chain)[1] == "too broad"
    assert one(doc, decision(doc, 0, "N:1"), chain)[1] == "other"


def test_a_cycle_among_parents_ends(document: Make, decision: Decide) -> None:
    """Two concepts that are each other's parent do not hang the report."""
    parents = {"A": ("B",), "B": ("A",)}
    cycle = Vocabulary(lambda id_: (id_,), parents=lambda id_: parents.get(id_, ()))
    doc = document("d", ("x", "A"))
    assert one(doc, decision(doc, 0, "C"), cycle)[1] == "other"


def test_kinds_follow_the_mention_and_the_gold(
    document: Make, decision: Decide, vocabulary: Vocabulary
) -> None:
    """BC names both concepts; a composite gold; a short form; anything else."""
    homonym, composite = document("d", ("BC", "K:2")), document("d", ("XY", "K:3|K:5"))
    short, plain = document("d", ("XY", "K:3")), document("d", ("something", "K:3"))
    assert one(homonym, decision(homonym, 0, "K:4"), vocabulary)[1] == "homonym"
    assert one(composite, decision(composite, 0, "K:1"), vocabulary)[1] == "composite"
    assert one(short, decision(short, 0, "K:1"), vocabulary)[1] == "abbreviation"
    assert one(plain, decision(plain, 0, "K:1"), vocabulary)[1] == "other"


def test_homonyms_are_known_from_candidates_where_the_vocabulary_does_not_tell(document: Make) -> None:
    """The chosen candidate says that another concept shares its alias, and the gold is a candidate."""
    doc = document("d", ("bc", "K:2"))
    candidates = (Candidate("K:4", "bc", "", 1, "exact", 2), Candidate("K:2", "bc", "", 1, "exact", 2))
    chosen = Decision(doc.annotations[0].mention, candidates, Linked(("K:4",)), 0.5, "exact")
    assert one(doc, chosen, Vocabulary(lambda id_: (id_,)))[1] == "homonym"


def test_errors_come_surest_first_with_context_and_names(
    document: Make, decision: Decide, vocabulary: Vocabulary
) -> None:
    """The text around the mention is the document's."""
    doc = document("d", ("flu", "K:3"), ("cancer", "K:1"), ("anaemia", "K:5"))
    made = [decision(doc, n, "K:2", "K:2", probability=p) for n, p in ((0, 0.2), (1, 0.9), (2, 0.5))]
    found = errors(doc, list(made), vocabulary)
    assert [case.mention.text for case in found] == ["cancer", "anaemia", "flu"]
    assert (found[0].before, found[0].after) == ("flu . ", " . anaemia")
    assert found[0].gold == (("K:1", "cancer"),)
    assert found[0].predicted == (("K:2", "breast cancer"),)


def test_causes_are_counted_commonest_first(document: Make, decision: Decide, vocabulary: Vocabulary) -> None:
    """Two unlike errors of one cause and one of another."""
    doc = document("d", ("a", "K:3"), ("b", "K:3"), ("c", "K:3"))
    made = [decision(doc, 0, "K:1", "K:1"), decision(doc, 1, None), decision(doc, 2, "K:5", "K:5")]
    counts = count_causes(errors(doc, list(made), vocabulary))
    assert counts == (("missed by retrieval", "other", 2), ("failed", "other", 1))
