"""Embeddings of single inputs, forward and backward: the layer before the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from layerwise.network import Array, Embedding

__all__ = ["code", "embed_backward", "embed_forward"]


def code(u: Array, embedding: Embedding) -> Array:
    r"""Return the codes of positions, column by column.

    .. math::
        c_k(u) = 1\{u = k\}, \qquad \text{or ordered} \qquad c_k(u) = \min(\max(u - k, 0), 1)

    Parameters
    ----------
    u : (m,) array
    embedding : Embedding

    Returns
    -------
    (K, m) array, or (K - 1, m) where ordered

    Examples
    --------
    >>> code(np.array([1.0, -1.0]), Embedding(positions=3, dimension=None))
    array([[0., 0.],
           [1., 0.],
           [0., 0.]])
    >>> code(np.array([1.25, 9.0]), Embedding(positions=4, dimension=None, ordered=True))
    array([[1.  , 1.  ],
           [0.25, 1.  ],
           [0.  , 1.  ]])

    References
    ----------
    Gorishniy, Rubachev and Babenko 2022, arXiv:2203.05556, section 3.1 (ordered).
    """
    k = np.arange(embedding.code_length)[:, None]
    return np.clip(u - k, 0, 1).astype(u.dtype) if embedding.ordered else (u == k).astype(u.dtype)


def embed_forward(X: Array, E: Sequence[Any], embeddings: Sequence[Embedding]) -> Array:
    r"""Return A[0]: the plain numbers of X, and below them the output of each embedding.

    .. math::
        A^{[0]} = \begin{pmatrix} X_{plain} \\ E_0\, c(u_0) \\ E_1\, c(u_1) \\ \vdots \end{pmatrix}

    E c(u) is column u of E. For ordered positions it is what lies between two of the sums T_k = Σ E[:, k'] over
    k' < k, with k = ⌊u⌋ and t = u − k: (1 − t) T_k + t T_{k+1}. Without a table the output is c(u).

    Parameters
    ----------
    X : (n_x, m) array
        The positions of embedding j = 0, 1, ... are row n_x − J + j, where J is how many there are.
    E : sequence of (d, K) array, of (d, K - 1) array, or of None
    embeddings : sequence of Embedding

    Returns
    -------
    (n[0], m) array

    Examples
    --------
    >>> E = [np.array([[1.0, 10.0, 100.0]])]  # d = 1
    >>> embed_forward(np.array([[2.0, 0.0]]), E, [Embedding(3, 1)])
    array([[100.,   1.]])
    >>> embed_forward(np.array([[2.0, 0.5]]), E, [Embedding(4, 1, ordered=True)])  # 1 + 10, half of 1
    array([[11. ,  0.5]])
    """
    m, plain = X.shape[1], len(X) - len(embeddings)
    A = np.empty((m, plain + sum(entry.width for entry in embeddings)), X.dtype).T  # an example in one piece
    A[:plain] = X[:plain]
    for j, (entry, rows) in enumerate(_rows(embeddings, plain)):
        u = X[plain + j]
        if entry.dimension is None:
            A[rows] = code(u, entry)
        elif entry.ordered:
            k, t = _between(u, entry)
            T = np.pad(np.cumsum(E[j], axis=1), ((0, 0), (1, 0)))
            A[rows] = (1 - t) * T[:, k] + t * T[:, k + 1]
        else:
            A[rows] = np.where(u < 0, 0, E[j][:, u.astype(np.intp)])
    return A


def embed_backward(
    dA: Array, X: Array, embeddings: Sequence[Embedding], m: Any, out: Sequence[Any] | None = None
) -> Sequence[Any]:
    r"""Return dE of each embedding from dA[0].

    .. math::
        dE_j = \frac{1}{m} \sum_i dA_j^{[0](i)} c(u_j^{(i)})^T

    For ordered positions dE[:, k'] is the sum over k > k' of dT_k, which has (1 − t) dA of the examples with ⌊u⌋ = k
    and t dA of those with ⌊u⌋ + 1 = k.

    Parameters
    ----------
    dA : (n[0], m) array
        Derivatives of each example's own loss.
    X : (n_x, m) array
    embeddings : sequence of Embedding
    m : number
        What the sum is divided by: how many examples there are, or the sum of their weights.
    out : sequence of array or None, optional
        Where to write.

    Returns
    -------
    list of (d, K) array, of (d, K - 1) array, or of None

    Examples
    --------
    >>> embed_backward(np.array([[6.0, 8.0]]), np.array([[2.0, 0.0]]), [Embedding(3, 1)], m=2)
    [array([[4., 0., 3.]])]
    >>> embed_backward(np.array([[6.0, 8.0]]), np.array([[2.0, 0.5]]), [Embedding(4, 1, ordered=True)], m=2)
    [array([[5., 3., 0.]])]
    """
    plain = len(X) - len(embeddings)
    dE = [None if e.shape is None else np.empty(e.shape, dA.dtype) for e in embeddings] if out is None else out
    for j, (entry, rows) in enumerate(_rows(embeddings, plain)):
        if entry.dimension is None:
            continue
        u, d = X[plain + j], dA[rows].T
        total = np.zeros((entry.positions, entry.dimension), dA.dtype)  # position by position
        if entry.ordered:
            k, t = _between(u, entry)
            np.add.at(total, k, (1 - t)[:, None] * d)
            np.add.at(total, k + 1, t[:, None] * d)
            total = np.cumsum(total[:0:-1], axis=0)[::-1]
        else:
            np.add.at(total, u[u >= 0].astype(np.intp), d[u >= 0])
        np.divide(total.T, m, out=dE[j])
    return dE


def _rows(embeddings: Sequence[Embedding], first: int) -> Iterator[tuple[Embedding, slice]]:
    # each with its rows of A[0]
    for entry in embeddings:
        yield entry, slice(first, first + entry.width)
        first += entry.width


def _between(u: Array, embedding: Embedding) -> tuple[Array, Array]:
    # the knot k below u, the last but one at most, and how far u is on the way to the next
    inside = np.clip(u, 0, embedding.positions - 1)
    k = np.minimum(inside.astype(np.intp), embedding.positions - 2)
    return k, inside - k.astype(u.dtype)
