"""The checks of what acts on a run, for `train`: dropout, early stopping, metrics, signs, smoothed labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from layerwise.checks import BELOW_ONE, COUNT, PROBABILITY
from layerwise.engines import EarlyStopping, Examples, TrainingPlan
from layerwise.equations.labels import label_smoothing
from layerwise.equations.metrics import Metric, metric_of, metrics_of
from layerwise.equations.optimizers import LBFGS
from layerwise.equations.schedules import Constant
from layerwise.equations.shapes import check_fit
from layerwise.errors import DataError, ParameterError
from layerwise.network import Array, Network, Parameters

__all__ = [
    "check_full_batch",
    "chosen_metrics",
    "dropout_rates",
    "sign_vector",
    "stopping_rule",
    "with_smoothed_labels",
    "with_subset",
    "without_weightless",
]


def dropout_rates(net: Network, dropout: float | Sequence[float]) -> tuple[float, ...]:
    """Return the dropout rate of each hidden layer."""
    hidden = net.L - 1
    if isinstance(dropout, np.ndarray):
        dropout = dropout.tolist()
    if not isinstance(dropout, Sequence):
        rate = PROBABILITY.check("train", "dropout", dropout)
        if rate and not hidden:
            raise ParameterError(
                "The 'dropout' parameter of train must be 0 for a network without hidden layers, which are what it "
                f"acts on. Got {rate}."
            )
        return (rate,) * hidden
    if len(dropout) != hidden:
        raise ParameterError(
            f"The 'dropout' parameter of train must be one rate, or one for each of the {hidden} hidden layers. "
            f"Got {len(dropout)}."
        )
    return tuple(PROBABILITY.check("train", f"dropout[{l}]", rate) for l, rate in enumerate(dropout))


def stopping_rule(early_stopping: EarlyStopping | int | None, validation: Examples | None) -> EarlyStopping | None:
    """Return the rule of early stopping, which needs validation examples."""
    if early_stopping is None:
        return None
    if validation is None:
        raise ParameterError(
            "The 'early_stopping' parameter of train must be None without validation examples: give validation=(X, Y)."
        )
    if isinstance(early_stopping, EarlyStopping):
        return early_stopping
    return EarlyStopping(patience=COUNT.check("train", "early_stopping", early_stopping))


def chosen_metrics(
    net: Network, given: Any, rule: EarlyStopping | None, validation: Examples | None
) -> tuple[Metric, ...]:
    """Return the metrics of a run, with the one that early stopping monitors; all have names of their own."""
    if given is not None and validation is None:
        raise ParameterError(
            "The 'metrics' parameter of train must be None without validation examples: give validation=(X, Y)."
        )
    if isinstance(given, str) or not isinstance(given, Sequence | None):
        raise ParameterError(
            "The 'metrics' parameter of train must list names or metrics, such as ('auc', 'log_loss'). "
            f"Got {given!r} instead."
        )
    metrics = [metric_of("metric", metric) for metric in (metrics_of(net) if given is None else given)]
    if rule is not None and rule.metric is not None and rule.metric not in metrics:
        metrics.append(rule.metric)
    names = [metric.name for metric in metrics]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"The metrics of train must have different names. Got {name!r} twice.")
    return tuple(metrics)


def sign_vector(net: Network, signs: Any) -> Array | None:
    """Return the signs of the parameters as a plan has them; None where all are free."""
    if signs is None:
        return None
    if not isinstance(signs, Parameters):
        raise ParameterError(
            "The 'signs' parameter of train must be Parameters that hold 1, -1 and 0, in the sizes of the network. "
            f"Got {type(signs).__name__} instead."
        )
    check_fit("train, signs", net, signs)
    wrong = signs.vector[~np.isin(signs.vector, (-1, 0, 1))]
    if wrong.size:
        raise ParameterError(f"The 'signs' parameter of train must hold 1, -1 and 0 only. Got {wrong[0]:g} in it.")
    return signs.vector.astype(np.int8) if signs.vector.any() else None


def with_smoothed_labels(net: Network, examples: Examples, rate: Any) -> Examples:
    """Return the examples with labels a little less certain; see `label_smoothing`."""
    rate = BELOW_ONE.check("train", "label_smoothing", rate)
    if not rate:
        return examples
    if net.loss not in ("binary_cross_entropy", "categorical_cross_entropy"):
        raise ParameterError(
            f"The 'label_smoothing' parameter of train must be 0 with the loss {net.loss!r}, as it is for the "
            f"cross-entropies. Got {rate:g}."
        )
    classes = 2 if net.loss == "binary_cross_entropy" else None
    return replace(examples, Y=label_smoothing(examples.Y, rate, classes=classes))


def with_subset(examples: Examples, subset: Any) -> Examples:
    """Return the examples with the columns that are learnt from."""
    if subset is None:
        return without_weightless(examples)
    chosen = np.asarray(subset)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or not len(chosen):
        raise ParameterError(
            "The 'subset' parameter of train must be a one-dimensional array of whole numbers, at least one. "
            f"Got {chosen.dtype} of shape {chosen.shape}."
        )
    lowest, highest = int(chosen.min()), int(chosen.max())
    if lowest < 0 or highest >= examples.m:
        raise ParameterError(
            f"The 'subset' parameter of train must name columns of X, from 0 to {examples.m - 1}. "
            f"Got {lowest if lowest < 0 else highest}."
        )
    if len(chosen) >= 2**31:
        raise ParameterError(f"The 'subset' parameter of train must have fewer than 2**31 entries. Got {len(chosen)}.")
    w = examples.sample_weight
    if w is not None and not w.all():
        chosen = chosen[w[0, chosen] > 0]
        if not len(chosen):
            raise DataError("train: sample_weight must not be 0 in all columns of the subset.")
    return replace(examples, subset=chosen.astype(np.uint32, copy=False))


def without_weightless(examples: Examples) -> Examples:
    """Return the examples that have a weight: one of 0 is no example, even where its loss is infinite."""
    w = examples.sample_weight
    if w is None or w.all():
        return examples
    return replace(examples, subset=np.flatnonzero(w).astype(np.uint32))


def check_full_batch(plan: TrainingPlan) -> None:
    """Refuse what L-BFGS cannot take."""
    if not isinstance(plan.optimizer, LBFGS):
        return
    for name, given in (
        ("batch_size", plan.batch_size is not None),
        ("dropout", any(plan.dropout)),
        ("clip_norm", plan.clip_norm is not None),
        ("schedule", plan.schedule != Constant()),
        ("dropout_schedule", plan.dropout_schedule != Constant()),
        ("decay_schedule", plan.decay_schedule != Constant()),
        ("averaging", plan.averaging > 0),
        ("signs", plan.signs is not None),
    ):
        if given:
            raise ParameterError(
                f"The {name!r} parameter of train does not go with lbfgs, which needs the same cost in every "
                "evaluation and searches its own step lengths. Leave it out, or use 'adam'."
            )
