"""`as_table`: a data frame, a mapping of columns or a matrix becomes a `Table`, which is never modified."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from layerwise.errors import TableError, require
from layerwise.tables._arrays import one_dimensional
from layerwise.tables._cells import Array, number_text, way_out
from layerwise.tables.table import Table

__all__ = ["as_table"]


def as_table(data: Any, *, columns: Sequence[str] | None = None, drop: Collection[str] = ()) -> Table:
    """Return a table of the cells of `data`.

    Column labels become texts, and rows are counted from 1 whatever labels they have. Numbers of any type, of
    nullable ones too, become float64; categories become texts, ordered ones (pandas' ordered categoricals,
    polars' Enum) keep their order; dates become UTC. Texts stay texts, even if they spell numbers.

    Parameters
    ----------
    data : data frame, mapping or ndarray
        A frame of pandas, polars, pyarrow or of any library that narwhals knows; a mapping from names to columns,
        as a `Table` is; or a 2-D NumPy array, whose columns are named x0, x1, ....
    columns : sequence of str, optional
        Of an array, the names of all its columns; of other data, the columns to take, while the others stay
        unread. One that is not there is left to the encoder's complaint.
    drop : collection of str
        Columns to leave unread.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        If `data` is none of these, has no rows or columns, two columns have one name, or a cell cannot be used.
    MissingDependencyError
        If `data` is a frame and narwhals is not installed.

    Examples
    --------
    >>> as_table(np.array([[1, 2], [3, 4]]))
    Table(2 rows; x0: numeric, x1: numeric)
    >>> as_table({"age": [39, 50], "sex": ["f", "m"]}, columns=["sex"]).unread
    ('age',)
    """
    if isinstance(data, np.ndarray):
        cells, columns = _columns_of_array(data, columns), None
    elif isinstance(data, Mapping):
        _check_names([str(name) for name in data])
        cells = {str(name): one_dimensional(str(name), values) for name, values in data.items()}
    else:
        return _frame(data, columns, drop)
    n_rows = len(next(iter(cells.values()), ()))
    _refuse_empty(list(cells), n_rows)
    wanted, unread = _wanted(list(cells), columns, drop)
    kept = {name: cells[name] for name in wanted}
    if not isinstance(data, Table):
        return Table(kept, row_numbers=range(1, n_rows + 1), unread=unread)
    return Table(
        kept,
        row_numbers=data.row_numbers,
        missing=data.missing,
        unread=[*unread, *data.unread],
        levels={name: levels for name, levels in data.levels.items() if name in kept},
    )


def _columns_of_array(data: Array, columns: Sequence[str] | None) -> dict[str, Array]:
    if data.ndim != 2:
        raise TableError(
            f"A table needs an array of two dimensions, (rows, columns). Got the shape {data.shape}. Reshape your "
            "data: with X.reshape(-1, 1) if it is one column, with X.reshape(1, -1) if it is one row."
        )
    names = [f"x{j}" for j in range(data.shape[1])] if columns is None else [str(name) for name in columns]
    if len(names) != data.shape[1]:
        raise TableError(f"The array must have {len(names)} columns, one for each name. Got {data.shape[1]}.")
    _check_names(names)
    if not names:
        raise TableError(
            f"The table has no columns: 0 feature(s) (shape={data.shape}) while a minimum of 1 is required."
        )
    return {name: data[:, j] for j, name in enumerate(names)}


def _frame(data: Any, columns: Sequence[str] | None, drop: Collection[str]) -> Table:
    _refuse_no_frame(data)
    nw = require("narwhals.stable.v2", extra="tables", purpose="Reading data frames")
    labels = _labels(data)
    if labels is not None:  # before narwhals, whose own error would not say where they stand
        _check_names(labels)
    try:
        frame = nw.from_native(data)
    except TypeError:
        raise _no_table(data) from None
    if isinstance(frame, nw.LazyFrame):
        raise TableError(f"The data frame is lazy, a {_type_name(data)}. Load its rows before: call .collect() on it.")
    names = labels or [str(name) for name in frame.columns]
    _refuse_empty(names, len(frame))
    wanted, unread = _wanted(names, columns, drop)
    all_series = dict(zip(names, frame.iter_columns(), strict=True))
    series = {name: all_series[name] for name in wanted}
    return Table(
        {name: _cells(nw, name, cells) for name, cells in series.items()},
        row_numbers=range(1, len(frame) + 1),
        unread=unread,
        levels={
            name: list(cells.dtype.categories) for name, cells in series.items() if isinstance(cells.dtype, nw.Enum)
        },
    )


def _cells(nw: ModuleType, name: str, series: Any) -> Any:
    dtype = series.dtype
    if dtype.is_numeric():
        return series.cast(nw.Float64).to_numpy()
    if dtype.is_nested() or isinstance(dtype, nw.Binary | nw.Duration):
        raise TableError(
            f"Column {name!r} holds values of the type {dtype}. A column must hold numbers, texts, booleans or dates. "
            f"Leave it out: {way_out('drop', name)}."
        )
    if isinstance(dtype, nw.Date):
        return series.cast(nw.Datetime("us")).to_numpy()
    if isinstance(dtype, nw.Datetime):
        utc = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if dtype.time_zone else series
        return utc.to_numpy()
    cells = series.to_list()
    if isinstance(dtype, nw.String):
        return [cell if isinstance(cell, str) else None for cell in cells]  # pandas writes NaN for a missing text
    return [_category(cell) for cell in cells] if isinstance(dtype, nw.Categorical) else cells


def _category(level: Any) -> Any:
    """Return a level of a type of categories as text, even if it is a number; one that is missing stays so."""
    if isinstance(level, bool) or not isinstance(level, int | float) or level != level:
        return level
    return number_text(level)


def _labels(data: Any) -> list[str] | None:
    """Return the column labels of a frame as texts: pyarrow's stand in `column_names`, all others' in `columns`."""
    if hasattr(data, "collect"):  # a lazy frame would have to find them out
        return None
    labels = getattr(data, "column_names", None)
    if labels is None:
        labels = getattr(data, "columns", None)
    return None if labels is None or callable(labels) else [str(label) for label in labels]


def _wanted(names: list[str], columns: Sequence[str] | None, drop: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the columns to take and those that stay unread, each in the order of the data."""
    asked, dropped = set(names if columns is None else columns), set(drop)
    wanted = [name for name in names if name in asked and name not in dropped]
    return wanted, [name for name in names if name not in asked and name not in dropped]


def _check_names(names: list[str]) -> None:
    first: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name in first:
            raise TableError(f"The columns {first[name]} and {position} have one name, {name!r}. Rename one of them.")
        first[name] = position


def _refuse_empty(names: list[str], n_rows: int) -> None:
    for what, count in (("columns", len(names)), ("rows", n_rows)):
        if not count:
            raise TableError(f"The table has no {what}.")


def _refuse_no_frame(data: Any) -> None:
    if hasattr(data, "tocsr"):
        raise TableError(f"A table cannot be a sparse matrix. Got a {_type_name(data)}: make it dense with .toarray().")
    if isinstance(data, list | tuple | str | bytes | int | float | None):
        raise _no_table(data)


def _no_table(data: Any) -> TableError:
    remedy = ""
    if isinstance(data, list | tuple):
        remedy = " Make a list of rows an array, np.array(rows, dtype=object), or name its columns in a mapping."
    elif isinstance(data, str):
        remedy = " Read a file with read_table."
    elif hasattr(data, "to_frame"):
        remedy = " Make a series a frame: call .to_frame() on it."
    return TableError(
        "A table must be a data frame of pandas, polars or pyarrow, a mapping from names to columns, or a NumPy array "
        f"of two dimensions. Got a {_type_name(data)}.{remedy}"
    )


def _type_name(data: Any) -> str:
    return type(data).__name__
