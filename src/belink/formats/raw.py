"""Documents and headers as they stood in their file, tagged with the format they were read from.

`Document.raw` and `Source.header` begin with one line that names their format, so a writer knows whether
it can build on them, whatever mixture of sources it is given.
"""

from __future__ import annotations


def pack(format_name: str, content: bytes) -> bytes:
    """Tag `content` with its format."""
    return format_name.encode() + b"\n" + content


def unpack(raw: bytes, format_name: str) -> bytes | None:
    """Give the content of `raw` if it is of this format, else None."""
    tag = format_name.encode() + b"\n"
    return raw[len(tag) :] if raw.startswith(tag) else None
