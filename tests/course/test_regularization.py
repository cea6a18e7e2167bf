"""Course 2, week 1: L2 and dropout, by their equations and on the football field."""

import numpy as np
import pytest
from course_inputs import GOLDEN, accuracy, assert_prints, descend, given, golden, initial, layers, relu_network

import layerwise as lw
from layerwise.equations import Propagation, backward, cost, forward
from layerwise.equations.optimizers import GradientDescent

EXERCISE = golden("regularization")
INPUTS = EXERCISE["inputs"]
NET = relu_network((3, 2, 3, 1))
Y = np.array(INPUTS["Y"])


def given_theta():
    return lw.Parameters(W=[INPUTS[f"W{l}"] for l in (1, 2, 3)], b=[INPUTS[f"b{l}"] for l in (1, 2, 3)])


def test_cost_with_l2():
    theta = layers(np.random.RandomState(1).randn, NET.sizes)
    J = cost(NET, theta, given(INPUTS["A3"]), Y, l2=EXERCISE["cost"]["l2"])
    assert_prints(J, EXERCISE["cost"]["cost"])


def test_backward_with_l2():
    X, theta = np.random.RandomState(1).randn(3, 5), given_theta()
    grad = backward(NET, theta, forward(NET, theta, X), Y, l2=EXERCISE["backward"]["l2"])
    for l in (1, 2, 3):
        assert_prints(grad.dW[l], EXERCISE["backward"][f"dW{l}"])


def test_forward_with_dropout():
    randn = np.random.RandomState(1).randn
    X, theta = randn(3, 5), layers(randn, NET.sizes)
    keep, rand = EXERCISE["dropout_forward"]["keep_prob"], np.random.RandomState(1).rand
    masks = {l: (rand(NET.n[l], 5) < keep) / keep for l in (1, 2)}
    assert_prints(forward(NET, theta, X, masks).Y_hat, EXERCISE["dropout_forward"]["A3"])


def test_backward_with_dropout():
    X, theta = np.random.RandomState(1).randn(3, 5), given_theta()
    kept = {l: np.array(INPUTS[f"D{l}"]) for l in (1, 2)}
    run = forward(NET, theta, X, {l: D / INPUTS["keep_prob_of_the_cache"] for l, D in kept.items()})
    masks = {l: D / EXERCISE["dropout_backward"]["keep_prob"] for l, D in kept.items()}
    A = [*run.A[:-1], np.array(INPUTS["A3_of_the_cache"])]
    grad = backward(NET, theta, Propagation(run.Z, A, masks), Y)
    for l in (1, 2):
        assert_prints(grad.dA[l] * masks[l], EXERCISE["dropout_backward"][f"dA{l}"])


def football(split):
    table = np.genfromtxt(GOLDEN / "football.csv", delimiter=",", skip_header=1, dtype=None, encoding="utf-8")
    rows = [row for row in table.tolist() if row[3] == split]
    return np.array([row[:2] for row in rows]).T, np.array([[row[2] for row in rows]])


FIELD = relu_network((2, 20, 3, 1))


def start():
    return initial(FIELD.sizes, 3, lambda n: 1 / np.sqrt(n))


def assert_published(theta, costs, expected):
    tolerance = EXERCISE["football"]["relative_tolerance"]
    assert_prints(costs[::10_000], expected["costs"], relative=tolerance)
    accuracies = [accuracy(FIELD, theta, *football(split)) for split in ("train", "validation")]
    assert_prints(accuracies, expected["accuracy"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["none", "l2"])
def test_football(kind):
    expected = EXERCISE["football"][kind]
    X, labels = football("train")
    result = lw.train(
        FIELD,
        X,
        labels,
        initial=start(),
        learning_rate=0.3,
        epochs=30_000,
        l2=expected.get("l2", 0.0),
        dtype="float64",
    )
    assert_published(result.parameters, result.history.cost, expected)


@pytest.mark.slow
def test_football_with_dropout():
    expected = EXERCISE["football"]["dropout"]
    X, labels = football("train")
    keep, rand = expected["keep_prob"], np.random.RandomState(1).rand
    masks = {l: (rand(FIELD.n[l], X.shape[1]) < keep) / keep for l in (1, 2)}
    batches = ((X, labels) for _ in range(30_000))
    theta, _, costs = descend(FIELD, start(), GradientDescent(0.3), batches, masks=masks)
    assert_published(theta, costs, expected)
