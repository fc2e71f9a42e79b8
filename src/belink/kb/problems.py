"""Count what is wrong in a source, or refuse it."""

from __future__ import annotations

from dataclasses import dataclass, field

from belink.errors import KnowledgeBaseError
from belink.types import Problem

MAX_EXAMPLES = 5
_KINDS = {
    "warning": "warning",
    "annotation": "name left out by the reader",
    "document": "record left out by the reader",
    "rest": "rest of a file that cannot be read",
}


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """How often one kind of fault was met while building leniently, with its first few examples."""

    kind: str
    count: int
    examples: tuple[str, ...]


@dataclass(slots=True)
class Problems:
    """Takes the faults of a source: refuses the first one, or counts them all where `lenient` is set."""

    lenient: bool = False
    _found: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def report(self, kind: str, message: str, where: str = "") -> None:
        """Count a fault that the caller then repairs or leaves out.

        Args:
            kind: a short name for the kind of fault, "duplicate id".
            message: what was found, and what was expected.
            where: "file:line" or "file"; "" where unknown.

        Raises:
            KnowledgeBaseError: where the build is not lenient.
        """
        text = f"{where}: {message}" if where else message
        if not self.lenient:
            raise KnowledgeBaseError(f"{text} (--lenient counts such faults and goes on)")
        self.count(kind, text)

    def take(self, problem: Problem) -> None:
        """Count what a source reader reported; give this to the reader as `on_problem`."""
        self.count(_KINDS[problem.severity], f"{problem.where}: {problem.message}")

    def counts(self) -> tuple[ProblemCount, ...]:
        """Give the faults counted so far, sorted by kind."""
        return tuple(ProblemCount(kind, n, tuple(found)) for kind, (n, found) in sorted(self._found.items()))

    def has(self, kind: str) -> bool:
        """Tell whether a fault of this kind was counted."""
        return kind in self._found

    def count(self, kind: str, example: str) -> None:
        """Count a fault that is never refused."""
        count, examples = self._found.get(kind, (0, []))
        if len(examples) < MAX_EXAMPLES:
            examples.append(example)
        self._found[kind] = (count + 1, examples)
