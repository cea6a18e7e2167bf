"""Activation functions g, each beside its derivative g' (notes 3.6 and 3.8).

Conventions
-----------
``derivative(z, a)`` is g'(z) given z and a = g(z), since σ' = a (1 − a) and tanh' = 1 − a² need a alone.
At a kink the derivative is the one from the left: relu'(0) = 0, leaky_relu'(0) = slope. It is the same in
every engine and in the graph. Nothing here overflows or warns for |z| up to 1e4 (float32) and 1e300 (float64), but
for `exp`, whose value is then infinite.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from layerwise.equations.stable import normal_cdf, sigmoid, softmax, softplus
from layerwise.network import Array
from layerwise.vocabulary import Choice

__all__ = ["ACTIVATION_TABLE", "Activation", "activation"]


@dataclass(frozen=True)
class Activation:
    """An activation function beside its derivative.

    Attributes
    ----------
    value : callable
        a = g(z), elementwise; softmax works on whole columns.
    derivative : callable
        g'(z) from (z, a). For softmax, whose outputs each depend on every z of the column, the diagonal
        ∂a_k/∂z_k of the Jacobian.
    smooth : bool
        False where g or g' has a kink at z = 0, near which finite differences say nothing.
    product : callable, optional
        (dA, a) to dZ where one output depends on every z of its column; None for elementwise functions.
    """

    value: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    smooth: bool = True
    product: Callable[[Array, Array], Array] | None = None

    def backward(self, dA: Array, z: Array, a: Array) -> Array:
        """Return dZ = dA * g'(Z), elementwise (notes, week 4, "backward propagation for layer l")."""
        if self.product is not None:
            return self.product(dA, a)
        return dA * self.derivative(z, a)


def _identity() -> Activation:
    return Activation(lambda z: z, lambda z, a: np.ones_like(z))


def _sigmoid() -> Activation:
    return Activation(sigmoid, lambda z, a: a * (1 - a))


def _tanh() -> Activation:
    return Activation(np.tanh, lambda z, a: 1 - a * a)


def _relu() -> Activation:
    return Activation(lambda z: np.maximum(z, 0), lambda z, a: (z > 0).astype(z.dtype), smooth=False)


def _leaky_relu(slope: float) -> Activation:
    return Activation(
        lambda z: np.where(z > 0, z, slope * z),
        lambda z, a: np.where(z > 0, 1, z.dtype.type(slope)),
        smooth=False,
    )


def _elu(alpha: float, scale: float = 1.0) -> Activation:
    # scale z for z > 0, scale α (e^z − 1) below; there g' = scale α e^z = a + scale α
    return Activation(
        lambda z: scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
        lambda z, a: np.where(z > 0, z.dtype.type(scale), scale * alpha * np.exp(np.minimum(z, 0))),
        smooth=False,
    )


def _selu() -> Activation:
    # The fixed point of mean 0 and variance 1, from Klambauer et al. 2017, arXiv:1706.02515, equation 14.
    return _elu(alpha=1.6732632423543772, scale=1.0507009873554805)


def _gelu() -> Activation:
    # Exact, z Φ(z), not the tanh approximation: Hendrycks and Gimpel 2016, arXiv:1606.08415.
    def density(z: Array) -> Array:
        z = np.minimum(np.abs(z), 40)  # φ(40) is zero even in float64; the square of a larger z overflows
        return np.exp(-0.5 * z * z) * (1 / math.sqrt(2 * math.pi))

    return Activation(lambda z: z * normal_cdf(z), lambda z, a: normal_cdf(z) + z * density(z))


def _silu() -> Activation:
    # z σ(z): Elfwing et al. 2018, arXiv:1702.03118
    def derivative(z: Array, a: Array) -> Array:
        s = sigmoid(z)
        return s + a * (1 - s)

    return Activation(lambda z: z * sigmoid(z), derivative)


def _mish() -> Activation:
    # z tanh(softplus(z)): Misra 2019, arXiv:1908.08681
    def derivative(z: Array, a: Array) -> Array:
        t = np.tanh(softplus(z))
        return t + z * (1 - t * t) * sigmoid(z)

    return Activation(lambda z: z * np.tanh(softplus(z)), derivative)


def _softplus() -> Activation:
    return Activation(softplus, lambda z, a: sigmoid(z))


def _exp() -> Activation:
    return Activation(np.errstate(over="ignore")(np.exp), lambda z, a: a)  # infinite where it overflows


def _softmax() -> Activation:
    # ∂a_j/∂z_k = a_j (1{j=k} − a_k)
    return Activation(
        softmax,
        lambda z, a: a * (1 - a),
        product=lambda dA, a: a * (dA - (a * dA).sum(axis=0, keepdims=True)),
    )


ACTIVATION_TABLE: Mapping[str, Callable[..., Activation]] = {
    "identity": _identity,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "gelu": _gelu,
    "silu": _silu,
    "mish": _mish,
    "softplus": _softplus,
    "exp": _exp,
    "softmax": _softmax,
}
"""Every activation by name; a builder takes the settings that `layerwise.vocabulary.ACTIVATIONS` lists."""


@functools.cache
def activation(choice: Choice) -> Activation:
    """Return the activation that a network's ``g[l]`` names.

    Examples
    --------
    >>> from layerwise import Network
    >>> g = activation(Network((1, 1), ("sigmoid",)).g[1])
    >>> a = g.value(np.array([0.0]))
    >>> a, g.derivative(np.array([0.0]), a)
    (array([0.5]), array([0.25]))
    """
    return ACTIVATION_TABLE[choice.name](**dict(choice.settings))
