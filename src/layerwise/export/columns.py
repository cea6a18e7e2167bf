"""From the columns of an encoder to the inputs of a program."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import numpy as np

from layerwise.errors import ParameterError
from layerwise.estimators.tabular.architecture import inputs_of
from layerwise.export.program import CellKind, Dates, Encoding, Input, Levels, Numbers, Part, Ranks
from layerwise.network import Array
from layerwise.tables import (
    BooleanColumn,
    CategoryColumn,
    DatetimeColumn,
    NumericColumn,
    OrdinalColumn,
    TableEncoder,
)
from layerwise.tables.encodings.datetimes import PERIODS

__all__ = ["inputs_of_table"]

_SPELLINGS = {"true": ("true", "True", "TRUE"), "false": ("false", "False", "FALSE")}
"""As `layerwise.tables.Table` reads them."""


def inputs_of_table(encoder: TableEncoder) -> tuple[Input, ...]:
    """Return what becomes of each column that enters the matrix, in the order of the table.

    Raises
    ------
    ParameterError
        If a column has an encoding that is not known here.
    """
    row_of_place = np.argsort(inputs_of(encoder.places)).tolist()
    inputs = []
    start = 0
    for column in encoder.used:
        end = start + len(column.places)
        inputs.append(Input(column.name, _KINDS[column.kind], _encoding(column), tuple(row_of_place[start:end])))
        start = end
    return tuple(inputs)


def _encoding(column: object) -> Encoding:
    match column:
        case NumericColumn():
            return _numbers(column)
        case OrdinalColumn(rising=True):
            levels = tuple(map(float, column.levels))
            return Ranks(levels, float(column.median), bool(column.missing), column.embedded)
        case BooleanColumn() | CategoryColumn() | OrdinalColumn():
            return _levels(column)
        case DatetimeColumn():
            parts = tuple(Part(name, _numbers(part), PERIODS.get(name)) for name, part in column.parts)
            return Dates(bool(column.missing), parts)
    raise ParameterError(
        f"The columns of an exported model must be numbers, booleans, categories, ordinals or dates. "
        f"Got a {type(column).__name__}: drop it, and train again."
    )


_KINDS: Mapping[str, CellKind] = {"numeric": "number", "text": "text", "datetime": "datetime"}


def _numbers(column: NumericColumn) -> Numbers:
    return Numbers(float(column.median), float(column.scale), bool(column.missing), tuple(map(float, column.knots)))


def _levels(column: BooleanColumn | CategoryColumn | OrdinalColumn) -> Levels:
    """Return what the column itself writes for each level, for a missing cell and for a level that it has not seen."""
    levels: tuple[Any, ...] = column.levels
    text = isinstance(levels[0], str)
    unseen = next(level for level in map(type(levels[0]), count()) if level not in levels)
    cells: Array = np.array([*levels, None if text else np.nan, unseen], dtype=object if text else np.float64)
    rows = np.zeros((len(cells), len(column.places)))
    column.write(cells, rows)
    keys: list[tuple[Any, int]] = [
        (spelling, row) for row, level in enumerate(levels) for spelling in _SPELLINGS.get(str(level), (level,))
    ]
    return Levels(tuple(sorted(keys)), rows)
