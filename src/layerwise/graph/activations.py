"""The activations of a network, each built from operations of the graph, so that their derivatives follow.

At a kink the derivative is the one from the left, as in `layerwise.equations.activations`: relu'(0) = 0. The
branch of a `where` that is not taken gets 0 instead of z, so that it cannot overflow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from layerwise.graph.functions import erf, exp, expm1, relu, sigmoid, softplus, tanh, where
from layerwise.graph.variable import Variable

__all__ = ["ACTIVATION_GRAPHS"]


def _leaky_relu(z: Variable, slope: float) -> Variable:
    return where(z.value > 0, z, slope * z)


def _elu(z: Variable, alpha: float) -> Variable:
    positive = z.value > 0
    return where(positive, z, alpha * expm1(where(positive, 0, z)))


def _selu(z: Variable) -> Variable:
    # λ and α: Klambauer et al. 2017, arXiv:1706.02515
    return 1.0507009873554804934193349852946 * _elu(z, 1.6732632423543772848170429916717)


def _gelu(z: Variable) -> Variable:
    return z * (0.5 * (1 + erf(z / math.sqrt(2))))


def _silu(z: Variable) -> Variable:
    return z * sigmoid(z)


def _mish(z: Variable) -> Variable:
    return z * tanh(softplus(z))


def _softmax(z: Variable) -> Variable:
    # Subtracting a number from a whole column changes nothing, so the largest may be a constant.
    e = exp(z - z.value.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


ACTIVATION_GRAPHS: Mapping[str, Callable[..., Variable]] = {
    "identity": lambda z: +z,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "gelu": _gelu,
    "silu": _silu,
    "mish": _mish,
    "softplus": softplus,
    "exp": exp,
    "softmax": _softmax,
}
"""Every activation by name; called with the node Z[l] and the settings of the layer's choice."""
