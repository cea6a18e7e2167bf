"""Single cells: how a number is spelled, what counts as missing, and how an error names a cell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from layerwise.errors import TableError, listed

Array: TypeAlias = NDArray[Any]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)


def parse_number(text: str) -> float | None:
    """Return the number that `text` spells, or None; `float` alone would also take '1_000' and '١'."""
    text = text.strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def number_text(value: float) -> str:
    """Return the shortest text that reads back as `value`, without a trailing '.0'."""
    text = repr(float(value))
    return text.removesuffix(".0")


def missing(column: Array) -> NDArray[np.bool_]:
    """Return where a column has no value: NaN among numbers, NaT among dates, None among texts."""
    if column.dtype == np.float64:
        return np.isnan(column)
    if column.dtype.kind == "M":
        return np.isnat(column)
    return np.fromiter((cell is None for cell in column.tolist()), np.bool_, len(column))


def shown(value: object) -> str:
    """Return a cell's value as an error shows it: quoted if it is text, and cut after 40 characters."""
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "...")
    if isinstance(value, date):
        return value.isoformat().removesuffix("T00:00:00")
    return number_text(value) if isinstance(value, float) else repr(value)


def cell_error(name: str, row: int, value: object, rest: str) -> TableError:
    """Return the error that names the column, the row and the value of one cell."""
    return TableError(f"Column {name!r}, row {row}: {shown(value)} {rest}")


def not_finite(name: str, row: int, value: object) -> TableError:
    """Return the error for an infinite cell."""
    return cell_error(name, row, value, "is infinite. Write a finite number, or leave the cell empty.")


def way_out(option: str, value: str) -> str:
    """Return how to pass an option, in Python and on the command line.

    >>> way_out("missing", "?")
    "missing=['?'] (--missing '?')"
    """
    on_command_line = f" (--{option} {shlex.quote(value)})" if value.isprintable() else ""
    return f"{option}=[{value!r}]{on_command_line}"


def nearest(name: str, options: Iterable[str]) -> str:
    """Return " Did you mean 'Age'?" for a near miss, in either case of letters, else the first ten options.

    >>> nearest("AGE", ["Age", "Sex"]), nearest("q", ["Age", "Sex"])
    (" Did you mean 'Age'?", ' Known: Age, Sex.')
    """
    by_lower = {option.casefold(): option for option in options}
    near = get_close_matches(name.casefold(), by_lower, n=1, cutoff=0.6)
    if near:
        return f" Did you mean {by_lower[near[0]]!r}?"
    return f" Known: {listed(by_lower.values())}." if by_lower else ""


def near_misses(absent: Iterable[str], options: Iterable[str]) -> str:
    """Return the nearest name for each of the first ten absent ones that has one, else the first ten options.

    >>> near_misses(["age", "sex", "zip"], ["Age", "Sexx"])
    " Did you mean 'Age' for 'age', 'Sexx' for 'sex'?"
    """
    options = list(options)
    by_lower = {option.casefold(): option for option in options}
    found = [
        f"{by_lower[near[0]]!r} for {name!r}"
        for name in list(absent)[:10]
        if (near := get_close_matches(name.casefold(), by_lower, n=1, cutoff=0.6))
    ]
    return f" Did you mean {', '.join(found)}?" if found else nearest("", options)
