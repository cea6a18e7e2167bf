"""Metrics: what people read beside the cost. All take (Y_hat, Y, sample_weight) with columns as examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from layerwise.checks import FLAG, known_name
from layerwise.errors import ParameterError
from layerwise.network import Array, Network

__all__ = ["METRICS", "Metric", "accuracy", "auc", "log_loss", "mae", "metric_of", "metrics_of", "r2", "rmse"]


@dataclass(frozen=True)
class Metric:
    """A metric of your own, for `metrics` of `layerwise.train` and `monitor` of `layerwise.EarlyStopping`.

    Parameters
    ----------
    name : str
        What the history calls it.
    function : callable
        From (Y_hat, Y, sample_weight), two (n_y, m) arrays and (m,) weights or None, to a number. NaN is no number
        that early stopping takes for better than another.
    greater_is_better : bool
        Which way is up.

    Examples
    --------
    >>> largest_error = Metric("largest_error", lambda Y_hat, Y, w: abs(Y_hat - Y).max(), greater_is_better=False)
    >>> largest_error(np.array([[1.0, 5.0]]), np.array([[1.0, 1.0]]))
    4.0
    """

    name: str
    function: Callable[[Array, Array, Array | None], Any]
    greater_is_better: bool

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or self.name in ("", "cost"):
            raise ParameterError(
                "The 'name' parameter of Metric must be a name other than 'cost', which the history has already. "
                f"Got {self.name!r}."
            )
        if not callable(self.function):
            raise ParameterError(
                "The 'function' parameter of Metric must be a function of (Y_hat, Y, sample_weight). "
                f"Got {self.function!r} instead."
            )
        object.__setattr__(self, "greater_is_better", FLAG.check("Metric", "greater_is_better", self.greater_is_better))

    def __call__(self, Y_hat: Array, Y: Array, sample_weight: Array | None = None) -> float:
        """Return the function's value as a float."""
        weights = None if sample_weight is None else np.asarray(sample_weight).reshape(-1)
        value = self.function(Y_hat, Y, weights)
        try:
            return float(value)
        except (TypeError, ValueError):
            raise ParameterError(f"The metric {self.name!r} must return a number. Got {value!r} instead.") from None


def accuracy(Y_hat: Array, Y: Array, sample_weight: Array | None = None) -> float:
    """Return the part of the labels that is predicted rightly, in [0, 1].

    Where the columns of Y_hat are distributions (softmax: they sum to 1), the prediction is the row with the
    highest probability. Elsewhere every row is a label of its own, predicted as 1{ŷ ≥ ½}.

    Examples
    --------
    >>> accuracy(np.array([[0.9, 0.2, 0.6]]), np.array([[1, 0, 0]]))
    0.6666666666666666
    """
    if _are_distributions(Y_hat):
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


def log_loss(Y_hat: Array, Y: Array, sample_weight: Array | None = None) -> float:
    r"""Return the mean cross-entropy of probabilities, in nats.

    .. math::
        -\frac{1}{m} \sum_i \sum_j y_j^{(i)} \log \hat{y}_j^{(i)}

    where the columns of Y_hat are distributions, as for `accuracy`; elsewhere every row is a label of its own, with
    −y log ŷ − (1 − y) log(1 − ŷ). A probability of 0 counts as the smallest positive number of float64, 5e-324, so that
    0 log 0 is 0; where it is wrong it costs 744 nats. The cost of a cross-entropy is computed from the logits and
    tells a wrong, confident prediction by its true nats.

    Examples
    --------
    >>> log_loss(np.array([[0.5, 1.0]]), np.array([[1, 1]]))  # (log 2 + 0) / 2
    0.34657359027997264
    """
    P, Y = np.asarray(Y_hat, np.float64), np.asarray(Y, np.float64)
    losses = -(Y * _log(P)).sum(axis=0)
    if not _are_distributions(P):
        losses = losses - ((1 - Y) * _log(1 - P)).sum(axis=0)
    return _mean(losses, sample_weight)


METRICS: Mapping[str, Metric] = {
    function.__name__: Metric(function.__name__, function, greater_is_better)
    for function, greater_is_better in (
        (accuracy, True),
        (auc, True),
        (rmse, False),
        (mae, False),
        (r2, True),
        (log_loss, False),
    )
}
"""Every metric by name."""


def metric_of(kind: str, metric: object) -> Metric:
    """Return a metric given as itself, by its name, or as a function, of which more is better.

    Raises
    ------
    ParameterError
        If there is none of that name; `kind` says what the name was for.

    Examples
    --------
    >>> metric_of("metric", "rmse").greater_is_better, metric_of("metric", max).name
    (False, 'max')
    """
    if isinstance(metric, Metric):
        return metric
    if callable(metric) and not isinstance(metric, type):
        return Metric(getattr(metric, "__name__", type(metric).__name__), metric, greater_is_better=True)
    return METRICS[known_name(kind, metric, METRICS)]


def metrics_of(net: Network) -> tuple[str, ...]:
    """Return the names of the metrics that a training run records for a network's loss."""
    return ("accuracy",) if "cross_entropy" in net.loss else ("rmse", "mae")


def _are_distributions(Y_hat: Array) -> bool:
    return len(Y_hat) > 1 and bool((np.abs(Y_hat.sum(axis=0) - 1) < 1e-3).all())


def _log(P: Array) -> Array:
    return np.asarray(np.log(np.maximum(P, np.finfo(np.float64).smallest_subnormal)))


def _squares(Y_hat: Array, Y: Array) -> Array:
    return np.asarray(np.square(Y_hat - Y, dtype=np.float64).mean(axis=0))


def _mean(values: Array, sample_weight: Array | None) -> float:
    weights = None if sample_weight is None else np.asarray(sample_weight).reshape(-1)
    return float(np.average(values, weights=weights))
