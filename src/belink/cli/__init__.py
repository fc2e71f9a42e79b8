"""The command line: each command parses, makes one library call, and writes the result."""

from __future__ import annotations

import sys

EXIT_GOOD = 0
EXIT_SOME_FAILED = 1
EXIT_BROKEN = 2
EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command line; every failure is one line on standard error and an exit code."""
    import os

    from belink.cli.app import app
    from belink.errors import BelinkError

    try:
        app()
    except BelinkError as error:
        _stop(str(error), EXIT_BROKEN)
    except BrokenPipeError:
        # The reader of our output has gone: nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_GOOD)
    except KeyboardInterrupt:
        _stop("interrupted; no output was written", EXIT_INTERRUPTED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _stop(f"{place}{error.strerror or error}", EXIT_BROKEN)


def _stop(message: str, code: int) -> None:
    sys.stderr.write(f"belink: {' '.join(message.split())}\n")
    sys.exit(code)
