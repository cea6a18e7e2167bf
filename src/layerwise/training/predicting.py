"""From inputs to outputs."""

from __future__ import annotations

import numpy as np

from layerwise.checks import COUNT
from layerwise.engines import native_engine
from layerwise.equations.propagation import forward
from layerwise.equations.shapes import check_fit, check_inputs
from layerwise.network import Array, Network, Parameters

__all__ = ["predict"]


def predict(net: Network, theta: Parameters, X: Array, *, threads: int | None = None) -> Array:
    """Return Y_hat = A[L]: probabilities for sigmoid and softmax outputs, numbers for the others.

    Parameters
    ----------
    net : Network
    theta : Parameters
    X : (n_x, m) array
        Columns are examples. The transposed view of a C-ordered (m, n_x) table is not copied.
    threads : int, optional
        None chooses by the size of the work. The bits are the same for any number.

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
    if (  # the short way, for one example after the other: the core looks at the number of rows and the values itself
        native_engine
        and threads is None
        and type(X) is np.ndarray
        and type(theta) is Parameters
        and type(net) is Network
        and theta.layout == net.layout
        and X.dtype is theta.vector.dtype
        and X.ndim == 2
        and X.size
    ):
        Y_hat = native_engine.predict(net, theta, X)
        if Y_hat is not None:
            return Y_hat
    check_fit("predict", net, theta)
    X = check_inputs("predict", net, X, theta.dtype, finite=True)
    if threads is not None:
        threads = COUNT.check("predict", "threads", threads)
    if native_engine:
        return native_engine.predict(net, theta, X, threads)  # type: ignore[return-value]  # X is right
    with np.errstate(under="ignore"):
        return forward(net, theta, X, check=False).Y_hat
