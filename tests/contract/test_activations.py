"""What every activation owes, whatever its formula."""

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations import backward, cost, forward
from layerwise.equations.activations import ACTIVATION_TABLE, activation
from layerwise.vocabulary import ACTIVATIONS, choose
from oracles import derivative

ALL = pytest.mark.parametrize("name", ACTIVATION_TABLE)
LARGE = pytest.mark.parametrize(("dtype", "large"), [("float32", 1e4), ("float64", 1e300)])


def named(name):
    return activation(choose("activation", name, ACTIVATIONS))


def away_from_kinks(shape, seed=0):
    z = np.random.default_rng(seed).normal(size=shape) * 2
    return z + 0.1 * np.sign(z)


@ALL
def test_backward_is_the_derivative(name):
    function, z = named(name), away_from_kinks((3, 4))
    dA = np.random.default_rng(1).normal(size=z.shape)
    expected = derivative(lambda moved: float((dA * function.value(moved)).sum()), z)
    np.testing.assert_allclose(function.backward(dA, z, function.value(z)), expected, atol=1e-10)


@ALL
def test_derivative_is_the_diagonal(name):
    function, z = named(name), away_from_kinks((3, 1), seed=2)
    for k in range(3):
        expected = derivative(lambda moved, k=k: float(function.value(moved)[k, 0]), z)[k]
        np.testing.assert_allclose(function.derivative(z, function.value(z))[k], expected, atol=1e-10)


@ALL
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floating_type_is_kept(name, dtype):
    function, z = named(name), np.array([[-3.0, -0.5, 0.0, 0.5, 3.0], [1.0, 2.0, -1.0, -2.0, 0.0]], dtype)
    a = function.value(z)
    assert a.dtype == function.derivative(z, a).dtype == function.backward(np.ones_like(z), z, a).dtype == dtype


@ALL
def test_examples_do_not_see_each_other(name):
    function, z = named(name), away_from_kinks((3, 6))
    np.testing.assert_array_equal(function.value(z), np.hstack([function.value(z[:, [i]]) for i in range(6)]))


@ALL
def test_what_is_given_is_not_changed(name):
    function, z, dA = named(name), away_from_kinks((3, 4)), np.ones((3, 4))
    before = z.copy()
    for array in (z, dA):
        array.setflags(write=False)
    function.backward(dA, z, function.value(z))
    np.testing.assert_array_equal(z, before)


@ALL
@LARGE
def test_no_finite_number_overflows(name, dtype, large):
    function = named(name)
    z = np.array([[-large, -large / 3, -1, 0, 1, large / 3, large], [large, 0, 1, -1, 0, large, -large]], dtype)
    if name == "exp":
        z = np.minimum(z, 80).astype(dtype)
    with np.errstate(over="raise", divide="raise", invalid="raise", under="ignore"):
        a = function.value(z)
        values = (a, function.derivative(z, a), function.backward(np.ones_like(z), z, a))
    assert all(np.isfinite(value).all() for value in values)


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "identity"])
@pytest.mark.parametrize("name", [name for name in ACTIVATION_TABLE if name not in ("softmax", "exp")])
@LARGE
def test_a_network_of_large_numbers_warns_of_nothing(name, output, dtype, large):
    loss = "absolute_error" if output == "identity" else None
    hidden = ("tanh", name) if name == "identity" else (name, name)  # all identity would be warned of
    net = lw.Network((1, 2, 2, 2), (*hidden, output), loss)
    one, zero = np.ones((2, 1)), np.zeros((2, 1))
    theta = lw.Parameters([one, np.eye(2), np.eye(2)], [zero, zero, zero]).astype(dtype)
    X = np.array([[-large, large, 1.0, 0.0]])
    Y = np.array([[1, 0, 1, 0], [0, 1, 0, 1]])
    with np.errstate(all="raise"):
        run = forward(net, theta, X)
        J = cost(net, theta, run, Y)
        grad = backward(net, theta, run, Y, full=False)
    assert np.isfinite(J)
    assert np.isfinite(run.Y_hat).all()
    assert all(np.isfinite(grad.dZ[l]).all() for l in (1, 2, 3))
