"""The pictures of a tabular model, with matplotlib: each function returns the figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from layerwise.errors import ParameterError, TableError, did_you_mean, require
from layerwise.estimators.tabular.model import TabularModel
from layerwise.network import Array
from layerwise.tables import Table

__all__ = ["calibration", "confusion", "importance", "learning_curve", "partial_dependence", "residuals"]

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#767676"  # of Okabe and Ito: told apart by everyone
GRID, ROWS, MOST_LEVELS = 40, 500, 20


def learning_curve(model: TabularModel) -> Any:
    """Draw the cost of every network over its epochs."""
    figure, axes = _figure()
    for k, member in enumerate(model.members):
        history, labelled = member.history, k == 0
        epochs = np.arange(1, len(history) + 1)
        axes.plot(epochs, history.cost, color=BLUE, alpha=0.6, label="training" if labelled else None)
        if history.validation_cost:
            label = "held-out rows" if labelled else None
            axes.plot(epochs, history.validation_cost, color=ORANGE, alpha=0.8, linestyle="--", label=label)
        if member.best_epoch is not None and member.best_epoch < len(history.validation_cost):
            best = history.validation_cost[member.best_epoch]
            label = "epoch that is kept" if labelled else None
            axes.plot(member.best_epoch + 1, best, "o", color=ORANGE, markersize=5, label=label)
    axes.xaxis.get_major_locator().set_params(integer=True)
    unit = "nats" if model.target.classes else "squared standard deviations, halved"
    unit = unit if model.settings.get("loss", "squared_error") == "squared_error" or model.target.classes else "loss"
    axes.set(xlabel="epoch", ylabel=f"cost ({unit})", title=f"Learning curve: {_short(model.target.name)}")
    axes.legend()
    return figure


def importance(model: TabularModel, top: int = 20) -> Any:
    """Draw how much the cost rises when a column is shuffled."""
    entries = model.evaluation.importances[:top][::-1]
    figure, axes = _figure(height=1.2 + 0.3 * max(len(entries), 2))
    names = [_short(entry.column) for entry in entries]
    values, errors = [entry.permutation for entry in entries], [entry.deviation for entry in entries]
    places = np.arange(len(entries))
    axes.barh(places, values, xerr=errors, color=BLUE, ecolor=GREY, height=0.7)
    axes.set_yticks(places, names)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set(xlabel="rise of the cost when the column is shuffled", title=f"Importance: {_short(model.target.name)}")
    return figure


def calibration(model: TabularModel) -> Any:
    """Draw what was predicted against what was true, in bins of as many rows each."""
    figure, axes = _figure(width=5.2, height=5.0)
    curves, target = model.evaluation.calibration, model.target
    names = target.class_names[1:] if target.task == "binary" else target.class_names
    points = [value for curve in curves for entry in curve for value in (entry.predicted, entry.observed)] or [0.0, 1.0]
    low, high = (0.0, 1.0) if target.classes else (min(points), max(points))
    axes.plot([low, high], [low, high], color=GREY, linestyle=":", label="as it should be")
    for k, curve in enumerate(curves):
        label = _short(names[k]) if target.classes else "mean of a tenth of the rows"
        x, y = [entry.predicted for entry in curve], [entry.observed for entry in curve]
        axes.plot(x, y, marker="o", markersize=4, label=label, color=BLUE if len(curves) == 1 else None)
    predicted, true = ("mean probability", "share of the class") if target.classes else ("prediction", "truth")
    axes.set(xlabel=f"{predicted}, held-out rows", ylabel=true, title=f"Calibration: {_short(target.name)}")
    if len(curves) <= 12:
        axes.legend()
    return figure


def confusion(model: TabularModel) -> Any:
    """Draw how many held-out rows of each class were given which label."""
    counts = np.array(model.evaluation.confusion)
    size = min(3.0 + 0.55 * len(counts), 10.0)
    figure, axes = _figure(width=size, height=size)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [_short(name, 16) for name in model.target.class_names]
    tilted = {"rotation": 45, "ha": "right"} if max(map(len, names)) > 6 else {}
    axes.set_xticks(range(len(names)), names, **tilted)
    axes.set_yticks(range(len(names)), names)
    for i, j in np.ndindex(counts.shape) if len(counts) <= 20 else ():
        axes.text(
            j, i, f"{counts[i, j]:,}", ha="center", va="center", color="white" if shares[i, j] > 0.5 else "#111111"
        )
    axes.set(xlabel="predicted", ylabel="true", title=f"Held-out rows: {_short(model.target.name)}")
    axes.grid(visible=False)
    return figure


def residuals(model: TabularModel) -> Any:
    """Draw the distribution of prediction minus truth on held-out rows."""
    figure, axes = _figure()
    quantiles = model.evaluation.residuals
    axes.plot(quantiles, np.linspace(0, 1, len(quantiles)), color=BLUE, marker="o", markersize=3)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set(
        xlabel="prediction − truth", ylabel="share of the rows below", title=f"Residuals: {_short(model.target.name)}"
    )
    return figure


def partial_dependence(model: TabularModel, table: Table, columns: Sequence[str]) -> Any:
    """Draw the mean prediction with a column set to one value after the other."""
    if not isinstance(columns, Sequence) or not columns:
        raise ParameterError(f"The 'columns' parameter must name a column, or list some. Got {columns!r}.")
    used = [column.column for column in model.encoder.schema if column.role != "dropped"]
    for name in columns:
        if name not in used:
            raise TableError(f"Column {name!r} is not one that the model uses.{did_you_mean(name, used)}")
        if _is_empty(table.column(name)):
            raise TableError(f"Column {name!r} has no value in any row of X, so there is nothing to draw.")
    rows = table.take(np.unique(np.linspace(0, table.n_rows - 1, min(table.n_rows, ROWS)).astype(int)))
    figure, all_axes = _figure(width=4.2 * len(columns), height=3.6, columns=len(columns))
    for axes, name in zip(np.atleast_1d(all_axes), columns, strict=True):
        _draw_dependence(axes, model, rows, name)
    return figure


def _draw_dependence(axes: Any, model: TabularModel, rows: Table, name: str) -> None:
    values = _grid(rows[name])
    means = np.array([_mean_prediction(model, rows, name, value) for value in values])
    target = model.target
    shown = means[:, 1:] if target.task == "binary" else means
    names = target.class_names[1:] if target.task == "binary" else target.class_names or (target.name,)
    labels = [_short(name) for name in names]
    numeric = rows[name].dtype.kind in "fM"
    places = values if numeric else np.arange(len(values))
    for k, label in enumerate(labels):
        axes.plot(places, shown[:, k], "-" if numeric else "o-", color=BLUE if len(labels) == 1 else None, label=label)
    if not numeric:
        axes.set_xticks(places, [_short(str(value), 16) for value in values], rotation=45, ha="right")
    what = f"mean probability of {labels[0]}" if target.task == "binary" else "mean probability"
    axes.set(xlabel=_short(name), ylabel=what if target.classes else f"mean prediction of {_short(target.name)}")
    if len(labels) > 1:
        axes.legend()


def _is_empty(column: Array) -> bool:
    if column.dtype.kind == "M":
        return bool(np.isnat(column).all())
    return bool(np.isnan(column).all()) if column.dtype.kind == "f" else all(cell is None for cell in column)


def _grid(column: Array) -> Array:
    if column.dtype.kind == "f":
        present = column[~np.isnan(column)]
        return np.unique(np.quantile(present, np.linspace(0.01, 0.99, GRID)))
    if column.dtype.kind == "M":
        present = column[~np.isnat(column)]
        return (
            np.linspace(present.min().astype("i8"), present.max().astype("i8"), GRID).astype("i8").astype(column.dtype)
        )
    levels, counts = np.unique([cell for cell in column if cell is not None], return_counts=True)
    return np.array(sorted(levels[np.argsort(-counts)][:MOST_LEVELS]), dtype=object)


def _mean_prediction(model: TabularModel, rows: Table, name: str, value: Any) -> Array:
    cells = np.full(rows.n_rows, value, dtype=rows[name].dtype)
    changed = rows.with_column(name, cells)
    if model.target.classes:
        return model.predict_proba(changed).mean(axis=0)
    return np.atleast_1d(model.predict(changed).mean())


def _figure(width: float = 6.4, height: float = 4.0, columns: int = 1) -> tuple[Any, Any]:
    figures = require("matplotlib.figure", extra="plot", purpose="A picture")
    figure = figures.Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(1, columns)
    for each in np.atleast_1d(axes):
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.25)
        each.locator_params(axis="x", nbins=5)  # so few that long numbers do not run into each other
    return figure, axes


def _short(name: str, most: int = 28) -> str:
    text = name if name.isprintable() else repr(name)
    return (text if len(text) <= most else text[: most - 1] + "…").replace("$", r"\$")
