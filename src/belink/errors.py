"""The errors of BeLink.

    BelinkError
    ├── InputError            a document or text a user gave cannot be read
    ├── ConfigError           a setting or option is wrong
    ├── KnowledgeBaseError    a vocabulary cannot be built, opened or searched
    └── ModelError            weights or a served model cannot be used

An error is raised when the set-up is broken. One bad document is a `Problem` given to the reader's
`on_problem`, one bad mention a `Failed` verdict in its place; both are counted and the rest goes on.
"""

from __future__ import annotations


class BelinkError(Exception):
    """What was found, what was expected, where, and what to do, in one line for a user."""


class InputError(BelinkError):
    """A document or text cannot be read."""


class ConfigError(BelinkError):
    """A setting is unknown, of the wrong kind, or contradicts another."""


class KnowledgeBaseError(BelinkError):
    """A vocabulary cannot be built, opened or searched."""


class ModelError(BelinkError):
    """Model weights are missing or damaged, or a served model does not answer as it must."""
