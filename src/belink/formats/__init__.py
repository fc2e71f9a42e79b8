"""Documents in and out: BioC XML and JSON, PubTator, brat, JSONL, plain text; PubMed XML in only."""

from __future__ import annotations

from belink.formats.reading import Source, read, read_many
from belink.formats.sniff import FORMATS, Format
from belink.formats.writing import WRITABLE, default_output_format, write

__all__ = ["FORMATS", "WRITABLE", "Format", "Source", "default_output_format", "read", "read_many", "write"]
