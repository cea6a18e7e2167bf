"""Columns to write, as lists of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from layerwise.errors import TableError


def plain_columns(columns: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the columns as lists of Python values of one length."""
    lists = {str(name): np.asarray(values).tolist() for name, values in columns.items()}
    n_rows = len(next(iter(lists.values()), ()))
    for name, cells in lists.items():
        if len(cells) != n_rows:
            raise TableError(f"Every column to write must have {n_rows} cells. Got {len(cells)} in {name!r}.")
    return lists
