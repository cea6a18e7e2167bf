"""What every way to initialise owes."""

import warnings

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations.initializers import INITIALIZERS
from layerwise.errors import NetworkWarning

ALL = pytest.mark.parametrize("method", INITIALIZERS)
NET = lw.Network((40, 30, 30, 5), ("relu", "tanh", "softmax"))


def initialize(method, seed=0, net=NET):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)  # zeros
        return lw.initialize(net, seed, method)


@ALL
def test_biases_are_zero_and_weights_are_finite(method):
    theta = initialize(method)
    assert theta.sizes == NET.sizes
    assert theta.dtype == np.float64
    assert all(not theta.b[l].any() for l in (1, 2, 3))
    assert np.isfinite(theta.vector).all()


@ALL
def test_the_same_seed_gives_the_same_bits(method):
    assert initialize(method, seed=5).vector.tobytes() == initialize(method, seed=5).vector.tobytes()


@ALL
def test_seeds_layers_and_units_differ_in_all_but_zeros(method):
    theta, other = initialize(method, seed=1), initialize(method, seed=2)
    assert (theta.weights != other.weights).all() == (method != "zeros")
    assert (theta.W[2].ravel()[:150] != theta.W[3].ravel()).all() == (method != "zeros")
    assert len(np.unique(theta.W[1], axis=0)) == (1 if method == "zeros" else 30)


@pytest.mark.parametrize("method", [method for method in INITIALIZERS if method != "zeros"])
def test_the_mean_is_zero_and_the_sign_even(method):
    w = initialize(method, seed=3).weights
    assert abs(w.mean()) < 4 * w.std() / np.sqrt(w.size)
    assert abs((w > 0).mean() - 0.5) < 2 / np.sqrt(w.size)


@ALL
def test_a_layer_more_does_not_change_those_before_it(method):
    longer = lw.Network((40, 30, 30, 5, 2), ("relu", "tanh", "tanh", "softmax"))
    for l in (1, 2, 3):
        np.testing.assert_array_equal(initialize(method, net=longer).W[l], initialize(method).W[l])
