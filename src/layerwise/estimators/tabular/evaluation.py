"""What is known of a model on rows that it did not learn from: metrics, and the numbers behind the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from layerwise import values
from layerwise.equations.metrics import METRICS
from layerwise.mapped import columns_in_parts
from layerwise.network import Array
from layerwise.tables import TargetEncoder

__all__ = [
    "Bin",
    "Evaluation",
    "Importance",
    "baseline_metrics",
    "check_evaluation",
    "evaluated",
    "mean_target",
    "metrics",
]

BINS = 10
"""How many bins of probability, or of predicted numbers, the calibration has; each with the same number of rows."""


@dataclass(frozen=True)
class Bin:
    """Rows of nearly the same prediction.

    Attributes
    ----------
    rows : int
    predicted, observed : float
        The mean prediction, and the mean of what was true: the share of the class, or the mean target.
    """

    rows: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class Importance:
    """How much a column matters.

    Attributes
    ----------
    column : str
    permutation : float
        How much higher the cost is when the column's cells are shuffled among the held-out rows; the mean, and
        `deviation` the standard deviation, over the networks.
    gradient : float
        The mean over rows of how much, by the derivative, an output changes if the column's cell becomes the mean.
    """

    column: str
    permutation: float
    deviation: float
    gradient: float


@dataclass(frozen=True)
class Evaluation:
    """Metrics and the numbers behind the pictures, on held-out rows; on the training rows if none were.

    Attributes
    ----------
    metrics, baseline : dict of str to float
        Of the model, each row predicted by the networks that did not learn from it, and of the trivial model.
    confusion : list of list of int
        Rows by true class (line) and predicted class (column); empty for regression.
    calibration : tuple of tuple of Bin
        One for each class (of two classes, for the second), or one for regression.
    residuals : list of float
        Quantiles 0 %, 5 %, ..., 100 % of prediction minus truth in the target's unit; empty for classes.
    importances : tuple of Importance
        The most important column first.
    constant : list of float
        The output of the trivial model: the class shares, or the mean number, of the training rows.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    baseline: Mapping[str, float] = field(default_factory=dict)
    confusion: Sequence[Sequence[int]] = ()
    calibration: tuple[tuple[Bin, ...], ...] = ()
    residuals: Sequence[float] = ()
    importances: tuple[Importance, ...] = ()
    constant: Sequence[float] = ()

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Evaluation:
        """Build the evaluation that `to_config` described."""
        return cls(
            {name: values.number(value) for name, value in values.mapping(config["metrics"]).items()},
            {name: values.number(value) for name, value in values.mapping(config["baseline"]).items()},
            [[values.count(rows) for rows in values.listed(line)] for line in values.listed(config["confusion"])],
            tuple(tuple(map(_bin, values.listed(curve))) for curve in values.listed(config["calibration"])),
            values.numbers(config["residuals"]),
            tuple(map(_importance, values.listed(config["importances"]))),
            values.numbers(config["constant"]),
        )


def _bin(config: Mapping[str, Any]) -> Bin:
    return Bin(values.count(config["rows"]), values.number(config["predicted"]), values.number(config["observed"]))


def _importance(config: Mapping[str, Any]) -> Importance:
    numbers = (values.number(config[name]) for name in ("permutation", "deviation", "gradient"))
    return Importance(values.text(config["column"]), *numbers)


def check_evaluation(evaluation: Evaluation, target: TargetEncoder) -> None:
    """Refuse an evaluation from a file that is not one of this target."""
    n = len(target.classes)
    if len(evaluation.confusion) not in (0, n) or any(len(line) != n for line in evaluation.confusion):
        raise ValueError("its confusion is not one of its classes")
    if len(evaluation.constant) not in (0, target.n_y) or evaluation.metrics.keys() != evaluation.baseline.keys():
        raise ValueError("its evaluation is not one of its target")


def evaluated(
    target: TargetEncoder,
    Y_hat: Array,
    Y: Array,
    w: Array | None,
    importances: Sequence[Importance],
    constant: Sequence[float],
) -> Evaluation:
    """Return the evaluation of outputs (n_y, m) for rows with the targets Y; `constant` is what the baseline says."""
    ranked = tuple(sorted(importances, key=lambda entry: -entry.permutation))
    common = metrics(target, Y_hat, Y, w), baseline_metrics(target, constant, Y, w)
    if target.task == "regression":
        truth, predicted = _units(target, Y), _units(target, Y_hat)
        quantiles = np.quantile(predicted - truth, np.linspace(0, 1, 21)).tolist()
        return Evaluation(*common, (), (_bins(predicted, truth),), quantiles, ranked, constant)
    P, true = target.probabilities(Y_hat.T), target.probabilities(Y.T).argmax(axis=1)
    chosen = (P[:, 1] >= 0.5).astype(int) if target.task == "binary" else P.argmax(axis=1)
    n = len(target.classes)
    confusion = np.bincount(true * n + chosen, minlength=n * n).reshape(n, n).tolist()
    classes = [1] if target.task == "binary" else range(n)
    curves = tuple(_bins(P[:, k], (true == k) * 1.0) for k in classes)
    return Evaluation(*common, confusion, curves, (), ranked, constant)


def metrics(target: TargetEncoder, Y_hat: Array, Y: Array, w: Array | None = None) -> dict[str, float]:
    """Return the metrics of a task, those of regression in the target's unit."""
    if target.task == "regression":
        # from standardised numbers, as squares in the target's unit overflow at 1e300 and vanish at 1e-300
        scale = {"rmse": target.std, "mae": target.std, "r2": 1.0}
        return {name: METRICS[name](Y_hat, Y, w) * factor for name, factor in scale.items()}
    names = ("accuracy", "log_loss", "auc") if target.task == "binary" else ("accuracy", "log_loss")
    return {name: METRICS[name](Y_hat, Y, w) for name in names}


def baseline_metrics(
    target: TargetEncoder, constant: Sequence[float], Y: Array, w: Array | None = None
) -> dict[str, float]:
    """Return the metrics of the trivial model, whose outputs are the same for every row."""
    return metrics(target, np.repeat(np.array(constant, np.float64)[:, None], Y.shape[1], axis=1), Y, w)


def mean_target(Y: Array, w: Array | None) -> list[float]:
    """Return the mean of the targets, (n_y,): the class shares, or the mean number, with the weights of the rows."""
    total, weight = np.zeros(len(Y)), 0.0
    for first, part in columns_in_parts(Y):
        of_part = np.ones(part.shape[1]) if w is None else w[first : first + part.shape[1]].astype(np.float64)
        total += (part * of_part).sum(axis=1)
        weight += float(of_part.sum())
    found: list[float] = (total / weight).tolist()
    return found


def _units(target: TargetEncoder, Y: Array) -> Array:
    return Y[0].astype(np.float64) * target.std + target.mean


def _bins(predicted: Array, truth: Array) -> tuple[Bin, ...]:
    parts = np.array_split(np.argsort(predicted, kind="stable"), min(BINS, len(predicted)))
    return tuple(Bin(len(rows), float(predicted[rows].mean()), float(truth[rows].mean())) for rows in parts)
