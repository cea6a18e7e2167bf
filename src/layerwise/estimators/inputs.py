"""From what people pass as X to the columns of an engine: dense or sparse, and where the first bad number is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.validation import validate_data

from layerwise.engines.sparse import SparseInputs
from layerwise.errors import DataError
from layerwise.network import Array

__all__ = ["columns_of", "dense_blocks", "validated"]

BLOCK_BYTES = 8 << 20
"""Of a sparse X that are dense at a time."""


def validated(estimator: Any, X: Any, y: Any = "no_validation", *, reset: bool, dtype: Any = None, **rules: Any) -> Any:
    """Return X, or (X, y), as scikit-learn's `validate_data` does, with the place of a number that is not finite.

    Raises
    ------
    DataError, ValueError
        In scikit-learn's words.
    """
    if _is_plain(estimator, X, y, reset, dtype):  # nothing to convert or to complain of: half a millisecond less
        estimator.n_features_in_ = X.shape[1]
        return X, y
    dtypes = [np.float64, np.float32] if dtype is None else np.dtype(dtype)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # a number too large for `dtype` is infinite, and refused
            return validate_data(estimator, X, y, reset=reset, accept_sparse="csr", dtype=dtypes, order="C", **rules)
    except ValueError as error:
        what = str(error)[6:7]
        source, kept = (X, dtype) if what == "X" else (y, None)
        place = _first_not_finite(source, kept) if str(error).startswith(f"Input {what} contains") else None
        if place is None:
            raise
        column = f", column {place[1]}" if np.ndim(source) == 2 or what == "X" else ""
        raise DataError(f"{error}\nThe first is in row {place[0]}{column}.") from None


def _is_plain(estimator: Any, X: Any, y: Any, reset: bool, dtype: Any) -> bool:
    if not (
        type(X) is np.ndarray
        and type(y) is np.ndarray
        and X.ndim == 2
        and y.ndim == 1
        and 0 < X.shape[0] == len(y)
        and X.shape[1] > 0
        and X.dtype in (np.float64, np.float32)
        and (dtype is None or X.dtype == dtype)
        and X.flags.c_contiguous
        and X.flags.aligned
        and y.dtype.kind in "biuf"
        and "feature_names_in_" not in estimator.__dict__
        and (reset or estimator.__dict__.get("n_features_in_") == X.shape[1])
    ):
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.einsum("ij->", X))) and bool(np.isfinite(y).all())


def _first_not_finite(X: Any, dtype: Any) -> tuple[int, Any] | None:
    if sparse.issparse(X):
        numbers = X.tocoo()
        wrong = np.flatnonzero(~np.isfinite(numbers.data))
        first = wrong[np.lexsort((numbers.col[wrong], numbers.row[wrong]))[:1]]
        return (int(numbers.row[first[0]]), int(numbers.col[first[0]])) if len(first) else None
    names = getattr(X, "columns", None)
    try:
        with np.errstate(over="ignore"):
            wrong = ~np.isfinite(np.asarray(X, np.float64).astype(dtype or np.float64))
    except (TypeError, ValueError):
        return None
    if wrong.ndim not in (1, 2) or not wrong.any():
        return None
    wrong = wrong.reshape(len(wrong), -1)
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return int(row), int(column) if names is None else f"{column} ({str(names[column])!r})"


def columns_of(X: Any) -> Array | SparseInputs:
    """Return a checked X of rows as columns, without a copy."""
    if not sparse.issparse(X):
        return X.T
    X = X.tocsr()
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    return SparseInputs(X.shape[1], X.data, X.indices.astype(np.int32, copy=False), X.indptr.astype(np.int64))


def dense_blocks(X: Any) -> Iterator[Array]:
    """Yield a checked X as tables of rows; a sparse one a block of rows at a time."""
    if not sparse.issparse(X):
        yield X
        return
    rows = max(1, BLOCK_BYTES // max(1, X.shape[1] * X.dtype.itemsize))
    for first in range(0, X.shape[0], rows):
        yield X[first : first + rows].toarray()
