"""Biomedical entity linking: mentions of diseases, chemicals, genes and more to knowledge-base identifiers."""
