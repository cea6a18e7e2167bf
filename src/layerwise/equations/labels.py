"""Labels as the losses take them."""

from __future__ import annotations

from typing import Any

import numpy as np

from layerwise.checks import COUNT
from layerwise.errors import DataError, ShapeError
from layerwise.network import Array

__all__ = ["one_hot"]


def one_hot(labels: Any, n_classes: int | None = None) -> Array:
    """Return Y (n_y, m) with a 1 in the row of each example's class, for softmax outputs.

    Parameters
    ----------
    labels : (m,) array of int
        Classes from 0.
    n_classes : int, optional
        n_y; None takes the highest label + 1.

    Returns
    -------
    (n_y, m) float64 array

    Raises
    ------
    ShapeError
        If `labels` is not one-dimensional or empty.
    DataError
        If a label is not a whole number from 0 to n_classes − 1.

    Examples
    --------
    >>> one_hot([2, 0, 1])
    array([[0., 1., 0.],
           [0., 0., 1.],
           [1., 0., 0.]])
    """
    array = np.asarray(labels)
    if array.ndim != 1 or not array.size:
        raise ShapeError(f"one_hot: labels must have shape (m,) with m of at least 1. Got {array.shape}.")
    if array.dtype.kind not in "iu":
        raise DataError(f"one_hot: labels must be whole numbers, an integer array. Got {array.dtype}.")
    n = int(array.max()) + 1 if n_classes is None else COUNT.check("one_hot", "n_classes", n_classes)
    if array.min() < 0 or array.max() >= n:
        wrong = array[(array < 0) | (array >= n)][0]
        raise DataError(f"one_hot: every label must be from 0 to {n - 1}. Got {wrong}.")
    Y = np.zeros((n, array.size))
    Y[array, np.arange(array.size)] = 1
    return Y
