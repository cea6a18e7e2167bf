"""From a table and the options of a fit to what is learnt: the rows, the target, the settings. For `train` and `cv`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from layerwise.cli import spelling
from layerwise.cli.display import note
from layerwise.cli.objections import check_columns, check_options, check_task
from layerwise.cli.options import FitOptions
from layerwise.errors import ParameterError, TableError
from layerwise.estimators.tabular import Rows, Settings
from layerwise.estimators.tabular.data import LearningRows
from layerwise.estimators.tabular.memory import Budget
from layerwise.estimators.tabular.streaming import Reading, Stream, refuse_below
from layerwise.network import Array
from layerwise.tables import (
    Kind,
    Table,
    TableEncoder,
    TargetEncoder,
    labelled,
    open_source,
    read_table,
    weighted_rows,
)
from layerwise.training import Callback

__all__ = [
    "Memory",
    "Problem",
    "in_words_of_the_command_line",
    "part_of",
    "problem_of",
    "rows_to_hold_against",
    "settings_of",
    "stream_of",
]


_BYTES_OF_CSV, _BYTES_OF_CELL, _PACKED = 11, 72, 8
"""A training on numbers took 5 bytes of memory for each of a CSV file and 35 for a cell of Parquet, one on texts 10 and
70; gzip made tables 2 to 8 times as small."""


@dataclass(frozen=True)
class Memory:
    """How much of it a fit may take, and where it keeps what does not fit.

    Attributes
    ----------
    limit : int
        In bytes.
    cache : Path or None
        A folder; None is the system's own for temporary files.
    """

    limit: int = Budget().memory
    cache: Path | None = None

    def holds(self, path: Path) -> bool:
        """Return whether a table fits, by what a training in memory was seen to take for a byte or a cell of a file."""
        try:
            source = open_source(path)
            cells = None if source.n_rows is None else source.n_rows * len(source.names)
            needed = path.stat().st_size * _BYTES_OF_CSV if cells is None else cells * _BYTES_OF_CELL
        except (TableError, OSError):  # which reading it says better
            return True
        return needed * (_PACKED if path.name.lower().endswith(".gz") else 1) <= Budget(self.limit).spare


RowsOf = TypeVar("RowsOf", bound=LearningRows, covariant=True)


@dataclass(frozen=True)
class Problem(Generic[RowsOf]):
    """What is to be learnt.

    Attributes
    ----------
    name : str
        Of the file.
    table : Table
        As it was read; of a table that need not fit into memory, a sample.
    n_rows : int
        Of the file.
    rows : Rows or Stream
        Those that count: with a target, and with a weight above 0.
    target : TargetEncoder
    loss : str
    """

    name: str
    table: Table
    n_rows: int
    rows: RowsOf
    target: TargetEncoder
    loss: str

    def tell(self) -> None:
        """Note which rows are left out; of a stream it is known when it is read."""
        if self.rows.without_target:
            note(f"{self.rows.without_target:,} rows without a value in {self.target.name!r} are left out.")
        if self.rows.without_weight:
            note(f"{self.rows.without_weight:,} rows with a weight of 0 are left out.")


def problem_of(path: Path, options: FitOptions) -> Problem[Rows]:
    """Read a table, and refuse in the words of the command line what does not go together."""
    roles = spelling.roles(options.role or ())
    check_options(options, roles)
    table = read_table(path, **_reading(options, roles))
    rows, without_target = labelled(table, options.target)
    rows, w, without_weight = _weighted(rows, options.weight)
    target = _target_in(rows, options, roles)
    learnt = Rows(rows, target.encode(rows).T, w, "", without_target, without_weight)
    return Problem(path.name, table, table.n_rows, learnt, target, _loss(options))


def stream_of(path: Path, options: FitOptions, memory: Memory) -> Problem[Stream]:
    """Do the same for a table that need not fit into memory."""
    roles = spelling.roles(options.role or ())
    check_options(options, roles)
    source, budget = open_source(path), Budget(memory.limit)
    reading = Reading(source, options.target, weight=options.weight, **_reading(options, roles))
    source.refuse_unknown([options.target])
    sample = reading.sample(budget.sample_rows(len(source.names)), options.seed)
    target = reading.encoder_of_target(sample, options.task or _task_asked(sample.rows, options))
    check_columns(sample.rows, options, roles)
    check_task(options, target.task)
    stream = reading.stream(sample, target, budget, memory.cache, counts=_loss(options) == "poisson")
    return Problem(path.name, sample.table, sample.of, stream, stream.target, _loss(options))


def part_of(problem: Problem[Rows], rows: Array) -> tuple[Rows, TargetEncoder]:
    """Return some of the rows to learn from, with a target encoder of theirs alone."""
    table, w = problem.rows.table.take(rows), problem.rows.w
    target = _target_of(table, problem.target.name, problem.target.task, problem.loss)
    return Rows(table, target.encode(table).T, None if w is None else w[rows]), target


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


def rows_to_hold_against(path: Path, problem: Problem[LearningRows], options: FitOptions) -> Rows:
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


def _target_in(rows: Table, options: FitOptions, roles: Mapping[str, Any]) -> TargetEncoder:
    task = TargetEncoder.fit(rows, options.target, task=options.task or _task_asked(rows, options)).task
    check_columns(rows, options, roles)
    check_task(options, task)
    return _target_of(rows, options.target, task, _loss(options))


def _loss(options: FitOptions) -> str:
    return options.loss or "squared_error"


def _target_of(table: Table, name: str, task: str, loss: str) -> TargetEncoder:
    target = TargetEncoder.fit(table, name, task=task)
    if loss != "poisson":
        return target
    refuse_below(table, name, 0.0)
    return target.unshifted()


def _weighted(table: Table, column: str | None) -> tuple[Table, Array | None, int]:
    """Return the rows with a weight above 0, without the weights' column; the weights; how many rows have none."""
    if column is None:
        return table, None, 0
    rows, w, without = weighted_rows(table, column)
    if not rows.n_rows:
        raise TableError(f"--weight {column!r} must be above 0 in some row: a row with a weight of 0 is no example.")
    return rows, w, without
