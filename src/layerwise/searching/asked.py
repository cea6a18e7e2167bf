"""What a search is given: the table, the splits, the score; and what its trials depend on, for its journal."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from layerwise.checks import Integers, known_name
from layerwise.errors import DataError, ParameterError
from layerwise.estimators.tabular.folds import fold_of_rows
from layerwise.estimators.tabular.inputs import is_named, table_of
from layerwise.network import Array
from layerwise.searching.space import Between
from layerwise.searching.trials import to_json

__all__ = ["checked_table", "described", "log_loss", "scorer_of", "splits_of"]

ONE_SPLIT_FROM, FIVE_FOLDS_TO = 10_000, 2_000
"""Rows above which one fifth of them is held out, and up to which there are five folds; three between."""


def checked_table(X: Any, y: Any) -> tuple[Any, Any]:
    """Return X and y of one length, y with a type; a name of a column of X gives that column.

    Raises
    ------
    DataError
    """
    if isinstance(y, str):
        if not hasattr(X, "columns") or y not in list(X.columns):
            raise DataError(f"search: y must be the targets, or the name of a column of X. Got {y!r}.")
        names = [name for name in X.columns if name != y]
        X, y = X[names], X[y]
    try:
        X, y = indexable(X, y)
    except (TypeError, ValueError) as error:
        raise DataError(f"search: {error}") from None
    if y is None or len(y) < 4:
        raise DataError(f"search needs targets, and at least 4 rows of them. Got {0 if y is None else len(y)}.")
    return X, y if hasattr(y, "dtype") else np.asarray(y)


def splits_of(cv: Any, y: Any, groups: Any, seed: int, *, classifies: bool) -> list[tuple[Array, Array]]:
    """Return which rows are learnt from and which are held out, by their positions.

    None and a number of folds deal the rows out at random, the classes with their shares, and the only row of a class
    to no fold: it is always learnt from.

    Raises
    ------
    ParameterError
    """
    n = len(y)
    if cv is None or (isinstance(cv, int) and not isinstance(cv, bool)):
        if groups is not None:
            raise ParameterError("search: groups need a cv that heeds them, such as GroupKFold().")
        folds = 5 if cv is None else Integers(2, n // 2).check("search", "cv", cv)
        if cv is None and FIVE_FOLDS_TO < n <= ONE_SPLIT_FROM:
            folds = 3
        y = np.asarray(y)
        strata = np.unique(y, return_inverse=True)[1] if classifies and y.ndim == 1 and not _has_gaps(y) else None
        fold = fold_of_rows(strata, n, seed, min(folds, n // 2))
        held = [np.flatnonzero(fold == k) for k in range(1 if cv is None and n > ONE_SPLIT_FROM else folds)]
        splits = [(np.setdiff1d(np.arange(n), test), test) for test in held if len(test)]
    else:
        try:
            splits = list(check_cv(cv, y, classifier=classifies).split(np.zeros(n), y, groups))
        except (TypeError, ValueError) as error:
            raise ParameterError(f"search: cv: {error}") from None
    if not splits:
        raise ParameterError("search: cv gives no split.")
    return splits


def _has_gaps(y: Array) -> bool:
    # which the estimators tell of
    return any(cell is None or cell != cell for cell in y.tolist()) if y.dtype.kind in "fO" else False


def scorer_of(scoring: Any, estimator: Any, y: Any, *, classifies: bool) -> tuple[str, Callable[..., float]]:
    """Return a name and a function from (estimator, X, y) to a number of which more is better.

    Raises
    ------
    ParameterError
    """
    if scoring is None and classifies and np.ndim(y) == 1:
        return "neg_log_loss", _neg_log_loss
    if scoring is None:
        scoring = "neg_log_loss" if classifies else "neg_root_mean_squared_error"
    if isinstance(scoring, str):
        known_name("scoring", scoring, get_scorer_names())
        return scoring, check_scoring(estimator, scoring)
    if not callable(scoring):
        raise ParameterError(
            "The 'scoring' parameter of search must be the name of a scorer of scikit-learn, or a function of "
            f"(estimator, X, y). Got {scoring!r}."
        )
    return getattr(scoring, "__name__", None) or _without_addresses(scoring), check_scoring(estimator, scoring)


def _neg_log_loss(estimator: Any, X: Any, y: Any) -> float:
    # scikit-learn's wants every class among the rows that are held out
    place = {label: k for k, label in enumerate(estimator.classes_.tolist())}
    labels = np.asarray(y).tolist()
    if unknown := {label for label in labels if label not in place}:
        raise DataError(f"the class {min(unknown, key=str)!r} is held out whole: none of its rows was learnt from")
    return -log_loss(estimator.predict_proba(X), np.array([place[label] for label in labels]))


def log_loss(P: Array, k: Array) -> float:
    """Return −1/m Σ log P[i, k[i]], of probabilities (m, K) and the classes' numbers (m,)."""
    own = P[np.arange(len(k)), k]
    return float(-np.mean(np.log(np.clip(own, np.finfo(np.float64).tiny, None))))


def described(
    estimator: Any, X: Any, y: Any, w: Any, space: Mapping[str, Any], splits: Sequence[tuple[Array, Array]]
) -> dict[str, Any]:
    """Return, as JSON values, what trials depend on: the estimator's parameters, the space, the rows.

    Raises
    ------
    DataError
        If the space holds what no journal can keep.
    """
    settings = {
        name: _without_addresses(value)
        for name, value in estimator.get_params(deep=True).items()
        if name.split("__")[-1] not in ("callbacks", "n_jobs", "n_threads", "verbose") and not _holds_steps(value)
    }
    return {
        "estimator": type(estimator).__name__,
        "parameters": settings,
        "space": {name: _values_described(name, values) for name, values in space.items()},
        "data": _digest(X, y, w, splits),
    }


def _holds_steps(value: Any) -> bool:
    # of a pipeline, whose parameters stand by themselves
    return hasattr(value, "get_params") or (isinstance(value, list) and any(isinstance(each, tuple) for each in value))


def _values_described(name: str, values: Any) -> Any:
    if isinstance(values, Between):
        return {"low": values.low, "high": values.high, "log": values.log}
    if isinstance(values, Sequence | np.ndarray):
        return [to_json(name, value) for value in values]
    called = getattr(getattr(values, "dist", None), "name", type(values).__name__)
    arguments = repr((getattr(values, "args", ()), getattr(values, "kwds", {})))
    return {"distribution": called, "arguments": arguments}


def _without_addresses(value: Any) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def _digest(X: Any, y: Any, w: Any, splits: Sequence[tuple[Array, Array]]) -> str:
    digest = hashlib.sha256()
    parts = [part for split in splits for part in split]
    if hasattr(X, "tocsr"):
        sparse = X.tocsr()
        parts += [sparse.data, sparse.indices, sparse.indptr]
    elif is_named(X):
        for name, cells in table_of(X).items():
            parts += [np.array([name]), cells]
    else:
        parts.append(X)
    for part in [*parts, y, [] if w is None else w]:
        cells = np.asarray(part)
        digest.update(f"{cells.dtype.kind}{cells.shape}".encode())
        digest.update(repr(cells.tolist()).encode() if cells.dtype.kind == "O" else cells.tobytes())
    return digest.hexdigest()
