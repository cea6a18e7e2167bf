"""What scikit-learn's base classes do slowly, with the same results: a search does it a thousand times."""

from __future__ import annotations

import functools
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from layerwise.estimators.weights import row_weights

__all__ = ["QuickParameters", "QuickScore"]

PLAIN = {type(None), bool, int, float, str}
"""Types of which a deep copy is the same object."""


class QuickParameters(BaseEstimator):
    """The parameters of the constructor: their names looked up once, plain ones cloned and set without detours."""

    @classmethod
    @functools.cache
    def _get_param_names(cls) -> list[str]:
        names: list[str] = super()._get_param_names()
        return names

    def __sklearn_clone__(self) -> Any:
        # `made` has what it was given and nothing else: so has a slow clone, unless there is more to carry over
        given = {name: getattr(self, name) for name in self._get_param_names()}
        if given.keys() == self.__dict__.keys() and _are_plain(given.values()):
            made = type(self)(**given)
            if made.__dict__ == given:
                return made
        return super().__sklearn_clone__()

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the constructor, and return the estimator.

        Raises
        ------
        ValueError
            If there is none of that name.
        """
        if not params.keys() <= set(self._get_param_names()):
            super().set_params(**params)
            return self
        for name, value in params.items():
            setattr(self, name, value)
        return self


def _are_plain(values: Any) -> bool:
    return all(type(value) in PLAIN or (type(value) is tuple and _are_plain(value)) for value in values)


class QuickScore(ClassifierMixin):
    """The accuracy of a classifier."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of the rows whose label is predicted; of a multi-label target, with all labels right.

        Parameters
        ----------
        X, y
            As for `fit`.
        sample_weight : (m,) array, optional
        """
        if type(y) is not np.ndarray or y.ndim != 1 or y.dtype.kind not in "biuU" or not len(y):
            return float(super().score(X, y, sample_weight))
        predicted = self.predict(X)
        if predicted.shape != y.shape or predicted.dtype.kind != y.dtype.kind:
            return float(super().score(X, y, sample_weight))
        right = predicted == y
        if sample_weight is None:
            return float(np.count_nonzero(right) / len(y))
        return float(np.average(right, weights=row_weights(sample_weight, len(y), np.float64)))
