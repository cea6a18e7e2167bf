"""Arrays as short text: a line for tables, a few aligned lines for drawings."""

from __future__ import annotations

from layerwise.network import Array

__all__ = ["few_lines", "one_line"]


def one_line(array: Array, keep: int = 3) -> str:
    """Write an array on one line, leaving out the middle of long axes.

    Examples
    --------
    >>> import numpy as np
    >>> one_line(np.array([[1.0, 2.5], [0.0, -4.0]]))
    '[[1 2.5] [0 -4]]'
    >>> one_line(np.arange(10.0))
    '[0 1 2 … 9]'
    """
    if array.ndim == 0:
        return _number(array, 6)
    parts = [one_line(array[k], keep) if k >= 0 else "…" for k in _kept(len(array), keep)]
    return f"[{' '.join(parts)}]"


def few_lines(array: Array, keep: int = 3) -> list[str]:
    """Write an array as aligned rows, leaving out the middle of long axes; a 1-D array is one row.

    Examples
    --------
    >>> import numpy as np
    >>> few_lines(np.array([[1.0, 2.5], [0.0, -4.0]]))
    ['1  2.5', '0   -4']
    """
    if array.ndim > 2:
        return [one_line(array, keep)]
    matrix = array if array.ndim == 2 else array.reshape(1, -1)
    rows, columns = _kept(matrix.shape[0], keep), _kept(matrix.shape[1], keep)
    digits = 6 if array.size == 1 else 3
    cells = [[_cell(matrix, i, j, digits) for j in columns] for i in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]


def _kept(n: int, keep: int) -> list[int]:
    """Return the indices to show, with -1 for the gap; one left out would take the place of its mark."""
    return list(range(n)) if n <= keep + 1 else [*range(keep), -1, n - 1]


def _cell(matrix: Array, i: int, j: int, digits: int) -> str:
    if i < 0:
        return "⋮"
    return "…" if j < 0 else _number(matrix[i, j], digits)


def _number(x: Array, digits: int) -> str:
    return f"{float(x) + 0.0:.{digits}g}"  # + 0.0 turns −0 into 0
