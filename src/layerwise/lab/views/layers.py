"""A layer opened to its matrices."""

from __future__ import annotations

from layerwise.checks import Integers
from layerwise.lab.moment import Moment
from layerwise.lab.views.numbers import Json, matrix
from layerwise.lab.views.steps import step
from layerwise.network import Array

__all__ = ["layer"]

LARGEST = 64
"""Rows and columns of a matrix that are shown."""


def layer(moment: Moment, batch: int, l: int) -> Json:
    """Return `LayerTensors` of the page's protocol: W, b, Z, A, dA, dZ, dW, db, and D with dropout.

    They are those of a mini-batch of the next epoch, with the parameters before its step.

    Raises
    ------
    ParameterError
        If there is no such layer or mini-batch.
    """
    number = Integers(1, moment.net.L).check("the lab", "layer", l)
    taken = step(moment, batch)
    theta, run, grad = taken.theta, taken.run, taken.grad
    named: list[tuple[str, Array]] = [
        ("W", theta.W[number]),
        ("b", theta.b[number]),
        ("Z", run.Z[number]),
        ("A", run.A[number]),
        ("dA", grad.dA[number]),
        ("dZ", grad.dZ[number]),
        ("dW", grad.dW[number]),
        ("db", grad.db[number]),
    ]
    if number in taken.masks:
        named.insert(3, ("D", taken.masks[number]))
    return {
        "layer": number,
        "tensors": [
            {
                "name": f"{letter}[{number}]",
                "latex": f"{letter}^{{[{number}]}}",
                "shape": list(array.shape),
                "values": matrix(array, LARGEST, LARGEST),
            }
            for letter, array in named
        ],
    }
