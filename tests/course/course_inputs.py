"""What the course's exercises share: their numbers as printed, and the streams that their inputs come from.

The numbers are text in `tests/golden/course/`, so that each carries its own precision: a published number is
met when the difference is at most half a unit of its last printed digit.
"""

import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np

import layerwise as lw
from layerwise.equations import Propagation, backward, cost, forward

GOLDEN = Path(__file__).parents[1] / "golden" / "course"


def golden(exercise):
    return json.loads((GOLDEN / f"{exercise}.json").read_text(encoding="utf-8"))


def assert_prints(actual, printed, *, relative=1e-14, absolute=0.0):
    """`actual` is what was printed; by default up to the last bits of float64 where more digits were printed."""
    rows = [row.split() for row in ([printed] if isinstance(printed, str) else printed)]
    values = np.array([[float(text) for text in row] for row in rows])
    half_units = np.array([[0.5 * 10.0 ** Decimal(text).as_tuple().exponent for text in row] for row in rows])
    actual = np.asarray(actual, dtype=float).reshape(values.shape)
    tolerance = np.maximum(np.maximum(1.001 * half_units, relative * abs(values)), absolute)
    off = abs(actual - values) > tolerance
    assert not off.any(), f"printed {values[off]}, computed {actual[off]}, tolerance {tolerance[off]}"


def layers(randn, sizes, scale=None):
    """W[1], b[1], W[2], b[2], ... in this order; with `scale`, a function of n[l-1], b is 0 and takes no numbers."""
    W, b = [], []
    for before, n in pairwise(sizes):
        W.append(randn(n, before) * (1 if scale is None else scale(before)))
        b.append(randn(n, 1) if scale is None else np.zeros((n, 1)))
    return lw.Parameters(W, b)


def initial(sizes, seed, scale):
    return layers(np.random.RandomState(seed).randn, sizes, scale)


def relu_network(sizes):
    return lw.Network(sizes, ("relu",) * (len(sizes) - 2) + ("sigmoid",))


def given(probabilities):
    """A run whose output is given: with ŷ = σ(z), z = log ŷ / (1 - ŷ)."""
    A = np.array(probabilities)
    return Propagation(Z=[None, np.log(A / (1 - A))], A=[A, A])


def accuracy(net, theta, X, Y):
    return float(np.mean((lw.predict(net, theta, X) > 0.5) == Y))


def descend(net, theta, optimizer, batches, state=None, learning_rate=None, masks=None):
    """Go through the batches by public functions alone; also return the costs, each before its batch's update."""
    costs = []
    for X, Y in batches:
        run = forward(net, theta, X, masks, check=False)
        costs.append(cost(net, theta, run, Y, check=False))
        grad = backward(net, theta, run, Y, check=False, full=False)
        theta, state = optimizer.step(theta, grad, state, learning_rate=learning_rate)
    return theta, state, costs


def flower():
    """400 points on the petals of a flower, 200 a class; X (2, 400), Y (1, 400)."""
    randn = np.random.RandomState(1).randn
    X, Y = np.empty((2, 400)), np.repeat([[0, 1]], 200, axis=1)
    for label in (0, 1):
        angle = np.linspace(3.12 * label, 3.12 * (label + 1), 200) + 0.2 * randn(200)
        radius = 4 * np.sin(4 * angle) + 0.2 * randn(200)
        X[:, Y[0] == label] = radius * np.sin(angle), radius * np.cos(angle)
    return X, Y
