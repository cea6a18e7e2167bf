"""What an encoder knows of one column: how its cells become places of the matrix, or why it is dropped.

Each kind of column has the same parts: `fit` takes its statistics from the training rows, `places` names the
columns of the matrix that it fills, `write` fills them, `to_config` and `from_config` are its JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layerwise.tables.encodings.boolean import BooleanColumn
from layerwise.tables.encodings.category import MAX_LEVELS, ONE_HOT, CategoryColumn
from layerwise.tables.encodings.datetimes import DatetimeColumn
from layerwise.tables.encodings.dropped import AS_ASKED, DroppedColumn
from layerwise.tables.encodings.numeric import KNOTS, NumericColumn
from layerwise.tables.encodings.ordinal import OrdinalColumn
from layerwise.tables.encodings.place import Place

__all__ = [
    "AS_ASKED",
    "KNOTS",
    "MAX_LEVELS",
    "ONE_HOT",
    "BooleanColumn",
    "CategoryColumn",
    "Column",
    "DatetimeColumn",
    "DroppedColumn",
    "NumericColumn",
    "OrdinalColumn",
    "Place",
    "UsedColumn",
    "column_from_config",
]

UsedColumn = NumericColumn | BooleanColumn | CategoryColumn | OrdinalColumn | DatetimeColumn
Column = UsedColumn | DroppedColumn

_KINDS: Mapping[str, type[Column]] = {
    kind.role: kind
    for kind in (NumericColumn, BooleanColumn, CategoryColumn, OrdinalColumn, DatetimeColumn, DroppedColumn)
}


def column_from_config(config: Mapping[str, Any]) -> Column:
    """Build the column that its `to_config` described."""
    return _KINDS[config["role"]].from_config(config)
