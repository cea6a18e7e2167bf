"""One table that many fits learn from: checked once, and told by positions which rows are whose."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from layerwise.engines import Examples
from layerwise.errors import DataError
from layerwise.estimators.inputs import columns_of
from layerwise.estimators.labels import Labels
from layerwise.estimators.weights import counted_rows
from layerwise.network import Array

__all__ = ["Learnt", "RowsOf", "SharedTable"]

FEATURES = ("n_features_in_", "feature_names_in_")


@dataclass(eq=False)
class SharedTable:
    """X and y of many fits, in the forms that these ask for, each made once."""

    X: Any
    y: Any
    checked: dict[Hashable, tuple[Any, Any, dict[str, Any]]] = field(default_factory=dict)
    encoded: dict[Hashable, Array | None] = field(default_factory=dict)

    @property
    def every_y(self) -> Any:
        """The whole y, as a fit has checked it."""
        return next(iter(self.checked.values()))[1]

    @cached_property
    def labels(self) -> tuple[Labels, Array] | None:
        """The classes of the whole y and the place of each row's among them; None where y is not plain labels."""
        y = self.every_y
        if not (type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in "biuU"):
            return None
        labels = Labels.of(y)
        return labels, np.searchsorted(labels.classes, y)

    def rows(self, chosen: Any) -> RowsOf:
        """Return some of the rows, in their order, by their positions or by a mask."""
        chosen = np.asarray(chosen)
        return RowsOf(self, np.flatnonzero(chosen) if chosen.dtype == bool else chosen)


@dataclass(frozen=True, eq=False)
class RowsOf:
    """What one fit learns from."""

    of: SharedTable
    chosen: Array

    def checked(self, estimator: Any, key: Hashable, check: Callable[[Any, Any], tuple[Any, Any]]) -> tuple[Any, Any]:
        """Return the whole X, checked, and y of these rows; give the estimator the names of the columns.

        Parameters
        ----------
        estimator
        key : hashable
            Of what `check` depends on.
        check : callable
            From (X, y) to checked ones; it sets the features of `estimator`.
        """
        if key not in self.of.checked:
            X, y = check(self.of.X, self.of.y)
            self.of.checked[key] = X, y, {name: getattr(estimator, name, None) for name in FEATURES}
        X, y, features = self.of.checked[key]
        for name, value in features.items():
            estimator.__dict__.pop(name, None)
            if value is not None:
                setattr(estimator, name, value)
        return X, y[self.chosen]

    def labels(self, y: Any) -> Labels:
        """Return what `Labels.of` finds in y of these rows, which nobody looks at again where they have all classes."""
        if self.of.labels is not None:
            every, places = self.of.labels
            if np.count_nonzero(np.bincount(places[self.chosen])) == len(every.classes):
                return every
        return Labels.of(y)

    def taken(self) -> tuple[Any, Any]:
        """Return copies of these rows of X and y, as they were given."""
        return _safe_indexing(self.of.X, self.chosen), _safe_indexing(self.of.y, self.chosen)

    def learnt(self, X: Any, y: Any, key: Hashable, encode: Callable[[Any], Array]) -> Learnt:
        """Return these rows of the whole X, checked, with their targets.

        Parameters
        ----------
        X : (n, n_x) array or sparse matrix
        y : (m,) or (m, n_y) array
            Of these rows.
        key : hashable
            Of what `encode` depends on.
        encode : callable
            From any y to its targets; it may refuse labels that are not among these rows.
        """
        if key not in self.of.encoded:
            try:
                self.of.encoded[key] = encode(self.of.every_y)
            except DataError:
                self.of.encoded[key] = None
        every = self.of.encoded[key]
        if every is None:  # the labels of these rows are not all that there are
            Y = encode(y)
            every = np.zeros((X.shape[0], Y.shape[1]), Y.dtype)
            every[self.chosen] = Y
        return Learnt(X, every, self.chosen)


@dataclass(frozen=True, eq=False)
class Learnt:
    """Rows of X (n, n_x) and Y (n, n_y): all of them, or those at `chosen`, which are not copied."""

    X: Any
    Y: Array
    chosen: Array | None = None

    def inputs(self, places: Array) -> Any:
        """Return a copy of X at some places among these rows."""
        return self.X[places if self.chosen is None else self.chosen[places]]

    def examples(self, w: Array | None, places: Array | None = None) -> Examples:
        """Return them as examples, or those at some places among them, without those of weight zero.

        Parameters
        ----------
        w : (m,) array or None
            Of each of these rows, or places.
        places : (m,) array of int, optional
        """
        if self.chosen is None:
            X, Y = (self.X, self.Y) if places is None else (self.X[places], self.Y[places])
            X, Y, w = counted_rows(X, Y, w)
            return Examples(columns_of(X), Y.T, None if w is None else w.reshape(1, -1))
        chosen = self.chosen if places is None else self.chosen[places]
        chosen, _, w = counted_rows(chosen, chosen, w)
        every = None
        if w is not None:
            every = np.zeros((1, self.X.shape[0]), w.dtype)
            every[0, chosen] = w
        return Examples(columns_of(self.X), self.Y.T, every, chosen.astype(np.uint32))
