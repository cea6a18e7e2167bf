"""The classes of a model as Python's own values, which every writer can write."""

from __future__ import annotations

import numpy as np

from layerwise.export.program import Labels
from layerwise.network import Array

__all__ = ["label_texts", "labels_of"]


def labels_of(classes: Array) -> Labels:
    """Return labels as whole numbers, other numbers or texts; booleans are the texts "false" and "true".

    >>> labels_of(np.array([False, True])), labels_of(np.array([3, 5])), labels_of(np.array([0.5, 2]))
    (('false', 'true'), (3, 5), (0.5, 2.0))
    """
    values = np.asarray(classes).tolist()
    if all(isinstance(value, bool) for value in values):
        return tuple("true" if value else "false" for value in values)
    if all(isinstance(value, int) and -(2**63) <= value < 2**63 for value in values):
        return tuple(values)
    if all(isinstance(value, int | float) for value in values):
        return tuple(map(float, values))
    return tuple(map(str, values))


def label_texts(labels: Labels) -> tuple[str, ...]:
    """Return labels as texts, numbers without a trailing '.0'.

    >>> label_texts((3, 5)), label_texts((0.5, 2.0))
    (('3', '5'), ('0.5', '2'))
    """
    return tuple(repr(label).removesuffix(".0") if isinstance(label, float) else str(label) for label in labels)
