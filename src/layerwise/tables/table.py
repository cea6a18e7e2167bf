"""`Table`: named columns of one length, each numbers, texts, dates or ordered levels. NumPy only."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from layerwise.errors import TableError, listed
from layerwise.tables._arrays import as_column, one_dimensional
from layerwise.tables._cells import Array, cell_error, nearest, number_text, parse_number

__all__ = ["Kind", "Levels", "Table"]

Kind: TypeAlias = Literal["numeric", "text", "datetime", "ordinal"]
Levels: TypeAlias = tuple[str, ...] | tuple[float, ...]


class Table(Mapping[str, Array]):
    """Named columns of one length: a read-only mapping from the column's name to a 1-D array.

    Conventions
    -----------
    ============  ==========================  ==================================================
    kind          array                       a missing cell
    ============  ==========================  ==================================================
    ``numeric``   float64                     NaN
    ``text``      object array of `str`       None
    ``datetime``  datetime64[us], in UTC      NaT
    ``ordinal``   as for numeric or text      the same; `levels` has the values in their order
    ============  ==========================  ==================================================

    Booleans, and the texts True, TRUE, False and FALSE, become the texts "true" and "false", so that files of
    every kind agree; blanks around texts are stripped, and an empty text is a missing cell. Infinite numbers are
    refused.

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
        Columns of the file or frame that were not asked for.
    levels : mapping of str to sequence, optional
        The values of columns whose values have an order, the lowest first.

    Raises
    ------
    TableError
        If the lengths differ, a column mixes numbers and text, or a value is infinite, of another type, or not
        one of its column's levels.

    Examples
    --------
    >>> table = Table({"age": [39, None, 50], "sex": ["Male", "Female", None]})
    >>> table["age"], table.kind("sex"), table.n_rows
    (array([39., nan, 50.]), 'text', 3)
    >>> Table({"size": ["S", "L"]}, levels={"size": ["S", "M", "L"]}).kind("size")
    'ordinal'
    """

    __slots__ = ("_columns", "levels", "missing", "row_numbers", "unread")

    def __init__(
        self,
        columns: Mapping[str, Any],
        *,
        row_numbers: Any = None,
        missing: Sequence[str] = (),
        unread: Sequence[str] = (),
        levels: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        arrays = {str(name): one_dimensional(str(name), values) for name, values in columns.items()}
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
        self._columns = {name: as_column(name, array, rows) for name, array in arrays.items()}
        self.levels: Mapping[str, Levels] = {
            name: ordered_levels(name, self.column(name), rows, values) for name, values in (levels or {}).items()
        }

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
        """Return "numeric", "text", "datetime" or "ordinal"."""
        return "ordinal" if name in self.levels else held_as(self[name])

    def column(self, name: str, what: str = "column") -> Array:
        """Return a column, or raise a TableError that suggests the nearest name."""
        if name not in self._columns:
            raise TableError(f"The table has no {what} {name!r}.{nearest(name, self)}")
        return self[name]

    def take(self, rows: Any) -> Table:
        """Return some rows, given as a mask, a slice or positions from 0; they keep their row numbers."""
        return self._with({name: column[rows] for name, column in self.items()}, self.row_numbers[rows])

    def without(self, *names: str) -> Table:
        """Return the table without some columns."""
        return self._with({name: column for name, column in self.items() if name not in names}, self.row_numbers)

    def with_column(self, name: str, cells: Array) -> Table:
        """Return the table with other cells in a column, of the kind that it has."""
        return self._with({**self._columns, name: cells}, self.row_numbers)

    def _with(self, columns: dict[str, Array], row_numbers: Array) -> Table:
        part = Table({}, row_numbers=row_numbers, missing=self.missing, unread=self.unread)
        part._columns = columns  # of one kind each already
        part.levels = {name: levels for name, levels in self.levels.items() if name in columns}
        return part


def held_as(values: Array) -> Literal["numeric", "text", "datetime"]:
    """Return how a column holds its cells."""
    if values.dtype.kind == "M":
        return "datetime"
    return "numeric" if values.dtype == np.float64 else "text"


def ordered_levels(name: str, values: Array, rows: Array, levels: Sequence[Any]) -> Levels:
    """Return the levels of a column as its cells are held, or raise the error for a cell that is none of them."""
    number = held_as(values) == "numeric"
    known = tuple(_level(name, level, number=number) for level in levels)
    if len(set(known)) < len(known) or not known:
        raise TableError(f"Column {name!r} must have levels that differ, at least one. Got {list(levels)!r}.")
    cells: list[Any] = values.tolist()
    if unknown := {cell for cell in cells if cell is not None and cell == cell} - set(known):  # NaN is not NaN
        i = next(i for i, cell in enumerate(cells) if cell in unknown)
        rest = f"is not one of the column's levels: {listed(map(str, level_texts(known)))}."
        raise cell_error(name, int(rows[i]), cells[i], rest)
    return known  # type: ignore[return-value]  # all of one type


def level_texts(levels: Sequence[str | float]) -> tuple[str, ...]:
    """Return levels as texts, numbers without a trailing '.0'."""
    return tuple(level if isinstance(level, str) else number_text(level) for level in levels)


def _level(name: str, level: Any, *, number: bool) -> str | float:
    if not number:
        is_number = isinstance(level, numbers.Real) and not isinstance(level, bool | np.bool_)
        return number_text(level) if is_number else str(level).strip()
    value = parse_number(level) if isinstance(level, str) else float(level) + 0.0  # and so never -0.0
    if value is None:
        raise TableError(f"The levels of column {name!r} must be numbers, as its cells are. Got {level!r}.")
    return value
