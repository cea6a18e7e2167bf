r"""Forward and backward propagation through L layers, and the cost: the page of the course, line by line.

Reference: clear before fast. Every engine is tested against this file.

Conventions
-----------
X = A[0] is (n_x, m), Y and Y_hat = A[L] are (n_y, m); columns are examples. Embeddings stand before the first layer:
with them A[0] is what they make of X. ``dZ[l]`` and ``dA[l]`` are, as in
the notes, derivatives of each example's own (weighted) loss; the 1/m of the cost J enters with ``dW[l]`` and
``db[l]``, which are derivatives of J. With a `sample_weight` w, m is Σ w everywhere, so that a weight of 2 is
the row twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from layerwise.checks import NON_NEGATIVE
from layerwise.equations.activations import activation
from layerwise.equations.embeddings import embed_backward, embed_forward
from layerwise.equations.losses import CANONICAL, loss
from layerwise.equations.passes import Gradients, Propagation, check_run
from layerwise.equations.shapes import check_fit, check_inputs, check_masks, check_targets, check_weights
from layerwise.network import Array, Network, Parameters

__all__ = ["backward", "cost", "forward"]


def forward(
    net: Network,
    theta: Parameters,
    X: Array,
    masks: Mapping[int, Array] | None = None,
    *,
    check: bool = True,
) -> Propagation:
    r"""Propagate X through the layers.

    .. math::
        A^{[0]} = X, \qquad Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}, \qquad A^{[l]} = g^{[l]}(Z^{[l]})

    With embeddings A[0] is that of `layerwise.equations.embeddings.embed_forward`.

    Parameters
    ----------
    net : Network
    theta : Parameters
        The computation is done in their floating type.
    X : (n_x, m) array
        Columns are examples.
    masks : mapping of int to (n[l], m) array, optional
        Inverted-dropout masks by hidden layer: A[l] = g(Z[l]) * masks[l].
        `layerwise.equations.regularizers.dropout_masks` draws them.
    check : bool
        False skips the checks of shapes, for loops that have made them once.

    Returns
    -------
    Propagation
        ``run.Z[l]``, ``run.A[l]``, ``run.Y_hat``.

    Raises
    ------
    ShapeError
        If X does not have n_x rows, or the parameters are those of another network.

    Examples
    --------
    >>> from layerwise import Network, Parameters
    >>> net = Network((2, 1), ("sigmoid",))
    >>> run = forward(net, Parameters(W=[[[1.0, -1.0]]], b=[[[0.0]]]), np.array([[3.0], [3.0]]))
    >>> run.Z[1], run.Y_hat
    (array([[0.]]), array([[0.5]]))

    References
    ----------
    Course notes 2.13 (L = 1), 3.4 and 3.9 (L = 2), week 4 "forward propagation for layer l".
    """
    if check:
        check_fit("forward", net, theta)
        X = check_inputs("forward", net, X, theta.dtype)
        masks = check_masks("forward", net, masks or {}, X.shape[1])
        with np.errstate(under="ignore"):
            return forward(net, theta, X, masks, check=False)
    W, b, g, masks = theta.W, theta.b, _functions(net), masks or {}
    A: list[Array] = [embed_forward(X, theta.E, net.embeddings) if net.embeddings else X]
    Z: list[Any] = [None]
    for l in range(1, net.L + 1):
        Z.append(W[l] @ A[l - 1] + b[l])
        A.append(g[l].value(Z[l]))
        if l in masks:
            A[l] = A[l] * masks[l]
    return Propagation(Z, A, masks, X if net.embeddings else None)


def cost(
    net: Network,
    theta: Parameters,
    run: Propagation,
    Y: Array,
    l2: float = 0.0,
    sample_weight: Array | None = None,
    *,
    check: bool = True,
) -> float:
    r"""Return the cost: the mean loss over the examples, plus the L2 penalty of the weights.

    .. math::
        J = \frac{1}{m} \sum_{i=1}^m L(\hat{y}^{(i)}, y^{(i)}) + \frac{\lambda}{2m} \sum_l \|W^{[l]}\|_F^2

    Parameters
    ----------
    net, theta, run
        The network, its parameters, and what `forward` returned for them.
    Y : (n_y, m) array
        The labels: 0/1, one-hot columns, or numbers, as the loss asks.
    l2 : float
        λ. The biases and the tables of embeddings are not penalised.
    sample_weight : (m,) array, optional
        Weights w of the examples; the mean is then Σ w L / Σ w, and m is Σ w.
    check : bool
        False skips the checks of shapes and labels.

    Returns
    -------
    float
        In nats for the cross-entropies; in squared units, with the factor ½, for the squared error.

    Raises
    ------
    ShapeError, DataError
        If Y has another shape than A[L], or values that the loss does not allow.

    Examples
    --------
    >>> from layerwise import Network, Parameters
    >>> net = Network((1, 1), ("sigmoid",))
    >>> theta = Parameters(W=[[[0.0]]], b=[[[0.0]]])
    >>> cost(net, theta, forward(net, theta, np.array([[1.0, 2.0]])), np.array([[0, 1]]))  # log 2
    0.6931471805599453

    References
    ----------
    Course notes 2.3, 2.10 and 3.9.
    """
    L = loss(net.loss_choice)
    if check:
        check_fit("cost", net, theta)
        check_run("cost", net, run, layers=1)
        l2 = NON_NEGATIVE.check("cost", "l2", l2)
        Y = check_targets("cost", net, Y, run.Y_hat.shape[1], theta.dtype, L.labels)
        sample_weight = check_weights("cost", sample_weight, Y.shape[1], theta.dtype)
        with np.errstate(under="ignore", over="ignore"):  # a cost too large for its type is infinite
            return cost(net, theta, run, Y, l2, sample_weight, check=False)
    m = Y.shape[1] if sample_weight is None else sample_weight.sum()
    J = _weighted(sample_weight, L.value(run.Z[-1], run.A[-1], Y)).sum() / m
    if l2:
        J = J + l2 / (2 * m) * (theta.weights @ theta.weights)
    return float(J)


def backward(
    net: Network,
    theta: Parameters,
    run: Propagation,
    Y: Array,
    l2: float = 0.0,
    sample_weight: Array | None = None,
    *,
    check: bool = True,
    full: bool = True,
    out: Gradients | None = None,
) -> Gradients:
    r"""Propagate the derivatives back through the layers.

    .. math::
        dZ^{[L]} &= A^{[L]} - Y \quad\text{(cross-entropies; ½ squared error with a linear output)} \\
        dA^{[l]} &= W^{[l+1]T} dZ^{[l+1]}, \qquad dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]}) \\
        dW^{[l]} &= \tfrac{1}{m} dZ^{[l]} A^{[l-1]T} + \tfrac{\lambda}{m} W^{[l]}, \qquad
        db^{[l]} = \tfrac{1}{m} \textstyle\sum_i dZ^{[l](i)}

    and the tables of embeddings from dA[0], by `layerwise.equations.embeddings.embed_backward`.

    Parameters
    ----------
    net, theta, run, Y, l2, sample_weight, check
        As for `cost`.
    full : bool
        False leaves out dA[L] and dA[0], which the derivatives of W and b do not need.
    out : Gradients, optional
        Where to write, for loops that need the last step's derivatives no more.

    Returns
    -------
    Gradients
        ``grad.dW[l]``, ``grad.db[l]``, ``grad.dZ[l]``, ``grad.dA[l]``, and ``grad.dE[j]`` of embeddings.

    Raises
    ------
    ShapeError, DataError
        As for `cost`.

    Examples
    --------
    >>> from layerwise import Network, Parameters
    >>> net = Network((1, 1), ("sigmoid",))
    >>> theta = Parameters(W=[[[0.0]]], b=[[[0.0]]])
    >>> X, Y = np.array([[1.0, 2.0]]), np.array([[0, 1]])
    >>> grad = backward(net, theta, forward(net, theta, X), Y)
    >>> grad.dZ[1], grad.dW[1], grad.db[1]
    (array([[ 0.5, -0.5]]), array([[-0.25]]), array([[0.]]))

    References
    ----------
    Course notes 2.14 (L = 1), 3.9 (L = 2), week 4 "backward propagation for layer l".
    """
    losses = loss(net.loss_choice)
    if check:
        check_fit("backward", net, theta)
        check_run("backward", net, run, layers=net.L + 1)
        l2 = NON_NEGATIVE.check("backward", "l2", l2)
        Y = check_targets("backward", net, Y, run.Y_hat.shape[1], theta.dtype, losses.labels)
        sample_weight = check_weights("backward", sample_weight, Y.shape[1], theta.dtype)
        with np.errstate(all="ignore"):  # dA[L] of a wrong ŷ = 0 is infinite, and so is what follows from it
            return backward(net, theta, run, Y, l2, sample_weight, check=False, full=full, out=out)
    L, W, g, A, Z, w = net.L, theta.W, _functions(net), run.A, run.Z, sample_weight
    m = np.asarray(Y.shape[1] if w is None else w.sum(), theta.dtype)  # 0-d: half the time of dividing by an int
    canonical = (net.g[L].name, net.loss_choice.name) in CANONICAL
    grad = Gradients.from_vector(theta.layout, np.empty_like(theta.vector)) if out is None else out
    dW, db, dZ, dA = grad.dW, grad.db, grad.dZ, grad.dA

    if full or not canonical:
        dA[L] = _weighted(w, losses.derivative(A[L], Y))
    for l in range(L, 0, -1):
        if l == L and canonical:
            dZ[L] = _weighted(w, A[L] - Y)
        elif l in run.masks:  # A[l] = g(Z[l]) * D[l], so that g(Z[l]) has to be computed again
            dZ[l] = g[l].backward(dA[l] * run.masks[l], Z[l], g[l].value(Z[l]))
        else:
            dZ[l] = g[l].backward(dA[l], Z[l], A[l])
        np.divide(dZ[l] @ A[l - 1].T, m, out=dW[l])  # dW[l] = 1/m dZ[l] A[l-1]ᵀ
        np.divide(dZ[l].sum(axis=1, keepdims=True), m, out=db[l])  # db[l] = 1/m Σᵢ dZ[l](i)
        if l2:
            dW[l] += l2 / m * W[l]
        if l > 1 or full or any(net.layout.tables):
            dA[l - 1] = W[l].T @ dZ[l]
    if any(net.layout.tables):
        embed_backward(dA[0], run.X, net.embeddings, m, out=grad.dE)
    return grad


def _functions(net: Network) -> list[Any]:
    # g[l] with its derivative, by layer number
    return [None, *map(activation, net.g[1:])]


def _weighted(w: Array | None, values: Array) -> Array:
    # A weight of 0 is no example, even where its value is infinite.
    return values if w is None else np.multiply(w, values, where=w != 0, out=np.zeros_like(values))
