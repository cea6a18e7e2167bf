"""`TableEncoder`: a table becomes the matrix X, by statistics of the training rows alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from layerwise.errors import TableError
from layerwise.tables._cells import Array, cell_error, listed, missing, nearest, number_text, parse_number
from layerwise.tables.columns import AS_ASKED, Column, DroppedColumn, LevelColumn, NumericColumn
from layerwise.tables.roles import column_of
from layerwise.tables.table import Kind, Table

__all__ = ["ColumnInfo", "TableEncoder"]

_ROLES: Mapping[str, type[Column]] = {role.role: role for role in (NumericColumn, LevelColumn, DroppedColumn)}


@dataclass(frozen=True)
class ColumnInfo:
    """One line of an encoder's schema, for people.

    Attributes
    ----------
    column : str
        The column's name.
    role : str
        "numeric", "levels" or "dropped".
    places : int
        How many columns of the matrix it fills.
    missing : int
        Missing cells in the training rows.
    detail : str
        The statistics, the most frequent levels, or why it is dropped.
    """

    column: str
    role: str
    places: int
    missing: int
    detail: str


@dataclass(frozen=True)
class TableEncoder:
    """How the columns of a table become the columns of a matrix; made by `fit` or `from_config`.

    Numbers are standardised, missing ones filled with the median and marked; texts become one-hot;
    near-unique text, row numbers, dates, constant and empty columns are dropped, each with a notice. Of the
    training rows it keeps these statistics and nothing else.

    Attributes
    ----------
    columns : tuple of Column
        What became of each column of the training table, in its order.
    missing : tuple of str
        The texts, beside the empty one, that the training table's reader took for missing.

    Examples
    --------
    >>> table = Table({"age": [20.0, 40.0, None], "sex": ["f", "m", "f"], "id": ["x", "x", "x"]})
    >>> encoder = TableEncoder.fit(table)
    >>> encoder.feature_names
    ('age', 'age=<missing>', 'sex=f', 'sex=m')
    >>> encoder.transform(Table({"sex": ["m", "f"], "age": [30.0, None]}))
    array([[0., 0., 0., 1.],
           [0., 1., 1., 0.]])
    >>> encoder.notices
    ("Column 'id' is dropped: constant (one value in every row).",)
    """

    columns: tuple[Column, ...]
    missing: tuple[str, ...] = ()

    @classmethod
    def fit(
        cls,
        table: Table,
        target: str | None = None,
        *,
        drop: Collection[str] = (),
        categorical: Collection[str] = (),
    ) -> TableEncoder:
        """Give every column its role and take the statistics of the training rows.

        Parameters
        ----------
        table : Table
            The training rows, and no others.
        target : str, optional
            The column to learn, which is no feature.
        drop : collection of str
            Columns to leave out.
        categorical : collection of str
            Columns to keep as levels, whether they hold numbers or near-unique text. The target may be one of
            them: that is for its `TargetEncoder`.

        Raises
        ------
        TableError
            If a name is not a column of the table, the target is dropped, there are no rows, or no column is left.
        """
        for name in (*drop, *categorical, *(() if target is None else (target,))):
            table.column(name)
        if not table.n_rows:
            raise TableError("The table has no rows to learn from.")
        if target in drop:
            raise TableError(f"Column {target!r} is the target, which cannot be dropped. Leave it out of 'drop'.")
        columns = tuple(
            DroppedColumn(name, AS_ASKED, int(missing(values).sum()))
            if name in drop
            else column_of(name, values, table.row_numbers, as_levels=name in categorical)
            for name, values in table.items()
            if name != target
        )
        encoder = cls(columns, table.missing)
        if not encoder.used:
            reasons = listed(f"{column.name!r} ({column.detail})" for column in columns)
            raise TableError(f"No column is left to learn from. Dropped: {reasons or 'none, there was none'}.")
        return encoder

    @cached_property
    def used(self) -> tuple[NumericColumn | LevelColumn, ...]:
        """The columns that enter the matrix."""
        return tuple(column for column in self.columns if not isinstance(column, DroppedColumn))

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the matrix's columns: 'age', 'age=<missing>', 'sex=Male', 'city=<other>'."""
        return tuple(name for column in self.used for name in column.feature_names)

    @property
    def n_features(self) -> int:
        """How many columns the matrix has: n_x of the network."""
        return len(self.feature_names)

    @property
    def types(self) -> dict[str, Kind]:
        """The kind of each column that is needed: what `read_table` takes as `types` to predict."""
        return {column.name: column.kind for column in self.used}

    @property
    def schema(self) -> tuple[ColumnInfo, ...]:
        """Every column of the training table and what became of it."""
        return tuple(
            ColumnInfo(column.name, column.role, len(column.feature_names), column.missing, column.detail)
            for column in self.columns
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """One sentence for each column that was dropped without being asked for."""
        return tuple(
            f"Column {column.name!r} is dropped: {column.reason}.{' ' + column.hint if column.hint else ''}"
            for column in self.columns
            if isinstance(column, DroppedColumn) and column.reason != AS_ASKED
        )

    def transform(self, table: Table) -> Array:
        """Return the matrix of a table.

        Columns may stand in any order, and ones that are not needed are ignored.

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
            If a column is missing, or a cell of a numeric column is text or beyond all measure.
        """
        self._check_columns(table)
        X = np.zeros((table.n_rows, self.n_features))
        start = 0
        for column in self.used:
            end = start + len(column.feature_names)
            values = _cells_of(column, table)
            column.write(values, table.row_numbers, X[:, start:end])
            start = end
        return X

    def far(self, table: Table) -> Array:
        """Return which rows `transform` would refuse, a mask (m,): those with a number beyond all measure."""
        self._check_columns(table)
        far = np.zeros(table.n_rows, bool)
        for column in self.used:
            if isinstance(column, NumericColumn):
                far |= column.far(_cells_of(column, table))
        return far

    def differences(self, table: Table, target: str | None = None) -> tuple[str, ...]:
        """Return what `transform` accepts in silence: columns that it ignores, levels without a place."""
        known = {target, *(column.name for column in self.columns)}
        extra = [name for name in (*table, *table.unread) if name not in known]
        sentences = [f"Ignored, as the model does not know them: {listed(extra)}."] if extra else []
        for column in self.used:
            if isinstance(column, LevelColumn) and column.name in table:
                values = _cells_of(column, table)
                if unseen := column.unseen(values):
                    sentences.append(
                        f"Column {column.name!r}: {unseen} of {table.n_rows} cells hold a level without a "
                        "place of its own."
                    )
        return tuple(sentences)

    def _check_columns(self, table: Table) -> None:
        absent = [column.name for column in self.used if column.name not in table]
        if absent:
            names = listed(map(repr, absent))
            rest = [name for name in (*table, *table.unread) if name not in self.types]
            which = f"column {names}, which" if len(absent) == 1 else f"the columns {names}, which"
            raise TableError(f"The model needs {which} the table does not have.{nearest(absent[0], rest)}")

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values, from which `from_config` builds an equal encoder, every float exact."""
        return {"columns": [column.to_config() for column in self.columns], "missing": list(self.missing)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> TableEncoder:
        """Build the encoder that `to_config` described.

        Raises
        ------
        TableError
            If the configuration is not one of an encoder.
        """
        try:
            columns = tuple(_ROLES[entry["role"]].from_config(entry) for entry in config["columns"])
            return cls(columns, tuple(map(str, config["missing"])))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise TableError(f"This is not the configuration of a table encoder: {error!r}.") from error


def _cells_of(column: NumericColumn | LevelColumn, table: Table) -> Array:
    """Return a column as the kind that the model learnt it in, whatever the reader guessed."""
    values = table[column.name]
    if (values.dtype == np.float64) == (column.kind == "numeric"):
        return values
    if column.kind == "text":
        texts = [None if cell != cell else number_text(cell) for cell in values.tolist()]  # NaN != NaN
        return np.array(texts, dtype=object)
    cells = zip(values, table.row_numbers, strict=True)
    return np.array([_number(column.name, cell, row) for cell, row in cells], dtype=np.float64)


def _number(name: str, cell: str | None, row: int) -> float:
    number = np.nan if cell is None else parse_number(cell)
    if number is None or np.isinf(number):
        rest = "is not a number, but the model learnt this column as numbers. Correct it, or leave it empty."
        raise cell_error(name, int(row), cell, rest)
    return float(number)
