"""Which role a column of the training table plays: number, levels, or dropped with a reason."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np

from layerwise.tables._cells import Array, missing, way_out
from layerwise.tables._statistics import is_constant
from layerwise.tables.columns import Column, DroppedColumn, LevelColumn, NumericColumn

__all__ = ["MANY", "column_of", "is_near_unique"]

MANY = 20
"""Up to so many distinct texts are always levels, and in so few rows 1, 2, 3 are no row numbers."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?|\d{2}:\d{2}(:\d{2}.*)?", re.ASCII)


def column_of(name: str, values: Array, row_numbers: Array, *, as_levels: bool = False) -> Column:
    """Give a column its role and take its statistics from the training rows.

    Dropped are columns without a value or with one value only, and, unless `as_levels` asks to keep them: row
    numbers, dates and times, and near-unique text such as names and ticket numbers.
    """
    gaps = missing(values)
    present = values[~gaps]
    n_missing = int(gaps.sum())
    if not present.size:
        return DroppedColumn(name, "empty (every cell is missing)", n_missing)
    is_number = values.dtype == np.float64
    if not n_missing and (is_constant(present) if is_number else len(set(present.tolist())) == 1):
        return DroppedColumn(name, "constant (one value in every row)")
    if as_levels:
        return LevelColumn.fit(name, values)
    if is_number:
        if not n_missing and _counts_rows(values, row_numbers):
            return DroppedColumn(name, "a row number (it rises by exactly 1 from row to row)")
        return NumericColumn.fit(name, values)
    return _text_column(name, values, present.tolist(), n_missing)


def _text_column(name: str, values: Array, present: list[str], n_missing: int) -> Column:
    distinct = set(present)
    if all(_DATE.fullmatch(text) for text in distinct):
        return DroppedColumn(name, "dates or times (not used yet)", n_missing)
    if is_near_unique(distinct, len(present)):
        reason = f"near-unique text ({len(distinct)} of its {len(present)} values are distinct)"
        hint = f"To keep it: {way_out('categorical', name)}."
        return DroppedColumn(name, reason, n_missing, hint)
    return LevelColumn.fit(name, values)


def is_near_unique(distinct: Collection[object], n_present: int) -> bool:
    """Return whether more than half of the values are distinct, and too many to be a handful of levels."""
    return len(distinct) > MANY and 2 * len(distinct) > n_present


def _counts_rows(values: Array, row_numbers: Array) -> bool:
    """Return whether the column is the row's number plus a constant, as it then is in any part of a table."""
    if len(values) <= MANY or not np.array_equal(values, np.round(values)):
        return False
    offset = values - row_numbers
    return bool((offset == offset[0]).all())
