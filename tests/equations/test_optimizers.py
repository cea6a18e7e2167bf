import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerwise as lw
from layerwise.equations import Gradients
from layerwise.equations.optimizers import (
    OPTIMIZERS,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    UpdateRule,
)
from layerwise.errors import ParameterError
from oracles import laws

SIZES = (2, 3, 1)
WEIGHTS = 9  # of 13 numbers; the last four are biases


def path(rule, gradients, start, rates=None):
    """The positions after each step along given gradients."""
    theta, state, positions = lw.Parameters.from_vector(SIZES, start), None, []
    for t, g in enumerate(gradients):
        rate = None if rates is None else rates[t]
        theta, state = rule.step(theta, Gradients.from_vector(SIZES, g), state, learning_rate=rate)
        positions.append(theta.vector)
    return np.array(positions)


def one_by_one(update, gradients, start, decay=0.0, rate=0.0):
    """The same, each number by itself: `update(g, memory, t)` gives the step of one number."""
    positions = np.empty((len(gradients), len(start)))
    for k in range(len(start)):
        x, memory = start[k], {}
        for t, g in enumerate(gradients, start=1):
            shrink = rate * decay * x if k < WEIGHTS else 0.0
            x = x - update(g[k], memory, t) - shrink
            positions[t - 1, k] = x
    return positions


def gradient_descent(g, memory, t, lr=0.1):
    return lr * g


def momentum(g, memory, t, lr=0.1, mu=0.8):
    memory["buf"] = mu * memory.get("buf", 0.0) + g
    return lr * memory["buf"]


def nesterov(g, memory, t, lr=0.1, mu=0.8):
    memory["buf"] = mu * memory.get("buf", 0.0) + g
    return lr * (g + mu * memory["buf"])


def rmsprop(g, memory, t, lr=0.1, rho=0.7, eps=1e-3):
    memory["avg"] = rho * memory.get("avg", 0.0) + (1 - rho) * g**2
    return lr * g / (math.sqrt(memory["avg"]) + eps)


def adam(g, memory, t, lr=0.1, b1=0.8, b2=0.95, eps=1e-3):
    memory["m"] = b1 * memory.get("m", 0.0) + (1 - b1) * g
    memory["v"] = b2 * memory.get("v", 0.0) + (1 - b2) * g**2
    return lr * (memory["m"] / (1 - b1**t)) / (math.sqrt(memory["v"] / (1 - b2**t)) + eps)


RULES = {
    "gradient_descent": (GradientDescent(0.1), gradient_descent),
    "momentum": (Momentum(0.1, 0.8), momentum),
    "nesterov": (Nesterov(0.1, 0.8), nesterov),
    "rmsprop": (RMSprop(0.1, 0.7, 1e-3), rmsprop),
    "adam": (Adam(0.1, 0.8, 0.95, 1e-3), adam),
    "adamw": (AdamW(0.1, 0.8, 0.95, 1e-3, weight_decay=0.0), adam),
}


def test_every_rule_is_here_by_name():
    assert {*RULES, "lbfgs"} == set(OPTIMIZERS)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_several_steps_number_by_number(name, decay):
    rule, update = RULES[name]
    rng = np.random.default_rng(0)
    gradients, start = rng.normal(size=(12, 13)) * 3, rng.normal(size=13)
    ours = path(dataclasses.replace(rule, weight_decay=decay), gradients, start)
    np.testing.assert_allclose(ours, one_by_one(update, gradients, start, decay, 0.1), rtol=1e-12, atol=1e-13)


@laws
@given(st.floats(0, 0.99), st.floats(1e-3, 1.0), st.integers(0, 99))
def test_the_averaged_momentum_of_the_course_is_a_scaled_learning_rate(beta, alpha, seed):
    gradients, start = np.random.default_rng(seed).normal(size=(10, 13)), np.ones(13)
    v, x, course = np.zeros(13), start, []
    for g in gradients:
        v = beta * v + (1 - beta) * g
        x = x - alpha * v
        course.append(x)
    np.testing.assert_allclose(
        path(Momentum(alpha * (1 - beta), beta), gradients, start), course, rtol=1e-11, atol=1e-12
    )


def test_nesterov_is_the_look_ahead_of_sutskever():
    # v ← μ v − α ∇f(θ + μ v), θ ← θ + v; ours stands at φ = θ + μ v
    def gradient(x):
        return np.array([3.0, 0.5, *np.zeros(11)]) * x

    mu, alpha, theta, v = 0.9, 0.1, np.ones(13), np.zeros(13)
    ours, state = lw.Parameters.from_vector(SIZES, np.ones(13)), None
    for _ in range(20):
        v = mu * v - alpha * gradient(theta + mu * v)
        theta = theta + v
        grad = Gradients.from_vector(SIZES, gradient(ours.vector))
        ours, state = Nesterov(alpha, mu).step(ours, grad, state)
        np.testing.assert_allclose(ours.vector, theta + mu * v, rtol=1e-12, atol=1e-15)


