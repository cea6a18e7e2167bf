"""An evaluation in the terminal: metrics, confusion or residuals, calibration, importance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.table import Column
from rich.table import Table as RichTable

from layerwise.cli.display import NUMBER, blocks, figures, metrics_table, out, print_table
from layerwise.cli.streams import printable
from layerwise.estimators.tabular import TabularModel
from layerwise.estimators.tabular.evaluation import Bin, Evaluation, Importance, evaluated
from layerwise.network import Array
from layerwise.tables import Table, TargetEncoder

__all__ = [
    "QUANTILES",
    "TOP",
    "evaluation_on",
    "largest_classes",
    "pooled",
    "quantile_name",
    "show_evaluation",
    "show_importances",
    "sound",
]

TOP = 10
"""How many columns, or classes, the terminal shows."""

QUANTILES = (0, 1, 5, 10, 15, 19, 20)
"""Of the residuals' quantiles, 0 %, 5 %, ..., 100 %, those that are shown."""


def evaluation_on(model: TabularModel, table: Table, w: Array | None = None) -> Evaluation:
    """Return what a model is worth on rows with a target; after a divergence its numbers may be NaN."""
    Y = model.target.encode(table).T
    with np.errstate(over="ignore", invalid="ignore"):
        return evaluated(model.target, model.outputs(model.inputs(table)), Y, w, (), model.evaluation.constant)


def show_evaluation(evaluation: Evaluation, target: TargetEncoder, where: str) -> None:
    """Print the metrics beside the baseline's, and what the model mistakes for what."""
    print_table(f"On {where}", metrics_table(evaluation.metrics, evaluation.baseline, f"of {target.name}"))
    if not sound(evaluation):
        return
    if target.classes:
        _show_confusion(evaluation.confusion, target)
    else:
        _show_residuals(evaluation.residuals)
    _show_calibration(evaluation, target)


def sound(evaluation: Evaluation) -> bool:
    """Return whether the outputs are finite, as they may not be after a divergence."""
    return all(math.isfinite(value) for value in list(evaluation.metrics.values())[:1])


def show_importances(importances: Sequence[Importance]) -> None:
    """Print by how much the cost rises when a column is shuffled."""
    if not importances:
        return
    top = max(importances[0].permutation, 1e-300)
    table = RichTable(
        Column("column", overflow="fold"),
        Column("rise of the cost", **NUMBER),
        Column("", no_wrap=True, style="cyan"),
    )
    for entry in importances[:TOP]:
        table.add_row(printable(entry.column), f"{entry.permutation:.4f}", blocks(entry.permutation / top))
    more = len(importances) - TOP
    print_table("Importance: how much worse it is with the column shuffled", table)
    if more > 0:
        out.print(f"and {more} more columns", style="dim")


def largest_classes(counts: Sequence[int], most: int = TOP) -> list[int]:
    """Return the places of the largest classes, in the order of the classes."""
    return sorted(sorted(range(len(counts)), key=lambda k: -counts[k])[:most])


def pooled(curves: Sequence[Sequence[Bin]], groups: int = 10) -> list[Bin]:
    """Return the bins of all classes together, from low probabilities to high ones."""
    bins = sorted((entry for curve in curves for entry in curve), key=lambda entry: entry.predicted)
    if len(curves) < 2:
        return bins
    parts = [[bins[i] for i in part] for part in np.array_split(np.arange(len(bins)), min(groups, len(bins)))]
    return [_together(part) for part in parts]


def quantile_name(k: int) -> str:
    """Return the name of a residuals' quantile: lowest, 5 %, ..., median, ..., highest."""
    return {0: "lowest", 10: "median", 20: "highest"}.get(k, f"{5 * k} %")


def _together(bins: Sequence[Bin]) -> Bin:
    rows = sum(entry.rows for entry in bins)
    return Bin(
        rows,
        sum(entry.rows * entry.predicted for entry in bins) / rows,
        sum(entry.rows * entry.observed for entry in bins) / rows,
    )


def _show_confusion(confusion: Sequence[Sequence[int]], target: TargetEncoder) -> None:
    shown = largest_classes(target.counts)
    names = [printable(name) for name in target.class_names]
    columns = [Column(names[k], **NUMBER) for k in shown]
    table = RichTable(Column("true \\ predicted", overflow="fold"), *columns, Column("found", **NUMBER))
    for k in shown:
        total = sum(confusion[k])
        cells = [f"{confusion[k][j]:,}" for j in shown]
        table.add_row(names[k], *cells, f"{confusion[k][k] / total:.0%}" if total else "–")
    left_out = len(names) - len(shown)
    print_table("Rows by true and predicted class", table)
    if left_out:
        out.print(f"the {len(shown)} largest of {len(names)} classes", style="dim")


def _show_residuals(residuals: Sequence[float]) -> None:
    shown = [k for k in QUANTILES if k < len(residuals)]
    table = RichTable(*(Column(quantile_name(k), **NUMBER) for k in shown))
    table.add_row(*(figures(residuals[k]) for k in shown))
    print_table("Residuals, prediction minus truth: so many rows lie below", table)


def _show_calibration(evaluation: Evaluation, target: TargetEncoder) -> None:
    bins = pooled(evaluation.calibration)
    if not bins:
        return
    predicted, observed = ("predicted", "observed") if target.classes else ("predicted", "true mean")
    table = RichTable(Column("rows", **NUMBER), Column(predicted, **NUMBER), Column(observed, **NUMBER))
    as_text = "{:.1%}".format if target.classes else figures
    for entry in bins:
        table.add_row(f"{entry.rows:,}", as_text(entry.predicted), as_text(entry.observed))
    print_table(printable(f"Calibration{_of_what(target)}: predicted and true, in groups of as many rows"), table)


def _of_what(target: TargetEncoder) -> str:
    if target.task == "binary":
        return f" of the probability of {target.class_names[1]}"
    return " of the probabilities of all classes" if target.classes else ""
