"""A column that is held otherwise than it was learnt, or than its role needs: texts, numbers and dates converted."""

from __future__ import annotations

from typing import Any

import numpy as np

from layerwise.tables._cells import Array, cell_error, missing, number_text, parse_number
from layerwise.tables._dates import DATETIME, date_texts, dates_of_texts
from layerwise.tables.table import Kind, held_as

NOT_A_NUMBER = "is not a number, {}. Correct it, or leave it empty."
NOT_A_DATE = "is not a date, {}. Write it as 2020-01-31 or 2020-01-31 10:30, or leave it empty."


def converted(name: str, values: Array, kind: Kind, rows: Array, why: str) -> Array:
    """Return a column as numbers, texts or dates; `why` stands in the error for a cell that cannot be.

    Texts that spell numbers or ISO dates become them, and these become texts; a number is no date.
    """
    held = held_as(values)
    if held == kind:
        return values
    if kind == "text":
        return date_texts(values) if held == "datetime" else _number_texts(values)
    gaps = missing(values)
    if gaps.all():
        return np.full(len(values), np.nan) if kind == "numeric" else np.full(len(values), "NaT", dtype=DATETIME)
    rest = (NOT_A_NUMBER if kind == "numeric" else NOT_A_DATE).format(why)
    if held != "text":
        i = int((~gaps).argmax())
        raise cell_error(name, int(rows[i]), values.tolist()[i], rest)
    if kind == "datetime":
        return dates_of_texts(name, values, rows, rest)
    return np.array([_number(name, cell, row, rest) for cell, row in zip(values, rows, strict=True)], dtype=np.float64)


def _number_texts(values: Array) -> Array:
    texts = [None if cell != cell else number_text(cell) for cell in values.tolist()]  # NaN != NaN
    return np.array(texts, dtype=object)


def _number(name: str, cell: Any, row: int, rest: str) -> float:
    number = np.nan if cell is None else parse_number(cell)
    if number is None or np.isinf(number):
        raise cell_error(name, int(row), cell, rest)
    return float(number)
