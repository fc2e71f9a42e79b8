"""Names embedded a second by the shipped int8 encoder, against the same weights in float.

    python benchmarks/encode.py [--data ../shared/data] [--float FOLDER] [--threads 2]

`--float` is a folder in the format of Hugging Face with the float weights (`encoder/` of a training run, or
the base): it is run by PyTorch where PyTorch is installed. Without it only int8 is measured. Names are drawn
with a seed from three vocabularies; every figure is the best of three passes; ratios are to the first line.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from belink.kb.records import Located
from belink.kb.sources import SourceOptions, read_source
from belink.models.encoder import load_encoder
from belink.types import Concept

VOCABULARIES = ("medic-belink", "mesh-chemicals", "ncbi-gene-9606-2021")
Encode = Callable[[Sequence[str]], NDArray[np.float32]]


def names_of(data: Path, count: int) -> list[str]:
    """Draw names in equal parts from the vocabularies, in random order."""
    drawn: list[str] = []
    rng = random.Random(0)
    for title in VOCABULARIES:
        _, records = read_source(data / "kb" / f"{title}.tsv.gz", options=SourceOptions(lenient=True))
        found = (record.record if isinstance(record, Located) else record for record in records)
        concepts = [each for each in found if isinstance(each, Concept)]
        all_names = [
            name for each in concepts for name in (each.name, *(alias.text for alias in each.aliases))
        ]
        drawn += rng.sample(all_names, count // len(VOCABULARIES))
    rng.shuffle(drawn)
    return drawn


def rate(encode: Encode, names: Sequence[str]) -> float:
    """Give names a second, the best of three passes."""
    encode(names[:64])
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        encode(names)
        best = min(best, time.perf_counter() - started)
    return len(names) / best


def float_encoder(folder: str, threads: int) -> Encode | None:
    """Load float weights into PyTorch; None where it is not installed."""
    try:
        import torch

        from belink.train.network import load_network
    except ImportError:
        return None
    torch.set_num_threads(threads)
    network = load_network(folder, 32)
    return network.encode


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", type=Path, default=Path("models/encoder"))
    parser.add_argument("--float", dest="float_folder", default="")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--names", type=int, default=3000)
    args = parser.parse_args()
    names = names_of(args.data, args.names)
    encoder = load_encoder(args.model, threads=args.threads)
    measured = [("int8, onnxruntime", rate(encoder, names))]
    measured.append(("int8, one name at a time", rate(lambda each: _one_by_one(encoder, each), names[:300])))
    if args.float_folder and (network := float_encoder(args.float_folder, args.threads)) is not None:
        measured.append(("float32, PyTorch", rate(network, names[: len(names) // 3])))
        cosines = (encoder(names[:500]) * network(names[:500])).sum(1)
        print(f"cosine of int8 to float: mean {cosines.mean():.4f}, least {cosines.min():.4f}")
    together, alone = encoder(names[:300]), _one_by_one(encoder, names[:300])
    print(f"largest difference of a vector alone and among others: {np.abs(together - alone).max():.1e}")
    print(f"{args.threads} threads, {len(names)} names")
    for title, found in measured:
        print(f"{title:28} {found:8.0f} names/s   {found / measured[0][1]:5.2f} x")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _one_by_one(encode: Encode, names: Sequence[str]) -> NDArray[np.float32]:
    return np.concatenate([encode([name]) for name in names])


if __name__ == "__main__":
    main()
