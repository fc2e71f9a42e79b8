"""Keep the cores busy over a stream: begin the next work while the last is used."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(
    items: Iterable[Item], work: Callable[[Item], Result]
) -> Generator[tuple[Item, Result], None, None]:
    """Give items, in order, with what `work` makes of them.

    While the caller looks at one, the next is taken and worked on in another thread, always the same one;
    never more than one. What taking or working on an item raises is raised when its turn comes.
    """
    rest = iter(items)

    def take() -> tuple[Item, Result] | None:
        for item in rest:
            return item, work(item)
        return None

    with ThreadPoolExecutor(max_workers=1) as beside:
        coming = beside.submit(take)
        while (done := coming.result()) is not None:
            coming = beside.submit(take)
            yield done
