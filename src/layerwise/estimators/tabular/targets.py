"""The target of an estimator: whatever holds one value for each row, as a table of one column."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Set
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import DataConversionWarning

from layerwise.errors import DataError
from layerwise.network import Array
from layerwise.tables import Table

__all__ = ["Target", "target_values"]


class Target(NamedTuple):
    """One value for each row: as they were given, and as the column of a table."""

    values: Array
    table: Table

    def take(self, rows: Array) -> Target:
        """Return some of the rows."""
        return Target(self.values[rows], self.table.take(rows))


def target_values(y: Any, n_rows: int, name: str, *, labels: bool) -> Target:
    """Return the target as an array and as a table of one column; `labels` are to be told apart, and no numbers.

    Raises
    ------
    DataError
        If it is not one value for each row.
    TableError
        If a value is infinite or of a type that cannot be learnt.

    Warns
    -----
    DataConversionWarning
        If it is a column, (m, 1): scikit-learn's warning.
    """
    values = _array(y)
    if values.ndim == 2 and values.shape[1] == 1:
        said = "A column-vector y was passed when a 1d array was expected. Please change the shape of y to (m,)."
        warnings.warn(said, DataConversionWarning, stacklevel=4)
        values = values[:, 0]
    if values.ndim != 1:
        raise DataError(f"y must hold one value for each row, in one dimension. Got an array of shape {values.shape}.")
    if len(values) != n_rows:
        raise DataError(f"y must have a value for each of the {n_rows} rows of X. Got {len(values)}.")
    return Target(values, Table({name: _exact(values) if labels else values}))


def _array(y: Any) -> Array:
    if isinstance(y, np.ndarray):  # a masked one too
        return y
    if isinstance(y, Mapping | Set | str | bytes):
        raise DataError(f"y must hold one value for each row. Got {type(y).__name__}.")
    if hasattr(y, "to_numpy") and not hasattr(y, "to_pylist"):
        return np.asarray(y.to_numpy())
    if hasattr(y, "__array__") and not hasattr(y, "to_pylist"):
        return np.asarray(y)
    try:
        cells = y.to_pylist() if hasattr(y, "to_pylist") else list(y)
    except TypeError:
        raise DataError(f"y must hold one value for each row. Got {type(y).__name__}.") from None
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def _exact(values: Array) -> Array:
    """Return whole numbers beyond 2⁵³ as texts: float64 would make one of several labels."""
    if values.dtype.kind not in "iuO":
        return values
    cells: list[Any] = values.tolist()
    if not any(_is_whole(cell) and abs(cell) > 2**53 for cell in cells):
        return values
    texts = np.empty(len(cells), dtype=object)
    texts[:] = [str(cell) if _is_whole(cell) else cell for cell in cells]
    return texts


def _is_whole(cell: Any) -> bool:
    return isinstance(cell, int | np.integer) and not isinstance(cell, bool)
