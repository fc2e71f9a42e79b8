"""Short English names of the organisms that genes are asked about most."""

from __future__ import annotations

_NAMES = {
    "NCBITaxon:9606": "human",
    "NCBITaxon:10090": "mouse",
    "NCBITaxon:10116": "rat",
    "NCBITaxon:7955": "zebrafish",
    "NCBITaxon:7227": "fruit fly",
    "NCBITaxon:6239": "worm",
    "NCBITaxon:559292": "yeast",
    "NCBITaxon:284812": "fission yeast",
    "NCBITaxon:3702": "cress",
    "NCBITaxon:8355": "frog",
    "NCBITaxon:8364": "frog",
    "NCBITaxon:9031": "chicken",
    "NCBITaxon:9913": "cattle",
    "NCBITaxon:9823": "pig",
    "NCBITaxon:9940": "sheep",
    "NCBITaxon:9986": "rabbit",
    "NCBITaxon:9615": "dog",
    "NCBITaxon:511145": "E. coli",
}


def organism_name(taxon: str) -> str:
    """Give the name of an organism by its CURIE, "taxon 9544" for one without a name here."""
    return _NAMES.get(taxon) or f"taxon {taxon.rpartition(':')[2]}"
