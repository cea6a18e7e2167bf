"""Metrics: what people read beside the cost. All take (Y_hat, Y, sample_weight) with columns as examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from layerwise.network import Array, Network

__all__ = ["METRICS", "Metric", "accuracy", "auc", "mae", "metrics_of", "r2", "rmse"]

Metric: TypeAlias = Callable[[Array, Array, Array | None], float]


def accuracy(Y_hat: Array, Y: Array, sample_weight: Array | None = None) -> float:
    """Return the part of the labels that is predicted rightly, in [0, 1].

    Where the columns of Y_hat are distributions (softmax: they sum to 1), the prediction is the row with the
    highest probability. Elsewhere every row is a label of its own, predicted as 1{ŷ ≥ ½}.

    Examples
    --------
    >>> accuracy(np.array([[0.9, 0.2, 0.6]]), np.array([[1, 0, 0]]))
    0.6666666666666666
    """
    if len(Y) > 1 and (np.abs(Y_hat.sum(axis=0) - 1) < 1e-3).all():
        right = Y_hat.argmax(axis=0) == Y.argmax(axis=0)
    elif np.isnan(Y_hat).any():
        return float("nan")
    else:
        right = ((Y_hat >= 0.5) == (Y >= 0.5)).mean(axis=0)
    return _mean(right, sample_weight)


def auc(Y_hat: Array, Y: Array, sample_weight: Array | None = None) -> float:
    """Return the area under the ROC curve: the chance that a positive ranks above a negative, ties counted half.

    For one output row with both classes present; NaN otherwise, and where an output is NaN.

    Examples
    --------
    >>> auc(np.array([[0.1, 0.4, 0.35, 0.8]]), np.array([[0, 0, 1, 1]]))
    0.75
    """
    w = np.ones(Y.shape[1]) if sample_weight is None else np.asarray(sample_weight, np.float64).reshape(-1)
    positive = np.asarray(Y[0] >= 0.5)
    if np.isnan(Y_hat).any():
        return float("nan")
    scores, place = np.unique(Y_hat[0], return_inverse=True)
    positives = np.bincount(place, w * positive, len(scores))
    negatives = np.bincount(place, w * ~positive, len(scores))
    below = np.cumsum(negatives) - negatives
    pairs = positives.sum() * negatives.sum()
    return float(positives @ (below + 0.5 * negatives) / pairs) if pairs > 0 else float("nan")


def rmse(Y_hat: Array, Y: Array, sample_weight: Array | None = None) -> float:
    """Return the root of the mean squared error, in the units of Y.

    Examples
    --------
    >>> rmse(np.array([[1.0, 5.0]]), np.array([[1.0, 1.0]]))
    2.8284271247461903
    """
    return float(np.sqrt(_mean(_squares(Y_hat, Y), sample_weight)))


def mae(Y_hat: Array, Y: Array, sample_weight: Array | None = None) -> float:
    """Return the mean absolute error, in the units of Y.

    Examples
    --------
    >>> mae(np.array([[1.0, 5.0]]), np.array([[1.0, 1.0]]))
    2.0
    """
    return _mean(np.abs(Y_hat - Y).mean(axis=0), sample_weight)


def r2(Y_hat: Array, Y: Array, sample_weight: Array | None = None) -> float:
    """Return R² = 1 − Σ (ŷ − y)² / Σ (ȳ − y)²: 1 is perfect, 0 as good as the mean; NaN for a constant Y.

    Examples
    --------
    >>> r2(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 2.0, 4.0]]))
    0.7857142857142857
    """
    weights = None if sample_weight is None else np.asarray(sample_weight).reshape(-1)
    first = Y[:, :1]  # the mean is taken of Y − first, so that a constant Y is exactly its own mean
    mean = first + np.average(Y - first, axis=1, weights=weights)[:, None]
    around_mean = _mean(_squares(mean, Y), sample_weight)
    return 1 - _mean(_squares(Y_hat, Y), sample_weight) / around_mean if around_mean > 0 else float("nan")


METRICS: Mapping[str, Metric] = {"accuracy": accuracy, "auc": auc, "rmse": rmse, "mae": mae, "r2": r2}
"""Every metric by name."""


def metrics_of(net: Network) -> tuple[str, ...]:
    """Return the names of the metrics that a training run records for a network's loss."""
    return ("accuracy",) if "cross_entropy" in net.loss else ("rmse", "mae")


def _squares(Y_hat: Array, Y: Array) -> Array:
    return np.asarray(np.square(Y_hat - Y, dtype=np.float64).mean(axis=0))


def _mean(values: Array, sample_weight: Array | None) -> float:
    weights = None if sample_weight is None else np.asarray(sample_weight).reshape(-1)
    return float(np.average(values, weights=weights))
