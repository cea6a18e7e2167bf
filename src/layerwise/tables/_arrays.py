"""An array or list becomes a column of one of the kinds: numbers, texts or dates."""

from __future__ import annotations

import math
import numbers
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np

from layerwise.errors import TableError
from layerwise.tables._cells import Array, cell_error, not_finite
from layerwise.tables._dates import DATETIME, date_texts, naive

_Plain: TypeAlias = str | float | date | None

_ONE_SPELLING = {"": None, "True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
_ABSENT = {"NAType", "NaTType"}  # pandas' NA and NaT, by name: this room does not import pandas


def one_dimensional(name: str, values: Any) -> Array:
    """Return the cells of a column as a 1-D array, not yet of one of the kinds."""
    array = values if isinstance(values, np.ndarray) else _as_array(values)
    if array.ndim != 1:
        raise TableError(f"Column {name!r} must be one-dimensional. Got an array of shape {array.shape}.")
    if isinstance(array, np.ma.MaskedArray):
        cells: Array = np.asarray(array.data).astype(object)
        cells[np.ma.getmaskarray(array)] = None
        return cells
    return array


def as_column(name: str, array: Array, rows: Array) -> Array:
    """Return the array as one of the kinds of column; the error for a cell names its row."""
    kind = array.dtype.kind
    if kind in "iuf":
        with np.errstate(over="ignore"):  # a long double beyond float64 is infinite, and refused so
            return finite(name, array.astype(np.float64), rows)
    if kind == "M":
        return array.astype(DATETIME)
    if kind == "b":
        return np.where(array, "true", "false").astype(object)
    if kind in "UT":
        array = array.astype(object)
    if kind == "c":
        raise TableError(
            f"Complex data not supported: column {name!r} holds {array.dtype}. Make its real and its imaginary part "
            "two columns."
        )
    if array.dtype != object:
        raise TableError(f"Column {name!r} must hold numbers, texts, booleans or dates. Got {array.dtype}.")
    cells = array.tolist()
    types = set(map(type, cells))
    if types <= {str, type(None)}:
        return _texts(cells, array)
    if types <= {bool, type(None)}:
        return _texts([None if cell is None else str(cell) for cell in cells])
    if types <= {float, type(None)}:
        return finite(name, np.array(cells, dtype=np.float64), rows)
    return _mixed(name, cells, rows)


def finite(name: str, column: Array, rows: Array) -> Array:
    """Return a column of numbers, or raise the error for its first infinite cell."""
    infinite = np.isinf(column)
    if infinite.any():
        i = int(infinite.argmax())
        raise not_finite(name, int(rows[i]), float(column[i]))
    return column


def _as_array(values: Any) -> Array:
    if not isinstance(values, list | tuple):
        return np.asarray(values)
    array = np.empty(len(values), dtype=object)  # np.array would turn [1, "a"] into texts and [[1]] into a matrix
    array[:] = values
    return array


def _texts(cells: list[Any], array: Array | None = None) -> Array:
    """Return texts without blanks around them and in one spelling; `array`, if it holds them so already."""
    spelled = {cell: None if cell is None else _spelling(cell) for cell in set(cells)}
    if array is not None and all(cell == spelling for cell, spelling in spelled.items()):
        return array
    column = np.empty(len(cells), dtype=object)
    column[:] = [spelled[cell] for cell in cells]
    return column


def _spelling(cell: str) -> str | None:
    text = cell.strip()
    return _ONE_SPELLING.get(text, text)


def _mixed(name: str, cells: list[Any], rows: Array) -> Array:
    """Turn cells of several Python types into one column."""
    plain = [_plain(name, cell, row) for cell, row in zip(cells, rows, strict=True)]
    types = {float: False, str: False, date: False}
    for kind in types:
        types[kind] = any(isinstance(cell, kind) for cell in plain)
    if types[float] and (types[str] or types[date]):
        raise _odd_one_out(name, plain, rows)
    if types[str]:
        return _texts([_text(cell) for cell in plain])
    if types[date]:
        return np.array(plain, dtype=DATETIME)
    return finite(name, np.array(plain, dtype=np.float64), rows)


def _odd_one_out(name: str, cells: list[_Plain], rows: Array) -> TableError:
    """Return the error for the first number in a column of texts or dates; or for the first other, if they are few."""
    present = [(row, cell) for row, cell in zip(rows, cells, strict=True) if cell is not None]
    n_numbers = sum(isinstance(cell, float) for _, cell in present)
    odd_number = 2 * n_numbers <= len(present)
    row, cell = next((row, cell) for row, cell in present if isinstance(cell, float) == odd_number)
    of = "text" if any(isinstance(cell, str) for _, cell in present) else "dates"
    said = f"is a number in a column of {of}" if odd_number else "is no number, as most of the column is"
    return cell_error(name, int(row), cell, f"{said}. Make the whole column numbers, or the whole column text.")


def _text(cell: _Plain) -> str | None:
    if isinstance(cell, date):
        return str(date_texts(np.array([cell], dtype=DATETIME))[0])
    return cell if isinstance(cell, str) else None


def _plain(name: str, cell: Any, row: int) -> _Plain:
    """Return a cell as a text, float, date without a zone, or None."""
    if cell is None or type(cell).__name__ in _ABSENT:
        return None
    if isinstance(cell, str):
        return str(cell) or None
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, numbers.Real | Decimal):
        return _number(name, cell, row)
    if isinstance(cell, np.datetime64):
        moment: Any = cell.astype(DATETIME).item()  # None for NaT
        return moment
    if isinstance(cell, date):
        return naive(cell)
    if hasattr(cell, "isoformat"):
        return str(cell.isoformat())
    raise cell_error(name, int(row), cell, "cannot be used. A cell must be a number, text, boolean or date.")


def _number(name: str, cell: Any, row: int) -> float | None:
    try:
        number = float(cell)
    except OverflowError:  # a whole number beyond float64
        number = math.inf
    if math.isinf(number):
        raise not_finite(name, int(row), number)
    return None if math.isnan(number) else number
