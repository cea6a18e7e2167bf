"""Smoothed labels: learnt from, and not looked at."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import data, start
from layerwise.equations import label_smoothing

RNG = np.random.default_rng(0)
X, _ = data(m=30)
CASES = {
    "one row": (lw.Network((2, 4, 1), ("tanh", "sigmoid")), RNG.integers(0, 2, (1, 30)), 2),
    "classes": (lw.Network((2, 4, 3), ("tanh", "softmax")), lw.one_hot(RNG.integers(0, 3, 30), 3), 3),
    "labels of their own": (lw.Network((2, 4, 3), ("tanh", "sigmoid")), RNG.integers(0, 2, (3, 30)), 2),
}


@pytest.mark.parametrize("name", CASES)
def test_a_run_learns_from_smoothed_labels(train, name):
    net, Y, K = CASES[name]
    options = {"epochs": 5, "batch_size": 8, "initial": start(net.sizes), "sample_weight": np.arange(30.0)}
    result = train(net, X, Y, label_smoothing=0.2, validation=(X, Y), **options)
    expected = train(net, X, 0.8 * Y + 0.2 / K, validation=(X, Y), **options)
    np.testing.assert_allclose(result.parameters.vector, expected.parameters.vector, rtol=1e-12)
    assert result.history.cost == pytest.approx(expected.history.cost, rel=1e-12)
    assert result.history.validation_cost == pytest.approx(expected.history.validation_cost, rel=1e-12)
    np.testing.assert_allclose(label_smoothing(Y, 0.2, classes=K), 0.8 * Y + 0.2 / K)


def test_lbfgs_takes_it(train):
    net, Y, _ = CASES["one row"]
    result = train(net, X, Y, label_smoothing=0.1, optimizer="lbfgs", epochs=5)
    expected = train(net, X, 0.9 * Y + 0.05, optimizer="lbfgs", epochs=5)
    np.testing.assert_allclose(result.parameters.vector, expected.parameters.vector, rtol=1e-9)
