"""The rows that are only looked at: given, or held out of the training rows; and their score."""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring, get_scorer_names

from layerwise.checks import known_name
from layerwise.engines import EpochReport, Examples
from layerwise.equations.streams import Purpose, permutation
from layerwise.errors import DataError, ParameterError
from layerwise.estimators.splitting import shares
from layerwise.network import Array, Parameters

__all__ = ["Validation", "given_validation", "held_out", "score_of"]


@dataclass(frozen=True, eq=False)
class Validation:
    """Validation rows as the engine and as a scorer want them."""

    examples: Examples
    X: Any
    y: Any
    sample_weight: Array | None


def given_validation(owner: str, X_val: Any, y_val: Any, eval_set: Any) -> tuple[Any, Any] | None:
    """Return the validation rows that were passed to fit, in either of the two ways."""
    if eval_set is not None:
        pair = eval_set[0] if isinstance(eval_set, list | tuple) and len(eval_set) == 1 else None
        if X_val is not None or y_val is not None or not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ParameterError(
                f"{owner}: eval_set must be a list with one pair, [(X, y)], without X_val and y_val beside it."
            )
        return pair[0], pair[1]
    if (X_val is None) != (y_val is None):
        raise ParameterError(
            f"{owner}: X_val and y_val go together. Got {'y_val' if X_val is None else 'X_val'} alone."
        )
    return None if X_val is None else (X_val, y_val)


def held_out(m: int, part: float, seed: int, classes: Array | None) -> Array:
    """Return a mask (m,) of the rows to hold out; every one of the `classes`, where there are any, keeps its share.

    Every class keeps a row to learn from.

    Raises
    ------
    DataError
        In scikit-learn's words, if too few rows would be left of a class or held out.
    """
    count = math.ceil(part * m)
    if count >= m:
        raise DataError(
            f"With n_samples={m} and validation_fraction={part}, the resulting train set will be empty. Adjust any of "
            "the aforementioned parameters."
        )
    if classes is not None and classes.max() <= 1:  # of more classes, small ones are only learnt from
        _check_classes(classes, m, count)
    mask = np.zeros(m, bool)
    order = permutation(m, seed, Purpose.SPLIT)
    if classes is None:
        mask[order[:count]] = True
    else:
        in_order = classes[order]
        for place, share in enumerate(shares(np.bincount(classes).tolist(), count / m)):
            mask[order[in_order == place][:share]] = True
    if mask.sum() < 2:
        raise DataError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
    return mask


def _check_classes(classes: Array, m: int, count: int) -> None:
    sizes = np.bincount(classes)
    few = [str(bool(place)) if len(sizes) == 2 else str(place) for place in np.flatnonzero(sizes < 2)]
    if few:
        raise DataError(
            f"The least populated classes in y have only {sizes.min()} member, which is too few. The minimum number "
            f"of groups for any class cannot be less than 2. Classes with too few members are: {few}"
        )
    for name, size in (("test_size", count), ("train_size", m - count)):
        if size < len(sizes):
            raise DataError(f"The {name} = {size} should be greater or equal to the number of classes = {len(sizes)}")


def score_of(
    estimator: Any,
    validation: Validation,
    outputs: Callable[[Parameters, Any], Array],
    native: Callable[..., float] | None,
) -> Callable[[EpochReport], float]:
    """Return the function that scores an epoch on the validation rows.

    Parameters
    ----------
    estimator
        A copy, which takes the parameters of each epoch. Its `scoring` says how: None is its own score (accuracy, R²),
        "loss" the validation cost, else scikit-learn's.
    validation : Validation
    outputs : callable
        (theta, X) to Y_hat (m, n_y).
    native : callable, optional
        From the metrics that the engine reports to the own score, where they say enough.
    """
    scoring = estimator.scoring
    if isinstance(scoring, str) and scoring == "loss":
        return lambda told: -float(told.validation_cost)  # type: ignore[arg-type]  # there are validation rows
    if scoring is None and native is not None:
        return lambda told: native(told.metrics)
    if scoring is None:
        return lambda told: estimator._score_outputs(outputs(told.parameters(), validation.X), validation)
    if isinstance(scoring, str):
        known_name(f"scoring of {type(estimator).__name__}", scoring, get_scorer_names())
    scorer = check_scoring(estimator, scoring)
    w = validation.sample_weight
    takes_weights = isinstance(scoring, str) or "sample_weight" in inspect.signature(scorer).parameters
    weights = {"sample_weight": w} if w is not None and takes_weights else {}

    def score(told: EpochReport) -> float:
        estimator._keep_parameters(told.parameters())
        found = scorer(estimator, validation.X, validation.y, **weights)
        if not isinstance(found, numbers.Real):
            raise ParameterError(
                f"The 'scoring' parameter of {type(estimator).__name__} must give a number. Got {found!r}."
            )
        return float(found)

    return score
