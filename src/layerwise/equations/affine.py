"""The affine layer Z = W A + b, forward and backward (notes, week 4, "building blocks").

The blocks by themselves, with the shapes they check. `propagation` has the same lines in its loops; a test holds
the two equal.
"""

from __future__ import annotations

import numpy as np

from layerwise.equations.shapes import check_affine
from layerwise.network import Array

__all__ = ["affine_backward", "affine_forward"]


def affine_forward(A_prev: Array, W: Array, b: Array) -> Array:
    """Return Z[l] = W[l] A[l-1] + b[l]; b is broadcast over the m columns (notes 3.4, 2.15).

    Parameters
    ----------
    A_prev : (n[l-1], m) array
        The activations of the layer before; A[0] = X.
    W : (n[l], n[l-1]) array
    b : (n[l], 1) array

    Returns
    -------
    (n[l], m) array

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Examples
    --------
    >>> affine_forward(np.array([[1.0], [2.0]]), np.array([[3.0, 4.0]]), np.array([[0.5]]))
    array([[11.5]])
    """
    A_prev, W, b = np.asarray(A_prev), np.asarray(W), np.asarray(b)
    check_affine("affine_forward", A_prev, W, b)
    return np.asarray(W @ A_prev + b)


def affine_backward(dZ: Array, A_prev: Array, W: Array) -> tuple[Array, Array, Array]:
    """Return (dA[l-1], dW[l], db[l]) from dZ[l].

    ::

        dW[l]   = 1/m dZ[l] A[l-1]ᵀ
        db[l]   = 1/m Σᵢ dZ[l](i)
        dA[l-1] = W[l]ᵀ dZ[l]

    Parameters
    ----------
    dZ : (n[l], m) array
        Derivatives of each example's own loss, as in the notes: the 1/m of the cost is in dW and db.
    A_prev : (n[l-1], m) array
    W : (n[l], n[l-1]) array

    Returns
    -------
    dA_prev : (n[l-1], m) array
    dW : (n[l], n[l-1]) array
    db : (n[l], 1) array

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Examples
    --------
    >>> dA_prev, dW, db = affine_backward(np.array([[1.0, 3.0]]), np.array([[2.0, 4.0]]), np.array([[0.5]]))
    >>> dA_prev, dW, db
    (array([[0.5, 1.5]]), array([[7.]]), array([[2.]]))
    """
    dZ, A_prev, W = np.asarray(dZ), np.asarray(A_prev), np.asarray(W)
    check_affine("affine_backward", A_prev, W, dZ=dZ)
    m = dZ.shape[1]
    dW = dZ @ A_prev.T / m
    db = dZ.sum(axis=1, keepdims=True) / m
    dA_prev = W.T @ dZ
    return dA_prev, dW, db
