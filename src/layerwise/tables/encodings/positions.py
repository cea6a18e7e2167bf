"""Where a number stands among the knots of its column: 0 at the first, K - 1 at the last, linear between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from layerwise.tables._cells import Array

LEAST = 3
"""With fewer knots a position says no more than the number itself."""

_APART, _LARGE = 1e-300, 4e307  # nearer knots give an infinite slope, larger ones an infinite difference


def knots_of(values: Array, count: int) -> tuple[float, ...]:
    """Return the distinct ones of `count` values at equal steps from the least to the greatest, in order of size.

    They are quantiles that are values of the column, so that one of few values has few. None if they are too few.
    """
    if count < LEAST:
        return ()
    steps = np.linspace(0.0, len(values) - 1.0, count).round().astype(np.int64)
    knots = np.unique(_bounded(np.sort(values)[steps]))
    knots = knots[np.diff(knots, prepend=-np.inf) > _APART]
    return tuple(knots.tolist()) if len(knots) >= LEAST else ()


def positions(values: Array, knots: Sequence[float]) -> Array:
    """Return the position of each value among rising knots, the nearest end beyond them; NaN stays NaN."""
    found: Array = np.interp(_bounded(values), knots, np.arange(float(len(knots))))
    return found


def _bounded(values: Array) -> Array:
    return np.asarray(np.clip(values, -_LARGE, _LARGE))
