"""Where a number stands among the knots of its column: 0 at the first, K - 1 at the last, linear between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from layerwise.tables._cells import Array

LEAST = 3
"""With fewer knots a position says no more than the number itself."""

_APART, _LARGE = 1e-300, 4e307  # nearer knots give an infinite slope, larger ones an infinite difference


def knots_of(values: Array, count: int) -> tuple[float, ...]:
    """Return at most `count` distinct values, from the least to the greatest, with about as many rows between them.

    All values, where there are no more; else those at equal steps of the rows, of which a frequent value counts as
    one step at most: so the few rows of a column that is mostly 0 still have most of its knots. None if they are too
    few.
    """
    if count < LEAST:
        return ()
    distinct, rows = np.unique(_bounded(values), return_counts=True)
    if len(distinct) > count:
        share = np.cumsum(np.minimum(rows, len(values) / count))
        steps = np.linspace(share[0], share[-1], count)
        distinct = np.unique(distinct[np.searchsorted(share, steps).clip(max=len(distinct) - 1)])
    knots = distinct[np.diff(distinct, prepend=-np.inf) > _APART]
    return tuple(knots.tolist()) if len(knots) >= LEAST else ()


def positions(values: Array, knots: Sequence[float]) -> Array:
    """Return the position of each value among rising knots, the nearest end beyond them; NaN stays NaN."""
    found: Array = np.interp(_bounded(values), knots, np.arange(float(len(knots))))
    return found


def _bounded(values: Array) -> Array:
    return np.asarray(np.clip(values, -_LARGE, _LARGE))
