"""From a table and the options of a fit to what is learnt: the rows, the target, the settings. For `train` and `cv`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from layerwise.cli import spelling
from layerwise.cli.display import note
from layerwise.cli.objections import check_columns, check_options, check_task
from layerwise.cli.options import FitOptions
from layerwise.errors import ParameterError, TableError
from layerwise.estimators.tabular import Rows, Settings
from layerwise.network import Array
from layerwise.tables import Kind, Table, TableEncoder, TargetEncoder, labelled, read_table
from layerwise.training import Callback

__all__ = ["Problem", "in_words_of_the_command_line", "problem_of", "rows_to_hold_against", "settings_of"]


@dataclass(frozen=True)
class Problem:
    """What is to be learnt.

    Attributes
    ----------
    name : str
        Of the file.
    table : Table
        As it was read.
    rows : Rows
        Those that count: with a target, and with a weight above 0.
    target : TargetEncoder
    loss : str
    without_target, without_weight : int
        How many rows were left out.
    """

    name: str
    table: Table
    rows: Rows
    target: TargetEncoder
    loss: str
    without_target: int
    without_weight: int

    def part(self, rows: Array) -> tuple[Rows, TargetEncoder]:
        """Return some of the rows to learn from, with a target encoder of theirs alone."""
        table, w = self.rows.table.take(rows), self.rows.w
        target = _target_of(table, self.target.name, self.target.task, self.loss)
        return Rows(table, target.encode(table).T, None if w is None else w[rows]), target

    def tell(self) -> None:
        """Note which rows are left out."""
        if self.without_target:
            note(f"{self.without_target:,} rows without a value in {self.target.name!r} are left out.")
        if self.without_weight:
            note(f"{self.without_weight:,} rows with a weight of 0 are left out.")


def problem_of(path: Path, options: FitOptions) -> Problem:
    """Read a table, and refuse in the words of the command line what does not go together."""
    roles = spelling.roles(options.role or ())
    check_options(options, roles)
    table = read_table(path, **_reading(options, roles))
    rows, without_target = labelled(table, options.target)
    rows, w, without_weight = _weighted(rows, options.weight)
    task = TargetEncoder.fit(rows, options.target, task=options.task or _task_asked(rows, options)).task
    check_columns(rows, options, roles)
    check_task(options, task)
    loss = options.loss or "squared_error"
    target = _target_of(rows, options.target, task, loss)
    learnt = Rows(rows, target.encode(rows).T, w)
    return Problem(path.name, table, learnt, target, loss, without_target, without_weight)


def settings_of(options: FitOptions, callbacks: Sequence[Callback] = (), **more: Any) -> Settings:
    """Return the settings of a fit."""
    roles = spelling.roles(options.role or ())
    return Settings(
        owner="train",
        quality=options.quality,
        n_estimators=options.networks,
        hidden=None if options.hidden is None else spelling.units(options.hidden),
        activation=options.activation,
        learning_rate=options.learning_rate,
        epochs=options.epochs,
        batch_size=options.batch_size,
        weight_decay=options.weight_decay,
        dropout=options.dropout,
        patience=options.patience,
        validation=options.validation,
        metric=options.metric,
        loss=options.loss or "squared_error",
        roles={name: role for name, role in roles.items() if role != "drop"},
        categorical=_categorical(options),
        monotone=spelling.directions(options.monotone or ()),
        callbacks=tuple(callbacks),
        seed=options.seed,
        threads=options.threads,
        engine=options.engine,
        **more,
    )


def rows_to_hold_against(path: Path, problem: Problem, options: FitOptions) -> Rows:
    """Read the table of --eval-table as the training table was read; its weights count if it has them."""
    roles = {name: role for name, role in spelling.roles(options.role or ()).items() if role != "drop"}
    target = problem.target
    encoder = TableEncoder.fit(problem.rows.table, target.name, roles=roles, categorical=_categorical(options))
    weight: dict[str, Kind] = {} if options.weight is None else {options.weight: "numeric"}
    types = {**encoder.types, **target.types, **weight}
    table = read_table(path, types=types, missing=problem.table.missing)
    try:
        rows, without_target = labelled(table, target.name)
        rows, w, _ = _weighted(rows, options.weight if options.weight in rows else None)
        encoder.transform(rows)
        Y = target.encode(rows).T
    except TableError as error:
        raise TableError(f"--eval-table {str(path)!r}: {error}") from error
    if without_target:
        note(f"{without_target:,} rows of {path.name} without a value in {target.name!r} are left out.")
    return Rows(rows, Y, w)


@contextmanager
def in_words_of_the_command_line() -> Iterator[None]:
    """Name options in errors as they are typed."""
    try:
        yield
    except (ParameterError, TableError) as error:
        told = str(error).replace("The 'monotone' parameter", "--monotone")
        raise type(error)(re.sub("(give|Give) 'checkpoint'", r"\1 --checkpoint", told)) from error


def _reading(options: FitOptions, roles: Mapping[str, Any]) -> dict[str, Any]:
    kept_as_text = [name for name, role in roles.items() if role == "category"]
    left_out = [name for name, role in roles.items() if role == "drop"]
    return {
        "missing": options.missing or (),
        "categorical": [*(options.categorical or ()), *kept_as_text],
        "drop": [*(options.drop or ()), *left_out],
    }


def _categorical(options: FitOptions) -> tuple[str, ...]:
    return tuple(name for name in options.categorical or () if name != options.target)


def _task_asked(rows: Table, options: FitOptions) -> str | None:
    if options.target not in (options.categorical or ()):
        return None
    return "binary" if len(set(rows[options.target].tolist())) == 2 else "multiclass"


def _target_of(table: Table, name: str, task: str, loss: str) -> TargetEncoder:
    target = TargetEncoder.fit(table, name, task=task)
    if loss != "poisson":
        return target
    numbers = table[name]
    if numbers.min() < 0:
        row = int(table.row_numbers[int(numbers.argmin())])
        raise TableError(
            f"Column {name!r}, row {row}: --loss poisson learns numbers of at least 0. Got {numbers.min():g}."
        )
    return target.unshifted()


def _weighted(table: Table, column: str | None) -> tuple[Table, Array | None, int]:
    """Return the rows with a weight above 0, without the weights' column; the weights; how many rows have none."""
    if column is None:
        return table, None, 0
    w = table.column(column, "column of weights")
    if w.dtype != np.float64:
        raise TableError(f"--weight {column!r} must be a column of numbers. It holds {table.kind(column)}.")
    _refuse_weights(table, column, w)
    counted = w > 0
    if not counted.any():
        raise TableError(f"--weight {column!r} must be above 0 in some row: a row with a weight of 0 is no example.")
    return table.without(column).take(counted), w[counted], int((~counted).sum())


def _refuse_weights(table: Table, column: str, w: Array) -> None:
    wrong = ~(w >= 0)  # NaN is neither
    if wrong.any():
        i = int(wrong.argmax())
        got = "the cell is missing" if np.isnan(w[i]) else f"got {w[i]:g}"
        raise TableError(
            f"Column {column!r}, row {int(table.row_numbers[i])}: a weight must be a number of at least 0; {got}."
        )
