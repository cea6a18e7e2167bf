"""`trace`: the computation graph of a whole network, with every value and derivative."""

from __future__ import annotations

import functools
import operator
from typing import Any

from layerwise.checks import NON_NEGATIVE
from layerwise.equations.embeddings import code
from layerwise.equations.losses import loss
from layerwise.equations.shapes import check_fit, check_inputs, check_targets, check_weights
from layerwise.graph.activations import ACTIVATION_GRAPHS
from layerwise.graph.functions import stack
from layerwise.graph.graph import Graph
from layerwise.graph.losses import per_example
from layerwise.graph.variable import Variable
from layerwise.network import Array, Network, Parameters

__all__ = ["trace"]


def trace(
    net: Network,
    theta: Parameters,
    X: Array,
    Y: Array,
    l2: float = 0.0,
    sample_weight: Array | None = None,
) -> Graph:
    r"""Compute the cost of a network as a graph, and the derivative of the cost by every node.

    .. math::
        J = \frac{1}{m} \sum_{i=1}^m L(\hat{y}^{(i)}, y^{(i)}) + \frac{\lambda}{2m} \sum_l \|W^{[l]}\|_F^2

    The nodes are named as in the notes: X (also A[0]), W[l], b[l], Z[l], A[l] (A[L] also Y_hat), Y and J.
    Beside them stand ``loss``, the loss of each example, and where there are any, ``L2``, the penalty, and
    ``w``, the weights. Embeddings are E[j], beside the codes of their positions, c[j], and then A[0] is computed
    from X. Steps in between are v1, v2, ...

    Parameters
    ----------
    net : Network
    theta : Parameters
        The computation is done in their floating type.
    X : (n_x, m) array
        Columns are examples.
    Y : (n_y, m) array
        The labels.
    l2 : float
        λ. The biases and the tables of embeddings are not penalised.
    sample_weight : (m,) array, optional
        Weights w of the examples; the mean is then Σ w L / Σ w, and m is Σ w.

    Returns
    -------
    Graph
        ``graph["Z[1]"].value`` and ``.grad``, by any of the names; iteration is in the order of computation.

    Raises
    ------
    ShapeError, DataError
        If X, Y, the weights or the parameters do not fit the network.
    ParameterError
        If l2 is negative.

    Notes
    -----
    ``graph[name].grad`` is the derivative of J, the mean over the examples, so that dW[l] and db[l] are the
    ``grad`` of W[l] and b[l]. The notes' dZ[l] and dA[l] belong to each example's own loss: they are m times
    the ``grad`` of Z[l] and A[l].

    A cross-entropy is computed from A[L], as on the page, while that is exact. Where an output is so near to
    0 or 1 that its logarithm has lost its digits, it is computed from Z[L]; A[L] is then shown beside the
    graph, without a derivative.

    Examples
    --------
    >>> import numpy as np
    >>> from layerwise.network import Network, Parameters
    >>> net = Network((2, 1), ("sigmoid",))
    >>> theta = Parameters(W=[[[0.0, 0.0]]], b=[[[0.0]]])
    >>> graph = trace(net, theta, X=np.array([[3.0], [-1.0]]), Y=np.array([[1]]))
    >>> graph["A[1]"].value, graph["Z[1]"].grad, graph["W[1]"].grad  # a, dz = a - y, dw = x dz
    (array([[0.5]]), array([[-0.5]]), array([[-1.5,  0.5]]))

    References
    ----------
    Course notes 2.7 to 2.10.
    """
    check_fit("trace", net, theta)
    X = check_inputs("trace", net, X, theta.dtype)
    Y = check_targets("trace", net, Y, X.shape[1], theta.dtype, loss(net.loss_choice).labels)
    w = check_weights("trace", sample_weight, X.shape[1], theta.dtype)
    l2 = NON_NEGATIVE.check("trace", "l2", l2)

    W = [None, *(Variable(theta.W[l], f"W[{l}]") for l in range(1, net.L + 1))]
    inputs = Variable(X, "X")
    z, a = _forward(net, W, theta, _embedded(net, theta, inputs) if net.embeddings else inputs)
    losses = per_example(net, z, a, Variable(Y, "Y")).named("loss")
    J = _cost(losses, W, l2, None if w is None else Variable(w, "w")).named("J")
    J.backward()
    first = {} if net.embeddings else {"A[0]": "X"}
    return Graph(J, aliases={**first, "Y_hat": f"A[{net.L}]"}, beside=(inputs, a))


def _embedded(net: Network, theta: Parameters, X: Variable) -> Variable:
    # E c(u) as it stands on the page, where `embed_forward` looks the columns up
    plain = net.n_x - len(net.embeddings)
    parts = [X[:plain]] if plain else []
    for j, entry in enumerate(net.embeddings):
        c = Variable(code(X.value[plain + j], entry), f"c[{j}]")
        parts.append(c if entry.shape is None else Variable(theta.E[j], f"E[{j}]") @ c)
    return functools.reduce(stack, parts).named("A[0]")


def _forward(net: Network, W: list[Any], theta: Parameters, A: Variable) -> tuple[Variable, Variable]:
    Z = A
    for l in range(1, net.L + 1):
        b = Variable(theta.b[l], f"b[{l}]")
        Z = (W[l] @ A + b).named(f"Z[{l}]")
        A = ACTIVATION_GRAPHS[net.g[l].name](Z, **dict(net.g[l].settings)).named(f"A[{l}]")
    return Z, A


def _cost(losses: Variable, W: list[Any], l2: float, w: Variable | None) -> Variable:
    J = losses.mean() if w is None else (w * losses).sum() / w.sum()
    if l2 == 0:
        return J
    m = losses.size if w is None else float(w.value.sum())
    squares = functools.reduce(operator.add, [(weights**2).sum() for weights in W[1:]])
    penalty: Variable = (l2 / (2 * m) * squares).named("L2")
    return J + penalty
