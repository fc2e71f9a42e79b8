"""Tell the user what went wrong in an input, and turn it into an exit code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import typer

from belink.types import Problem

SHOWN = 20


@dataclass(slots=True)
class ProblemLog:
    """Counts problems, printing the first `SHOWN` of each severity on standard error as they come."""

    counts: Counter[str] = field(default_factory=Counter)

    def __call__(self, problem: Problem) -> None:
        """Count the problem and print it unless there were many like it."""
        self.counts[problem.severity] += 1
        if self.counts[problem.severity] <= SHOWN:
            word = "warning: " if problem.severity == "warning" else ""
            typer.echo(f"belink: {word}{problem.where}: {problem.message}", err=True)
        elif self.counts[problem.severity] == SHOWN + 1:
            typer.echo(f"belink: more of the same kind ({problem.severity}) are counted, not shown", err=True)

    @property
    def losses(self) -> int:
        """Number of annotations, documents and rests of files that could not be used."""
        return sum(count for severity, count in self.counts.items() if severity != "warning")
