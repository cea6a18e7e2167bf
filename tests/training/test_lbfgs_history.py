"""L-BFGS ends where it has arrived, and its last cost is that of the parameters it gives."""

import numpy as np
import pytest

import layerwise as lw
from layerwise.equations import cost, forward

X = np.array([[0.0, 1.0, 2.0, 3.0]])
Y = np.array([[1.0, 3.0, 5.0, 7.5]])
NET = lw.Network((1, 1), ("identity",))


def test_the_last_cost_belongs_to_the_parameters():
    result = lw.train(NET, X, Y, optimizer="lbfgs", epochs=500, dtype="float64")
    assert result.stopped == "converged"
    theta = result.parameters
    assert result.history.cost[-1] == pytest.approx(cost(NET, theta, forward(NET, theta, X), Y), rel=1e-10)
    slope, intercept = np.polyfit(X[0], Y[0], 1)
    np.testing.assert_allclose(theta.vector, [slope, intercept], rtol=1e-5)


def test_a_start_at_the_optimum_has_one_cost():
    slope, intercept = np.polyfit(X[0], Y[0], 1)
    theta = lw.Parameters(W=[[[slope]]], b=[[[intercept]]])
    result = lw.train(NET, X, Y, optimizer="lbfgs", initial=theta, dtype="float64")
    assert (result.stopped, len(result.history)) == ("converged", 1)
