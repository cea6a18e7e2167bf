"""Dropout and clipping."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import data, start


class TestRegularization:
    NET = lw.Network((2, 4, 3, 1), ("tanh", "tanh", "sigmoid"))

    def moved(self, train, dropout):
        X, Y = data()
        initial = start(self.NET.sizes)
        after = train(self.NET, X, Y, epochs=1, dropout=dropout, initial=initial, learning_rate=1.0).parameters
        return [(after.W[l] != initial.W[l]).any() for l in (1, 2, 3)]

    def test_dropout_is_by_layer(self, train):
        assert self.moved(train, (0.0, 0.0)) == [True, True, True]
        assert self.moved(train, (1.0, 0.0)) == [False, False, True]  # W2 sees A1 = 0, W3 the biases of layer 2
        assert self.moved(train, (0.0, 1.0)) == [False, False, False]
        assert self.moved(train, 1.0) == [False, False, False]

    def test_half_of_the_units_are_dropped_and_the_rest_doubled(self, train):
        # one identity unit after 1000 hidden ones that are all tanh(1) at one example: ŷ is the mean of A[1]
        n = 1000
        net = lw.Network((1, n, 1), ("tanh", "identity"))
        initial = lw.Parameters([np.zeros((n, 1)), np.full((1, n), 1 / n)], [np.ones((n, 1)), np.zeros((1, 1))])
        result = train(
            net, np.zeros((1, 1)), np.zeros((1, 1)), epochs=1, dropout=0.5, initial=initial, learning_rate=1e-9
        )
        kept = np.sqrt(2 * result.history.cost[0]) / np.tanh(1) / 2
        assert kept * n == pytest.approx(round(kept * n), abs=1e-6)
        assert abs(kept - 0.5) < 4 * 0.5 / np.sqrt(n)
        touched = (result.parameters.W[2] != initial.W[2]).sum()
        assert touched == round(kept * n)

    def test_masks_differ_by_step_and_seed_and_validation_has_none(self, train):
        X, Y = data()
        options = {"dropout": 0.5, "epochs": 3, "learning_rate": 1e-200, "initial": start(self.NET.sizes)}
        one = train(self.NET, X, Y, validation=(X, Y), seed=1, **options).history
        other = train(self.NET, X, Y, validation=(X, Y), seed=2, **options).history
        plain = train(self.NET, X, Y, **{**options, "dropout": 0.0}).history
        assert len({*one.cost, *other.cost}) == 6
        assert one.validation_cost == other.validation_cost == pytest.approx(plain.cost)

    def test_clipping_shortens_the_step_and_keeps_its_direction(self, train):
        X, Y = data()
        initial = start(self.NET.sizes)
        options = {"initial": initial, "epochs": 1, "learning_rate": 1.0}
        free = train(self.NET, X, Y, **options).parameters.vector - initial.vector
        short = train(self.NET, X, Y, clip_norm=0.01, **options).parameters.vector - initial.vector
        loose = train(self.NET, X, Y, clip_norm=1e6, **options).parameters.vector - initial.vector
        assert np.linalg.norm(short) == pytest.approx(0.01, rel=1e-9)
        np.testing.assert_allclose(short / 0.01, free / np.linalg.norm(free), rtol=1e-7)
        np.testing.assert_allclose(loose, free, rtol=1e-9)
