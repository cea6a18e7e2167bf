"""Labels as the losses take them."""

from __future__ import annotations

from typing import Any

import numpy as np

from layerwise.checks import BELOW_ONE, COUNT
from layerwise.errors import DataError, ShapeError
from layerwise.network import Array

__all__ = ["label_smoothing", "one_hot"]


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


def label_smoothing(Y: Array, rate: float, *, classes: int | None = None) -> Array:
    r"""Return labels a little less certain, so that a network is not driven to infinite logits.

    .. math::
        y \leftarrow (1 - \epsilon) y + \epsilon / K

    The columns of one-hot labels still sum to 1.

    Parameters
    ----------
    Y : (n_y, m) array
        One-hot columns, or one row of 0/1.
    rate : float
        ε, in [0, 1); 0 gives Y back.
    classes : int, optional
        K; None takes the number of rows, or 2 for one row. 2 is right for many rows too where each is a 0/1 label of
        its own.

    Returns
    -------
    (n_y, m) array
        In the floating type of Y; float64 for whole numbers.

    Examples
    --------
    >>> label_smoothing(np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]), 0.75).tolist()
    [[0.5, 0.25], [0.25, 0.25], [0.25, 0.5]]
    >>> label_smoothing(np.array([[0, 1]]), 0.5).tolist()
    [[0.25, 0.75]]

    References
    ----------
    Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2016, arXiv:1512.00567, section 7.
    """
    rate = BELOW_ONE.check("label_smoothing", "rate", rate)
    if np.ndim(Y) != 2:
        raise ShapeError(f"label_smoothing: Y must have shape (n_y, m). Got {np.shape(Y)}.")
    K = max(len(Y), 2) if classes is None else COUNT.check("label_smoothing", "classes", classes)
    return np.asarray(Y) * (1 - rate) + rate / K if rate else Y
