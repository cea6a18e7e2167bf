"""`fit_many`: estimators fitted side by side, each to rows of its own of one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import _num_samples

from layerwise.checks import COUNT
from layerwise.errors import DataError, ParameterError
from layerwise.estimators.fits import Fits
from layerwise.estimators.shared import SharedTable
from layerwise.searching.tasks import is_ours

__all__ = ["fit_many"]


def fit_many(
    estimators: Sequence[Any],
    X: Any,
    y: Any,
    *,
    rows: Sequence[Any] | None = None,
    sample_weight: Any = None,
    threads: int | None = None,
) -> list[Any]:
    """Fit many estimators to one table, each on one thread, with the bits that each fit would have alone.

    Parameters
    ----------
    estimators : sequence of estimators of this library
        Fitted in place; no one twice. The tabular ones take copies of their rows.
    X, y
        The table, which is held once.
    rows : sequence of (m,) array of int or bool, optional
        What each learns from: positions, of which some may come twice as in a bootstrap, or a mask. None takes all.
    sample_weight : (n,) array, optional
        Of the rows of the table.
    threads : int, optional
        None takes as many as there are processors.

    Returns
    -------
    list
        The estimators, fitted.

    Raises
    ------
    ParameterError, DataError
        If an estimator is none of these, or a position is none of the table.
    Exception
        What the first fit that failed raised; the others are ended.
    KeyboardInterrupt
        By Ctrl-C; fits that were over are kept in their estimators.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import scale
    >>> from layerwise import LogisticRegression, fit_many
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X, draws = scale(X), np.random.default_rng(0)
    >>> models = fit_many([LogisticRegression() for _ in range(100)], X, y,
    ...                   rows=[draws.integers(len(y), size=len(y)) for _ in range(100)])
    >>> np.std([model.coef_ for model in models], axis=0).shape
    (1, 30)
    """
    estimators = list(estimators)
    for estimator in estimators:
        if not is_ours(estimator) or hasattr(estimator, "steps"):
            raise ParameterError(
                "The 'estimators' parameter of fit_many must list MLPClassifier, MLPRegressor or LogisticRegression, "
                f"without warm_start. Got {estimator!r}."
            )
    if len({id(estimator) for estimator in estimators}) < len(estimators):
        raise ParameterError("The 'estimators' parameter of fit_many must not list one twice: use clone(estimator).")
    if threads is not None:
        COUNT.check("fit_many", "threads", threads)
    table, n = SharedTable(X, y), _num_samples(y)
    parts = _parts(rows, len(estimators), n)
    w = None if sample_weight is None else np.asarray(sample_weight)
    if w is not None and w.shape != (n,):
        raise DataError(f"fit_many: sample_weight must have a weight for each of the {n} rows. Got {w.shape}.")
    with Fits[Any](threads) as fits:
        for k, (estimator, part) in enumerate(zip(estimators, parts, strict=True)):
            of_rows = None if w is None else w[part]
            fits.add(k, estimator._fitting(None, None, of_rows, rows=table.rows(part)))
        for over in fits:
            if over.error is not None:
                raise over.error
            over.result.warn(stacklevel=3)
    return estimators


def _parts(rows: Sequence[Any] | None, count: int, n: int) -> list[Any]:
    if rows is None:
        return [np.arange(n)] * count
    parts: list[Any] = []
    for part in map(np.asarray, rows):
        part = np.flatnonzero(part) if part.dtype == bool and part.shape == (n,) else part
        if part.ndim != 1 or part.dtype.kind not in "iu" or not len(part):
            raise DataError(
                "fit_many: rows must hold positions, or a mask of all rows, for each estimator. "
                f"Got an array of {part.dtype} with shape {part.shape} in place {len(parts)}."
            )
        if part.min() < 0 or part.max() >= n:
            raise DataError(
                f"fit_many: rows must be positions from 0 to {n - 1}. "
                f"Got {part.min() if part.min() < 0 else part.max()} in place {len(parts)}."
            )
        parts.append(part)
    if len(parts) != count:
        raise ParameterError(f"fit_many: rows must have an entry for each of the {count} estimators. Got {len(parts)}.")
    return parts
