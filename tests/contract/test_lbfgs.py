"""L-BFGS: one step is one epoch."""

import numpy as np
import pytest
from scipy import optimize

import layerwise as lw
from contract.runs import data
from layerwise.equations.optimizers import LBFGS
from oracles import gradients, mean_loss, propagate


class TestLBFGS:
    def test_logistic_regression_ends_where_scipy_does(self, train):
        X, Y = data(m=200)
        w = np.random.default_rng(5).uniform(0.5, 2, 200)

        def J(vector):
            W, b = [None, vector[None, :2]], [None, vector[2:, None]]
            _, _, dW, db = gradients("binary_cross_entropy", W, b, ("sigmoid",), X, Y, 1.0, w)
            cost = mean_loss("binary_cross_entropy", W, propagate(W, b, ("sigmoid",), X)[1][-1], Y, 1.0, w)
            return cost, np.concatenate([dW[1].ravel(), db[1].ravel()])

        scipys = optimize.minimize(J, np.zeros(3), jac=True, options={"gtol": 1e-10})
        net = lw.Network((2, 1), ("sigmoid",))
        result = train(net, X, Y, optimizer=LBFGS(tolerance=1e-9), l2=1.0, sample_weight=w, epochs=200)
        assert result.stopped == "converged"
        assert len(result.history) < 30
        np.testing.assert_allclose(result.parameters.vector, scipys.x, atol=1e-8)
        assert (np.diff(result.history.cost) < 0).all()
        assert result.history.cost[-1] == pytest.approx(scipys.fun, rel=1e-9)

    def test_a_hidden_layer_in_single_precision(self, train):
        X = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]])
        result = train(
            lw.Network((2, 4, 1), ("tanh", "sigmoid")),
            X,
            [[0, 1, 1, 0]],
            optimizer="lbfgs",
            epochs=200,
            seed=3,
            dtype="float32",
        )
        assert result.parameters.dtype == np.float32
        np.testing.assert_array_equal(result.predict(X).round(), [[0, 1, 1, 0]])

    def test_epochs_are_steps(self, train):
        X, Y = data()
        net = lw.Network((2, 4, 1), ("tanh", "sigmoid"))
        costs = [train(net, X, Y, optimizer="lbfgs", epochs=e, validation=(X, Y)).history for e in (1, 2, 5)]
        assert [len(history) for history in costs] == [1, 2, 5]
        assert costs[2].cost[:2] == costs[1].cost
        assert costs[2].validation_cost[:4] == pytest.approx(costs[2].cost[1:], rel=1e-11)

    def test_at_the_minimum_it_has_converged(self, train):
        initial = lw.Parameters([[[1.0]]], [[[0.0]]])
        result = train(
            lw.Network((1, 1), ("identity",)), [[1.0, 2.0]], [[1.0, 2.0]], optimizer="lbfgs", initial=initial
        )
        assert result.stopped == "converged"
        np.testing.assert_array_equal(result.parameters.vector, initial.vector)
