"""Runtimes that score the options of a question: each a `ChoiceModel`."""
