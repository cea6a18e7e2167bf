"""The network on some of its examples, forward and backward: what snapshots and diagnoses are read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layerwise.equations.metrics import METRICS
from layerwise.equations.passes import Gradients, Propagation
from layerwise.equations.propagation import backward, cost, forward
from layerwise.lab.moment import Dataset, Moment
from layerwise.lab.views.numbers import Json, number
from layerwise.lab.views.remembered import once_per_dataset
from layerwise.lab.views.steps import step, update_along
from layerwise.network import Array, Parameters

__all__ = ["Look", "examples_of", "look", "measured", "next_update"]

EXAMPLES = 500
"""Training examples that a snapshot looks at; of more, these many evenly spaced ones."""

_WORK = 2e7
"""Multiplications that a number of a snapshot may cost; beyond, fewer examples stand for all."""


@dataclass(frozen=True)
class Look:
    """One pass over the examples looked at, without dropout and with the penalty as trained."""

    X: Array
    Y: Array
    run: Propagation
    grad: Gradients


def look(moment: Moment) -> Look:
    """Propagate the examples that a snapshot looks at."""
    X, Y = examples_of(moment.data, EXAMPLES)
    run = _propagated(moment, X)
    penalty = moment.settings.l2 * X.shape[1] / moment.data.m
    with np.errstate(all="ignore"):
        return Look(X, Y, run, backward(moment.net, moment.theta, run, Y, penalty, check=False))


def measured(moment: Moment, seen: Look) -> Json:
    """Return "cost", "validation_cost" and "metrics" with these parameters, without dropout.

    The cost is that of the training examples, with the penalty as trained; that of the examples held out is without it,
    and None if there are none. Accuracy or rmse, in the target's unit, are of those, or of the training examples.
    """
    data = moment.data
    X, Y = examples_of(data, _affordable(moment))
    run = seen.run if X is seen.X else _propagated(moment, X)
    held, Y_held = (
        (run, Y) if data.validation is None else (_propagated(moment, data.validation[0]), data.validation[1])
    )
    return {
        "cost": _cost(moment, run, Y, moment.settings.l2 * X.shape[1] / data.m),
        "validation_cost": None if data.validation is None else _cost(moment, held, Y_held, 0.0),
        "metrics": _metrics(data, held.Y_hat, Y_held),
    }


def next_update(moment: Moment, seen: Look) -> tuple[float, Parameters]:
    """Return the learning rate of the next step, and by how much it moves the parameters.

    It is the step of the run itself, with its mini-batch and dropout, where that is little work; beyond, a step along
    the gradient of the examples looked at.
    """
    batch = min(moment.settings.batch_size or moment.data.m, moment.data.m)
    if batch * moment.net.n_parameters <= _WORK:
        taken = step(moment, 0)
        rate, after = taken.learning_rate, taken.after
    else:
        rate, after = update_along(moment, seen.grad)
    with np.errstate(all="ignore"):
        return rate, Parameters.from_vector(after.layout, after.vector - moment.theta.vector)


def _affordable(moment: Moment) -> int:
    return max(EXAMPLES, int(_WORK / moment.net.n_parameters))


def _propagated(moment: Moment, X: Array) -> Propagation:
    with np.errstate(all="ignore"):
        return forward(moment.net, moment.theta, X, check=False)


def _cost(moment: Moment, run: Propagation, Y: Array, l2: float) -> float | None:
    with np.errstate(all="ignore"):
        return number(cost(moment.net, moment.theta, run, Y, l2, check=False))


def _metrics(data: Dataset, Y_hat: Array, Y: Array) -> dict[str, float]:
    name = "rmse" if data.task == "regression" else "accuracy"
    with np.errstate(all="ignore"):
        value = number(METRICS[name](Y_hat, Y, None))
    scale = 1.0 if data.target_encoder is None or data.task != "regression" else data.target_encoder.std
    return {} if value is None else {name: value * scale}


@once_per_dataset
def examples_of(data: Dataset, at_most: int) -> tuple[Array, Array]:
    """Return the training examples, of more than so many evenly spaced ones."""
    if data.m <= at_most:
        return data.X, data.Y
    every = -(-data.m // at_most)
    return data.X.T[::every].T, data.Y.T[::every].T
