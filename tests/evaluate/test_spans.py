from __future__ import annotations

from belink.evaluate.protocol import GoldMention
from belink.evaluate.spans import EndToEnd, end_to_end_figures
from belink.evaluate.vocabulary import CurrentIds
from belink.types import Decision, Linked, Mention, Nil, Span


def mention(*places: tuple[int, int], document_id: str = "d") -> Mention:
    return Mention(document_id, tuple(Span(*place) for place in places), "x", "Disease")


def gold(*places: tuple[int, int], ids: str = "A", document_id: str = "d") -> GoldMention:
    listed = tuple(ids.split())
    return GoldMention(mention(*places, document_id=document_id), listed, listed)


def said(*places: tuple[int, int], ids: str = "A", document_id: str = "d") -> Decision:
    verdict = Linked(tuple(ids.split())) if ids else Nil()
    return Decision(mention(*places, document_id=document_id), (), verdict, 0.9, "retrieved")


def figures(golds: list[GoldMention], decisions: list[Decision]) -> EndToEnd:
    return end_to_end_figures(golds, decisions, CurrentIds(lambda id_: (id_,)), samples=20)


def counts(found: object) -> tuple[int, int, int]:
    c = found.counts  # type: ignore[attr-defined]
    return c.true_positives, c.false_positives, c.false_negatives


def test_other_boundaries_count_for_overlap_and_not_for_strict() -> None:
    """A span of 0-5 for gold 0-8 with the right id."""
    found = figures([gold((0, 8))], [said((0, 5))])
    assert counts(found.strict) == (0, 1, 1)
    assert counts(found.overlap) == (1, 0, 0)


def test_touching_spans_do_not_overlap() -> None:
    """A span of 8-10 is beside gold 0-8."""
    assert counts(figures([gold((0, 8))], [said((8, 10))]).overlap) == (0, 1, 1)


def test_a_name_in_two_pieces_counts_once() -> None:
    """Both pieces overlap the one gold mention; one of them is a false positive."""
    assert counts(figures([gold((0, 8))], [said((0, 3)), said((4, 8))]).overlap) == (1, 1, 0)


def test_overlaps_are_matched_as_well_as_can_be() -> None:
    """0-6 overlaps both gold mentions, 0-2 only the first: two pairs can be made."""
    found = figures([gold((0, 3)), gold((4, 8))], [said((0, 6)), said((0, 2))])
    assert counts(found.overlap) == (2, 0, 0)


def test_an_overlap_with_another_id_is_wrong() -> None:
    """The spans fit, the concept does not."""
    found = figures([gold((0, 8), ids="A")], [said((0, 8), ids="B")])
    assert counts(found.overlap) == (0, 1, 1)
    assert counts(found.detection_strict) == (1, 0, 0)


def test_each_id_of_a_composite_mention_is_a_pair() -> None:
    """Gold A and B, said A and C: one right, one wrong, one missed."""
    assert counts(figures([gold((0, 8), ids="A B")], [said((0, 8), ids="A C")]).strict) == (1, 1, 1)


def test_documents_are_compared_as_sets_of_ids() -> None:
    """Three mentions of A in the gold and one elsewhere in the text make one pair each."""
    golds = [gold((i, i + 1)) for i in (0, 10, 20)]
    assert counts(figures(golds, [said((50, 51))]).document) == (1, 0, 0)


def test_the_same_id_in_another_document_is_wrong() -> None:
    """Documents are not pooled."""
    assert counts(figures([gold((0, 1))], [said((0, 1), document_id="e")]).document) == (0, 1, 1)


def test_an_id_for_a_mention_outside_the_knowledge_base_is_a_false_positive() -> None:
    """The gold gives no id there."""
    found = figures([gold((0, 1), ids="")], [said((0, 1), ids="A")])
    assert counts(found.strict) == (0, 1, 0)
    assert counts(found.detection_strict) == (1, 0, 0)


def test_none_predicts_no_id() -> None:
    """It finds the mention and gives out no concept."""
    found = figures([gold((0, 1))], [said((0, 1), ids="")])
    assert counts(found.strict) == (0, 0, 1)
    assert counts(found.detection_strict) == (1, 0, 0)


def test_repeated_decisions_count_once() -> None:
    """Saying it twice is no second right answer and no false positive."""
    assert counts(figures([gold((0, 1))], [said((0, 1)), said((0, 1))]).strict) == (1, 0, 0)


def test_discontinuous_mentions_overlap_by_their_parts() -> None:
    """A prediction in the gap between the parts does not overlap the mention."""
    discontinuous = gold((0, 3), (10, 13))
    assert counts(figures([discontinuous], [said((5, 8))]).overlap) == (0, 1, 1)
    assert counts(figures([discontinuous], [said((11, 12))]).overlap) == (1, 0, 0)


def test_a_long_mention_is_found_behind_shorter_ones() -> None:
    """The search for overlaps reaches back to mentions that begin far in front."""
    golds = [gold((0, 100)), gold((10, 12)), gold((20, 22))]
    assert counts(figures(golds, [said((90, 95))]).overlap) == (1, 0, 2)


def test_no_documents_give_zeros() -> None:
    """Nothing predicted, nothing gold."""
    found = figures([], [])
    assert counts(found.strict) == (0, 0, 0)
    assert (found.strict.precision.value, found.strict.recall.value, found.strict.f1.value) == (0, 0, 0)
