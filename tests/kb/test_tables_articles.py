"""`wiki=` in a table: titles of encyclopedia articles are names."""

from __future__ import annotations

from pathlib import Path

from belink.kb.sources import read_source
from belink.types import Alias, Concept


def test_an_article_title_is_a_related_name(tmp_path: Path) -> None:
    """It keeps its source, and is left out where it is the name itself."""
    table = tmp_path / "taxa.tsv"
    table.write_text(
        "id\tname\tsynonyms\tdefinition\textra\n"
        "36723\tMustela erminea\tstoat\t\trank=species;wiki=Stoat\n"
        "1524\tPica pica\t\t\trank=species;wiki=Pica pica\n"
    )
    _, records = read_source(table)
    first, second = (each.record if hasattr(each, "record") else each for each in records)
    assert isinstance(first, Concept)
    assert isinstance(second, Concept)
    assert first.aliases == (Alias("stoat"), Alias("Stoat", "related", "Wikipedia"))
    assert second.aliases == ()
