"""Course 1, weeks 2 and 4: cat or not, from 64 x 64 pictures.

The pictures are not ours to keep. Where LAYERWISE_COURSE_DATA names a folder with them (see the README beside
the numbers) the published runs are repeated; in any case `train` is held against the loop that the exercises
write, on made pictures of the same shape: with the same inputs the published costs follow.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from course_inputs import accuracy, assert_prints, golden, initial, relu_network

import layerwise as lw

RUNS = golden("cat_images")["runs"]
SCALES = {"zeros": lambda _: 0.0, "0.01": lambda _: 0.01, "1/sqrt": lambda n: 1 / np.sqrt(n)}


def prepare(run):
    return relu_network(run["sizes"]), initial(run["sizes"], 1, SCALES[run["initialization"]])


def hand_written_costs(theta, X, Y, learning_rate, iterations):
    """The loop of the exercises: ReLU layers and a sigmoid, one line for each equation, the cost from ŷ."""
    W, b, m, costs = theta.W[1:], theta.b[1:], X.shape[1], []
    for _ in range(iterations):
        A = [X]
        for weight, bias in zip(W[:-1], b[:-1], strict=True):
            A.append(np.maximum(weight @ A[-1] + bias, 0))
        y_hat = 1 / (1 + np.exp(-(W[-1] @ A[-1] + b[-1])))
        costs.append(-np.mean(Y * np.log(y_hat) + (1 - Y) * np.log(1 - y_hat)))
        dZ, dW, db = y_hat - Y, [], []
        for l in range(len(W), 0, -1):
            dW.insert(0, dZ @ A[l - 1].T / m)
            db.insert(0, dZ.sum(axis=1, keepdims=True) / m)
            dZ = W[l - 1].T @ dZ * (A[l - 1] > 0)
        W = [weight - learning_rate * slope for weight, slope in zip(W, dW, strict=True)]
        b = [bias - learning_rate * slope for bias, slope in zip(b, db, strict=True)]
    return costs


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run["name"])
def test_train_is_the_loop_of_the_exercise(run):
    random = np.random.default_rng(8)
    X = random.random((12288, 209))
    Y = (X[:64].mean(axis=0) + 0.05 * random.standard_normal(209) > 0.5)[np.newaxis].astype(float)
    net, theta = prepare(run)
    result = lw.train(net, X, Y, initial=theta, learning_rate=run["learning_rate"], epochs=40, dtype="float64")
    expected = hand_written_costs(theta, X, Y, run["learning_rate"], iterations=40)
    assert expected[0] != expected[-1]
    np.testing.assert_allclose(result.history.cost, expected, rtol=1e-10)


def load(file):
    folder = os.environ.get("LAYERWISE_COURSE_DATA")
    if not folder:
        pytest.skip("LAYERWISE_COURSE_DATA names no folder with train_catvnoncat.npz and test_catvnoncat.npz")
    with np.load(Path(folder) / file) as data:
        X, Y = data["X"], data["Y"]
    return X.reshape(len(X), -1).T / 255, Y.reshape(1, -1)


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS, ids=lambda run: run["name"])
def test_published_run(run):
    X, Y = load("train_catvnoncat.npz")
    net, theta = prepare(run)
    result = lw.train(
        net, X, Y, initial=theta, learning_rate=run["learning_rate"], epochs=run["iterations"], dtype="float64"
    )
    for iteration, printed in run["costs"].items():
        assert_prints(result.history.cost[int(iteration)], printed, relative=run.get("relative_tolerance", 0.0))
    assert_prints(accuracy(net, result.parameters, X, Y), run["train_accuracy"])
    assert_prints(accuracy(net, result.parameters, *load("test_catvnoncat.npz")), run["test_accuracy"])
