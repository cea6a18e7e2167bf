"""Dates and times as datetime64 in microseconds and UTC: from ISO texts, from Python's own, and back to texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

import numpy as np

from layerwise.tables._cells import Array, cell_error

DATETIME = np.dtype("M8[us]")

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?", re.ASCII)


def are_dates(texts: Iterable[str]) -> bool:
    """Return whether all texts are written as ISO dates or date-times are, and there is one."""
    return _all_match(_ISO, texts)


def are_times(texts: Iterable[str]) -> bool:
    """Return whether all texts are written as times of day are, and there is one."""
    return _all_match(_TIME, texts)


def dates_of_texts(name: str, cells: Array, rows: Array, rest: str) -> Array:
    """Return ISO texts as dates, NaT where missing; `rest` ends the error for a cell that is none."""
    cells_list = cells.tolist()
    moments = {text: None if text is None else _parse(text) for text in set(cells_list)}
    if wrong := {text for text, moment in moments.items() if moment is None and text is not None}:
        row, text = next((row, text) for row, text in zip(rows, cells_list, strict=True) if text in wrong)
        raise cell_error(name, int(row), text, rest)
    return np.array([moments[text] for text in cells_list], dtype=DATETIME)


def naive(moment: date) -> date:
    """Return a moment in UTC without its time zone; one without a zone stays as it is."""
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return moment


def date_texts(dates: Array) -> Array:
    """Return dates as ISO texts, without a time that is midnight; None where missing.

    >>> date_texts(np.array(["2020-01-02", "2020-01-02T10:30", "NaT"], dtype="M8[us]")).tolist()
    ['2020-01-02', '2020-01-02T10:30:00', None]
    """
    texts = np.datetime_as_string(dates.astype(DATETIME)).tolist()
    short = [text.removesuffix(".000000").removesuffix("T00:00:00") for text in texts]
    return np.array([None if text == "NaT" else text for text in short], dtype=object)


def _all_match(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    found = False
    for text in texts:
        if not pattern.fullmatch(text):
            return False
        found = True
    return found


def _parse(text: str) -> date | None:
    try:
        return naive(datetime.fromisoformat(text.strip())) if _ISO.fullmatch(text.strip()) else None
    except (ValueError, OverflowError):  # 2020-02-30; an offset beyond year 1
        return None
