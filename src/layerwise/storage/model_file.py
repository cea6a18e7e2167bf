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

import errno
import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
from numpy.typing import NDArray
from safetensors import numpy as safetensors_numpy

from layerwise._version import __version__
from layerwise.atomic import replacing
from layerwise.errors import ModelFileError

__all__ = ["ModelFile", "read_model_file", "write_model_file"]

SCHEMA = 1
_FIELDS = ("format", "schema", "kind", "written_by", "configuration")


@dataclass(frozen=True)
class ModelFile:
    """What stands in a model file, before any model is built from it."""

    kind: str
    configuration: dict[str, Any]
    tensors: dict[str, NDArray[Any]]
    written_by: str
    digest: str


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
    try:
        with replacing(Path(path)) as file:
            file.write(content)
    except OSError as error:
        needed = f" {len(content):,} bytes are needed." if error.errno == errno.ENOSPC else ""
        raise ModelFileError(f"{path}: cannot be written: {error.strerror}.{needed}") from error


def read_model_file(path: str | Path) -> ModelFile:
    """Read a model file and hold it against its digest.

    Raises
    ------
    ModelFileError
        If it is missing, damaged, foreign, or of a newer schema.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"{path}: {'is a folder' if path.is_dir() else 'no such file'}.")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            _check_metadata(path, metadata)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror}.") from error
    except (safetensors.SafetensorError, AttributeError, TypeError, ValueError) as error:  # or a type NumPy lacks
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{path}: is not a model file, or is damaged ({error}).") from error
    if metadata["digest"] != _digest(metadata, tensors):
        raise ModelFileError(f"{path}: is damaged: its content does not have the digest that was saved with it.")
    try:
        configuration = _from_json(metadata["configuration"])
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelFileError(f"{path}: its configuration is not JSON ({error}).") from error
    return ModelFile(
        metadata["kind"],
        configuration,
        tensors,
        metadata["written_by"],
        metadata["digest"],
    )


def _check_metadata(path: Path, metadata: dict[str, str]) -> None:
    if metadata.get("format") != "layerwise" or not {*_FIELDS, "digest"} <= metadata.keys():
        raise ModelFileError(f"{path}: is a safetensors file, but not a model of layerwise.")
    schema = metadata["schema"]
    if not schema.isdecimal() or int(schema) > SCHEMA:
        raise ModelFileError(
            f"{path}: has schema {schema}, written by layerwise {metadata['written_by']}; "
            f"this version reads up to {SCHEMA}. Install a newer layerwise."
        )


def _digest(metadata: dict[str, str], tensors: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in _FIELDS:
        _feed(digest, metadata[name].encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        _feed(digest, f"{name} {tensor.dtype.str} {tensor.shape}".encode())
        _feed(digest, tensor.tobytes())
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


def _from_json(text: str) -> Any:
    return json.loads(text, object_hook=lambda part: float(part["float"]) if part.keys() == {"float"} else part)


def _with_sorted_header(content: bytes) -> bytes:
    # safetensors writes the metadata in an order drawn at random: the same model should be the same bytes.
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + length]), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    text = header.encode()
    text += b" " * (-len(text) % 8)  # the tensors begin at a multiple of 8
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


def _plain(tensor: NDArray[Any]) -> NDArray[Any]:
    # In C order and the machine's byte order, as it will be read; a single number keeps its shape ().
    return np.asarray(tensor, dtype=np.asarray(tensor).dtype.newbyteorder("="), order="C")


def _feed(digest: Any, part: bytes) -> None:
    digest.update(len(part).to_bytes(8, "little"))  # so that no two lists of parts run together
    digest.update(part)
