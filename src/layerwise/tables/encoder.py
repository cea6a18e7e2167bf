"""`TableEncoder`: a table becomes the matrix X, by statistics of the training rows alone."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from layerwise import values
from layerwise.checks import Integers
from layerwise.errors import TableError, TableNotice, listed
from layerwise.tables._absent import refuse_absent
from layerwise.tables._cells import Array
from layerwise.tables._conversion import converted
from layerwise.tables._roles_asked import roles_asked
from layerwise.tables.encodings import (
    AS_ASKED,
    KNOTS,
    Column,
    DatetimeColumn,
    DroppedColumn,
    NumericColumn,
    Place,
    UsedColumn,
    column_from_config,
)
from layerwise.tables.roles import Role, column_of
from layerwise.tables.schema import ColumnInfo, Schema
from layerwise.tables.table import Kind, Table

__all__ = ["TableEncoder"]

_LEARNT_AS = {
    "numeric": "but the model learnt this column as numbers",
    "datetime": "but the model learnt this column as dates",
}


@dataclass(frozen=True)
class TableEncoder:
    """How the columns of a table become the columns of a matrix; made by `fit` or `from_config`.

    Conventions
    -----------
    ============  ==================================================================================
    role          places in the matrix
    ============  ==================================================================================
    ``numeric``   the number, robustly scaled and smoothly clipped; its position among quantiles
    ``boolean``   −1 or 1
    ``category``  one-hot; many levels: a position
    ``ordinal``   the rank, scaled to [−1, 1]; its position
    ``datetime``  year, month, day, ... as numbers
    ``dropped``   none: near-unique text, row numbers, times, constant and empty columns, with a notice
    ============  ==================================================================================

    A position is for a learnt embedding, see `Place`; with ``embed=False`` there are none, and many levels are
    one-hot too. Missing cells have a place of their own where training rows had them. Of the training rows the
    encoder keeps these statistics and nothing else.

    Attributes
    ----------
    columns : tuple of Column
        What became of each column of the training table, in its order.
    missing : tuple of str
        The texts, beside the empty one, that the training table's reader took for missing.
    target : str or None
        The column of the training table that is no feature.

    Examples
    --------
    >>> table = Table({"age": [20.0, 40.0, None], "sex": ["f", "m", "f"], "id": ["x", "x", "x"]})
    >>> encoder = TableEncoder.fit(table, embed=False)
    >>> encoder.feature_names
    ('age', 'age=<missing>', 'sex')
    >>> encoder.transform(Table({"sex": ["m", "f"], "age": [30.0, None]}))
    array([[ 0.,  0.,  1.],
           [ 0.,  1., -1.]])
    >>> encoder.schema
    column  type     role     places  missing  detail
    age     numeric  numeric       2        1  median 30, scale 10
    sex     text     boolean       1        0  2 levels: f, m
    id      text     dropped       0        0  constant (one value in every row)
    """

    columns: tuple[Column, ...]
    missing: tuple[str, ...] = ()
    target: str | None = None

    @classmethod
    def fit(
        cls,
        table: Table,
        target: str | None = None,
        *,
        roles: Mapping[str, Role | Sequence[Any]] | None = None,
        drop: Collection[str] = (),
        categorical: Collection[str] = (),
        embed: bool = True,
        knots: int = KNOTS,
    ) -> TableEncoder:
        """Give every column its role and take the statistics of the training rows.

        Parameters
        ----------
        table : Table
            The training rows, and no others.
        target : str, optional
            The column to learn, which is no feature.
        roles : mapping of str to role, optional
            Roles that are not to be told from types and values: "numeric", "boolean", "category", "ordinal",
            "datetime" or "drop". A sequence of levels is an ordinal column in that order, the lowest first:
            ``{"size": ["S", "M", "L"]}``. A column with a role is kept, unless it is empty or one date in every row.
        drop : collection of str
            Columns to leave out, as the role "drop".
        categorical : collection of str
            Columns to keep as levels, as the role "category". The target may be one of them: that is for its
            `TargetEncoder`.
        embed : bool
            Whether places may be positions of embeddings; without them all places are numbers.
        knots : int
            How many quantiles of a column of numbers its position is among; fewer than 3 give none.

        Raises
        ------
        TableError
            If a name is not a column of the table, a column cannot play the role that is asked for or has two,
            the target is dropped, there are no rows, or no column is left.
        ParameterError
            If a role has another name.
        """
        knots = Integers(0).check("TableEncoder.fit", "knots", knots)
        asked = roles_asked(table, target, roles or {}, drop, categorical)
        if not table.n_rows:
            raise TableError("The table has no rows to learn from.")
        names = [name for name in table if name != target]
        columns = tuple(column_of(table, name, asked.get(name), embed=embed, knots=knots) for name in names)
        encoder = cls(columns, table.missing, target)
        if not encoder.used:
            reasons = listed(f"{column.name!r} ({column.detail})" for column in columns)
            raise TableError(f"No column is left to learn from. Dropped: {reasons or 'none, there was none'}.")
        return encoder

    @cached_property
    def used(self) -> tuple[UsedColumn, ...]:
        """The columns that enter the matrix."""
        return tuple(column for column in self.columns if not isinstance(column, DroppedColumn))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The matrix's columns, in order."""
        return tuple(place for column in self.used for place in column.places)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the places: 'age', 'age=<missing>', 'city=Rome', 'city=<other>', 'age[position]'."""
        return tuple(place.name for place in self.places)

    @property
    def n_features(self) -> int:
        """How many columns the matrix has."""
        return len(self.places)

    @property
    def types(self) -> dict[str, Kind]:
        """The kind of each column that is needed: what `read_table` takes as `types` to predict."""
        return {column.name: column.kind for column in self.used}

    @property
    def schema(self) -> Schema:
        """Every column of the training table and what became of it."""
        return Schema(
            tuple(
                ColumnInfo(column.name, column.kind, column.role, len(column.places), column.missing, column.detail)
                for column in self.columns
            )
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """One sentence for each column that was dropped without being asked for, with the way to keep it."""
        return tuple(
            f"Column {column.name!r} is dropped: {column.reason}.{' ' + column.hint if column.hint else ''}"
            for column in self.columns
            if isinstance(column, DroppedColumn) and column.reason != AS_ASKED
        )

    def transform(self, table: Table) -> Array:
        """Return the matrix of a table.

        Columns may stand in any order.

        Parameters
        ----------
        table : Table
            Rows to predict or to learn from, best read with ``types=encoder.types, missing=encoder.missing``.

        Returns
        -------
        X : ndarray of float64, shape (m, n_features), C-ordered
            Each row depends on its own cells only. Its transpose is the (n_x, m) of the equations.

        Raises
        ------
        TableError
            If a column is missing, or a cell of a column of numbers or dates is none.

        Warns
        -----
        TableNotice
            If the table has columns that the training table did not have: they are ignored.
        """
        refuse_absent(tuple(self.types), table)
        if extra := self._unknown(table):
            warnings.warn(f"{_IGNORED}: {listed(map(repr, extra), at_most=20)}.", TableNotice, stacklevel=2)
        X = np.zeros((table.n_rows, self.n_features))
        start = 0
        for column in self.used:
            end = start + len(column.places)
            column.write(_cells_of(column, table), X[:, start:end])
            start = end
        return X

    def differences(self, table: Table, target: str | None = None) -> tuple[str, ...]:
        """Return what predictions accept: columns that are ignored, read or not, and levels without a place."""
        return self.told_differences(self.ignored(table, target), self.unseen(table), table.n_rows)

    def ignored(self, table: Table, target: str | None = None) -> list[str]:
        """Return the columns of a table, read or not, that the training table did not have."""
        return self._unknown([*table, *table.unread], target)

    def unseen(self, table: Table) -> dict[str, int]:
        """Return how many cells of each column hold a level without a place; numbers and dates have no levels."""
        return {
            column.name: column.unseen(_cells_of(column, table))
            for column in self.used
            if not isinstance(column, NumericColumn | DatetimeColumn) and column.name in table
        }

    def told_differences(self, ignored: Collection[str], unseen: Mapping[str, int], n_rows: int) -> tuple[str, ...]:
        """Return in sentences what `ignored` and `unseen` found in so many rows, of one table or of many chunks."""
        sentences = [f"{_IGNORED}: {listed(ignored)}."] if ignored else []
        sentences += [
            f"Column {name!r}: {count} of {n_rows} cells hold a level without a place of its own."
            for name, count in unseen.items()
            if count
        ]
        return tuple(sentences)

    def _unknown(self, names: Collection[str], target: str | None = None) -> list[str]:
        known = {target, self.target, *(column.name for column in self.columns)}
        return [name for name in names if name not in known]

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values, from which `from_config` builds an equal encoder, every float exact."""
        columns = [column.to_config() for column in self.columns]
        return {"columns": columns, "missing": list(self.missing), "target": self.target}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> TableEncoder:
        """Build the encoder that `to_config` described.

        Raises
        ------
        TableError
            If the configuration is not one of an encoder.
        """
        try:
            columns = tuple(column_from_config(entry) for entry in values.listed(config["columns"]))
            if len({column.name for column in columns}) < len(columns):
                raise ValueError("a column stands there twice")
            target = None if config["target"] is None else values.text(config["target"])
            return cls(columns, tuple(map(values.text, values.listed(config["missing"]))), target)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise TableError(f"This is not the configuration of a table encoder: {error!r}.") from error


_IGNORED = "Ignored, as the model does not know them"


def _cells_of(column: UsedColumn, table: Table) -> Array:
    """Return a column as the kind that the model learnt it in, whatever the reader guessed."""
    return converted(column.name, table[column.name], column.kind, table.row_numbers, _LEARNT_AS.get(column.kind, ""))
