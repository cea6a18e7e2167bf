"""Schedules of the dropout rates and of the weight decay."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import Listing, data, start
from layerwise.equations import backward, forward
from layerwise.equations.optimizers import AdamW, GradientDescent
from layerwise.equations.regularizers import dropout_masks
from layerwise.equations.schedules import SCHEDULES
from layerwise.errors import ParameterError

NET = lw.Network((2, 6, 4, 1), ("tanh", "relu", "sigmoid"))
X, Y = data(m=30)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_step_drops_by_the_rate_of_that_step(train, name):
    factor, rates, epochs, seed = SCHEDULES[name]().factor, (0.5, 0.3), 5, 4
    result = train(NET, X, Y, epochs=epochs, dropout=rates, dropout_schedule=name, seed=seed,
                   initial=start(NET.sizes), learning_rate=0.5)  # fmt: skip
    theta, rule = start(NET.sizes), GradientDescent(0.5)
    for epoch in range(epochs):
        now = tuple(rate * factor(epoch, epochs) for rate in rates)
        run = forward(NET, theta, X, dropout_masks(NET, now, X.shape[1], seed, epoch))
        theta, _ = rule.step(theta, backward(NET, theta, run, Y))
    np.testing.assert_allclose(result.parameters.vector, theta.vector, rtol=1e-9, atol=1e-12)


def test_dropout_may_fade_to_nothing(train):
    class After:
        def factor(self, epoch, epochs):
            return float(epoch < 1)

    options = {"epochs": 4, "initial": start(NET.sizes), "batch_size": 8}
    faded = train(NET, X, Y, dropout=0.5, dropout_schedule=After(), **options)
    part = train(NET, X, Y, dropout=0.5, **{**options, "epochs": 1})
    whole = train(NET, X, Y, **{**options, "initial": None}, resume=part)
    np.testing.assert_allclose(faded.parameters.vector, whole.parameters.vector, rtol=1e-11)


@pytest.mark.parametrize("schedule", [None, "cosine"])
def test_the_decay_follows_both_schedules(train, schedule):
    net = lw.Network((1, 1), ("identity",))
    result = train(
        net,
        np.zeros((1, 8)),
        np.zeros((1, 8)),
        epochs=3,
        batch_size=4,
        schedule=schedule,
        decay_schedule="linear",
        initial=lw.Parameters([[[1.0]]], [[[0.0]]]),
        optimizer=GradientDescent(0.1, weight_decay=0.2),
    )
    rate = SCHEDULES[schedule or "constant"]().factor
    times = np.arange(6) / 2
    expected = np.prod([1 - 0.1 * rate(t, 3) * 0.2 * (1 - t / 3) for t in times])
    assert result.parameters.W[1][0, 0] == pytest.approx(expected, rel=1e-12)


def test_they_are_asked_once_for_every_step(train):
    asked = [[], []]

    class Asked(Listing):
        def factor(self, epoch, epochs):
            return min(1.0, super().factor(epoch, epochs))

    schedules = [Asked(steps) for steps in asked]
    train(NET, X, Y, epochs=2, batch_size=10, dropout=0.2, optimizer=AdamW(),
          dropout_schedule=schedules[0], decay_schedule=schedules[1])  # fmt: skip
    assert asked[0] == asked[1] == pytest.approx([0, 1 / 3, 2 / 3, 1, 4 / 3, 5 / 3])


@pytest.mark.parametrize(
    ("name", "factor", "message"),
    [
        ("dropout_schedule", 1.5, r"^The factor of a dropout_schedule must be a number in the range \[0, 1\]. Got 1.5"),
        ("dropout_schedule", -0.5, r"^A schedule's factor must be a number in the range \[0, inf\). Got -0.5"),
        ("decay_schedule", float("nan"), r"^A schedule's factor must be a number in the range \[0, inf\). Got nan"),
    ],
)
def test_factors_outside_their_range(train, name, factor, message):
    odd = type("Odd", (), {"factor": lambda self, epoch, epochs: factor})()
    with pytest.raises(ParameterError, match=message):
        train(NET, X, Y, dropout=0.5, optimizer=AdamW(), **{name: odd})


def test_a_divergence_under_a_fading_dropout_is_located_alike():
    numbers = 10 * X[1:] - X[:1]
    net = lw.Network((2, 4, 3, 1), ("relu", "tanh", "identity"))
    found = []
    for engine in lw.engines.ENGINES:
        with pytest.warns(lw.errors.DivergenceWarning):
            found.append(lw.train(net, X, numbers, engine=engine, learning_rate=1e6, batch_size=5, dropout=(0.3, 0.2),
                                  dropout_schedule="linear", seed=5).divergence)  # fmt: skip
    assert found[0] == found[-1]
