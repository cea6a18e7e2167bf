"""Course 1, week 4: building a deep network step by step."""

import numpy as np
import pytest
from course_inputs import assert_prints, given, golden, layers, relu_network

import layerwise as lw
from layerwise.equations import Gradients, affine_backward, affine_forward, cost, forward
from layerwise.equations.activations import activation
from layerwise.equations.optimizers import GradientDescent

EXERCISE = golden("step_by_step")
ONE_LAYER = {name: lw.Network((3, 1), (name,), loss) for name, loss in (("sigmoid", None), ("relu", "squared_error"))}


def test_linear_forward():
    randn = np.random.RandomState(1).randn
    A, W, b = randn(3, 2), randn(1, 3), randn(1, 1)
    assert_prints(affine_forward(A, W, b), EXERCISE["linear_forward"]["Z"])


@pytest.mark.parametrize("name", ["sigmoid", "relu"])
def test_linear_activation_forward(name):
    randn = np.random.RandomState(2).randn
    A, W, b = randn(3, 2), randn(1, 3), randn(1, 1)
    run = forward(ONE_LAYER[name], lw.Parameters([W], [b]), A)
    assert_prints(run.Z[1], EXERCISE["linear_activation_forward"]["Z"])
    assert_prints(run.A[1], EXERCISE["linear_activation_forward"][name])


@pytest.mark.parametrize(
    ("case", "seed", "m"), [("forward_one_hidden_layer", 1, 2), ("forward_two_hidden_layers", 6, 4)]
)
def test_model_forward(case, seed, m):
    expected = EXERCISE[case]
    randn = np.random.RandomState(seed).randn
    X = randn(expected["sizes"][0], m)
    net = relu_network(expected["sizes"])
    run = forward(net, layers(randn, net.sizes), X)
    assert_prints(run.Y_hat, expected["AL"])
    for l in range(1, net.L + 1):
        if f"Z{l}" in expected:
            assert_prints(run.Z[l], expected[f"Z{l}"])


@pytest.mark.parametrize("case", EXERCISE["cost"])
def test_cost(case):
    net, theta = lw.Network((1, 1), ("sigmoid",)), lw.Parameters(W=[[[1.0]]], b=[[[0.0]]])
    assert_prints(cost(net, theta, given(case["AL"]), np.array(case["Y"])), case["cost"])


@pytest.mark.parametrize("case", EXERCISE["linear_backward"])
def test_linear_backward(case):
    randn = np.random.RandomState(1).randn
    dZ, A, W = (randn(*shape) for shape in case["shapes"])
    for value, symbol in zip(affine_backward(dZ, A, W), ("dA_prev", "dW", "db"), strict=True):
        assert_prints(value, case[symbol])


@pytest.mark.parametrize("name", ["sigmoid", "relu"])
def test_linear_activation_backward(name):
    randn = np.random.RandomState(2).randn
    dA, A, W, _, Z = randn(1, 2), randn(3, 2), randn(1, 3), randn(1, 1), randn(1, 2)
    g = activation(ONE_LAYER[name].g[1])
    dZ = g.backward(dA, Z, g.value(Z))
    for value, symbol in zip(affine_backward(dZ, A, W), ("dA_prev", "dW", "db"), strict=True):
        assert_prints(value, EXERCISE["linear_activation_backward"][name][symbol])


def test_model_backward():
    randn = np.random.RandomState(3).randn
    AL, Y, net = randn(1, 2), np.array([[1, 0]]), relu_network((4, 3, 1))
    cache = []
    for l in (1, 2):
        shapes = (net.n[l - 1], 2), (net.n[l], net.n[l - 1]), (net.n[l], 1), (net.n[l], 2)
        cache.append([randn(*shape) for shape in shapes])
    dA, expected = (1 - Y) / (1 - AL) - Y / AL, EXERCISE["model_backward"]
    for l in (2, 1):
        A_prev, W, _, Z = cache[l - 1]
        g = activation(net.g[l])
        dA, dW, db = affine_backward(g.backward(dA, Z, g.value(Z)), A_prev, W)
        assert_prints(dW, expected[f"dW{l}"])
        assert_prints(db, expected[f"db{l}"])
        assert_prints(dA, expected[f"dA{l - 1}"])


def test_update():
    theta = layers(np.random.RandomState(2).randn, (4, 3, 1))
    slopes = layers(np.random.RandomState(3).randn, (4, 3, 1))
    moved, _ = GradientDescent(EXERCISE["update"]["learning_rate"]).step(theta, Gradients(slopes.W, slopes.b))
    for l in (1, 2):
        assert_prints(moved.W[l], EXERCISE["update"][f"W{l}"])
        assert_prints(moved.b[l], EXERCISE["update"][f"b{l}"])