def test_without_memory_the_rules_are_gradient_descent():
    gradients, start = np.random.default_rng(1).normal(size=(5, 13)), np.zeros(13)
    plain = path(GradientDescent(0.1), gradients, start)
    np.testing.assert_array_equal(path(Momentum(0.1, 0.0), gradients, start), plain)
    np.testing.assert_array_equal(path(Nesterov(0.1, 0.0), gradients, start), plain)


def test_the_first_step_of_adam_has_the_length_of_the_learning_rate():
    g = np.array([1e-4, -1e-2, 1.0, -100.0, *np.ones(9)])
    first = path(Adam(0.01), [g], np.zeros(13))[0]
    np.testing.assert_allclose(first, -0.01 * np.sign(g), rtol=2e-4)


def test_adam_does_not_care_for_the_scale_of_the_cost():
    gradients = np.random.default_rng(2).normal(size=(8, 13))
    one = path(Adam(0.01, epsilon=1e-300), gradients, np.zeros(13))
    np.testing.assert_allclose(path(Adam(0.01, epsilon=1e-300), 1e6 * gradients, np.zeros(13)), one, rtol=1e-12)


def test_adamw_decays_by_a_hundredth_unless_told_otherwise():
    assert AdamW().weight_decay == 0.01
    assert all(OPTIMIZERS[name]().weight_decay == 0 for name in RULES if name != "adamw")
    still = path(AdamW(0.1), [np.zeros(13)] * 3, np.ones(13))[-1]
    np.testing.assert_allclose(still[:WEIGHTS], (1 - 0.1 * 0.01) ** 3, rtol=1e-14)
    np.testing.assert_array_equal(still[WEIGHTS:], 1)


@pytest.mark.parametrize("name", RULES)
def test_a_rate_in_a_step_takes_the_place_of_the_rules_own(name):
    rule = dataclasses.replace(RULES[name][0], weight_decay=0.2)
    g, start = np.random.default_rng(3).normal(size=(1, 13)), np.ones(13)
    moved = path(rule, g, start)[0] - start
    np.testing.assert_allclose(path(rule, g, start, rates=[0.05])[0] - start, moved / 2, rtol=1e-12)


def test_the_letters_of_the_papers_are_the_arguments():
    assert [f.name for f in dataclasses.fields(Adam)] == ["learning_rate", "weight_decay", "beta1", "beta2", "epsilon"]
    assert Adam(0.1, 0.2, 0.3, 0.4) == Adam(learning_rate=0.1, beta1=0.2, beta2=0.3, epsilon=0.4)
    assert (Adam().learning_rate, Adam().beta1, Adam().beta2, Adam().epsilon) == (0.001, 0.9, 0.999, 1e-8)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: GradientDescent(0),
            r"'learning_rate' parameter of GradientDescent must be .*\(0, inf\)\. Got 0 instead",
        ),
        (lambda: Momentum(beta=1.0), r"'beta' parameter of Momentum must be .*\[0, 1\)\. Got 1\.0"),
        (lambda: Nesterov(beta=-0.1), r"'beta' parameter of Nesterov"),
        (lambda: RMSprop(rho=1), r"'rho' parameter of RMSprop must be .*\[0, 1\)"),
        (lambda: RMSprop(epsilon=0.0), r"'epsilon' parameter of RMSprop must be .*\(0, inf\)"),
        (lambda: Adam(beta1=1.0), r"'beta1' parameter of Adam must be .*\[0, 1\)"),
        (lambda: Adam(beta2=math.nan), r"'beta2' parameter of Adam .* Got nan"),
        (lambda: Adam(epsilon="small"), r"'epsilon' parameter of Adam .* Got 'small'"),
        (lambda: AdamW(weight_decay=-1), r"'weight_decay' parameter of AdamW must be .*\[0, inf\)"),
        (lambda: GradientDescent(math.inf), r"'learning_rate' parameter of GradientDescent .* Got inf"),
    ],
)
def test_settings_outside_their_range(build, message):
    with pytest.raises(ParameterError, match=message):
        build()


def test_a_rule_without_an_equation_moves_nothing():
    with pytest.raises(NotImplementedError):
        path(UpdateRule(0.1), [np.ones(13)], np.ones(13))
