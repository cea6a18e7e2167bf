"""Course 1, week 2: logistic regression with a neural network mindset."""

import numpy as np
import pytest
from course_inputs import assert_prints, golden

import layerwise as lw
from layerwise.equations import backward, cost, forward
from layerwise.equations.optimizers import GradientDescent

EXERCISE = golden("logistic_regression")
NET = lw.Network((2, 1), ("sigmoid",))


def inputs(of):
    given = EXERCISE["inputs"][of]
    theta = lw.Parameters(W=[np.array(given["w"]).T], b=[[[given["b"]]]])
    return theta, np.array(given["X"]), np.array(given.get("Y"))


def test_sigmoid():
    z = EXERCISE["sigmoid"]["z"]
    run = forward(lw.Network((1, 1), ("sigmoid",)), lw.Parameters(W=[[[1.0]]], b=[[[0.0]]]), z)
    assert_prints(run.Y_hat, EXERCISE["sigmoid"]["a"])


def test_propagate():
    theta, X, Y = inputs("propagate")
    run = forward(NET, theta, X)
    grad = backward(NET, theta, run, Y)
    expected = EXERCISE["propagate"]
    assert_prints(cost(NET, theta, run, Y), expected["cost"], relative=expected["relative_tolerance"])
    assert_prints(grad.dW[1].T, expected["dw"])
    assert_prints(grad.db[1], expected["db"])


def test_optimize():
    expected = EXERCISE["optimize"]
    theta, X, Y = inputs("propagate")
    descent = GradientDescent(expected["learning_rate"])
    for _ in range(expected["iterations"]):
        grad = backward(NET, theta, forward(NET, theta, X), Y)
        theta, _ = descent.step(theta, grad)
    assert_prints(theta.W[1].T, expected["w"])
    assert_prints(theta.b[1], expected["b"])
    assert_prints(grad.dW[1].T, expected["dw"])
    assert_prints(grad.db[1], expected["db"])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_train_optimizes_alike(dtype):
    expected = EXERCISE["optimize"]
    theta, X, Y = inputs("propagate")
    result = lw.train(
        NET,
        X,
        Y,
        initial=theta,
        learning_rate=expected["learning_rate"],
        epochs=expected["iterations"],
        dtype=dtype,
    )
    rounding = 0.0 if dtype == "float64" else 2e-6
    assert_prints(result.parameters.W[1].T, expected["w"], absolute=rounding)
    assert_prints(result.parameters.b[1], expected["b"], absolute=rounding)


def test_predict():
    theta, X, _ = inputs("predict")
    np.testing.assert_array_equal(lw.predict(NET, theta, X) > 0.5, EXERCISE["predict"]["labels"])
