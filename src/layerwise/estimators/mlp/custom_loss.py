"""A loss of the user's own: a function of labels and outputs, as the equations want it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from layerwise.equations.losses import Loss
from layerwise.errors import ParameterError
from layerwise.network import Array

__all__ = ["check_custom_loss", "custom_loss"]

Function = Callable[[Array, Array], tuple[Any, Any]]


@dataclass(frozen=True, eq=False)
class _Value:
    function: Function

    def __call__(self, Z: Array, A: Array, Y: Array) -> Array:
        return np.asarray(self.function(Y.T, A.T)[0], A.dtype).reshape(A.shape[1], -1).T


@dataclass(frozen=True, eq=False)
class _Derivative:
    function: Function

    def __call__(self, A: Array, Y: Array) -> Array:
        return np.asarray(self.function(Y.T, A.T)[1], A.dtype).reshape(A.shape[1], -1).T


def custom_loss(function: Function) -> Loss:
    """Return the loss that a function of (y_true, y_pred), rows as examples, describes."""
    return Loss(_Value(function), _Derivative(function))


def check_custom_loss(owner: str, function: Function, y_true: Array, y_pred: Array) -> None:
    """Hold the derivative of a first batch against finite differences, in double precision.

    Raises
    ------
    ParameterError
        If the shapes are wrong, a value is not finite, or the derivative is not that of the loss.
    """
    y_true, y_pred = np.asarray(y_true, np.float64), np.asarray(y_pred, np.float64)
    try:
        loss, derivative = (np.asarray(found, np.float64) for found in function(y_true, y_pred))
    except Exception as error:  # of code that is the user's: whatever it is
        raise ParameterError(
            f"The 'loss' parameter of {owner} must be a function of (y_true, y_pred) that returns the loss and its "
            f"derivative. It failed: {error}."
        ) from error
    m = len(y_true)
    if loss.shape not in ((m,), y_pred.shape) or derivative.shape != y_pred.shape:
        raise ParameterError(
            f"The 'loss' parameter of {owner} must return the loss of every row, {(m,)} or {y_pred.shape}, and its "
            f"derivative {y_pred.shape}. Got {loss.shape} and {derivative.shape}."
        )
    step = 1e-6 * np.maximum(1, np.abs(y_pred))
    for k in range(y_pred.shape[1]):
        moved = np.zeros_like(y_pred)
        moved[:, k] = step[:, k]
        up, down = (np.reshape(function(y_true, y)[0], (m, -1)).sum(axis=1) for y in (y_pred + moved, y_pred - moved))
        numeric = (up - down) / (2 * step[:, k])
        wrong = ~(np.abs(numeric - derivative[:, k]) <= 1e-4 * (1 + np.abs(numeric)))
        if wrong.mean() > 0.1:  # a kink may lie between the two
            row = int(wrong.argmax())
            raise ParameterError(
                f"The 'loss' parameter of {owner} must return the derivative of the loss by y_pred. In row {row}, "
                f"output {k}, finite differences give {numeric[row]:.6g}. Got {derivative[row, k]:.6g}."
            )
