"""Open what a folder of weights holds: the graph with onnxruntime, the tokeniser with tokenizers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from belink.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer


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
    # Without it onnxruntime adds pairs of 8-bit products in 16 bits on processors without VNNI (AMD before
    # Zen 4, Intel before Ice Lake), where they overflow: other scores, and no error.
    options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        graph = path if isinstance(path, bytes) else str(path)
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no class but Exception
        name = path if isinstance(path, Path) else "these bytes"
        raise ModelError(
            f"{name}: not a graph that onnxruntime {onnxruntime.__version__} can run: {_first_line(error)}"
        ) from error


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
