"""Course 2, week 1: gradient checking, and the wrong derivatives that the exercise plants."""

import numpy as np
from course_inputs import assert_prints, golden, layers, relu_network

import layerwise as lw
from layerwise.equations import backward, cost, forward
from layerwise.testing import check_gradients

EXERCISE = golden("gradient_checking")
NET = relu_network((4, 5, 3, 1))
Y = np.array([[1, 1, 0]])


def inputs():
    randn = np.random.RandomState(1).randn
    return randn(4, 3), layers(randn, NET.sizes)


def difference(grad, X, theta, epsilon=1e-7):
    """The measure of the exercise: |g - g'| / (|g| + |g'|)."""

    def J(vector):
        moved = lw.Parameters.from_vector(theta.sizes, vector)
        return cost(NET, moved, forward(NET, moved, X), Y)

    steps = epsilon * np.eye(theta.vector.size)
    numeric = np.array([J(theta.vector + step) - J(theta.vector - step) for step in steps]) / (2 * epsilon)
    norm = np.linalg.norm
    return norm(grad.vector - numeric) / (norm(grad.vector) + norm(numeric))


def test_backward_is_right():
    X, theta = inputs()
    grad = backward(NET, theta, forward(NET, theta, X), Y)
    assert difference(grad, X, theta) < EXERCISE["right"]["limit"]
    assert check_gradients(NET, theta, X, Y).max_relative_error < EXERCISE["right"]["limit"]


def test_the_planted_error_has_the_published_size():
    X, theta = inputs()
    grad = backward(NET, theta, forward(NET, theta, X), Y)
    grad.dW[2] *= 2
    grad.db[1] *= 4
    assert_prints(difference(grad, X, theta), EXERCISE["planted"]["difference"], absolute=1e-8)
    check = check_gradients(NET, theta, X, Y, gradients=grad)
    assert not check.passed
    errors = check.relative_errors
    by_name = {f"d{s}[{l}]": tensor[l] for s, tensor in (("W", errors.dW), ("b", errors.db)) for l in (1, 2, 3)}
    assert {name for name, error in by_name.items() if np.nanmax(error) > check.tolerance} == {"dW[2]", "db[1]"}
