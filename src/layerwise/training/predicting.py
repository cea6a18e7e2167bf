"""From inputs to outputs."""

from __future__ import annotations

import numpy as np

from layerwise.equations.propagation import forward
from layerwise.equations.shapes import check_fit, check_inputs
from layerwise.network import Array, Network, Parameters

__all__ = ["predict"]


def predict(net: Network, theta: Parameters, X: Array) -> Array:
    """Return Y_hat = A[L]: probabilities for sigmoid and softmax outputs, numbers for the others.

    Parameters
    ----------
    net : Network
    theta : Parameters
    X : (n_x, m) array
        Columns are examples.

    Returns
    -------
    (n_y, m) array
        In the floating type of the parameters.

    Raises
    ------
    ShapeError, DataError
        If X does not have n_x rows, or is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from layerwise import Network, Parameters
    >>> net = Network((1, 1), ("sigmoid",))
    >>> predict(net, Parameters(W=[[[1.0]]], b=[[[0.0]]]), np.array([[0.0, 100.0]]))
    array([[0.5, 1. ]])
    """
    check_fit("predict", net, theta)
    X = check_inputs("predict", net, X, theta.dtype, finite=True)
    with np.errstate(under="ignore"):
        return forward(net, theta, X, check=False).Y_hat
