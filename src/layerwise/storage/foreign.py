"""What a file is that is no model, by its first bytes, so that the message can say it."""

from __future__ import annotations

import re

__all__ = ["what_it_is"]

_SIGNS = (
    (rb"\x80[\x02-\x05]", "is a pickle, as joblib and torch write it: reading one can run code, so it is not read"),
    (rb"PK\x03\x04", "is a zip archive, such as an .npz of NumPy or a model of Keras or torch"),
    (rb"\x89HDF\r\n", "is an HDF5 file, as Keras writes it"),
    (rb"\x93NUMPY", "is an array of NumPy"),
    (rb"\x1f\x8b|x[\x01\x5e\x9c\xda]|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd", "is compressed"),
    (rb"PAR1", "is a Parquet table"),
    (rb"GGUF", "is a GGUF file"),
    (rb"\x08[\x01-\x14][\x12\x1a\x22\x2a\x32\x3a\x42]", "is an ONNX model"),
)
_TEXT = re.compile(rb"(?:\xef\xbb\xbf)?[\t\n\r\x20-\x7e][\t\n\r\x20-\x7e\x80-\xff]*")


def what_it_is(start: bytes) -> str:
    """Return the end of a sentence that begins with the name of a file, from its first bytes."""
    for sign, sentence in _SIGNS:
        if re.match(sign, start, re.DOTALL):
            return f"{sentence}, and no model of layerwise"
    if _TEXT.fullmatch(start):
        return "is a text, such as a table or a configuration, and no model of layerwise"
    return "is not a model file: it does not begin as a safetensors file does"
