"""Scores decisions against gold annotations; knows nothing of how the decisions were made."""
