"""`Table`: named columns of one length, each either numbers or text. NumPy only."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from layerwise.errors import TableError
from layerwise.tables._cells import Array, cell_error, nearest, not_finite

__all__ = ["Kind", "Table"]

Kind: TypeAlias = Literal["numeric", "text"]

_ONE_SPELLING = {"": None, "True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


class Table(Mapping[str, Array]):
    """Named columns of one length: a read-only mapping from the column's name to a 1-D array.

    Conventions
    -----------
    A column is either numeric, float64 with NaN for a missing cell, or text, an object array of `str` with
    None for a missing cell. Booleans, and the texts True, TRUE, False and FALSE, become the texts "true" and
    "false", so that files of every kind agree; dates become their ISO form, and an empty text is a missing cell.
    Infinite numbers are refused.

    Rows are counted from 1, the header not counted; `row_numbers` stay with their rows when a part of the
    table is taken, so that an error names the row of the file.

    Parameters
    ----------
    columns : mapping of str to array_like
        Arrays or lists of one length: numbers, booleans, texts, dates; None and NaN are missing.
    row_numbers : array_like of int, optional
        The number of each row; 1, 2, ... if not given.
    missing : sequence of str, optional
        The texts that the reader took for a missing cell, beside the empty one: a note for the next reader.
    unread : sequence of str, optional
        Columns of the file that were not asked for.

    Raises
    ------
    TableError
        If the lengths differ, a column mixes numbers and text, or a value is infinite or of another type.

    Examples
    --------
    >>> table = Table({"age": [39, None, 50], "sex": ["Male", "Female", None]})
    >>> table["age"], table.kind("sex"), table.n_rows
    (array([39., nan, 50.]), 'text', 3)
    """

    __slots__ = ("_columns", "missing", "row_numbers", "unread")

    def __init__(
        self,
        columns: Mapping[str, Any],
        *,
        row_numbers: Any = None,
        missing: Sequence[str] = (),
        unread: Sequence[str] = (),
    ) -> None:
        arrays = {str(name): _one_dimensional(str(name), values) for name, values in columns.items()}
        n_rows = len(next(iter(arrays.values()), ())) if row_numbers is None else len(row_numbers)
        for name, array in arrays.items():
            if len(array) != n_rows:
                raise TableError(
                    f"The columns of a table must have one length, here {n_rows} rows. "
                    f"Got {len(array)} cells in {name!r}."
                )
        rows = np.arange(1, n_rows + 1) if row_numbers is None else np.asarray(row_numbers)
        self.row_numbers: Array = rows
        self.missing = tuple(missing)
        self.unread = tuple(unread)
        self._columns = {name: _column(name, array, rows) for name, array in arrays.items()}

    def __getitem__(self, name: str) -> Array:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        kinds = ", ".join(f"{name}: {self.kind(name)}" for name in self)
        return f"Table({self.n_rows} rows; {kinds})"

    @property
    def n_rows(self) -> int:
        """How many rows the table has."""
        return len(self.row_numbers)

    def kind(self, name: str) -> Kind:
        """Return "numeric" or "text"."""
        return "numeric" if self[name].dtype == np.float64 else "text"

    def column(self, name: str, what: str = "column") -> Array:
        """Return a column, or raise a TableError that suggests the nearest name."""
        if name not in self._columns:
            raise TableError(f"The table has no {what} {name!r}.{nearest(name, self)}")
        return self[name]

    def take(self, rows: Any) -> Table:
        """Return some rows, given as a mask, a slice or positions from 0; they keep their row numbers."""
        taken = {name: column[rows] for name, column in self.items()}
        numbers_taken = self.row_numbers[rows]
        return Table(taken, row_numbers=numbers_taken, missing=self.missing, unread=self.unread)

    def without(self, *names: str) -> Table:
        """Return the table without some columns."""
        kept = {name: column for name, column in self.items() if name not in names}
        return Table(kept, row_numbers=self.row_numbers, missing=self.missing, unread=self.unread)


def _one_dimensional(name: str, values: Any) -> Array:
    array = values if isinstance(values, np.ndarray) else _as_array(values)
    if array.ndim != 1:
        raise TableError(f"Column {name!r} must be one-dimensional. Got an array of shape {array.shape}.")
    return array


def _as_array(values: Any) -> Array:
    if not isinstance(values, list | tuple):
        return np.asarray(values)
    array = np.empty(len(values), dtype=object)  # np.array would turn [1, "a"] into texts and [[1]] into a matrix
    array[:] = values
    return array


def _column(name: str, array: Array, rows: Array) -> Array:
    """Return the array as one of the two kinds of column."""
    kind = array.dtype.kind
    if kind in "iuf":
        return _finite(name, array.astype(np.float64), rows)
    if kind == "M":
        dates = np.datetime_as_string(array).tolist()
        return _texts([None if date == "NaT" else date for date in dates])
    if kind in "bU":
        array = array.astype(object)
    if array.dtype != object:
        raise TableError(f"Column {name!r} must hold numbers, texts, booleans or dates. Got {array.dtype}.")
    cells = array.tolist()
    if not set(map(type, cells)) <= {str, type(None)}:
        return _mixed(name, cells, rows)
    return array if _ONE_SPELLING.keys().isdisjoint(cells) else _texts(cells)


def _texts(cells: list[Any]) -> Array:
    array = np.empty(len(cells), dtype=object)
    array[:] = [_ONE_SPELLING.get(cell, cell) for cell in cells]
    return array


def _finite(name: str, column: Array, rows: Array) -> Array:
    infinite = np.isinf(column)
    if infinite.any():
        i = int(infinite.argmax())
        raise not_finite(name, int(rows[i]), float(column[i]))
    return column


def _mixed(name: str, cells: list[Any], rows: Array) -> Array:
    """Turn cells of several Python types into one column."""
    plain = [_plain(name, cell, row) for cell, row in zip(cells, rows, strict=True)]
    texts = [isinstance(cell, str) for cell in plain]
    if not any(texts):
        filled = [np.nan if cell is None else cell for cell in plain]
        return _finite(name, np.array(filled, dtype=np.float64), rows)
    for cell, row in zip(plain, rows, strict=True):
        if isinstance(cell, float):
            rest = "is a number in a column of text. Make the whole column numbers, or the whole column text."
            raise cell_error(name, int(row), cell, rest)
    return _texts(plain)


def _plain(name: str, cell: Any, row: int) -> str | float | None:
    if cell is None or isinstance(cell, str):
        return str(cell) if cell else None
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, numbers.Real):
        value = float(cell)
        return None if np.isnan(value) else value
    if isinstance(cell, np.datetime64):
        return None if np.isnat(cell) else str(cell)
    if hasattr(cell, "isoformat"):
        return str(cell.isoformat())
    raise cell_error(name, int(row), cell, "cannot be used. A cell must be a number, text, boolean or date.")
