"""Draw docs/terminal.svg, the README's picture: `python scripts/make_terminal_picture.py`."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console

from belink import Linker
from belink.cli.view import show
from belink.types import Document

# From Langholz et al. 1992, PMID 1420741.
TEXT = (
    "Fusidic acid is an antibiotic with T-cell specific immunosuppressive effects similar to those of "
    "cyclosporin. Eight Crohn's disease (CD) patients were included. There were no serious clinical side "
    "effects, but dose reduction was required in two patients because of nausea. Fusidic acid may be of "
    "benefit in selected chronic active CD patients in whom conventional treatment is ineffective."
)
PICTURE = Path(__file__).parent.parent / "docs" / "terminal.svg"


def main() -> None:
    """Link the text and write the picture."""
    console = Console(record=True, width=112, file=StringIO(), force_terminal=True, highlight=False)
    show(Document("text", TEXT), Linker.load().link(TEXT), console)
    PICTURE.write_text(console.export_svg(title='belink link "Fusidic acid is …"'), encoding="utf-8")


if __name__ == "__main__":
    main()
