"""Open what a folder of weights holds: the graph with onnxruntime, the tokeniser with tokenizers."""

from __future__ import annotations

from base64 import b64decode
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from belink.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer


_PRODUCT = b64decode(
    "CAg6UAoYCgFhCgFiEgFjIg1NYXRNdWxJbnRlZ2VyEgFnWg8KAWESCgoICAISBAoACgBaDwoBYhIKCggIAxIECgAKAGIPCgFjEgoKCAgG"
    "EgQKAAoAQgQKABAN"
)
"""A graph of one operator, c = MatMulInteger(a, b): a [M, K] uint8, b [K, N] int8, c [M, N] int32."""


def open_session(path: Path | bytes, *, threads: int = 0) -> InferenceSession:
    """Open an ONNX graph on the CPU.

    Args:
        path: the graph; weights kept in a second file must lie beside it. Or the graph itself, serialised.
        threads: for one pass; 0 takes one a core.

    Raises:
        ModelError: the file is missing or is not a graph that this onnxruntime can run.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    if not sums_are_exact():
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        graph = path if isinstance(path, bytes) else str(path)
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no class but Exception
        name = path if isinstance(path, Path) else "these bytes"
        raise ModelError(
            f"{name}: not a graph that onnxruntime {onnxruntime.__version__} can run: {_first_line(error)}"
        ) from error


@lru_cache(maxsize=1)
def sums_are_exact() -> bool:
    """Tell, by trying, whether onnxruntime adds 8-bit products without overflow on this processor.

    On x86 processors without VNNI (AMD before Zen 4, Intel before Ice Lake) it adds pairs of them in 16 bits
    unless it is asked for precision: other scores, and no error. Asked where it need not be, it takes three
    times as long.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(_PRODUCT, providers=["CPUExecutionProvider"])
    depth, most, largest = 64, 255, 127
    [sums] = session.run(
        None, {"a": np.full((8, depth), most, np.uint8), "b": np.full((depth, 16), largest, np.int8)}
    )
    return bool((sums == depth * most * largest).all())


def open_tokenizer(path: Path) -> Tokenizer:
    """Open a `tokenizer.json` without padding or truncation; its special tokens in a text count as text.

    Raises:
        ModelError: the file is missing or is not a tokeniser.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer: Tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelError(f"{path}: not a tokenizer.json: {_first_line(error)}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True
    return tokenizer


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
