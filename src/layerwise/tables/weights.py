"""The column that says how much each row counts."""

from __future__ import annotations

import numpy as np

from layerwise.errors import TableError
from layerwise.tables._cells import Array
from layerwise.tables.table import Table

__all__ = ["weighted_rows"]


def weighted_rows(table: Table, column: str) -> tuple[Table, Array, int]:
    """Return the rows with a weight above 0, without the column; their weights; and how many rows have none.

    Raises
    ------
    TableError
        If there is no such column, or a weight is no number of at least 0.
    """
    w = table.column(column, "column of weights")
    if w.dtype != np.float64:
        raise TableError(f"The column of weights {column!r} must hold numbers. It holds {table.kind(column)}.")
    wrong = ~(w >= 0)  # NaN is neither
    if wrong.any():
        i = int(wrong.argmax())
        got = "the cell is missing" if np.isnan(w[i]) else f"got {w[i]:g}"
        raise TableError(
            f"Column {column!r}, row {int(table.row_numbers[i])}: a weight must be a number of at least 0; {got}."
        )
    counted = w > 0
    return table.without(column).take(counted), w[counted], int((~counted).sum())
