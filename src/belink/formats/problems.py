"""How readers report what is wrong with a file."""

from __future__ import annotations

from collections.abc import Callable

from belink.errors import InputError
from belink.types import Problem

OnProblem = Callable[[Problem], None]


class UnreadableError(Exception):
    """The bytes of a source end or break before they should; the message is for a user."""


class MalformedError(ValueError):
    """One document is not of the shape its format asks for; the message is for a user."""


def raise_unless_warning(problem: Problem) -> None:
    """Raise `InputError` for a problem that costs an annotation, a document or more."""
    if problem.severity != "warning":
        raise InputError(f"{problem.where}: {problem.message}")
