"""Where weights live: a folder with a manifest; opening what is in it."""
