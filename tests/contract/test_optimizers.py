"""What every optimizer owes."""

import dataclasses

import numpy as np
import pytest
from scipy import optimize

import layerwise as lw
from layerwise.equations import Gradients
from layerwise.equations.optimizers import LBFGS, OPTIMIZERS, UpdateRule

RULES = [name for name, build in OPTIMIZERS.items() if isinstance(build(), UpdateRule)]
SIZES = (1, 1)  # two numbers: a weight and a bias


def rosenbrock(x):
    return float(optimize.rosen(x)), optimize.rosen_der(x)


def ellipse(x):
    return float(0.5 * x[0] ** 2 + 5 * (x[1] - 2) ** 2), np.array([x[0], 10 * (x[1] - 2)])


def descend(optimizer, evaluate, start, steps):
    """Where an optimizer gets to, with the learning rate falling to zero along a cosine."""
    if isinstance(optimizer, LBFGS):
        return [point.vector for point in optimizer.minimize(evaluate, start)][-1]
    theta, state = lw.Parameters.from_vector(SIZES, start), None
    for step in range(steps):
        rate = optimizer.learning_rate * 0.5 * (1 + np.cos(np.pi * step / steps))
        grad = Gradients.from_vector(SIZES, evaluate(theta.vector)[1])
        theta, state = optimizer.step(theta, grad, state, learning_rate=rate)
    return theta.vector


def with_rate(name, rate):
    optimizer = OPTIMIZERS[name]()
    return (
        optimizer
        if isinstance(optimizer, LBFGS)
        else dataclasses.replace(optimizer, learning_rate=rate, weight_decay=0.0)
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_solves_the_parabola(name):
    end = descend(with_rate(name, 0.05), ellipse, np.array([3.0, -1.0]), steps=1500)
    np.testing.assert_allclose(end, [0, 2], atol=1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_solves_rosenbrock(name):
    rate = {"gradient_descent": 2e-3, "momentum": 5e-4, "nesterov": 5e-4}.get(name, 0.03)
    end = descend(with_rate(name, rate), rosenbrock, np.array([-1.2, 1.0]), steps=8000)
    scipys = optimize.minimize(rosenbrock, [-1.2, 1.0], jac=True).x
    np.testing.assert_allclose(end, scipys, atol=0.05 if name == "gradient_descent" else 0.01)


@pytest.mark.parametrize("name", RULES)
def test_a_step_changes_nothing_that_it_is_given(name):
    rule = dataclasses.replace(OPTIMIZERS[name](), weight_decay=0.1)
    theta, grad = lw.initialize(lw.Network((3, 2), ("tanh",)), seed=1), Gradients([np.ones((2, 3))], [np.ones((2, 1))])
    first, state = rule.step(theta, grad)
    for array in (theta.vector, first.vector, grad.vector, *state.slots.values()):
        array.setflags(write=False)
    kept = {letter: slot.copy() for letter, slot in state.slots.items()}
    second, later = rule.step(first, grad, state)
    again, _ = rule.step(first, grad, state)
    np.testing.assert_array_equal(second.vector, again.vector)
    assert (state.t, later.t) == (1, 2)
    assert set(later.slots) == set(state.slots) == set(type(rule).slots)
    assert all((state.slots[letter] == kept[letter]).all() for letter in kept)
    assert not any(np.shares_memory(second.vector, x) for x in (first.vector, grad.vector, *later.slots.values()))


@pytest.mark.parametrize("name", RULES)
def test_the_first_step_goes_down_the_gradient(name):
    theta = lw.Parameters([[[0.0, 0.0]]], [[[0.0]]])
    grad = Gradients([[[1.0, -2.0]]], [[[0.5]]])
    moved = OPTIMIZERS[name]().step(theta, grad)[0].vector
    np.testing.assert_array_equal(np.sign(moved), [-1, 1, -1])


@pytest.mark.parametrize("name", RULES)
def test_without_a_gradient_nothing_moves_but_the_decay_of_the_weights(name):
    theta = lw.Parameters([[[2.0, -4.0]]], [[[8.0]]])
    grad = Gradients([[[0.0, 0.0]]], [[[0.0]]])
    still = dataclasses.replace(OPTIMIZERS[name](), learning_rate=0.5, weight_decay=0.0)
    np.testing.assert_array_equal(still.step(theta, grad)[0].vector, theta.vector)
    decaying = dataclasses.replace(still, weight_decay=0.25)
    np.testing.assert_allclose(decaying.step(theta, grad)[0].vector, [2 * 0.875, -4 * 0.875, 8], rtol=1e-15)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floating_type_is_kept(name, dtype):
    rule = dataclasses.replace(OPTIMIZERS[name](), learning_rate=np.float64(0.1), weight_decay=np.float64(0.1))
    theta = lw.initialize(lw.Network((3, 2), ("tanh",))).astype(dtype)
    grad, state = Gradients.from_vector(theta.sizes, np.ones_like(theta.vector)), None
    for _ in range(3):
        theta, state = rule.step(theta, grad, state)
    assert theta.dtype == dtype
    assert all(slot.dtype == dtype for slot in state.slots.values())


@pytest.mark.parametrize("name", RULES)
def test_numbers_do_not_see_each_other(name):
    rule = OPTIMIZERS[name]()
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(4, 2))

    def end(gradients):
        theta, state = lw.Parameters([[[1.0]]], [[[1.0]]]), None
        for g in gradients:
            theta, state = rule.step(theta, Gradients.from_vector(SIZES, g), state)
        return theta.vector

    other = gradients.copy()
    other[:, 1] *= 100
    assert end(gradients)[0] == end(other)[0]
    assert end(gradients)[1] != end(other)[1]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_is_a_frozen_value_with_defaults(name):
    optimizer = OPTIMIZERS[name]()
    assert optimizer == OPTIMIZERS[name]()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(optimizer, dataclasses.fields(optimizer)[0].name, 1)
