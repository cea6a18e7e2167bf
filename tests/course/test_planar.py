"""Course 1, week 3: planar data classification with one hidden layer."""

import numpy as np
import pytest
from course_inputs import accuracy, assert_prints, flower, given, golden, initial

import layerwise as lw
from layerwise.equations import Gradients, Propagation, backward, cost, forward
from layerwise.equations.optimizers import GradientDescent

EXERCISE = golden("planar")
INPUTS = EXERCISE["inputs"]


def network(n_x=2, n_h=4):
    return lw.Network((n_x, n_h, 1), ("tanh", "sigmoid"))


def given_weights(b1=None, b2=0.0):
    return lw.Parameters(W=[INPUTS["W1"], INPUTS["W2"]], b=[np.zeros((4, 1)) if b1 is None else b1, [[b2]]])


def small_test():
    randn = np.random.RandomState(1).randn
    return randn(2, 3), randn(1, 3)


def assert_gradients(grad, expected):
    for l in (1, 2):
        assert_prints(grad.dW[l], expected[f"dW{l}"])
        assert_prints(grad.db[l], expected[f"db{l}"])


def assert_parameters(theta, expected):
    for l in (1, 2):
        assert_prints(theta.W[l], expected[f"W{l}"])
        assert_prints(theta.b[l], expected[f"b{l}"])


def test_forward():
    randn = np.random.RandomState(1).randn
    X, b1 = randn(2, 3), randn(4, 1)
    run = forward(network(), given_weights(b1, -1.3), X)
    for symbol, value in (("Z1", run.Z[1]), ("A1", run.A[1]), ("Z2", run.Z[2]), ("A2", run.Y_hat)):
        assert_prints(value, EXERCISE["forward"][symbol])
    means = [values.mean() for values in (run.Z[1], run.A[1], run.Z[2], run.A[2])]
    assert_prints(means, EXERCISE["forward_means"]["means"])


@pytest.mark.parametrize("case", EXERCISE["cost"])
def test_cost(case):
    run = given(INPUTS[case["A"]])
    numbers = np.random.RandomState(1).randn(1, run.Y_hat.shape[1])
    Y = numbers > 0 if case["labels"] else numbers
    net, theta = lw.Network((1, 1), ("sigmoid",)), lw.Parameters(W=[[[1.0]]], b=[[[0.0]]])
    assert_prints(cost(net, theta, run, Y, check=case["labels"]), case["cost"])


@pytest.mark.parametrize("case", EXERCISE["backward"])
def test_backward(case):
    X, numbers = small_test()
    theta = given_weights()
    run = forward(network(), theta, X)
    Y = numbers > 0 if case["labels"] else numbers
    assert_gradients(backward(network(), theta, run, Y, check=case["labels"]), case)


def test_backward_of_any_cache():
    randn = np.random.RandomState(1).randn
    X, Y = randn(3, 7), randn(1, 7) > 0
    theta = lw.Parameters(W=[randn(9, 3), randn(1, 9)], b=[np.zeros((9, 1)), np.zeros((1, 1))])
    A1, A2, Z1, Z2 = randn(9, 7), randn(1, 7), randn(9, 7), randn(1, 7)
    run = Propagation(Z=[None, Z1, Z2], A=[X, A1, A2])
    assert_gradients(backward(network(3, 9), theta, run, Y, full=False), EXERCISE["backward_any_cache"])


def before_update():
    given = INPUTS["update"]
    theta = lw.Parameters(W=[given["W1"], given["W2"]], b=[given["b1"], given["b2"]])
    return theta, Gradients(dW=[given["dW1"], given["dW2"]], db=[given["db1"], given["db2"]])


def test_update():
    theta, _ = GradientDescent(EXERCISE["update"]["learning_rate"]).step(*before_update())
    assert_parameters(theta, EXERCISE["update"])


def test_predict():
    X, _ = small_test()
    labels = lw.predict(network(), before_update()[0], X) > 0.5
    np.testing.assert_array_equal(labels, EXERCISE["predict"]["labels"])


def run_descent(X, Y, n_h, seed, epochs):
    theta = initial((2, n_h, 1), seed, lambda _: 0.01)
    return lw.train(network(2, n_h), X, Y, initial=theta, learning_rate=1.2, epochs=epochs, dtype="float64")


def test_nn_model():
    X, numbers = small_test()
    result = run_descent(X, numbers > 0, n_h=4, seed=3, epochs=10_000)
    assert_parameters(result.parameters, EXERCISE["nn_model"])


@pytest.mark.parametrize("case", EXERCISE["flower"], ids=lambda case: f"seed {case['seed']}")
def test_flower(case):
    X, Y = flower()
    result = run_descent(X, Y, n_h=4, seed=case["seed"], epochs=10_000)
    costs = result.history.cost[::1000]
    stable = len(case["costs"])
    assert_prints(costs[:stable], " ".join(case["costs"]))
    spread = EXERCISE["flower_spread"]["tolerance"]
    assert_prints(costs[stable:], " ".join(case["costs_to_the_last_bit"]), absolute=spread)
    assert int(100 * accuracy(network(), result.parameters, X, Y)) == case["accuracy_percent"]


@pytest.mark.slow
@pytest.mark.parametrize("case", EXERCISE["hidden_sizes"], ids=lambda case: f"seed {case['seed']}")
def test_hidden_sizes(case):
    X, Y = flower()
    columns = (case[name] for name in ("units", "accuracy_percent", "tolerance_percent"))
    for n_h, printed, tolerance in zip(*columns, strict=True):
        result = run_descent(X, Y, n_h, case["seed"], epochs=5000)
        percent = 100 * accuracy(network(2, n_h), result.parameters, X, Y)
        assert percent == pytest.approx(printed, abs=tolerance + 1e-9), n_h
