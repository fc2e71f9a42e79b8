"""Proposes concepts for mentions: exact and lexical look-up, and their fusion."""
