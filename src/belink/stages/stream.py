"""Cut a stream into batches, and keep the cores busy over it: begin the next while the last is used."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from belink.types import Document

BATCH_DOCUMENTS = 64
BATCH_CHARACTERS = 1_000_000

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
