"""Losses L(ŷ, y) of one example, each beside its derivative (notes 2.3 and 2.18).

Conventions
-----------
The loss of one example is the sum over its n_y outputs; the cost is the mean over examples. Natural
logarithms, so cross-entropies are in nats. ``value`` takes Z[L] beside A[L] = ŷ, because cross-entropies are
computed from the logits: a wrong, confident prediction costs its true nats and nothing is clipped.
A value too large for its floating type is infinite; `cost` gives it back without a warning.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from layerwise.equations.stable import log_sum_exp, softplus
from layerwise.network import Array
from layerwise.vocabulary import Choice

__all__ = ["CANONICAL", "LOSS_TABLE", "Loss", "loss"]


@dataclass(frozen=True)
class Loss:
    """A loss beside its derivative.

    Attributes
    ----------
    value : callable
        (Z, A, Y), each (n_y, m), to the loss of every output of every example, (n_y, m); for the
        categorical cross-entropy (1, m).
    derivative : callable
        (A, Y) to dA = ∂L/∂A, (n_y, m); at a kink, 0.
    labels : str
        What Y may hold: "probabilities", "distributions" (columns that sum to 1), "non-negative" or "numbers".
    side : callable, optional
        (A, Y) to an array that changes where a kink is crossed; None for a smooth loss.
    name : str
        What messages call it; those of this file have their names from `LOSS_TABLE`.
    """

    value: Callable[[Array, Array, Array], Array]
    derivative: Callable[[Array, Array], Array]
    labels: str = "numbers"
    side: Callable[[Array, Array], Array] | None = None
    name: str = "own"

    def __str__(self) -> str:
        return self.name


def _ratio(y: Array, a: Array) -> Array:
    """Return y / a, where 0 / 0 is 0: an output that has rounded to its label leaves no loss."""
    return np.divide(y, a, where=y != 0, out=np.zeros_like(a))


def _binary_cross_entropy() -> Loss:
    # −y log ŷ − (1 − y) log(1 − ŷ) with ŷ = σ(z) is log(1 + e^z) − y z
    return Loss(
        lambda Z, A, Y: softplus(Z) - Y * Z,
        lambda A, Y: _ratio(1 - Y, 1 - A) - _ratio(Y, A),  # notes 2.9
        labels="probabilities",
    )


def _categorical_cross_entropy() -> Loss:
    # −Σ_k y_k log ŷ_k with ŷ = softmax(z) is log Σ_k e^(z_k) − Σ_k y_k z_k, where the y_k sum to 1
    return Loss(
        lambda Z, A, Y: log_sum_exp(Z) - (Y * Z).sum(axis=0, keepdims=True),
        lambda A, Y: -_ratio(Y, A),
        labels="distributions",
    )


def _squared_error() -> Loss:
    # With the factor ½, so that the derivative is ŷ − y.
    return Loss(lambda Z, A, Y: 0.5 * (A - Y) ** 2, lambda A, Y: A - Y)


def _absolute_error() -> Loss:
    return Loss(lambda Z, A, Y: np.abs(A - Y), lambda A, Y: np.sign(A - Y), side=lambda A, Y: A > Y)


def _huber(delta: float) -> Loss:
    # ½ r² for |r| ≤ δ, δ (|r| − ½ δ) beyond; branch-free with c = min(|r|, δ). Huber 1964.
    def value(Z: Array, A: Array, Y: Array) -> Array:
        r = np.abs(A - Y)
        c = np.minimum(r, delta)
        return c * (r - 0.5 * c)

    return Loss(
        value,
        lambda A, Y: np.clip(A - Y, -delta, delta),
        side=lambda A, Y: np.abs(A - Y) > delta,
    )


def _poisson() -> Loss:
    # ŷ − y log ŷ with ŷ = e^z is e^z − y z; the constant log y! is left out
    return Loss(lambda Z, A, Y: A - Y * Z, lambda A, Y: 1 - _ratio(Y, A), labels="non-negative")


def _quantile(q: float) -> Loss:
    # q r for r = y − ŷ > 0, (q − 1) r below: Koenker and Bassett 1978, doi:10.2307/1913643
    def derivative(A: Array, Y: Array) -> Array:
        r = Y - A
        return np.where(r > 0, -q, np.where(r < 0, 1 - q, 0)).astype(A.dtype)

    return Loss(
        lambda Z, A, Y: np.maximum(q * (Y - A), (q - 1) * (Y - A)),
        derivative,
        side=lambda A, Y: A > Y,
    )


LOSS_TABLE: Mapping[str, Callable[..., Loss]] = {
    "binary_cross_entropy": _binary_cross_entropy,
    "categorical_cross_entropy": _categorical_cross_entropy,
    "squared_error": _squared_error,
    "absolute_error": _absolute_error,
    "huber": _huber,
    "poisson": _poisson,
    "quantile": _quantile,
}
"""Every loss by name; a builder takes the settings that `layerwise.vocabulary.LOSSES` lists."""

CANONICAL = frozenset(
    {
        ("sigmoid", "binary_cross_entropy"),
        ("softmax", "categorical_cross_entropy"),
        ("identity", "squared_error"),
        ("exp", "poisson"),
    }
)
"""Pairs of output activation and loss for which dA[L] * g'(Z[L]) is exactly A[L] − Y (notes 2.9 and 3.9)."""


@functools.cache
def loss(choice: Choice | Loss) -> Loss:
    """Return the loss that a network's ``loss_choice`` names, or is.

    Examples
    --------
    >>> from layerwise import Network
    >>> squared_error = loss(Network((1, 1), ("identity",)).loss_choice)
    >>> Z = np.array([[3.0]])
    >>> squared_error.value(Z, Z, np.array([[1.0]])), squared_error.derivative(Z, np.array([[1.0]]))
    (array([[2.]]), array([[2.]]))
    """
    return choice if isinstance(choice, Loss) else LOSS_TABLE[choice.name](**dict(choice.settings))
