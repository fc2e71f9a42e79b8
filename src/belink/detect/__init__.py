"""Find mentions: given spans, the names of a knowledge base."""
