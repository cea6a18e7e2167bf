"""The data of the searches, in the types that everybody computes in, and the folds they share."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from layerwise.network import Array

FOLDS = 5
Rows = tuple[Array, Array]


def digits() -> Rows:
    """Return scikit-learn's digits, float32 in [0, 1]."""
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def binary(rows: int = 4000, columns: int = 10, seed: int = 0) -> Rows:
    """Return made numbers, and classes 0 and 1 that follow from products of them, with noise."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, columns))
    Z = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.5 * X[:, 3] ** 2 - 0.5 * X[:, 4]
    return X.astype(np.float32), (Z + rng.logistic(scale=0.3, size=rows) > np.median(Z)).astype(int)


def breast_cancer() -> Rows:
    """Return scikit-learn's breast cancer, standardised, float64."""
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def resamples(m: int, count: int, seed: int = 0) -> list[Array]:
    """Return the rows of so many bootstraps of m rows."""
    rng = np.random.default_rng(seed)
    return [rng.integers(0, m, m) for _ in range(count)]


def folds() -> StratifiedKFold:
    """Return the splitter that gives everybody the same folds."""
    return StratifiedKFold(FOLDS, shuffle=True, random_state=0)
