"""The error for columns that a model needs and a table does not have: all of them, with the nearest names."""

from __future__ import annotations

from collections.abc import Sequence

from layerwise.errors import TableError
from layerwise.tables._cells import near_misses, nearest
from layerwise.tables.table import Table


def refuse_absent(needed: Sequence[str], table: Table) -> None:
    """Refuse a table that lacks a needed column; a near miss is sought among those that are not needed."""
    absent = [name for name in needed if name not in table]
    if not absent:
        return
    known = set(needed)
    rest = [name for name in (*table, *table.unread) if name not in known]
    which, near = f"the columns {', '.join(map(repr, absent))}, which", near_misses(absent, rest)
    if len(absent) == 1:
        which, near = f"column {absent[0]!r}, which", nearest(absent[0], rest)
    raise TableError(f"The model needs {which} the table does not have.{near}")
