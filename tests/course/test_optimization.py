"""Course 2, week 2: the update rules, and the comparison of them on the moons."""

import functools

import numpy as np
import pytest
from course_inputs import accuracy, assert_prints, descend, golden, initial, relu_network
from sklearn.datasets import make_moons

import layerwise as lw
from layerwise.equations import Gradients
from layerwise.equations.optimizers import Adam, GradientDescent, Momentum
from layerwise.equations.schedules import InverseTimeDecay

EXERCISE = golden("optimization")
MOONS = EXERCISE["moons"]
NET = relu_network((2, 5, 2, 1))
BETA = 0.9


def given_layers():
    """W1 (2, 3) and W2 (3, 3) are no network, so each is a layer on its own."""
    randn = np.random.RandomState(1).randn
    shapes = ((2, 3), (2, 1)), ((3, 3), (3, 1))
    thetas = [lw.Parameters([randn(*W)], [randn(*b)]) for W, b in shapes]
    grads = [Gradients([randn(*W)], [randn(*b)]) for W, b in shapes]
    return tuple(zip((1, 2), thetas, grads, strict=True))


def averaged_momentum(learning_rate, beta=BETA):
    """The course's v = β v + (1 - β) g: our v times 1 - β, so that the learning rate takes the factor."""
    return Momentum(learning_rate * (1 - beta), beta)


def assert_layer(theta, expected, l):
    assert_prints(theta.W[1], expected[f"W{l}"])
    assert_prints(theta.b[1], expected[f"b{l}"])


def assert_averages(vector, theta, expected, l):
    assert_layer(lw.Parameters.from_vector(theta.sizes, vector), expected, l)


def test_gradient_descent():
    expected = EXERCISE["gradient_descent"]
    for l, theta, grad in given_layers():
        theta, _ = GradientDescent(expected["learning_rate"]).step(theta, grad)
        assert_layer(theta, expected, l)


def test_momentum():
    expected = EXERCISE["momentum"]
    for l, theta, grad in given_layers():
        theta, state = averaged_momentum(expected["learning_rate"], expected["beta"]).step(theta, grad)
        assert_layer(theta, expected, l)
        assert_averages((1 - expected["beta"]) * state.slots["v"], theta, expected["v"], l)


def second_step_of_adam(theta, grad, expected):
    nothing = Gradients.from_vector(grad.sizes, np.zeros_like(grad.vector))
    adam = Adam(*(expected[name] for name in ("learning_rate", "beta1", "beta2", "epsilon")))
    still, state = adam.step(theta, nothing)
    np.testing.assert_array_equal(still.vector, theta.vector)
    return adam.step(theta, grad, state)


def test_adam():
    expected = EXERCISE["adam"]
    for l, theta, grad in given_layers():
        theta, state = second_step_of_adam(theta, grad, expected)
        assert state.t == expected["t"]
        assert_layer(theta, expected, l)
        assert_averages(state.slots["m"], theta, expected["v"], l)
        assert_averages(state.slots["v"], theta, expected["s"], l)


def test_adam_has_epsilon_outside_the_root():
    expected = EXERCISE["adam_large_epsilon"]
    for l, theta, grad in given_layers():
        theta, _ = second_step_of_adam(theta, grad, expected)
        assert_prints(theta.W[1][0], expected["first_rows"][f"W{l}"])
        assert_prints(theta.b[1][0], expected["first_rows"][f"b{l}"])


@pytest.mark.parametrize("case", EXERCISE["schedules"])
def test_inverse_time_decay(case):
    decay = InverseTimeDecay(rate=case["rate"], every=case["every"])
    value = case["learning_rate"] * decay.factor(case["epoch"], 10_000)
    assert_prints(value, case["value"], absolute=case.get("absolute_tolerance", 0.0))


RULES = {"gradient_descent": GradientDescent, "momentum": averaged_momentum, "adam": Adam}


@functools.cache
def moons():
    points, labels = make_moons(300, noise=0.2, random_state=3)
    return points.T, labels.reshape(1, -1)


def batches_of(epoch):
    X, Y = moons()
    order = np.random.RandomState(11 + epoch).permutation(300)
    return [(X[:, order[k : k + 64]], Y[:, order[k : k + 64]]) for k in range(0, 300, 64)]


def compare(rule, epochs, learning_rate, every=None):
    """Train on the course's own batches; return the parameters and the costs of every 1000th epoch's batches."""
    theta, state, costs = initial(NET.sizes, 3, lambda n: np.sqrt(2 / n)), None, []
    optimizer, rate, factor = RULES[rule](learning_rate), None, 1 - BETA if rule == "momentum" else 1
    for epoch in range(epochs):
        theta, state, of_batches = descend(NET, theta, optimizer, batches_of(epoch), state, rate)
        if every is not None:
            rate = factor * learning_rate * InverseTimeDecay(every=every).factor(epoch, epochs)
        if epoch % 1000 == 0:
            costs.append(of_batches)
    return theta, costs


def mean_over_examples(of_batches):
    return np.dot(of_batches, [64, 64, 64, 64, 44]) / 300


def test_moons_begin():
    _, costs = compare("adam", 1001, 0.0007)
    assert_prints([of_batches[-1] for of_batches in costs], " ".join(MOONS["last_batch"]["adam"]["costs"][:2]))
    assert_prints([*map(mean_over_examples, costs)], " ".join(MOONS["mean_of_epoch"]["adam"]["costs"][:2]))


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_moons(rule):
    theta, costs = compare(rule, 10_000, 0.0007)
    assert_prints([of_batches[-1] for of_batches in costs], " ".join(MOONS["last_batch"][rule]["costs"]))
    assert_prints([*map(mean_over_examples, costs[:5])], " ".join(MOONS["mean_of_epoch"][rule]["costs"]))
    assert_prints(accuracy(NET, theta, *moons()), MOONS["last_batch"][rule]["accuracy"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("decay", "rule"),
    [
        (decay, rule)
        for decay in ("decay_every_epoch", "decay_every_1000_epochs")
        for rule in RULES
        if rule in MOONS[decay]
    ],
)
def test_moons_with_decay(decay, rule):
    expected = MOONS[decay][rule]
    _, costs = compare(rule, len(expected["costs"]) * 1000 - 999, expected["learning_rate"], expected["every"])
    assert_prints([*map(mean_over_examples, costs)], " ".join(expected["costs"]))
