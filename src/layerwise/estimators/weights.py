"""Weights of rows and of classes, checked in scikit-learn's words."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from layerwise.errors import DataError, ParameterError
from layerwise.network import Array

__all__ = ["counted_rows", "row_weights", "weights_of_classes", "with_class_weights"]


def row_weights(sample_weight: Any, m: int, dtype: Any, *, first_row: int = 0) -> Array | None:
    """Return the weight of every row, (m,), or None where all are 1; an error counts rows from `first_row`.

    Raises
    ------
    DataError
        If a weight is no number, negative or not finite, or all are zero.
    """
    if sample_weight is None:
        return None
    try:
        w = np.asarray(sample_weight, dtype)
    except (TypeError, ValueError) as error:
        raise DataError(f"sample_weight must be numbers, one for each row. Got {_short(sample_weight)}.") from error
    if w.ndim == 0:
        w = np.full(m, w)
    if w.ndim != 1:
        raise DataError("Sample weights must be 1D array or scalar")
    if w.shape != (m,):
        raise DataError(f"sample_weight.shape == {w.shape}, expected {(m,)}!")
    return _checked("sample_weight", w, first_row)


def with_class_weights(w: Array | None, class_weight: Any, y: Any, dtype: Any) -> Array | None:
    """Return the weights of the rows times those of their classes.

    "balanced" gives every class the same total: Σ w / (K Σ_k w) for class k of K. Of a multi-label target the weights
    of all labels are multiplied.

    Raises
    ------
    ParameterError, DataError
        If a class is unknown, or a weight is not a number that is finite and at least 0.
    """
    if class_weight is None:
        return w
    if np.ndim(y) > 1:
        factors = compute_sample_weight(class_weight, y)
    else:
        classes, place = np.unique(y, return_inverse=True)
        factors = weights_of_classes(class_weight, classes, np.bincount(place, w))[place]
    return _checked("class_weight", (factors if w is None else w * factors).astype(dtype))


def counted_rows(X: Any, Y: Array, w: Array | None) -> tuple[Any, Array, Array | None]:
    """Return the rows, their targets and their weights without those of weight zero, which are no examples."""
    if w is None or w.all():
        return X, Y, w
    counted = np.flatnonzero(w)
    if not len(counted):
        raise DataError("sample_weight must not be zero everywhere: a row with a weight of zero is no example.")
    return X[counted], Y[counted], w[counted]


def weights_of_classes(class_weight: Any, classes: Array, totals: Array) -> Array:
    """Return the weight of each class, (K,), given the total of the weights of its rows."""
    if isinstance(class_weight, str) and class_weight == "balanced":
        return totals.sum() / (len(classes) * np.where(totals > 0, totals, 1))
    if not isinstance(class_weight, Mapping):
        raise ParameterError(
            "The 'class_weight' parameter must be 'balanced', a dict from classes to weights, or None. "
            f"Got {class_weight!r} instead."
        )
    known = classes.tolist()
    if unknown := [name for name in class_weight if name not in known]:
        raise ParameterError(f"class_weight has classes that y has not: {unknown}. The classes are {known}.")
    for name, weight in class_weight.items():
        if not isinstance(weight, numbers.Real) or not 0 <= float(weight) < np.inf:
            raise DataError(f"class_weight must be finite and at least 0. Got {weight!r} for the class {name!r}.")
    return np.array([class_weight.get(name, 1.0) for name in known], np.float64)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _checked(name: str, w: Array, first_row: int = 0) -> Array:
    wrong = ~np.isfinite(w) | (w < 0)
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(f"{name} must be finite and at least 0. Got {w[row]} in row {row + first_row}.")
    if not w.any():
        raise DataError(f"{name} must not be zero everywhere: a row with a weight of zero is no example.")
    return w
