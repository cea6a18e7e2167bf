"""`layerwise cv`: how good a model would be, from folds that it did not learn from."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from rich.table import Column
from rich.table import Table as RichTable

from layerwise.cli.describing import target_line
from layerwise.cli.display import METRIC_NAMES, NUMBER, figures, out, print_table
from layerwise.cli.files import check_apart, check_predictions_name, check_writable
from layerwise.cli.fitting import Problem, in_words_of_the_command_line, part_of, problem_of, settings_of
from layerwise.cli.interrupts import Interrupts
from layerwise.cli.measured import evaluation_on
from layerwise.cli.options import FitOptions
from layerwise.cli.predicting import rounded
from layerwise.cli.streams import printable
from layerwise.errors import ParameterError, TableError
from layerwise.estimators.tabular import Rows, TabularModel, fit_model
from layerwise.estimators.tabular.data import classes_of
from layerwise.estimators.tabular.folds import fold_of_rows
from layerwise.network import Array
from layerwise.tables import Table, write_table
from layerwise.training import ProgressBar

__all__ = ["run"]


@dataclass(frozen=True)
class Fold:
    """What one fit is worth on the rows that it did not learn from."""

    rows: int
    metrics: Mapping[str, float]
    baseline: Mapping[str, float]
    seconds: float
    diverged: bool


def run(path: Path, options: FitOptions, *, folds: int, output: Path | None) -> int:
    """Fit once for each fold, show the metrics, write the predictions; return the exit code."""
    if output is not None:
        check_apart({"--output": output, "the table": path})
        check_predictions_name(output)
        check_writable(output)
    settings_of(options)  # which refuses what needs no table to be seen as wrong
    problem = problem_of(path, options)
    fold = _folds(problem, options.seed, folds)
    out.print(printable(f"{problem.name}: {problem.rows.table.n_rows:,} rows, {folds} folds"))
    problem.tell()
    out.print(printable(target_line(problem.target)))
    predictions = _Predictions(problem)
    done = [_fitted(problem, options, fold, k, folds, predictions) for k in range(folds)]
    _show(done)
    if output is not None:
        write_table(output, predictions.columns())
        out.print(printable(f"predictions of rows by models that did not learn from them written to {output}"))
    return int(any(fold.diverged for fold in done))


def _folds(problem: Problem[Rows], seed: int, folds: int) -> Array:
    """Return the fold of each row; -1 for the only row of its class, which all models learn from."""
    target, m = problem.target, problem.rows.table.n_rows
    if m < 2 * folds:
        raise ParameterError(f"--folds {folds} needs at least {2 * folds} rows with a target. Got {m}.")
    fold = fold_of_rows(classes_of(target, problem.rows.Y), m, seed, folds)
    if len(np.unique(fold[fold >= 0])) < folds:
        raise TableError(f"{m} rows in {len(target.classes)} classes do not fill {folds} folds. Use fewer --folds.")
    return fold


def _fitted(
    problem: Problem[Rows], options: FitOptions, fold: Array, k: int, folds: int, predictions: _Predictions
) -> Fold:
    held = np.flatnonzero(fold == k)
    training, target = part_of(problem, np.flatnonzero(fold != k))
    began = time.perf_counter()
    with Interrupts() as interrupts, ProgressBar(f"fold {k + 1} of {folds}") as bar, in_words_of_the_command_line():
        model = fit_model(training, target, settings_of(options, (interrupts, bar)))
    if interrupts.heard or interrupts.missed:
        raise KeyboardInterrupt
    seconds = time.perf_counter() - began
    table, w = problem.rows.table.take(held), problem.rows.w
    diverged = all(member.stopped == "diverged" for member in model.members)
    if not diverged:
        predictions.keep(model, table, held)
    found = evaluation_on(model, table, None if w is None else w[held])
    return Fold(len(held), found.metrics, found.baseline, seconds, diverged)


class _Predictions:
    """What each row was predicted as."""

    def __init__(self, problem: Problem[Rows]) -> None:
        table, target = problem.rows.table, problem.target
        m = table.n_rows
        self.row_numbers, self.truth = table.row_numbers, table[target.name]
        self.label: list[Any] = [None] * m
        self.probabilities = {f"probability of {name}": np.full(m, np.nan) for name in target.class_names}
        self.numbers = target.kind == "numeric"

    def keep(self, model: TabularModel, table: Table, rows: Array) -> None:
        """Predict rows that the model did not learn from."""
        for row, label in zip(rows.tolist(), model.predict(table).tolist(), strict=True):
            self.label[row] = label
        if self.probabilities:
            for column, p in zip(self.probabilities.values(), model.predict_proba(table).T, strict=True):
                column[rows] = rounded(model, p)

    def columns(self) -> dict[str, Any]:
        """Return the columns of the file."""
        label = [np.nan if cell is None else cell for cell in self.label] if self.numbers else self.label
        kind = None if self.numbers else object
        named = {"row": self.row_numbers, "truth": self.truth, "prediction": np.array(label, dtype=kind)}
        return {**named, **self.probabilities}


def _show(done: Sequence[Fold]) -> None:
    names = list(done[0].metrics)
    headings = ["fold", "rows", *(METRIC_NAMES.get(name, name) for name in names), "seconds"]
    table = RichTable(Column(headings[0], no_wrap=True), *(Column(heading, **NUMBER) for heading in headings[1:]))
    for k, fold in enumerate(done):
        numbers = [figures(fold.metrics[name]) for name in names]
        table.add_row(str(k + 1), f"{fold.rows:,}", *numbers, f"{fold.seconds:.1f}", end_section=k == len(done) - 1)
    columns = [[fold.metrics[name] for fold in done] for name in names]
    seconds = [fold.seconds for fold in done]
    table.add_row("mean", "", *(figures(fmean(c)) for c in columns), f"{fmean(seconds):.1f}", style="bold")
    table.add_row("standard error", "", *(figures(float(np.std(c, ddof=1)) / len(c) ** 0.5) for c in columns), "")
    table.add_row("baseline", "", *(figures(fmean(fold.baseline[name] for fold in done)) for name in names), "")
    print_table("Cross-validation: each row by a model that did not learn from it", table)
