"""L-BFGS on an engine of one's own: it needs a cost with its gradient, and a word on where they are not finite."""

import numpy as np
import pytest
from scipy import optimize

import layerwise as lw
from layerwise.engines import Divergence, Progress
from layerwise.engines.epochs import Arrived, Diverged, Position
from layerwise.engines.full_batch import FullBatch
from layerwise.equations.optimizers import LBFGS

TARGET = np.array([3.0, -4.0])


def parabola(x):
    return float((x - TARGET) @ (x - TARGET)), 2 * (x - TARGET)


def nowhere(epoch, theta):
    raise AssertionError("everything is finite")


def begin(vector, **done):
    return Progress(LBFGS(), lw.Parameters.from_vector((1, 1), np.array(vector)), 1, 1.0, **done)


def learner(start, evaluate=parabola, locate=nowhere):
    return FullBatch(LBFGS(), start, evaluate, locate)


def test_an_epoch_is_a_step_and_its_cost_the_one_before_it():
    one, points = learner(begin([0.0, 0.0])), list(LBFGS().minimize(parabola, np.zeros(2)))
    for epoch, point in enumerate(points):
        assert one.epoch(epoch, 1.0) == (point.J, 1.0)
        np.testing.assert_array_equal(one.parameters().vector, points[min(epoch + 1, len(points) - 1)].vector)
    with pytest.raises(Arrived) as arrived:
        one.epoch(len(points), 1.0)
    assert arrived.value.reason == "converged"


def test_a_step_that_is_done_is_not_taken_again():
    one = learner(begin([0.0, 0.0]))
    assert one.epoch(0, 1.0) == one.epoch(0, 1.0) == (25.0, 1.0)
    assert one.position()[:4] == Position.of(begin([0.0, 0.0], step=1, summed_cost=25.0, learning_rate=1.0))[:4]


@pytest.mark.parametrize(("J", "g"), [(np.inf, 0.0), (np.nan, 0.0), (1.0, np.inf), (1.0, np.nan)])
def test_a_start_that_is_not_finite_is_located(J, g):
    found = Divergence(0, 0, "J", None)
    one = learner(begin([0.0, 0.0]), lambda x: (J, np.array([0.0, g])), lambda epoch, theta: found)
    with pytest.raises(Diverged) as diverged:
        one.epoch(0, 1.0)
    assert diverged.value.divergence is found
    np.testing.assert_array_equal(one.parameters().vector, [0, 0])


def test_an_evaluation_that_is_interrupted_is_made_again():
    calls = []

    def interrupted(x):
        calls.append(x)
        if len(calls) in (1, 4, 9):
            raise KeyboardInterrupt
        return float(optimize.rosen(x)), optimize.rosen_der(x)

    one, epoch = learner(begin([-1.2, 1.0]), interrupted), 0
    while epoch < 6:
        try:
            one.epoch(epoch, 1.0)
            epoch += 1
        except KeyboardInterrupt:
            pass
    points = list(LBFGS().minimize(lambda x: (float(optimize.rosen(x)), optimize.rosen_der(x)), np.array([-1.2, 1.0])))
    assert len(calls) > 9
    np.testing.assert_array_equal(one.parameters().vector, points[6].vector)
