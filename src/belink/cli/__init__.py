"""The command line: each command parses, makes one library call, and writes the result."""

from __future__ import annotations

import sys
from typing import NoReturn

EXIT_GOOD = 0
EXIT_SOME_FAILED = 1
EXIT_BROKEN = 2
EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command line; every failure is one line on standard error and an exit code.

    When the reader of our output goes away, typer ends the process quietly with exit code 1.
    """
    from belink.errors import BelinkError

    try:
        code = _run()
    except BelinkError as error:
        _stop(str(error), EXIT_BROKEN)
    except KeyboardInterrupt:
        _stop("interrupted; no output was written", EXIT_INTERRUPTED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _stop(f"{place}{error.strerror or error}", EXIT_BROKEN)
    if code == EXIT_INTERRUPTED:
        _stop("interrupted; no output was written", EXIT_INTERRUPTED)
    sys.exit(code)


def _run() -> int:
    """Run the commands and give the exit code."""
    import typer

    from belink.cli.app import app
    from belink.errors import ConfigError

    try:
        return app(standalone_mode=False) or EXIT_GOOD
    except typer.Abort:
        return EXIT_INTERRUPTED
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # the help was printed
            return EXIT_BROKEN
        raise ConfigError(f"{error.format_message()} See belink --help.") from error


def _stop(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"belink: {' '.join(message.split())}\n")
    sys.exit(code)
