"""Load a pipeline and read documents with progress bars on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from belink.types import Document

if TYPE_CHECKING:
    from belink.config import Settings
    from belink.formats import Source
    from belink.linker import Linker


def load_linker(settings: Settings) -> Linker:
    """Load the pipeline, with a progress bar while an index is built."""
    from belink.linker import Linker

    with step_progress() as progress:
        return Linker.from_settings(settings, progress)


@contextmanager
def step_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give a callback (what, done, total) that on a terminal draws one bar a step, from its first report."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Progress(*columns, console=Console(stderr=True), transient=True)
    tasks: dict[str, TaskID] = {}

    def report(step: str, done: int, total: int) -> None:
        if not tasks:
            bars.start()
        if step not in tasks:
            tasks[step] = bars.add_task(step, total=total)
        bars.update(tasks[step], completed=done, total=total)

    try:
        yield report
    finally:
        if tasks:
            bars.stop()


@contextmanager
def progress_over(source: Source) -> Iterator[Iterator[Document]]:
    """Give a source's documents, drawing documents/s and time left on standard error if it is a terminal."""
    if not sys.stderr.isatty():
        yield source.documents
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(source.path, total=source.size_bytes, speed="")

        def watched() -> Iterator[Document]:
            for count, doc in enumerate(source.documents, start=1):
                yield doc
                seconds = bars.tasks[0].elapsed or 0.0
                speed = f"{count / seconds:,.0f} documents/s" if seconds else ""
                bars.update(task, completed=source.position(), speed=speed)

        yield watched()


@contextmanager
def records_progress(label: str) -> Iterator[Callable[[int], None] | None]:
    """Give a callback told of records read, which draws their number and speed on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} records"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None)
        yield lambda count: bars.advance(task, count)


@contextmanager
def bytes_progress() -> Iterator[Callable[[str, int, int | None], None] | None]:
    """Give a callback told of a file's bytes, which draws share, speed and time left on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:

        def report(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield report
