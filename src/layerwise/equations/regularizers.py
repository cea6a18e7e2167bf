"""Inverted dropout, gradient clipping, signs that stay. The L2 penalty is in `cost`, its derivative in `backward`."""

from __future__ import annotations

from typing import Any

import numpy as np

from layerwise.equations.passes import Gradients
from layerwise.equations.streams import Purpose, words
from layerwise.network import Array, Network, Parameters

__all__ = ["clip_by_global_norm", "dropout_mask", "dropout_masks", "project"]


def dropout_mask(n: int, m: int, rate: float, seed: int, l: int, step: int, dtype: Any = np.float64) -> Array:
    r"""Return an inverted-dropout mask: each entry 0 with probability `rate`, else 1/(1 − rate).

    .. math::
        D_{ji} = \frac{1\{w_{ji} \ge r\,2^{32}\}}{1 - r}, \qquad A = g(Z) * D

    so that the mean of A is the same with and without dropout, and prediction needs no factor.

    Parameters
    ----------
    n, m : int
        Units and examples: the mask is (n, m).
    rate : float
        r in [0, 1]; 1 drops everything.
    seed, l, step : int
        The stream: the entry of unit j, example i uses word i n + j of layer `l` in step `step`.

    Examples
    --------
    >>> dropout_mask(2, 3, rate=0.5, seed=1, l=1, step=0)
    array([[2., 2., 2.],
           [2., 0., 2.]])

    References
    ----------
    Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15.
    """
    kept = np.uint64(round(rate * 2**32)) <= words(n * m, seed, Purpose.DROPOUT, l, step).reshape(m, n).T
    return kept.astype(dtype) * (1 / (1 - rate) if rate < 1 else 0.0)


def dropout_masks(
    net: Network, rates: tuple[float, ...], m: int, seed: int, step: int, dtype: Any = np.float64
) -> dict[int, Array]:
    """Return the masks of all hidden layers with a rate above 0; ``rates[l-1]`` belongs to layer l."""
    return {
        l: dropout_mask(net.n[l], m, rate, seed, l, step, dtype) for l, rate in enumerate(rates, start=1) if rate > 0
    }


def clip_by_global_norm(grad: Gradients, limit: float) -> Gradients:
    r"""Scale all derivatives together so that their joint norm is at most `limit`.

    .. math::
        g \leftarrow g \cdot \min\left(1, \frac{c}{\|g\|_2}\right), \qquad
        \|g\|_2^2 = \sum_l \|dW^{[l]}\|_F^2 + \|db^{[l]}\|_2^2 + \sum_j \|dE_j\|_F^2

    The squares are taken in float64 of g divided by its largest entry, so that none overflows.

    Examples
    --------
    >>> clip_by_global_norm(Gradients(dW=[[[3.0]]], db=[[[4.0]]]), 1.0).vector
    array([0.6, 0.8])

    References
    ----------
    Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063.
    """
    largest = float(np.abs(grad.vector).max())
    norm = largest and largest * float(np.sqrt(np.square(grad.vector / largest, dtype=np.float64).sum()))
    if norm <= limit:
        return grad
    return Gradients.from_vector(grad.layout, grad.vector * (limit / norm))


def project(theta: Parameters, signs: Array) -> Parameters:
    r"""Return the nearest parameters with the signs that are asked for: entries with the other one become 0.

    .. math::
        \theta_k \leftarrow \begin{cases} 0 & s_k \theta_k < 0 \\ \theta_k & \text{else} \end{cases}

    With increasing activations, W[l] ≥ 0 for l ≥ 2 and column j of W[1] ≥ 0, no output ever falls in x_j.

    Parameters
    ----------
    theta : Parameters
    signs : (n,) array
        s in the layout of ``theta.vector``: 1 for entries that stay at least 0, −1 for at most 0, 0 for free ones.

    Examples
    --------
    >>> project(Parameters(W=[[[-1.0, -2.0]]], b=[[[3.0]]]), np.array([1, 0, -1])).vector
    array([ 0., -2.,  0.])

    References
    ----------
    Archer and Wang 1993, doi:10.1111/j.1540-5915.1993.tb00462.x (monotone networks).
    """
    return Parameters.from_vector(theta.layout, np.where(signs * theta.vector < 0, 0, theta.vector))
