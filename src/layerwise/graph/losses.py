"""The losses of a network, built from operations of the graph: one number for each example.

The cross-entropies and the Poisson loss are written in the output A[L] as in notes 2.9, so that dL/da can be
seen. Where rounding has spoilt log(a) or log(1 − a), `from_logits` writes the same loss in Z[L]: nothing is
clipped, and a wrong, confident prediction costs its true nats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from layerwise.graph.functions import absolute, exp, log, relu, softplus, where
from layerwise.graph.variable import Variable
from layerwise.network import Network

__all__ = ["per_example"]


def per_example(net: Network, z: Variable, a: Variable, y: Variable) -> Variable:
    """Return the loss of each example, (1, m), summed over its outputs; z, a, y are (n_y, m)."""
    name = net.loss_choice.name
    if name in FROM_LOGITS and _is_spoilt(name, a):
        losses = FROM_LOGITS[name](z, a, y)
    else:
        losses = FROM_OUTPUT[name](a, y, **dict(net.loss_choice.settings))
    return losses if losses.shape[0] == 1 else losses.sum(axis=0, keepdims=True)


def _is_spoilt(name: str, a: Variable) -> bool:
    """Say whether the logarithms of the loss would be wrong in more than the last third of their digits."""
    limits = np.finfo(a.dtype)
    if name == "binary_cross_entropy":
        # 1 - a has the absolute error eps, hence at 1 - a = eps^(1/3) the relative error eps^(2/3), or 4e-11.
        near = float(limits.eps) ** (1 / 3)
        return bool(((a.value < near) | (a.value > 1 - near)).any())
    # Numbers this small lose digits, and their reciprocal overflows; infinity has no finite logarithm.
    return bool(((a.value < 1000 * limits.tiny) | np.isinf(a.value)).any())


def _binary_cross_entropy(a: Variable, y: Variable) -> Variable:
    return -(y * log(a) + (1 - y) * log(1 - a))


def _categorical_cross_entropy(a: Variable, y: Variable) -> Variable:
    return -(y * log(a))


def _squared_error(a: Variable, y: Variable) -> Variable:
    return (a - y) ** 2 / 2


def _absolute_error(a: Variable, y: Variable) -> Variable:
    return absolute(a - y)


def _huber(a: Variable, y: Variable, delta: float) -> Variable:
    r = absolute(a - y)
    near = r.value <= delta
    return where(near, where(near, r, 0) ** 2 / 2, delta * (r - delta / 2))


def _poisson(a: Variable, y: Variable) -> Variable:
    return a - y * log(a)


def _quantile(a: Variable, y: Variable, q: float) -> Variable:
    # max(q r, (q − 1) r), split at 0 so that the derivative there is 0
    r = y - a
    return q * relu(r) + (1 - q) * relu(-r)


def _binary_from_logits(z: Variable, a: Variable, y: Variable) -> Variable:
    return softplus(z) - y * z


def _categorical_from_logits(z: Variable, a: Variable, y: Variable) -> Variable:
    highest = z.value.max(axis=0, keepdims=True)
    log_sum_exp: Variable = highest + log(exp(z - highest).sum(axis=0, keepdims=True))
    return log_sum_exp - (y * z).sum(axis=0, keepdims=True)


def _poisson_from_logits(z: Variable, a: Variable, y: Variable) -> Variable:
    return a - y * z


FROM_OUTPUT: Mapping[str, Callable[..., Variable]] = {
    "binary_cross_entropy": _binary_cross_entropy,
    "categorical_cross_entropy": _categorical_cross_entropy,
    "squared_error": _squared_error,
    "absolute_error": _absolute_error,
    "huber": _huber,
    "poisson": _poisson,
    "quantile": _quantile,
}
"""Every loss by name, from A[L] and Y."""

FROM_LOGITS: Mapping[str, Callable[[Variable, Variable, Variable], Variable]] = {
    "binary_cross_entropy": _binary_from_logits,
    "categorical_cross_entropy": _categorical_from_logits,
    "poisson": _poisson_from_logits,
}
"""The same losses from Z[L], for the output activation that each contains."""
