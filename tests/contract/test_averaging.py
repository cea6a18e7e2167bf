"""Averaged parameters: what is looked at and given back, while the steps go on from the others."""

import numpy as np
import pytest

import layerwise as lw
from contract.runs import RULES, data, start

NET = lw.Network((2, 5, 3, 1), ("tanh", "relu", "sigmoid"))
X, Y = data(m=30)
HELD_OUT = data(m=17, seed=9)
OPTIONS = {"batch_size": 7, "seed": 3, "initial": start(NET.sizes)}  # five steps an epoch
BETA = 0.6


class Keep:
    """The parameters that callbacks see."""

    def __init__(self):
        self.seen = []

    def on_epoch_end(self, state):
        self.seen.append(state.parameters.vector)


def steps_of(train, epochs, **options):
    """The parameters after every step, from runs on full batches of one step an epoch."""
    initial = start(NET.sizes)
    runs = (train(NET, X, Y, initial=initial, epochs=e, **options) for e in range(1, epochs + 1))
    return [initial.vector, *(result.parameters.vector for result in runs)]


def averages(vectors, beta):
    mean = vectors[0]
    for t, vector in enumerate(vectors[1:], start=1):
        c = min(beta, t / (t + 9))
        mean = c * mean + (1 - c) * vector
        yield mean


@pytest.mark.parametrize("optimizer", RULES)
def test_it_is_the_average_over_the_steps(train, optimizer):
    vectors = steps_of(train, 20, optimizer=optimizer)
    keep = Keep()
    options = {"initial": start(NET.sizes), "epochs": 20, "optimizer": optimizer}
    result = train(NET, X, Y, averaging=BETA, callbacks=[keep], **options)
    expected = list(averages(vectors, BETA))
    np.testing.assert_allclose(keep.seen, expected, rtol=1e-9)
    np.testing.assert_allclose(result.parameters.vector, expected[-1], rtol=1e-9)
    np.testing.assert_array_equal(result.progress.parameters.vector, vectors[-1])  # the steps are the same


def test_it_is_what_validation_looks_at_and_what_is_kept(train):
    keep = Keep()
    options = {**OPTIONS, "validation": HELD_OUT, "epochs": 12, "learning_rate": 3.0, "averaging": 0.9}
    result = train(NET, X, Y, early_stopping=12, callbacks=[keep], **options)
    costs = []
    for vector in keep.seen:
        theta = lw.Parameters.from_vector(NET.sizes, vector)
        Y_hat = lw.predict(NET, theta, HELD_OUT[0])
        costs.append(-np.log(np.where(HELD_OUT[1] > 0, Y_hat, 1 - Y_hat)).mean())
    np.testing.assert_allclose(result.history.validation_cost, costs, rtol=1e-9)
    assert result.best_epoch == int(np.argmin(costs))
    assert result.parameters.vector.tobytes() == keep.seen[result.best_epoch].tobytes()


def test_the_costs_of_the_steps_are_those_of_a_run_without(train):
    one, other = (train(NET, X, Y, epochs=6, averaging=beta, **OPTIONS) for beta in (0.0, 0.99))
    assert one.history.cost == other.history.cost
    assert one.progress.parameters.vector.tobytes() == other.progress.parameters.vector.tobytes()
    assert one.progress.averaged is None
    assert (one.parameters.vector != other.parameters.vector).all()


def test_a_resumed_run_may_begin_to_average_or_end_it(train):
    part = train(NET, X, Y, epochs=2, **OPTIONS)
    options = {key: value for key, value in OPTIONS.items() if key != "initial"}
    begun = train(NET, X, Y, epochs=3, averaging=0.9, resume=part, **options)
    assert (begun.parameters.vector != begun.progress.parameters.vector).any()
    ended = train(NET, X, Y, epochs=4, resume=begun, **options)
    assert ended.parameters.vector.tobytes() == ended.progress.parameters.vector.tobytes()
    plain = train(NET, X, Y, epochs=4, resume=part, **options)
    assert ended.parameters.vector.tobytes() == plain.parameters.vector.tobytes()


def test_after_a_divergence_it_is_the_average_from_before(train):
    net = lw.Network((2, 1), ("identity",))
    options = {"initial": start((2, 1)), "learning_rate": 1e200, "averaging": 0.9, "epochs": 9}
    with pytest.warns(lw.errors.DivergenceWarning):
        result = train(net, X, Y, **options)
    before = result.divergence.epoch
    expected = train(net, X, Y, **{**options, "epochs": before}).parameters if before else start((2, 1))
    np.testing.assert_array_equal(result.parameters.vector, expected.vector)
