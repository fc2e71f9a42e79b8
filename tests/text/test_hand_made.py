from __future__ import annotations

import pytest

from belink.text.chemical_names import short_name
from belink.text.chemical_variants import chemical_variants
from belink.text.disease_variants import disease_variants
from belink.text.hand_made import hand_made, hand_made_hidden, hand_made_in_use
from belink.text.thesaurus import everyday_names, hand_made_names


def test_hidden_tables_know_nothing() -> None:
    """While they are hidden, what only they know is not known; what the thesaurus knows is."""
    with hand_made_hidden():
        assert not hand_made_in_use()
        assert hand_made({"a": 1}) == {}
        assert short_name("1O2") is None
        assert hand_made_names("LY-171555") == ()
        assert everyday_names("chemical", "Zantac") != ()
    assert hand_made_in_use()
    assert short_name("1O2") == "singlet oxygen"
    assert hand_made_names("LY-171555") == ("Quinpirole",)


def test_variants_do_not_remember_what_was_hidden() -> None:
    """Variants of the same text differ within and behind, in whichever order they are asked for."""
    with hand_made_hidden():
        hidden = chemical_variants("1O2"), disease_variants("RPLS")
    shown = chemical_variants("1O2"), disease_variants("RPLS")
    with hand_made_hidden():
        assert (chemical_variants("1O2"), disease_variants("RPLS")) == hidden
    assert "singlet oxygen" in shown[0]
    assert hidden[0] != shown[0]


def test_an_error_shows_them_again() -> None:
    """They are in use behind the block however it ends."""
    with pytest.raises(ValueError, match="broken"), hand_made_hidden():
        raise ValueError("broken")
    assert hand_made_in_use()
