"""An ensemble of trials, chosen greedily by what its mean gains on the rows that none of them learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layerwise.errors import ParameterError
from layerwise.estimators.tabular.base import BaseTabular
from layerwise.estimators.tabular.evaluation import evaluated
from layerwise.network import Array
from layerwise.searching.asked import log_loss
from layerwise.searching.evaluating import Evaluator, UnderWay, predictions_of

__all__ = ["Ensemble", "greedy_selection", "merged", "selected"]

PICKS = 50
OF_A_NETWORK = {
    "activation", "averaging", "batch_size", "calibrate", "dropout", "early_stopping", "epochs", "hidden",
    "label_smoothing", "learning_rate", "metric", "random_state", "weight_decay",
}  # fmt: skip
"""Parameters of a tabular estimator in which networks behind one encoder may differ."""


def selected(
    trials: Sequence[UnderWay], evaluator: Evaluator, space: Mapping[str, Any]
) -> tuple[Any, dict[int, float]]:
    """Return an ensemble of some of the trials, the best first, and the share of each, by its number."""
    classes = None
    y = np.concatenate([np.asarray(of) for _, of in evaluator.tests])
    if trials and hasattr(trials[0].estimators[0], "classes_"):
        classes = trials[0].estimators[0].classes_
        trials = [trial for trial in trials if all(_has(each, classes) for each in trial.estimators)]
        places = {label: k for k, label in enumerate(classes.tolist())}
        y = np.array([places.get(label, -1) for label in y.tolist()])
    if not trials or (classes is not None and (y < 0).any()):
        return None, {}  # a class that some fold had no row of to learn from
    counts = greedy_selection([np.concatenate(trial.predictions) for trial in trials], y)
    picks, n = sum(counts.values()), len(evaluator.splits)
    weights = {trials[k].number: count / picks for k, count in sorted(counts.items())}
    if not counts:
        return None, {}
    if isinstance(evaluator.estimator, BaseTabular) and n == 1 and space.keys() <= OF_A_NETWORK:
        return merged({k: trials[k].estimators[0] for k in counts}, counts, *evaluator.tests[0]), weights
    each = [estimator for k in counts for estimator in trials[k].estimators]
    shares = np.repeat([count / picks / n for count in counts.values()], n)
    return Ensemble(each, shares, classes), weights


def _has(estimator: Any, classes: Array) -> bool:
    return np.array_equal(estimator.classes_, classes)


def greedy_selection(predictions: Sequence[Array], y: Array, most: int = PICKS) -> dict[int, int]:
    """Return how often each model is taken: each time the one with which the mean has the lowest loss.

    Parameters
    ----------
    predictions : sequence of array
        Of each model: probabilities (m, classes), or numbers of y's shape.
    y : (m,) or (m, n_y) array
        Places of the classes, or numbers. The loss is the log loss, or the mean square.
    most : int
        Models that are taken at most; fewer where another lowers nothing.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew and Ksikes 2004, "Ensemble selection from libraries of models",
    doi:10.1145/1015330.1015432.
    """
    taken: dict[int, int] = {}
    total, lowest = np.zeros_like(predictions[0]), np.inf
    for count in range(1, most + 1):
        losses = [_loss((total + P) / count, y) for P in predictions]
        k = int(np.argmin(np.nan_to_num(losses, nan=np.inf)))
        if not losses[k] < lowest:
            break
        taken[k], lowest, total = taken.get(k, 0) + 1, losses[k], total + predictions[k]
    return taken


def _loss(P: Array, y: Array) -> float:
    if P.ndim == y.ndim:
        return float(np.mean((P - y) ** 2))
    return log_loss(P, y)


@dataclass
class Ensemble:
    """The weighted mean of fitted estimators.

    Attributes
    ----------
    estimators : list
    weights : (k,) array
        Whose sum is 1.
    classes_ : array or None
        None for numbers.
    """

    estimators: list[Any]
    weights: Array
    classes_: Array | None

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class of `classes_`, (m, classes)."""
        if self.classes_ is None:
            raise ParameterError(
                "predict_proba needs an ensemble of classifiers. This one learnt numbers: use predict."
            )
        return self._mean(X)

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each row, or a number, (m,)."""
        mean = self._mean(X)
        return mean if self.classes_ is None else self.classes_[mean.argmax(axis=1)]

    def _mean(self, X: Any) -> Array:
        parts = zip(self.weights, self.estimators, strict=True)
        return np.asarray(sum(weight * predictions_of(each, X) for weight, each in parts))


def merged(estimators: Mapping[int, Any], counts: Mapping[int, int], X: Any, y: Any) -> BaseTabular:
    """Return one tabular estimator that predicts the mean of several that learnt from the same rows.

    Its model is one file. `X` and `y` are the rows that it is evaluated on.
    """
    first = next(iter(estimators[k] for k in counts))
    model = first.model_
    members = tuple(member for k, count in counts.items() for member in estimators[k].model_.members * count)
    rows = first._evaluation_rows((X, y), model.target)
    together = replace(model, members=members, temperature=1.0)
    outputs = together.outputs(together.inputs(rows.table))
    constant = model.evaluation.constant
    found = replace(together, evaluation=evaluated(model.target, outputs, rows.Y, rows.w, [], constant))
    whole: BaseTabular = first.__class__(**first.get_params(deep=False)).set_params(n_estimators=len(members))
    whole._keep(found, list(first.feature_names_in_), getattr(first, "classes_", None))
    return whole
