"""Vectorization, timed now: Z = w^T X by loops over units of data, and by one matrix product (notes 2.11 to 2.13)."""

from __future__ import annotations

import time

import numpy as np

from layerwise.checks import Integers
from layerwise.equations.streams import Purpose, normal
from layerwise.errors import ParameterError
from layerwise.lab.views.numbers import Json

__all__ = ["vectorization"]

MOST = 2_000_000
"""Products w_j x_j that the loop may have: a fraction of a second."""

_COUNT = Integers(1, MOST)
_REPEATS = 5


def vectorization(n_x: int, m: int) -> Json:
    """Return `Vectorization` of the page's protocol: how long loops and a matrix product take for the same numbers.

    Raises
    ------
    ParameterError
        If the loops would be too long.
    """
    n_x, m = _COUNT.check("the lab", "n_x", n_x), _COUNT.check("the lab", "m", m)
    if n_x * m > MOST:
        raise ParameterError(
            f"The 'm' parameter of the lab must leave at most {MOST:,} products n_x m for the loop. "
            f"Got {n_x:,} x {m:,}: take fewer examples."
        )
    w = normal(n_x, 1, Purpose.EXAMPLES)
    X = normal(n_x * m, 2, Purpose.EXAMPLES).reshape(n_x, m)
    weights, columns = w.tolist(), X.T.tolist()
    began = time.perf_counter()
    z = []
    for i in range(m):
        total = 0.0
        for j in range(n_x):
            total += weights[j] * columns[i][j]
        z.append(total)
    loop_seconds = time.perf_counter() - began
    matrix_seconds = float("inf")
    for _ in range(_REPEATS):  # the first one wakes the threads
        began = time.perf_counter()
        Z = w @ X
        matrix_seconds = min(matrix_seconds, time.perf_counter() - began)
    return {
        "n_x": n_x,
        "m": m,
        "loop_seconds": loop_seconds,
        "matrix_seconds": matrix_seconds,
        "largest_difference": float(np.abs(Z - np.array(z)).max()),
    }
