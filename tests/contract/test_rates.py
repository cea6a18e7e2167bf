"""The learning rate of every step: schedules and weight decay."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import RULES, Ramp, data, start
from layerwise.equations.optimizers import AdamW, GradientDescent
from layerwise.equations.schedules import SCHEDULES, Constant


class TestRates:
    @pytest.mark.parametrize("name", SCHEDULES)
    def test_a_schedule_multiplies_the_rate_of_every_step(self, train, name):
        # X = 0: the bias moves by the learning rate of each step
        factor = SCHEDULES[name]().factor
        net = lw.Network((1, 1), ("identity",), "absolute_error")
        result = train(
            net,
            np.zeros((1, 8)),
            np.full((1, 8), 1e9),
            batch_size=2,
            epochs=6,
            learning_rate=0.3,
            schedule=name,
            initial=lw.Parameters([[[0.0]]], [[[0.0]]]),
        )
        expected = [0.3 * factor(epoch + step / 4, 6) for epoch in range(6) for step in range(4)]
        assert result.parameters.b[1][0, 0] == pytest.approx(sum(expected), rel=1e-11)
        assert result.history.learning_rate == pytest.approx(expected[3::4], rel=1e-12)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_a_factor_of_numpy_leaves_the_floating_type(self, train, dtype):
        class Half:
            def factor(self, epoch, epochs):
                return np.float64(0.5)

        X, Y = data()
        result = train(lw.Network((2, 1), ("sigmoid",)), X, Y, epochs=2, schedule=Half(), dtype=dtype)
        assert result.parameters.dtype == dtype
        assert [type(rate) for rate in result.history.learning_rate] == [float, float]

    @pytest.mark.parametrize("optimizer", RULES)
    def test_every_rule_follows_the_schedule(self, train, optimizer):
        X, Y = data()
        net, initial = lw.Network((2, 1), ("sigmoid",)), start((2, 1))
        ramp, flat = (train(net, X, Y, epochs=3, optimizer=optimizer, initial=initial, schedule=schedule)
                      for schedule in (Ramp(), Constant()))  # fmt: skip
        assert (ramp.parameters.vector != flat.parameters.vector).all()
        assert ramp.history.cost[:2] == flat.history.cost[:2]

    def test_weight_decay_follows_it_too(self, train):
        net = lw.Network((1, 1), ("identity",))
        result = train(
            net,
            np.zeros((1, 2)),
            np.zeros((1, 2)),
            epochs=3,
            schedule=Ramp(),
            initial=lw.Parameters([[[1.0]]], [[[0.0]]]),
            optimizer=GradientDescent(0.1, weight_decay=0.2),
        )
        expected = (1 - 0.1 * 0.2) * (1 - 0.2 * 0.2) * (1 - 0.3 * 0.2)
        assert result.parameters.W[1][0, 0] == pytest.approx(expected, rel=1e-12)
        assert AdamW().weight_decay == 0.01
