"""What goes on inside a fitted network: hidden activations, and derivatives by the inputs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from layerwise.equations.activations import activation
from layerwise.equations.passes import Propagation
from layerwise.equations.propagation import forward
from layerwise.errors import ParameterError
from layerwise.network import Array, Network, Parameters

__all__ = ["hidden_activations", "input_gradient", "output_gradients"]


def hidden_activations(owner: str, net: Network, theta: Parameters, blocks: Iterable[Array], layer: int) -> Array:
    """Return A[l] of a hidden layer, a row for each row of the blocks."""
    hidden = net.L - 1
    if not -hidden <= layer < hidden:
        raise ParameterError(
            f"The 'layer' parameter of {owner}.transform must name one of the {hidden} hidden layers, from 0 or from "
            f"-1 backwards. Got {layer}."
        )
    l = layer + 1 if layer >= 0 else net.L + layer
    return np.concatenate([forward(net, theta, X.T, check=False).A[l].T for X in blocks])


def output_gradients(net: Network, theta: Parameters, blocks: Iterable[Array]) -> Array:
    """Return ∂ŷ_k/∂x_j for every row: (m, n_y, n_x), or (m, n_x) where n_y = 1."""
    found = np.concatenate([_of_block(net, theta, X) for X in blocks])
    return found[:, 0] if net.sizes[-1] == 1 else found


def _of_block(net: Network, theta: Parameters, X: Array) -> Array:
    run = forward(net, theta, X.T, check=False)
    return np.stack([input_gradient(net, theta, run, k).T for k in range(net.sizes[-1])], axis=1)


def input_gradient(net: Network, theta: Parameters, run: Propagation, k: int) -> Array:
    """Return ∂ŷ_k/∂a[0] for every example, (n[0], m): backward propagation of a 1 at output k."""
    dA = np.zeros_like(run.Y_hat)
    dA[k] = 1
    for l in range(net.L, 0, -1):
        dA = theta.W[l].T @ activation(net.g[l]).backward(dA, run.Z[l], run.A[l])
    return dA
