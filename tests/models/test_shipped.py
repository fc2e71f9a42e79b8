"""Where shipped models are found."""

from __future__ import annotations

from belink.models.encoder import load_encoder, read_encoder_manifest
from belink.models.shipped import shipped
from belink.retrieve.learnt import default_fusion


def test_the_shipped_encoder_is_found_and_whole() -> None:
    """In a checkout as in an installed package; loading compares its files with their checksums."""
    encoder = load_encoder(shipped("encoder"), threads=1)
    assert encoder(["heart attack"]).shape == (1, encoder.dimensions)


def test_the_shipped_weights_of_retrieval_were_fitted_with_the_shipped_encoder() -> None:
    """Else every run would warn."""
    assert default_fusion().encoder == read_encoder_manifest(shipped("encoder")).checksum
