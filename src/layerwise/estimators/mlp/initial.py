"""Where a fit starts: Glorot's uniform weights and biases, as scikit-learn draws them, or an initializer by name."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from layerwise.equations.initializers import initialize
from layerwise.equations.streams import Purpose, uniforms
from layerwise.network import Network, Parameters

__all__ = ["initial_parameters"]

KEPT = 100_000
"""Parameters of the networks whose initial ones are kept for the next fit."""


def initial_parameters(net: Network, seed: int, method: str | None, dtype: np.dtype) -> Parameters:
    r"""Return initial parameters.

    Without a `method` every W[l] and b[l] is

    .. math:: U(-r, r), \qquad r = \sqrt{6 / (n^{[l-1]} + n^{[l]})}

    with 2 in the place of 6 where the hidden layers are logistic (Glorot and Bengio 2010). W[l] are the numbers of the
    initializer "glorot_uniform" (but for that 2); b[l] come from the second stream of layer l.
    """
    if net.n_parameters <= KEPT:
        return _drawn_before(net, seed, method, np.dtype(dtype).str).copy()
    return _drawn(net, seed, method, dtype)


@lru_cache(maxsize=16)
def _drawn_before(net: Network, seed: int, method: str | None, dtype: str) -> Parameters:
    # the candidates of a search begin with the same
    return _drawn(net, seed, method, np.dtype(dtype))


def _drawn(net: Network, seed: int, method: str | None, dtype: np.dtype) -> Parameters:
    if method is not None:
        return initialize(net, seed, method).astype(dtype)
    factor = 2.0 if net.L > 1 and net.g[1].name == "sigmoid" else 6.0
    theta = Parameters.from_vector(net.sizes, np.empty(net.n_parameters, dtype))
    arrays = [(array, l, second) for l in range(1, net.L + 1) for second, array in enumerate((theta.W[l], theta.b[l]))]
    drawn = uniforms([(array.size, l, second) for array, l, second in arrays], seed, Purpose.INITIALIZE)
    for (array, l, _), numbers in zip(arrays, drawn, strict=True):
        r = math.sqrt(factor / (net.n[l] + net.n[l - 1]))
        array[...] = (r * (2 * numbers - 1)).reshape(array.shape)
    return theta
