"""Validation examples are looked at after each epoch, and only looked at."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import data, start
from oracles import mean_loss, propagate


class TestValidation:
    @pytest.mark.parametrize("weighted", [False, True])
    def test_cost_and_metrics_after_each_epoch(self, train, weighted):
        X, Y = data()
        X_val, Y_val = data(m=11, seed=9)
        w = np.arange(11.0) if weighted else None
        net, initial = lw.Network((2, 3, 1), ("tanh", "sigmoid")), start((2, 3, 1))
        options = {"initial": initial, "learning_rate": 0.5, "l2": 2.0}
        validation = (X_val, Y_val, w) if weighted else (X_val, Y_val)
        history = train(net, X, Y, epochs=4, validation=validation, **options).history
        for e in range(4):
            theta = train(net, X, Y, epochs=e + 1, **options).parameters
            Y_hat = propagate(theta.W, theta.b, net.activations, X_val)[1][-1]
            right = (Y_hat[0] > 0.5) == (Y_val[0] > 0.5)
            expected = mean_loss("binary_cross_entropy", theta.W, Y_hat, Y_val, 0.0, w)
            assert history.validation_cost[e] == pytest.approx(expected, rel=1e-10)
            assert history.metrics["accuracy"][e] == pytest.approx(np.average(right, weights=w))
        assert set(history.metrics) == {"accuracy"}

    def test_it_is_only_looked_at(self, train):
        X, Y = data()
        net = lw.Network((2, 3, 1), ("tanh", "sigmoid"))
        seen = train(net, X, Y, epochs=5, batch_size=7, dropout=0.2, validation=data(m=9, seed=3))
        blind = train(net, X, Y, epochs=5, batch_size=7, dropout=0.2)
        assert seen.parameters.vector.tobytes() == blind.parameters.vector.tobytes()
        assert (blind.history.validation_cost, blind.history.metrics, blind.best_epoch) == ([], {}, None)
        assert seen.best_epoch == int(np.argmin(seen.history.validation_cost))

    def test_numbers_have_rmse_and_mae(self, train):
        X, _ = data()
        Y = X[:1] - 2 * X[1:]
        result = train(lw.Network((2, 1), ("identity",)), X, Y, epochs=3, validation=(X, Y))
        r = result.predict(X) - Y
        assert result.history.metrics["rmse"][-1] == pytest.approx(np.sqrt((r**2).mean()))
        assert result.history.metrics["mae"][-1] == pytest.approx(abs(r).mean())
