"""Course 2, week 1: what zeros, large numbers and He's variance do to a 2-10-5-1 network."""

import numpy as np
import pytest
from course_inputs import accuracy, assert_prints, golden, initial, relu_network
from sklearn.datasets import make_circles

import layerwise as lw

EXERCISE = golden("initialization")
NET = relu_network((2, 10, 5, 1))


def circles(seed, m):
    points, labels = make_circles(m, noise=0.05, random_state=seed)
    return points.T, labels.reshape(1, -1)


def run_descent(theta, epochs=15_000):
    result = lw.train(NET, *circles(1, 300), initial=theta, learning_rate=0.01, epochs=epochs, dtype="float64")
    return result, [accuracy(NET, result.parameters, *circles(seed, m)) for seed, m in ((1, 300), (2, 100))]


def test_zeros():
    result, accuracies = run_descent(initial(NET.sizes, 3, lambda _: 0.0), epochs=2000)
    assert_prints(result.history.cost[::1000], " ".join([EXERCISE["zeros"]["cost"]] * 2))
    assert accuracies == EXERCISE["zeros"]["accuracy"]


@pytest.mark.slow
def test_he():
    result, accuracies = run_descent(initial(NET.sizes, 3, lambda n: np.sqrt(2 / n)))
    expected = EXERCISE["he"]
    assert_prints(result.history.cost[::1000], expected["costs"], relative=expected["relative_tolerance"])
    assert_prints(accuracies, expected["accuracy"])


@pytest.mark.slow
def test_large_random_numbers():
    result, accuracies = run_descent(initial(NET.sizes, 3, lambda _: 10.0))
    expected = EXERCISE["random"]
    costs = result.history.cost[::1000]
    assert np.isfinite(costs[0])
    assert costs[0] > 100  # nats: where the course prints inf
    tolerance = np.full((len(costs) - 1, 1), expected["tolerance"])
    tolerance[6] = expected["tolerance_at_7000"]
    for printed in expected["costs"]:
        assert_prints(costs[1:], printed, absolute=tolerance)
        assert_prints(costs[-1], printed[-1], absolute=expected["tolerance_of_the_last"])
    assert_prints(accuracies, expected["accuracy"])
