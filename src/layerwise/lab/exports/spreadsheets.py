"""Tables of numbers as CSV, which a spreadsheet may open: no cell of a text is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from layerwise.lab.exports.code import classes
from layerwise.lab.moment import Dataset, Moment
from layerwise.lab.views.plane import in_units
from layerwise.network import Array
from layerwise.training import predict

__all__ = ["escaped", "history_table", "predictions"]

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def escaped(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula: a text that begins like one gets an apostrophe."""
    if not isinstance(cell, str) or not cell.startswith(_FORMULAS):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def predictions(moment: Moment) -> str:
    """Return every example with its target and what the network makes of it, those held out behind the others."""
    data = moment.data
    parts = [("training", data.X, data.Y, data.rows)]
    if data.validation is not None:
        parts.append(("validation", *data.validation, data.validation_rows))
    return _csv(row for k, part in enumerate(parts) for row in _rows(moment, *part, titled=k == 0))


def _rows(
    moment: Moment, part: str, X: Array, Y: Array, rows: Array | None, *, titled: bool
) -> Iterable[Sequence[Any]]:
    data, labels = moment.data, classes(moment.data)
    shown = rows is None  # of a table the row tells the inputs, as they stand in the file
    with np.errstate(all="ignore"):
        Y_hat = predict(moment.net, moment.theta, X)
    P = np.vstack([1 - Y_hat, Y_hat]) if data.task == "binary" else Y_hat
    if titled:
        names = [*(data.inputs if shown else ("row",)), "part", data.target, f"predicted {data.target}"]
        yield [*names, *(f"P({label})" for label in labels)]
    truth, predicted = _told(data, Y, labels), _told(data, Y_hat, labels)
    for i in range(X.shape[1]):
        first = X[:, i].tolist() if rows is None else [int(rows[i]) + 1]
        yield [*first, part, truth[i], predicted[i], *(P[:, i].tolist() if labels else ())]


def _told(data: Dataset, Y: Array, labels: Sequence[Any]) -> list[Any]:
    if data.task == "regression":
        numbers: list[Any] = in_units(data, Y[0].astype(np.float64)).tolist()
        return numbers
    places = (Y[0] >= 0.5).astype(int) if data.task == "binary" else Y.argmax(axis=0)
    return [labels[k] for k in places]


def history_table(moment: Moment, curve: Mapping[str, Sequence[float | None]] | None = None) -> str:
    """Return the costs by epoch: those of the curve that is given, or all that the moment's history has."""
    if curve is None:
        history = moment.result.history if moment.result else None
        curve = {"epoch": [], "cost": []}
        if history is not None:
            curve = {
                "epoch": list(range(1, len(history) + 1)),
                "cost": history.cost,
                "validation_cost": history.validation_cost,
                "learning_rate": history.learning_rate,
                **history.metrics,
            }
    filled = {name: values for name, values in curve.items() if len(values) or name in ("epoch", "cost")}
    return _csv([list(filled), *zip(*filled.values(), strict=True)])


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if cell is None or cell != cell else escaped(cell) for cell in row])
    return text.getvalue()
