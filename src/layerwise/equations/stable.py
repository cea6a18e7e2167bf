"""Functions that every activation and loss is made of, written so that no z overflows.

The exponential is taken of numbers that are not positive only: it lies in [0, 1], so that sigmoid, softplus
and log-sum-exp are finite for every finite z. It may underflow to 0, which NumPy ignores unless told otherwise;
`forward`, `cost` and `backward` silence it for those who have told it otherwise.
"""

from __future__ import annotations

import numpy as np

from layerwise.network import Array

__all__ = ["erf", "log_sum_exp", "normal_cdf", "sigmoid", "softmax", "softplus"]


def sigmoid(z: Array) -> Array:
    """Return σ(z) = 1 / (1 + e^(−z)), elementwise (notes 2.2).

    Examples
    --------
    >>> sigmoid(np.array([-1e300, 0.0, 1e300]))
    array([0. , 0.5, 1. ])
    """
    # z >= 0: 1 / (1 + e^(−z)), z < 0: e^z / (1 + e^z)
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))


def softplus(z: Array) -> Array:
    """Return log(1 + e^z) = max(z, 0) + log(1 + e^(−|z|)), elementwise."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def log_sum_exp(Z: Array) -> Array:
    """Return log Σ_k e^(z_k) of each column, (1, m), from Z (n, m)."""
    highest = Z.max(axis=0, keepdims=True)
    return highest + np.log(np.exp(Z - highest).sum(axis=0, keepdims=True))


def softmax(Z: Array) -> Array:
    """Return e^(z_k) / Σ_j e^(z_j) of each column, (n, m) from (n, m)."""
    e = np.exp(Z - Z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


# (1 + 2x) e^(x²) erfc(x) for x >= 0, as a polynomial in t = (x - 3) / (x + 3). The coefficients come from a
# Chebyshev expansion in 40 digits (tests/equations/test_stable.py holds them against mpmath); the change of
# variable is that of Shepherd and Laframboise, Math. Comp. 36 (1981), doi:10.1090/S0025-5718-1981-0595058-X.
_ERFC = (
    1.2530080582697296,
    -0.13562110612458317,
    -0.04756229435340728,
    0.12964515870294513,
    -0.1192736634172914,
    0.06830802733898471,
    -0.023770514883209568,
    0.0025293918779920824,
    0.0018886900317066845,
    -0.0007798326958278281,
    -0.00010515801091299203,
    0.00012510111217641632,
    4.943274014554109e-06,
    -2.010523282180941e-05,
    -7.172726808875594e-07,
    3.4804717669381223e-06,
    3.349898455662125e-07,
    -6.256698875884449e-07,
    -1.193683457040942e-07,
    1.0817438436678967e-07,
    2.739884273406898e-08,
    -1.582353754537028e-08,
    -3.1105357157579972e-09,
    1.4161639570940838e-09,
)


def _erfc_of_positive(x: Array) -> Array:
    t = (x - 3) / (x + 3)
    p = np.full_like(t, _ERFC[-1])
    for coefficient in _ERFC[-2::-1]:
        p = p * t + coefficient
    x = np.minimum(x, 30)  # erfc(30) is zero even in float64; the square of a larger x would overflow
    return np.exp(-x * x) * p / (1 + 2 * x)


def erf(x: Array) -> Array:
    """Return the error function 2/√π ∫₀ˣ e^(−t²) dt, elementwise; absolute error below 1e-15 in float64."""
    return np.sign(x) * (1 - _erfc_of_positive(np.abs(x)))


def normal_cdf(z: Array) -> Array:
    """Return Φ(z) = ½ erfc(−z/√2), elementwise, with full relative accuracy in the left tail."""
    half = 0.5 * _erfc_of_positive(np.abs(z) * 0.7071067811865476)
    return np.where(z < 0, half, 1 - half)
