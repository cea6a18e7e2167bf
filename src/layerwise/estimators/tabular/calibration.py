"""Temperature scaling: one number that makes the probabilities of a network right on average."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from layerwise.network import Array, Parameters

__all__ = ["cooled", "temperature_of"]

_LOWEST, _HIGHEST = 0.25, 4.0
_GOLDEN = (5**0.5 - 1) / 2


def cooled(theta: Parameters, temperature: float) -> Parameters:
    """Return parameters whose Z[L] are those of `theta`, divided by the temperature."""
    after = theta.copy()
    after.W[-1][...] /= temperature
    after.b[-1][...] /= temperature
    return after


def temperature_of(logits: Sequence[Array], labels: Sequence[Array], weights: Sequence[Array]) -> float:
    r"""Return the temperature with the lowest log loss on held-out rows.

    .. math::
        T = \arg\min_T -\sum_i w_i \log p_{y_i}(z_i / T)

    by golden section of log T on [¼, 4], where the loss has one minimum: as a function of 1/T it is convex.

    Parameters
    ----------
    logits, labels, weights : sequence of (n_y, m), (n_y, m) and (m,) arrays
        One of each for every network: Z[L] of the rows that it held out.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger 2017, arXiv:1706.04599.
    """
    Z, Y = np.hstack(logits).astype(np.float64), np.hstack(labels)
    w = np.concatenate(weights)
    if len(Z) == 1:  # two classes: the sigmoid is a softmax over z and 0
        Z, Y = np.vstack([np.zeros_like(Z), Z]), np.vstack([1 - Y, Y])

    def loss(log_t: float) -> float:
        scaled = Z / np.exp(log_t)
        top = scaled.max(axis=0)
        return float(w @ (top + np.log(np.exp(scaled - top).sum(axis=0)) - (Y * scaled).sum(axis=0)))

    low, high = np.log(_LOWEST), np.log(_HIGHEST)
    while high - low > 1e-3:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, right) if loss(left) <= loss(right) else (left, high)
    return float(np.exp((low + high) / 2))
