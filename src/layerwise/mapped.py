"""Arrays that lie in a file and are mapped into memory: which they are, and how to go through one in little memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["columns_in_parts", "is_mapped", "let_go"]

PART = 1 << 24
"""Bytes of an array that are looked at together."""


def is_mapped(array: NDArray[np.generic]) -> bool:
    """Return whether an array lies in a mapped file, so that its memory can be given back and read again."""
    return _mapping(array) is not None


def columns_in_parts(array: NDArray[np.generic]) -> Iterator[tuple[int, NDArray[np.generic]]]:
    """Yield the parts of a 2-D array by columns, with the number of their first; the memory of each is let go of."""
    rows, m = array.shape
    at_once = max(1, PART // max(1, rows * array.itemsize))
    for first in range(0, m, at_once):
        part = array[:, first : first + at_once]
        yield first, part
        let_go(part)


def let_go(array: NDArray[np.generic]) -> None:
    """Give back the memory of an array in a mapped file: it is read again when it is used. Nothing else is touched."""
    memory = _mapping(array)
    if memory is None or not hasattr(mmap, "MADV_DONTNEED") or not array.size:
        return
    whole = np.frombuffer(memory, np.uint8)
    low, high = np.lib.array_utils.byte_bounds(array)
    first = (low - whole.ctypes.data) // mmap.PAGESIZE * mmap.PAGESIZE
    memory.madvise(mmap.MADV_DONTNEED, first, min(high - whole.ctypes.data, len(memory)) - first)


def _mapping(array: NDArray[np.generic]) -> mmap.mmap | None:
    base: object = array
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    if not isinstance(base, np.memmap) or base.mode == "c":  # whose changes are in memory alone
        return None
    return base._mmap if isinstance(base._mmap, mmap.mmap) else None  # type: ignore[attr-defined]  # NumPy's own
