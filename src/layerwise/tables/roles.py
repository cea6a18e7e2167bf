"""Which role a column of the training table plays: told from its type and values, or asked for."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from layerwise.errors import TableError, listed
from layerwise.tables._cells import Array, missing, parse_number
from layerwise.tables._conversion import converted
from layerwise.tables._dates import are_dates, are_times
from layerwise.tables._statistics import is_constant
from layerwise.tables.encodings import (
    AS_ASKED,
    BooleanColumn,
    CategoryColumn,
    Column,
    DatetimeColumn,
    DroppedColumn,
    NumericColumn,
    OrdinalColumn,
    UsedColumn,
)
from layerwise.tables.table import Table, held_as, level_texts, ordered_levels

__all__ = ["MANY", "Role", "column_of", "is_near_unique"]

Role: TypeAlias = Literal["numeric", "boolean", "category", "ordinal", "datetime", "drop"]

MANY = 20
"""Up to so many distinct texts are always levels, and in so few rows 1, 2, 3 are no row numbers."""

_NEEDED = "as the role {!r} needs"


def column_of(
    table: Table, name: str, role: Role | Sequence[Any] | None = None, *, embed: bool = False, knots: int = 0
) -> Column:
    """Give a column its role and take its statistics from the training rows.

    Without a role that is asked for, these are dropped: columns without a value or with one value only, row
    numbers, times of day, and near-unique text such as names and ticket numbers.

    Parameters
    ----------
    table : Table
        The training rows.
    name : str
        The column.
    role : Role or sequence, optional
        The role that is asked for; a sequence is the levels of an ordinal column, the lowest first.
    embed : bool
        Whether places may be positions of embeddings.
    knots : int
        How many quantiles of numbers to look at for them.

    Raises
    ------
    TableError
        If the column cannot play the role that is asked for.
    """
    values = table[name]
    n_missing = int(missing(values).sum())
    if role == "drop":
        return DroppedColumn(name, AS_ASKED, n_missing, kind=held_as(values))
    if n_missing == table.n_rows:
        return _dropped(table, name, "empty (every cell is missing)", "To keep it, give it a value in some row.")
    told = _told(table, name) if role is None else role
    if isinstance(told, DroppedColumn):
        return told
    column = _fitted(table, name, told, embed=embed, knots=knots if embed else 0)
    if not column.places:  # dates a few microseconds apart
        return _dropped(table, name, "constant (one value in every row)", "")
    return column


def is_near_unique(distinct: Collection[object], n_present: int) -> bool:
    """Return whether more than half of the values are distinct, and too many to be a handful of levels."""
    return len(distinct) > MANY and 2 * len(distinct) > n_present


def _told(table: Table, name: str) -> Role | DroppedColumn:
    values, kind = table[name], table.kind(name)
    gaps = missing(values)
    present = values[~gaps]
    if not gaps.any() and (is_constant(present) if held_as(values) == "numeric" else (present == present[0]).all()):
        return _dropped(table, name, "constant (one value in every row)", _hint(name, "category"))
    if kind == "numeric":
        if not gaps.any() and _counts_rows(values, table.row_numbers):
            return _dropped(table, name, "a row number (it rises by exactly 1 from row to row)", _hint(name, "numeric"))
        return "boolean" if np.array_equal(np.unique(present), [0.0, 1.0]) else "numeric"
    return _told_of_text(table, name, present.tolist()) if kind == "text" else kind


def _told_of_text(table: Table, name: str, present: list[str]) -> Role | DroppedColumn:
    distinct = set(present)
    if are_dates(distinct):
        return "datetime"
    if are_times(distinct):
        return _dropped(table, name, "times of day (not used)", _hint(name, "category"))
    if is_near_unique(distinct, len(present)):
        reason = f"near-unique text ({len(distinct)} of its {len(present)} values are distinct)"
        numbers = all(parse_number(text) is not None for text in distinct)
        return _dropped(table, name, reason, _hint(name, "numeric" if numbers else "category"))
    return "category"


def _fitted(table: Table, name: str, role: Role | Sequence[Any], *, embed: bool, knots: int) -> UsedColumn:
    values, rows = table[name], table.row_numbers
    if not isinstance(role, str):
        return _ordinal(table, name, role, embed=embed)
    if role == "ordinal":
        return _ordinal(table, name, _levels_in_order(table, name), embed=embed)
    if role == "numeric":
        return NumericColumn.fit(name, converted(name, values, "numeric", rows, _NEEDED.format(role)), knots=knots)
    if role == "datetime":
        return DatetimeColumn.fit(name, converted(name, values, "datetime", rows, _NEEDED.format(role)), knots=knots)
    values = converted(name, values, "text", rows, "") if held_as(values) == "datetime" else values
    levels = set(values[~missing(values)].tolist())
    if role == "boolean" and len(levels) > 2:
        found = listed(level_texts(sorted(levels)), at_most=5)
        raise TableError(f"Column {name!r} must have two levels for the role 'boolean'. Got {len(levels)}: {found}.")
    if role == "boolean" or len(levels) == 2:
        return BooleanColumn.fit(name, values)
    return CategoryColumn.fit(name, values, embed=embed)


def _ordinal(table: Table, name: str, levels: Sequence[Any], *, embed: bool) -> OrdinalColumn:
    values = table[name]
    if held_as(values) == "datetime":
        values = converted(name, values, "text", table.row_numbers, "")
    return OrdinalColumn.fit(name, values, ordered_levels(name, values, table.row_numbers, levels), embed=embed)


def _levels_in_order(table: Table, name: str) -> Sequence[Any]:
    values = table[name]
    if name in table.levels:
        return table.levels[name]
    distinct = sorted(set(values[~missing(values)].tolist()))
    if held_as(values) == "numeric":
        return distinct
    if held_as(values) == "datetime":
        raise TableError(f"Column {name!r} holds dates, whose role is 'datetime', not 'ordinal'.")
    shown = f"[{', '.join(map(repr, distinct[:5]))}{', ...' if len(distinct) > 5 else ''}]"
    raise TableError(
        f"Column {name!r} holds text, whose order is not known. Give its levels, the lowest first: "
        f"roles={{{name!r}: {shown}}}."
    )


def _dropped(table: Table, name: str, reason: str, hint: str) -> DroppedColumn:
    values = table[name]
    return DroppedColumn(name, reason, int(missing(values).sum()), hint, held_as(values))


def _hint(name: str, role: Role) -> str:
    on_command_line = f" (--categorical {shlex.quote(name)})" if role == "category" and name.isprintable() else ""
    return f"To keep it: roles={{{name!r}: {role!r}}}{on_command_line}."


def _counts_rows(values: Array, row_numbers: Array) -> bool:
    """Return whether the column is the row's number plus a constant, as it then is in any part of a table."""
    if len(values) <= MANY or not np.array_equal(values, np.round(values)):
        return False
    offset = values - row_numbers
    return bool((offset == offset[0]).all())
