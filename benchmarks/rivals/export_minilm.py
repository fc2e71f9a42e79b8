"""Turn MiniLM as published into the ONNX folder that BeLink's runtime reads; needs `belink[train]`.

    python -m benchmarks.rivals.export_minilm BASE OUT NAMES

BASE is the folder (or Hugging Face id) of all-MiniLM-L6-v2, NAMES a `names.jsonl`, of which a thousand names
tell the ranges of the activations.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.rivals.child import read_lines

from belink.train.export import export_encoder

_SAMPLE = 1000

if __name__ == "__main__":
    base, out, task = sys.argv[1:4]
    names = [record["text"] for record in read_lines(Path(task))]
    export_encoder(
        base,
        Path(out),
        sample=names[:: max(len(names) // _SAMPLE, 1)],
        base_model="sentence-transformers/all-MiniLM-L6-v2",
        licence="Apache-2.0",
    )
