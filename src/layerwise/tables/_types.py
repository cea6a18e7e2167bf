"""A column of a file becomes numbers, text or dates: by the kind that is asked for, else by its cells."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from layerwise.errors import TableError
from layerwise.tables._cells import Array, cell_error, not_finite, parse_number, way_out
from layerwise.tables._conversion import NOT_A_DATE, converted
from layerwise.tables._dates import are_dates, dates_of_texts
from layerwise.tables.table import Kind, Table

ALMOST = 0.9
"""From this share of numbers on, a column is meant as numbers, and its other cells are mistakes."""

_WHOLE, _WITH_LEADING_ZERO = "^[0-9]+$", "^0[0-9]+$"
_WITH_COMMA = re.compile(r"[+-]?\d[\d.' ]*,[\d.,' ]*\d")


def table_of(
    pl: ModuleType,
    frame: Any,
    rows: Array,
    *,
    types: Mapping[str, Kind] | None,
    missing: Sequence[str],
    categorical: Collection[str] = (),
    unread: Sequence[str] = (),
) -> Table:
    """Return the columns of a frame of polars as a `Table`; `rows` are the numbers of its rows in the file."""
    columns = {
        series.name: column_array(
            pl,
            series,
            rows,
            kind=None if types is None else types[series.name],
            missing=missing,
            mixed=series.name in categorical,
        )
        for series in frame
    }
    levels = {
        name: dtype.categories.to_list()
        for name, dtype in frame.schema.items()
        if types is None and name not in categorical and isinstance(dtype, pl.Enum)
    }
    return Table(columns, row_numbers=rows, missing=missing, unread=unread, levels=levels)


def column_array(
    pl: ModuleType, series: Any, rows: Array, *, kind: Kind | None, missing: Sequence[str], mixed: bool
) -> Array:
    """Return a series as a column; `kind` None decides by the cells, `mixed` allows text among numbers.

    Raises
    ------
    TableError
        If the type cannot be used, or a cell is not a number and should be.
    """
    name, dtype = series.name, series.dtype
    if dtype in (pl.Date, pl.Datetime):
        return _dates(pl, series, rows, kind)
    if dtype.is_numeric() or dtype == pl.Null:
        return _numbers(series.cast(pl.Float64), series, rows, missing)
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Duration):
        raise TableError(
            f"Column {name!r} holds values of the type {dtype}. A column must hold numbers, texts, booleans "
            f"or dates. Leave it out: {way_out('drop', name)}."
        )
    texts = _texts(pl, series, missing)
    if kind == "text":
        return _object(texts)
    if kind == "datetime" or (kind is None and not mixed and are_dates(texts.drop_nulls().unique())):
        return _dates_of_texts(texts, rows, guessed=kind is None)
    numbers = texts.cast(pl.Float64, strict=False)
    if kind is None and _are_codes(texts.filter(numbers.is_not_null())):
        return _object(texts)
    not_numbers = texts.filter(numbers.is_null() & texts.is_not_null())
    if not len(not_numbers):
        return _numbers(numbers, texts, rows, missing)
    if kind == "numeric" or (not mixed and _meant_as_numbers(texts, not_numbers)):
        raise _not_a_number(texts, numbers, rows, guessed=kind is None)
    if not mixed:
        _refuse_decimal_commas(texts, not_numbers, rows)
    return _object(texts)


def _dates(pl: ModuleType, series: Any, rows: Array, kind: Kind | None) -> Array:
    """Return dates of a frame in UTC, or their texts."""
    if getattr(series.dtype, "time_zone", None):
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    dates: Array = series.cast(pl.Datetime("us")).to_numpy()
    if kind in (None, "datetime"):
        return dates
    return converted(series.name, dates, kind, rows, "but the model learnt this column as numbers")


def _dates_of_texts(texts: Any, rows: Array, *, guessed: bool) -> Array:
    name, cells = texts.name, _object(texts)
    rest = NOT_A_DATE.format("but the model learnt this column as dates")
    if guessed:
        rest = (
            "is not a date, though written as one. Correct it, or declare it as missing: missing=[...] (--missing), "
            f"or the column as text: {way_out('categorical', name)}."
        )
    return dates_of_texts(name, cells, rows, rest)


def _are_codes(numbers: Any) -> bool:
    """Return whether whole numbers are names, as 01234 is of a town: with its leading zero it would lose itself."""
    return bool(numbers.str.contains(_WITH_LEADING_ZERO).any() and numbers.str.contains(_WHOLE).all())


def _texts(pl: ModuleType, series: Any, missing: Sequence[str]) -> Any:
    """Return the series as strings without blanks around them, null where a cell is missing."""
    texts = series.cast(pl.String).str.strip_chars()
    return texts.set(texts.is_in(["", *missing]), None)


def _object(texts: Any) -> Array:
    array: Array = np.asarray(texts.to_numpy(), dtype=object)
    return array


def _numbers(numbers: Any, cells: Any, rows: Array, missing: Sequence[str]) -> Array:
    """Return the numbers with NaN for missing cells; a marker such as -999 also means -999.0."""
    array: Array = numbers.to_numpy().astype(np.float64)
    markers = [number for text in missing if (number := parse_number(text)) is not None]
    array[np.isin(array, markers)] = np.nan
    infinite = np.isinf(array)
    if infinite.any():
        i = int(infinite.argmax())
        raise not_finite(cells.name, int(rows[i]), cells[i])
    return array


def _meant_as_numbers(texts: Any, not_numbers: Any) -> bool:
    """Return whether most cells are numbers, or half of them and the rest one word such as 'NA'."""
    n_texts, n_not = len(texts) - texts.null_count(), len(not_numbers)
    one_word = not_numbers.n_unique() == 1
    return bool(n_texts - n_not >= ALMOST * n_texts or (2 * n_not <= n_texts and one_word))


def _not_a_number(texts: Any, numbers: Any, rows: Array, *, guessed: bool) -> TableError:
    i = (numbers.is_null() & texts.is_not_null()).arg_max()
    name, row, value = texts.name, int(rows[i]), texts[i]
    if not guessed:
        rest = "is not a number, but the model learnt this column as numbers. Correct it, or leave it empty."
        return cell_error(name, row, value, rest)
    return cell_error(
        name,
        row,
        value,
        "is not a number, as most of the column is. Correct it, or declare it as missing: "
        f"{way_out('missing', value)}, or the column as text: {way_out('categorical', name)}.",
    )


def _refuse_decimal_commas(texts: Any, not_numbers: Any, rows: Array) -> None:
    """Refuse a column of numbers such as 3,14 or 1,000, which would be levels in silence."""
    with_comma = {text for text in not_numbers.unique() if _WITH_COMMA.fullmatch(text)}
    if len(with_comma) < ALMOST * not_numbers.n_unique():
        return
    row, text = next((row, text) for row, text in zip(rows, texts, strict=True) if text in with_comma)
    raise cell_error(
        texts.name,
        int(row),
        text,
        "is not a number: write 3.14 and 1000, with a decimal point and nothing between thousands, or "
        f"declare the column as text: {way_out('categorical', texts.name)}.",
    )
