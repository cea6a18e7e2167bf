"""From class labels to the outputs of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from layerwise.errors import DataError
from layerwise.estimators.classes import Classes
from layerwise.network import Array

__all__ = ["Labels"]


class Labels(Classes):
    """The classes of a classifier, as they are learnt from its targets."""

    @classmethod
    def of(cls, y: Any, classes: Any = None) -> Labels:
        """Learn the classes of y, or take those that are given."""
        if classes is None and type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in "biuU":  # the short way
            found = np.unique(y)
            return cls(found, "binary" if len(found) <= 2 else "multiclass")
        try:
            kind = type_of_target(y)
            if kind.startswith("multilabel"):
                return cls(np.arange(np.shape(y)[1]), "multilabel")
            check_classification_targets(y)
            found = unique_labels(y if classes is None else classes)
        except TypeError as error:  # labels that cannot be compared
            raise DataError(f"The labels must be all numbers or all strings: {error}.") from error
        if len(found) == 0:
            raise DataError("There must be at least one class. Got none.")
        return cls(found, "binary" if len(found) <= 2 else "multiclass")

    def encode(self, y: Any, dtype: Any) -> Array:
        """Return the targets, (m, n_y): 0/1, one-hot rows, or an indicator for every label."""
        if self.kind == "multilabel":
            if np.ndim(y) != 2 or np.shape(y)[1] != self.n_y:
                raise DataError(f"y must have a column for each of the {self.n_y} labels. Got {np.shape(y)}.")
            return np.asarray(y, dtype)
        if np.ndim(y) != 1:
            raise DataError(f"y must be one label for each row, as before. Got the shape {np.shape(y)}.")
        place = np.searchsorted(self.classes, y).clip(max=len(self.classes) - 1)
        if not np.array_equal(self.classes[place], y):
            raise DataError(
                "`y` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes}. 'y' has {unique_labels(y)}."
            )
        if self.kind == "binary":
            return np.asarray(place == 1, dtype)[:, None]
        targets = np.zeros((len(place), self.n_y), dtype)
        targets[np.arange(len(place)), place] = 1
        return targets
