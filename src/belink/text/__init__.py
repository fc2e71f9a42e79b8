"""Pure string functions: normalise names, split sentences, cut windows, write out abbreviations."""
