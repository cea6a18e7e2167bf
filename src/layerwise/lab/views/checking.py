"""The derivatives of the network that is trained, held against central differences of its cost."""

from __future__ import annotations

from typing import Any

import numpy as np

from layerwise.engines import Examples
from layerwise.equations.passes import Gradients
from layerwise.lab.course import arguments_of
from layerwise.lab.moment import Moment
from layerwise.lab.views.look import examples_of
from layerwise.lab.views.numbers import Json, matrix
from layerwise.network import Array
from layerwise.testing import GradientCheck, check_gradients
from layerwise.training.train import prepared

__all__ = ["gradients"]

LARGEST = 32
"""Rows and columns of an error map."""

_EXAMPLES = 60
_CHECKED = 1500
_WORK = 1.2e9
"""Multiplications for all checked derivatives together: about a second."""


def gradients(moment: Moment) -> Json:
    """Return `GradientCheck` of the page's protocol, computed in float64 with the penalty as trained.

    The derivatives are those of the engine that trains. Dropout is left out. Of many examples some evenly spaced ones
    are taken, and of many derivatives a sample, evenly spaced in every W[l] and b[l].
    """
    X, Y = (part.astype(np.float64) for part in examples_of(moment.data, _EXAMPLES))
    theta = moment.theta.astype(np.float64)
    m = X.shape[1]
    l2 = moment.settings.l2 * m / moment.data.m
    arguments = arguments_of(moment.settings) | {"l2": l2, "dropout": 0.0, "dtype": "float64"}
    run = prepared(moment.net, X, Y, initial=theta, threads=1, **arguments)
    _, g = run.engine.objective(run.job.plan, Examples(X, Y))(theta.vector)
    chosen = _sample(moment, m)
    with np.errstate(all="ignore"):
        found = check_gradients(
            moment.net, theta, X, Y, l2, gradients=Gradients.from_vector(theta.layout, np.array(g)), entries=chosen
        )
    return {
        "max_relative_error": found.max_relative_error if found.checked else 0.0,
        "tolerance": found.tolerance,
        "ok": found.passed,
        "checked": found.checked,
        "of": theta.vector.size,
        "layers": [_layer(found, np.array(g), letter, l) for l in range(1, moment.net.L + 1) for letter in ("W", "b")],
    }


def _sample(moment: Moment, m: int) -> Array | None:
    net = moment.net
    affordable = min(_CHECKED, int(_WORK / (4 * m * net.n_parameters)))
    if net.n_parameters <= max(affordable, 1):
        return None
    whole = Gradients.from_vector(net.layout, np.arange(net.n_parameters, dtype=np.float64))
    tensors = [array.reshape(-1) for array in (*whole.dW[1:], *whole.db[1:])]
    each = max(8, affordable // len(tensors))
    places = [tensor[np.unique(np.linspace(0, tensor.size - 1, each).astype(np.intp))] for tensor in tensors]
    return np.concatenate(places).astype(np.intp)


def _layer(found: GradientCheck, g: Array, letter: str, l: int) -> Json:
    analytic = Gradients.from_vector(found.relative_errors.layout, g)

    def of(grad: Gradients) -> Any:
        return (grad.dW if letter == "W" else grad.db)[l]

    errors = of(found.relative_errors)
    known = np.where(np.isnan(errors), -1.0, errors)
    i, j = (int(place) for place in np.unravel_index(known.argmax(), known.shape))
    checked = known[i, j] >= 0
    return {
        "layer": l,
        "tensor": letter,
        "errors": matrix(_map(errors)),
        "largest": float(known[i, j]) if checked else 0.0,
        "analytic": float(of(analytic)[i, j]),
        "numeric": float(of(found.numeric_gradients)[i, j]) if checked else float(of(analytic)[i, j]),
        "at": [i, j],
    }


def _map(errors: Array) -> Array:
    """Return the largest error of each part where there are more rows or columns than a map has."""
    for axis in (0, 1):
        parts = np.array_split(errors, min(LARGEST, errors.shape[axis]), axis=axis)
        errors = np.stack([np.fmax.reduce(part, axis=axis) for part in parts], axis=axis)
    return errors
