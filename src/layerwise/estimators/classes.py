"""From the outputs of a network back to class labels, by NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from layerwise.network import Array

__all__ = ["Classes"]


@dataclass(frozen=True, eq=False)
class Classes:
    """The classes of a classifier.

    Attributes
    ----------
    classes : array
        Sorted; of a multi-label target the numbers of its columns.
    kind : str
        "binary" (also of one class), "multiclass" or "multilabel".
    """

    classes: Array
    kind: str

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """What tells them from other classes in a dictionary."""
        return self.kind, self.classes.dtype, tuple(self.classes.tolist())

    @property
    def n_y(self) -> int:
        """How many outputs the network has."""
        return 1 if self.kind == "binary" else len(self.classes)

    @property
    def output(self) -> str:
        """The activation of the output layer."""
        return "softmax" if self.kind == "multiclass" else "sigmoid"

    def decode(self, Y_hat: Array) -> Array:
        """Return the labels that outputs (m, n_y) stand for; at ½ it is the first of two, as in scikit-learn."""
        if self.kind == "multilabel":
            return (Y_hat > 0.5).astype(int)
        if self.kind == "multiclass":
            return self.classes[Y_hat.argmax(axis=1)]
        return self.classes[(Y_hat[:, 0] > 0.5).astype(int).clip(max=len(self.classes) - 1)]

    def probabilities(self, Y_hat: Array) -> Array:
        """Return a probability for every class, (m, classes); of a multi-label target for every label.

        A single class has two columns, as its network has the output of two.
        """
        if self.kind != "binary":
            return Y_hat
        p = Y_hat[:, 0]
        both = np.empty((len(p), 2), p.dtype)
        both[:, 1] = p
        np.subtract(1, p, out=both[:, 0])
        return both
