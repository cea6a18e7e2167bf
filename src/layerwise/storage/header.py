"""What stands before the tensors of a safetensors file, from bytes that nobody has checked.

::

    8 bytes     n, little-endian: the length of the header
    n bytes     the header, JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...,
                "__metadata__": {"key": "text", ...}}, then blanks
    the rest    the tensors, one behind the other

Nothing is allocated, and nothing is built, before what it costs is known from the size of the file.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["DTYPES", "Entry", "FormatError", "checked_name", "decoded", "entries_of", "length_of_header", "parsed"]

DTYPES: Mapping[str, np.dtype[Any]] = {
    name: np.dtype(f"<{letter}")
    for name, letter in {
        "F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1",
        "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1", "BOOL": "?",
    }.items()
}  # fmt: skip
"""The types of tensors, by their names in the file."""

LONGEST_HEADER = 64 << 20
DEEPEST = 32
MOST_DIMENSIONS = 8
SPARE = 56 << 20
"""Bytes that the values of a header may take beside twice the file."""

NAME = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*")
LONGEST_NAME = 200
_TEXT = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # possessive: no text makes it go back
_COSTS = {"[": 90, "{": 200, ",": 34, ":": 60, '"': 28}
"""Bytes that CPython takes for what begins with a sign, at most; two quotes are a text without its letters."""


class FormatError(Exception):
    """Why bytes are not such a file, as the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Entry:
    """One tensor of the file; `begin` and `end` are bytes from the first tensor on."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


def length_of_header(first: bytes, size: int) -> int:
    """Return the length that the first eight bytes of a file of `size` bytes give its header.

    Raises
    ------
    FormatError
        If there is no place for it.
    """
    if len(first) < 8:
        raise FormatError(f"is cut short: it has {size} bytes, fewer than any model")
    length = int.from_bytes(first[:8], "little")
    if length > LONGEST_HEADER:
        raise FormatError(f"is damaged: its header would have {length:,} bytes, more than the {LONGEST_HEADER:,} read")
    if 8 + length > size:
        raise FormatError(f"is cut short: its header ends at byte {8 + length:,}, and the file at byte {size:,}")
    return length


def decoded(content: bytes, size: int, what: str) -> str:
    """Return the UTF-8 text of a part of a file of `size` bytes.

    Raises
    ------
    FormatError
        If it is none, or would take more than twice the `size` and `SPARE`: a text with one rare letter has four bytes
        for every letter.
    """
    if not content.isascii():
        _check_cost(5 * len(content), size, what)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise FormatError(f"is damaged: {what} is not UTF-8 ({error.reason} at byte {error.start:,})") from None


def parsed(text: str, size: int, what: str, hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """Return the JSON values of a text, with `hook` called for every object; `what` it is, as in "its header".

    Raises
    ------
    FormatError
        If it is not JSON; if an object has a name twice, or it is nested too deeply; or if its values would take more
        than twice the `size` of the file and `SPARE`.
    """
    bare = _TEXT.sub('""', text)
    letters = sys.getsizeof(text) * (len(text) - len(bare)) // max(len(text), 1)
    signs = sum(each * bare.count(sign) for sign, each in _COSTS.items())
    _check_cost(sys.getsizeof(text) + max(letters + signs, sys.getsizeof(bare)), size, what)
    _check_depth(bare, what)
    del bare  # before the values are there

    def unique(pairs: list[tuple[str, Any]]) -> Any:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a name stands there twice")
        return hook(found) if hook else found

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=_refuse_constant)
    except ValueError as error:
        raise FormatError(f"is damaged: {what} is not JSON ({error})") from None


def entries_of(header: Mapping[str, Any], size: int, n_bytes: int) -> list[Entry]:
    """Return the tensors of a header, in the order of their bytes, of which there are `n_bytes`.

    Raises
    ------
    FormatError
        If an entry has other fields or values than it may, or if the tensors do not fill the bytes one behind another.
    """
    described = [_entry(name, of, size) for name, of in header.items() if name != "__metadata__"]
    entries = sorted(described, key=lambda entry: (entry.begin, entry.end))
    place = 0
    for entry in entries:
        if entry.begin != place:
            what = "a hole before" if entry.begin > place else "an overlap with"
            raise FormatError(f"is damaged: there is {what} the tensor {entry.name!r} at byte {entry.begin:,}")
        place = entry.end
    if place > n_bytes:
        raise FormatError(f"is cut short: {place - n_bytes:,} bytes of its tensors are missing")
    if place < n_bytes:
        raise FormatError(f"is damaged: {n_bytes - place:,} bytes follow after its last tensor")
    return entries


def checked_name(name: str) -> str:
    """Return the name of a tensor: words of ASCII between dots, so that no tool takes it for a path."""
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        shown = repr(name[:40]) + ("..." if len(name) > 40 else "")
        raise FormatError(f"is damaged: a tensor cannot be called {shown}")
    return name


def _entry(name: str, described: Any, size: int) -> Entry:
    checked_name(name)
    if not isinstance(described, dict) or described.keys() != {"dtype", "shape", "data_offsets"}:
        raise FormatError(f"is damaged: the tensor {name!r} must have dtype, shape and data_offsets, and nothing else")
    dtype, shape, offsets = (described[key] for key in ("dtype", "shape", "data_offsets"))
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise FormatError(f"is damaged: the tensor {name!r} has a type that is none of {', '.join(DTYPES)}")
    # no dimension beyond the file, so that neither a product overflows nor a dimension of 0 hides a huge one
    if not _are_whole(shape, most=size) or len(shape) > MOST_DIMENSIONS:
        raise FormatError(f"is damaged: the tensor {name!r} has a shape that it cannot have")
    if not _are_whole(offsets, most=1 << 62) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise FormatError(f"is damaged: the tensor {name!r} has data_offsets that are no two places in the file")
    (begin, end), item = offsets, DTYPES[dtype].itemsize
    if math.prod(shape) * item != end - begin:
        raise FormatError(f"is damaged: the tensor {name!r} has {end - begin:,} bytes, and its shape needs others")
    if begin % item:
        raise FormatError(f"is damaged: the tensor {name!r} does not begin at a multiple of {item} bytes")
    return Entry(name, DTYPES[dtype], tuple(shape), begin, end)


def _are_whole(values: Any, most: int) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value <= most for value in values)


def _check_cost(cost: int, size: int, what: str) -> None:
    if cost > 2 * size + SPARE:
        raise FormatError(f"is damaged: {what} would take {cost:,} bytes of memory, and the file has {size:,}")


def _check_depth(bare: str, what: str) -> None:
    depth = 0
    for bracket in re.finditer(r"[\[{\]}]", bare):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            raise FormatError(f"is damaged: {what} is nested more than {DEEPEST} deep")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
