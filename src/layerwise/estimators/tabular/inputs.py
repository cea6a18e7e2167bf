"""What the tabular estimators take as X: a table, or whatever scikit-learn takes for one."""

from __future__ import annotations

from typing import Any

import numpy as np

from layerwise.errors import TableError, require
from layerwise.network import Array
from layerwise.tables import Table, as_table

__all__ = ["column_as_given", "is_named", "table_of"]


def table_of(X: Any) -> Table:
    """Return the table of a frame, mapping or array; and of a list of rows, or of what NumPy can make an array of."""
    return as_table(_matrix(X))


def column_as_given(X: Any, place: int) -> Any:
    """Return a column with the type that it has in X, before it became one of a `Table`."""
    X = _matrix(X)
    if isinstance(X, np.ndarray):
        return X[:, place]
    if hasattr(X, "values") and callable(X.values):  # a mapping
        return list(X.values())[place]
    nw = require("narwhals.stable.v2", extra="tables", purpose="Reading data frames")
    return list(nw.from_native(X).iter_columns())[place].to_native()


def is_named(X: Any) -> bool:
    """Return whether X is a frame or a mapping, whose columns have names; for NumPy a frame would be an array too."""
    return any(hasattr(X, name) for name in ("columns", "column_names", "to_frame", "collect", "keys"))


def _matrix(X: Any) -> Any:
    if isinstance(X, list) and X and all(isinstance(row, list | tuple | np.ndarray) for row in X):
        return _of_rows(X)
    return np.asarray(X) if hasattr(X, "__array__") and not is_named(X) and not isinstance(X, np.ndarray) else X


def _of_rows(rows: list[Any]) -> Array:
    width = len(rows[0])
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            raise TableError(f"Row {number} of X has {len(row)} cells, where the first row has {width}.")
    cells = np.empty((len(rows), width), dtype=object)
    for i, row in enumerate(rows):
        cells[i] = [*row]
    return cells
