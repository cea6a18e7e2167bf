"""The bytes of a model file.

A safetensors file whose metadata holds

=============  ==================================================================
format         "layerwise"
schema         the version of this layout, a whole number
kind           what the tensors are: "network", "table", ...
written_by     the version of the package
configuration  JSON
digest         SHA-256 over the five above and every tensor's name, type, shape and bytes
=============  ==================================================================

The digest is there because safetensors has none: it loads a file with flipped bits.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import stat
from dataclasses import dataclass
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors import numpy as safetensors_numpy

from layerwise._version import __version__
from layerwise.atomic import FULL, NotSynchronisedError, replacing
from layerwise.errors import ModelFileError
from layerwise.storage.foreign import what_it_is
from layerwise.storage.header import Entry, FormatError, decoded, entries_of, length_of_header, parsed

__all__ = ["ModelFile", "read_model_file", "write_model_file"]

SCHEMA = 1
_FIELDS = ("format", "schema", "kind", "written_by", "configuration")
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_LONGEST = 80
"""Letters of a kind, and of a version."""


@dataclass(frozen=True)
class ModelFile:
    """What stands in a model file, before any model is built from it."""

    kind: str
    configuration: dict[str, Any]
    tensors: dict[str, NDArray[Any]]
    written_by: str
    schema: int
    digest: str
    size: int


def write_model_file(
    path: str | Path, kind: str, configuration: dict[str, Any], tensors: dict[str, NDArray[Any]]
) -> None:
    """Write a model file in one step: a temporary file beside it, synchronised, then moved into place.

    Raises
    ------
    ModelFileError
        If it cannot be written; what stood there before is untouched.
    """
    tensors = {name: _plain(tensor) for name, tensor in tensors.items()}
    metadata = {
        "format": "layerwise",
        "schema": str(SCHEMA),
        "kind": kind,
        "written_by": __version__,
        "configuration": _to_json(configuration),
    }
    metadata["digest"] = _digest(metadata, tensors)
    content = _with_sorted_header(safetensors_numpy.save(tensors, metadata))
    _check_readable(path, content)
    try:
        with replacing(Path(path)) as file:
            file.write(content)
    except NotSynchronisedError as error:
        raise ModelFileError(
            f"{path}: is written, but its folder cannot be synchronised: {error.strerror}. After a power failure the "
            "older file may be back: save it again."
        ) from error
    except OSError as error:
        needed = f" {len(content):,} bytes are needed." if error.errno in FULL else ""
        raise ModelFileError(f"{path}: cannot be written: {error.strerror}.{needed}") from error


def read_model_file(path: str | Path) -> ModelFile:
    """Read a model file, trusting nothing that stands in it, and hold it against its digest.

    It is read once, into one piece of memory: the bytes that are digested are those of the tensors, whatever happens
    to the file meanwhile.

    Raises
    ------
    ModelFileError
        If it is missing, cut short, damaged, foreign, or of a newer schema.
    """
    path = Path(path)
    try:
        with _opened(path) as file:
            return _read(file, os.fstat(file.fileno()).st_size)
    except FormatError as error:
        raise ModelFileError(f"{path}: {error}.") from None
    except FileNotFoundError:
        raise ModelFileError(f"{path}: no such file.") from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror}.") from error
    except ValueError as error:  # a name with a zero byte
        raise ModelFileError(f"{str(path)!r}: cannot be read: {error}.") from None


def _opened(path: Path) -> FileIO:
    # without waiting, as for a pipe into which nobody writes
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise FormatError("is a folder" if stat.S_ISDIR(mode) else "is a device or a pipe, and no file")
    return FileIO(descriptor, "rb")


def _read(file: FileIO, size: int) -> ModelFile:
    metadata, entries = _read_header(file, size)
    content = np.empty(entries[-1].end if entries else 0, np.uint8)
    _fill(file, content)
    tensors = {entry.name: _tensor(entry, content) for entry in entries}
    if metadata["digest"] != _digest(metadata, tensors):
        raise FormatError("is damaged: its content does not have the digest that was saved with it")
    return ModelFile(
        metadata["kind"],
        _configuration(metadata["configuration"], size),
        tensors,
        metadata["written_by"],
        int(metadata["schema"]),
        metadata["digest"],
        size,
    )


def _read_header(file: BinaryIO | FileIO, size: int) -> tuple[dict[str, str], list[Entry]]:
    start = file.read(512) or b""
    if not start:
        raise FormatError("is empty")
    if len(start) > 8 and (start[8:9] != b"{" or int.from_bytes(start[:8], "little") >= 1 << 32):
        raise FormatError(what_it_is(start))
    length = length_of_header(start, size)
    file.seek(8)
    header = parsed(decoded(file.read(length) or b"", size, "its header"), size, "its header")
    metadata = _checked_metadata(header.get("__metadata__"))
    return metadata, entries_of(header, size, size - 8 - length)


def _fill(file: FileIO, content: NDArray[np.uint8]) -> None:
    place = 0
    while place < len(content):
        n = file.readinto(content.data[place:])
        if not n:
            raise FormatError("became shorter while it was read")
        place += n
    if file.read(1):
        raise FormatError("became longer while it was read")


def _tensor(entry: Entry, content: NDArray[np.uint8]) -> NDArray[Any]:
    part = content[entry.begin : entry.end]
    if entry.dtype.kind == "b" and part.size and part.max() > 1:
        raise FormatError(f"is damaged: the tensor {entry.name!r} has booleans that are neither true nor false")
    return part.view(entry.dtype).reshape(entry.shape)


def _checked_metadata(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict) or metadata.get("format") != "layerwise":
        raise FormatError("is a safetensors file, but not a model of layerwise")
    if not all(isinstance(value, str) for value in metadata.values()):
        raise FormatError("is damaged: its metadata must be texts")
    schema, writer = metadata.get("schema", ""), metadata.get("written_by", "")
    if not re.fullmatch("[1-9][0-9]{0,8}", schema):
        raise FormatError("is damaged: its schema is not a whole number")
    if int(schema) > SCHEMA:
        by = f", written by layerwise {writer[:_LONGEST]}" if writer.isprintable() else ""
        raise FormatError(f"has schema {schema}{by}; this version reads up to {SCHEMA}. Install a newer layerwise")
    if metadata.keys() != {*_FIELDS, "digest"}:
        raise FormatError(f"is damaged: its metadata must be {', '.join((*_FIELDS, 'digest'))}, and nothing else")
    for name in ("kind", "written_by"):
        if not (0 < len(metadata[name]) <= _LONGEST and metadata[name].isprintable()):
            raise FormatError(f"is damaged: its {name} is not a short text")
    return metadata


def _configuration(text: str, size: int) -> dict[str, Any]:
    found = parsed(text, size, "its configuration", _number_or_object)
    if not isinstance(found, dict):
        raise FormatError("is damaged: its configuration is not a JSON object")
    return found


def _digest(metadata: dict[str, str], tensors: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in _FIELDS:
        _feed(digest, metadata[name].encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        _feed(digest, f"{name} {tensor.dtype.str} {tensor.shape}".encode())
        _feed(digest, tensor.reshape(-1).view(np.uint8))
    return digest.hexdigest()


def _to_json(value: Any) -> str:
    # JSON has no NaN and no infinity: such a number is written as {"float": "nan"}.
    def plain(part: Any) -> Any:
        if isinstance(part, float) and not math.isfinite(part):
            return {"float": str(part)}
        if isinstance(part, dict):
            return {name: plain(inner) for name, inner in part.items()}
        return [plain(inner) for inner in part] if isinstance(part, list | tuple) else part

    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _number_or_object(part: dict[str, Any]) -> Any:
    inner = part.get("float")
    return _NOT_FINITE[inner] if len(part) == 1 and isinstance(inner, str) and inner in _NOT_FINITE else part


def _with_sorted_header(content: bytes) -> bytes:
    # safetensors writes the metadata in an order drawn at random: the same model should be the same bytes.
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + length]), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    text = header.encode()
    text += b" " * (-len(text) % 8)  # the tensors begin at a multiple of 8
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


def _check_readable(path: str | Path, content: bytes) -> None:
    # what is saved can be loaded: the same limits for both
    try:
        metadata, _ = _read_header(BytesIO(content), len(content))
        _configuration(metadata["configuration"], len(content))
    except FormatError as error:
        raise ModelFileError(f"{path}: cannot be written, as it could not be read again: the file {error}.") from None


def _plain(tensor: NDArray[Any]) -> NDArray[Any]:
    # In C order and the machine's byte order, as it will be read; a single number keeps its shape ().
    return np.asarray(tensor, dtype=np.asarray(tensor).dtype.newbyteorder("="), order="C")


def _feed(digest: Any, part: bytes | NDArray[np.uint8]) -> None:
    digest.update(len(part).to_bytes(8, "little"))  # so that no two lists of parts run together
    digest.update(part)
