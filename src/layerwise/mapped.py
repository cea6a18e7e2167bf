"""Arrays that lie in a file and are mapped into memory: which they are, and how to go through one in little memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["columns_in_parts", "columns_of", "is_mapped", "let_go"]

PART = 1 << 24
"""Bytes of an array that are looked at together."""


def is_mapped(array: NDArray[Any]) -> bool:
    """Return whether an array lies in a mapped file, so that its memory can be given back and read again."""
    return _mapping(array) is not None


def columns_in_parts(array: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the parts of a 2-D array by columns, with the number of their first; the memory of each is let go of."""
    rows, m = array.shape
    at_once = max(1, PART // max(1, rows * array.itemsize))
    for first in range(0, m, at_once):
        part = array[:, first : first + at_once]
        yield first, part
        let_go(part)


def columns_of(array: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    """Return copies of some columns of a 2-D array, given by their rising positions; each is a row of memory."""
    if not is_mapped(array):
        return array.T[columns].T
    copies = np.empty((len(columns), len(array)), array.dtype).T
    for first, part in columns_in_parts(array):
        start, end = np.searchsorted(columns, [first, first + part.shape[1]])
        copies[:, start:end] = part[:, columns[start:end] - first]
    return copies


def let_go(array: NDArray[Any]) -> None:
    """Give back the memory of an array in a mapped file: it is read again when it is used. Nothing else is touched."""
    memory = _mapping(array)
    if memory is None or not hasattr(mmap, "MADV_DONTNEED") or not array.size:
        return
    whole = np.frombuffer(memory, np.uint8)
    low, high = np.lib.array_utils.byte_bounds(array)
    first = (low - whole.ctypes.data) // mmap.PAGESIZE * mmap.PAGESIZE
    memory.madvise(mmap.MADV_DONTNEED, first, min(high - whole.ctypes.data, len(memory)) - first)


def _mapping(array: NDArray[Any]) -> mmap.mmap | None:
    base: object = array
    while type(base) is np.ndarray or (isinstance(base, np.ndarray) and not isinstance(base, np.memmap)):
        base = base.base
    if base is None:
        return None
    if not isinstance(base, np.memmap) or base.mode == "c":  # whose changes are in memory alone
        return None
    return base._mmap if isinstance(base._mmap, mmap.mmap) else None  # type: ignore[attr-defined]  # NumPy's own
