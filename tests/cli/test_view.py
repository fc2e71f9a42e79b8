"""What a person sees on the terminal."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from belink.cli.view import show
from belink.types import Candidate, Decision, Document, Failed, Linked, Mention, Nil, Span, Verdict


def decision(text: str, start: int, verdict: Verdict, alias: str = "Aspirin") -> Decision:
    mention = Mention("1", (Span(start, start + len(text)),), text, "Chemical")
    return Decision(
        mention, (Candidate("MESH:D001241", alias, "Aspirin", 1.0, "exact"),), verdict, 0.93, "exact"
    )


def shown(text: str, *decisions: Decision) -> str:
    console = Console(file=StringIO(), width=120, highlight=False)
    show(Document("1", text), decisions, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_link_shows_concept_id_probability_and_matched_name() -> None:
    """The table has the preferred name, the identifier, the probability and the name that matched."""
    out = shown("ASA helps", decision("ASA", 0, Linked(("MESH:D001241",)), alias="Acetylsalicylic Acid"))
    assert all(
        part in out for part in ("Aspirin", "MESH:D001241", "0.93", "exact name “Acetylsalicylic Acid”")
    )


def test_repeated_links_are_one_row() -> None:
    """The same mention with the same verdict is one row with its count."""
    linked = Linked(("MESH:D001241",))
    out = shown("aspirin aspirin", decision("aspirin", 0, linked), decision("aspirin", 8, linked))
    assert "aspirin ×2" in out


def test_nil_and_failure_are_told_apart() -> None:
    """No fitting concept and a failure with its reason look different."""
    out = shown("aspirin ASA", decision("aspirin", 0, Nil()), decision("ASA", 8, Failed("server is down")))
    assert "none fits" in out
    assert "server is down" in out


def test_no_mention_says_so() -> None:
    """A text without mentions is answered with a sentence, not with an empty table."""
    assert "No mention was found." in shown("Nothing here.")


def test_control_characters_do_not_reach_the_terminal() -> None:
    """Escape sequences in a text are blanked."""
    assert "\x1b" not in shown("a\x1b[31mb\x07c")


def test_markup_in_a_text_is_text() -> None:
    """Square brackets in a text are printed as they are."""
    assert "[bold]x[/bold]" in shown("[bold]x[/bold]")
