"""Weights of rows, checked in scikit-learn's words."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from layerwise.errors import DataError
from layerwise.network import Array

__all__ = ["sample_weights"]


def sample_weights(sample_weight: Any, class_weight: Any, y: Any, dtype: Any) -> Array | None:
    """Return the weight of every row, (m,), or None where all are 1.

    Raises
    ------
    DataError
        If a weight is negative or not finite, or all are zero.
    """
    m = len(y)
    by_class = None if class_weight is None else compute_sample_weight(class_weight, y).astype(dtype)
    if sample_weight is None:
        return by_class
    w = np.asarray(sample_weight, dtype)
    if w.ndim == 0:
        w = np.full(m, w)
    if w.ndim != 1:
        raise DataError("Sample weights must be 1D array or scalar")
    if w.shape != (m,):
        raise DataError(f"sample_weight.shape == {w.shape}, expected {(m,)}!")
    wrong = ~np.isfinite(w) | (w < 0)
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(f"sample_weight must be finite and at least 0. Got {w[row]} in row {row}.")
    if not w.any():
        raise DataError("sample_weight must not be zero everywhere: a weight of zero is no example.")
    return w if by_class is None else w * by_class
