"""Mean, standard deviation and median of a column, for every finite float64.

Each divides by a power of two near the largest magnitude: exact, and the squares of 1e300 stay finite.
"""

from __future__ import annotations

import math

import numpy as np

from layerwise.tables._cells import Array

ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""Relative to the largest magnitude: a spread below it is rounding, as in 0.1 + 0.2 against 0.3."""


def mean_and_std(values: Array) -> tuple[float, float]:
    """Return the mean and the standard deviation (divided by m); of equal values, exactly the first and 0."""
    scale = _scale(values)
    scaled = values / scale
    std = float(scaled.std())
    if std <= ROUNDING:
        return float(values[0]), 0.0
    return float(scaled.mean()) * scale, std * scale


def median(values: Array) -> float:
    """Return the median, the mean of the middle two for an even number of values."""
    scale = _scale(values)
    return float(np.median(values / scale)) * scale


def is_constant(values: Array) -> bool:
    """Return whether all values are equal, up to rounding."""
    scaled = values / _scale(values)
    return bool(scaled.max() - scaled.min() <= ROUNDING)


def _scale(values: Array) -> float:
    return math.ldexp(1.0, math.frexp(float(np.abs(values).max()))[1] - 1)
