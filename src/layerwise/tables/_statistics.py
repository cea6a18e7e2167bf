"""Mean, standard deviation, median and robust scale of a column, for every finite float64.

Each divides by a power of two near the largest magnitude: exact, and the squares of 1e300 stay finite.
"""

from __future__ import annotations

import math
import sys

import numpy as np

from layerwise.tables._cells import Array

ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""Relative to the largest magnitude: a spread below it is rounding, as in 0.1 + 0.2 against 0.3."""


def mean_and_std(values: Array) -> tuple[float, float]:
    """Return the mean and the standard deviation (divided by m); of equal values, exactly the first and 0."""
    scaled, scale = _scaled(values)
    std = float(scaled.std())
    if std <= ROUNDING:
        return float(values[0]), 0.0
    return float(scaled.mean()) * scale, std * scale


def median(values: Array) -> float:
    """Return the median, the mean of the middle two for an even number of values."""
    scaled, scale = _scaled(values)
    return float(np.median(scaled)) * scale


def robust_scale(values: Array) -> float:
    """Return the inter-quartile range; if it is 0, half the range; if that is 0 up to rounding, 0."""
    scaled, scale = _scaled(values)
    low, first, third, high = np.quantile(scaled, [0.0, 0.25, 0.75, 1.0])
    for spread in (third - first, (high - low) / 2):
        if spread > ROUNDING:
            return min(float(spread) * scale, sys.float_info.max)
    return 0.0


def is_constant(values: Array) -> bool:
    """Return whether all values are equal, up to rounding."""
    scaled, _ = _scaled(values)
    return bool(scaled.max() - scaled.min() <= ROUNDING)


def _scaled(values: Array) -> tuple[Array, float]:
    scale = math.ldexp(1.0, math.frexp(float(np.abs(values).max()))[1] - 1)
    with np.errstate(under="ignore"):  # a number so much smaller than the largest counts as 0
        return values / scale, scale
