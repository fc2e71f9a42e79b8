from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread, active_count, current_thread

import pytest

from belink.stages.stream import ahead

_PATIENCE_S = 10.0


def test_items_come_in_order_with_what_is_made_of_them() -> None:
    """Every item is given once, with its own result."""
    assert list(ahead([3, 1, 2], lambda item: item * 10)) == [(3, 30), (1, 10), (2, 20)]


def test_nothing_gives_nothing() -> None:
    """No items are no error."""
    assert list(ahead([], lambda item: item)) == []


def test_the_next_item_is_worked_on_while_one_is_looked_at() -> None:
    """The work on the second item ends though the caller does not ask for it; the third is not begun."""
    done = {item: Event() for item in range(3)}
    taken = ahead(done, lambda item: done[item].set())
    next(taken)
    assert done[1].wait(_PATIENCE_S)
    assert not done[2].is_set()
    taken.close()


def test_a_failure_comes_in_its_turn() -> None:
    """What was made before is given before an item's failure, be it in taking or in working."""

    def items() -> Iterator[int]:
        yield 1
        yield 0
        raise LookupError

    found = ahead(items(), lambda item: 1 // item)
    assert next(found) == (1, 1)
    with pytest.raises(ZeroDivisionError):
        next(found)
    found = ahead(items(), lambda item: item)
    assert [next(found), next(found)] == [(1, 1), (0, 0)]
    with pytest.raises(LookupError):
        next(found)


def test_all_items_are_taken_in_one_thread_and_it_ends_with_the_stream() -> None:
    """A generator never moves between threads, and a stream that is left early leaves none behind."""
    before, threads = active_count(), set[Thread]()

    def items() -> Iterator[int]:
        for item in range(5):
            threads.add(current_thread())
            yield item

    found = ahead(items(), lambda item: item)
    next(found)
    next(found)
    found.close()
    assert len(threads) == 1
    assert active_count() == before
