import copy
import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from layerwise.equations.lbfgs import LBFGS
from layerwise.errors import ParameterError


def rosenbrock(x):
    return float(optimize.rosen(x)), optimize.rosen_der(x)


def quadratic(A, b):
    return lambda x: (float(x @ A @ x / 2 - b @ x), A @ x - b)


def last(points):
    return list(points)[-1]


@pytest.mark.parametrize("n", [2, 10, 30])
def test_rosenbrock(n):
    point = last(LBFGS(tolerance=1e-9).minimize(rosenbrock, np.full(n, -1.2)))
    scipys = optimize.minimize(rosenbrock, np.full(n, -1.2), jac=True, method="BFGS", options={"gtol": 1e-9})
    assert abs(point.g).max() <= 1e-9
    np.testing.assert_allclose(point.vector, scipys.x, atol=1e-7)


@pytest.mark.parametrize("condition", [1e1, 1e4, 1e7])
def test_a_quadratic_whatever_its_condition(condition):
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    A, b = Q @ np.diag(np.geomspace(1, condition, 8)) @ Q.T, rng.normal(size=8)
    evaluate = quadratic(A, b)
    point = last(LBFGS(tolerance=1e-7).minimize(evaluate, np.zeros(8)))
    lowest = evaluate(np.linalg.solve(A, b))[0]
    assert abs(point.J - lowest) <= 1e-7 * abs(lowest)  # rounding of J hides the rest


def test_with_enough_memory_a_quadratic_takes_few_steps():
    A, b = np.diag([1.0, 10.0, 100.0]), np.ones(3)
    points = list(LBFGS(memory=10).minimize(quadratic(A, b), np.zeros(3)))
    assert len(points) < 20


def test_every_step_satisfies_strong_wolfe():
    points = list(LBFGS().minimize(rosenbrock, np.full(6, -1.0)))
    assert len(points) > 10
    for before, after in itertools.pairwise(points):
        s = after.vector - before.vector
        assert before.J + 1e-4 * (before.g @ s) + 1e-12 * abs(before.J) >= after.J
        assert abs(after.g @ s) <= 0.9 * abs(before.g @ s) * (1 + 1e-9)


def test_memory_is_used():
    few, many = (len(list(LBFGS(memory=k).minimize(rosenbrock, np.full(10, -1.2)))) for k in (1, 10))
    assert many < few


def test_tolerance_is_the_largest_derivative_left():
    loose, tight = (last(LBFGS(tolerance=t).minimize(rosenbrock, np.full(4, -1.2))) for t in (1e-1, 1e-8))
    assert 1e-8 < abs(loose.g).max() <= 1e-1
    assert abs(tight.g).max() <= 1e-8


def test_at_the_minimum_there_is_no_step():
    points = list(LBFGS().minimize(rosenbrock, np.ones(3)))
    assert len(points) == 1
    np.testing.assert_array_equal(points[0].vector, np.ones(3))


def test_a_cost_that_is_not_finite_beyond_an_edge_is_kept_away_from():
    # −log(1 − x²): NaN outside (−1, 1); minimum at 0
    def barrier(x):
        with np.errstate(invalid="ignore", divide="ignore"):
            return float(-np.log(1 - x[0] ** 2)) + 100 * float(x[0]), 2 * x / (1 - x**2) + 100

    point = last(LBFGS(tolerance=1e-8).minimize(barrier, np.array([0.9])))
    assert point.vector[0] == pytest.approx(optimize.brentq(lambda x: 2 * x / (1 - x * x) + 100, -0.9999, 0), rel=1e-9)


def test_a_cost_without_a_minimum_ends():
    points = list(itertools.islice(LBFGS().minimize(lambda x: (float(x.sum()), np.ones_like(x)), np.zeros(2)), 100))
    assert all(np.isfinite(point.J) for point in points)
    assert points[-1].J < points[0].J


def test_wrong_derivatives_end_where_no_step_lowers_the_cost():
    points = list(LBFGS().minimize(lambda x: (float(x @ x), -2 * x), np.array([1.0, 2.0])))
    assert len(points) == 1


def test_single_precision_stays_single_precision():
    def parabola(x):
        assert x.dtype == np.float32
        return float(x @ x), 2 * x

    point = last(LBFGS().minimize(parabola, np.array([3, -4], np.float32)))
    np.testing.assert_allclose(point.vector, 0, atol=1e-6)


def test_the_start_is_not_changed():
    start = np.array([-1.2, 1.0])
    list(LBFGS().minimize(rosenbrock, start))
    np.testing.assert_array_equal(start, [-1.2, 1.0])


class TestSteps:
    """Its memory is data: a run may stop after any step and go on from it."""

    def test_step_by_step_it_is_minimize(self):
        rule, start = LBFGS(), np.full(4, -1.2)
        state, points = rule.start(rosenbrock, start), []
        while not state.arrived:
            points.append(state.point)
            state = rule.step(rosenbrock, state)
        assert state.arrived == "converged"
        expected = list(rule.minimize(rosenbrock, start))
        assert [point.J for point in points] == [point.J for point in expected]
        np.testing.assert_array_equal([p.vector for p in points], [p.vector for p in expected])

    def test_a_step_leaves_the_state_before_it_as_it_was(self):
        rule, state = LBFGS(memory=2), LBFGS().start(rosenbrock, np.full(4, -1.2))
        for _ in range(4):
            state = rule.step(rosenbrock, state)
        before = copy.deepcopy(state)
        one, again = rule.step(rosenbrock, state), rule.step(rosenbrock, before)
        assert (state.point.J, len(state.pairs)) == (before.point.J, 2)
        np.testing.assert_array_equal(state.pairs, before.pairs)
        np.testing.assert_array_equal(one.point.vector, again.point.vector)

    def test_the_pairs_are_the_last_differences_oldest_first(self):
        rule = LBFGS(memory=3)
        states = [rule.start(rosenbrock, np.full(4, -1.2))]
        for _ in range(5):
            states.append(rule.step(rosenbrock, states[-1]))
        points = [state.point for state in states]
        for (s, y), (a, b) in zip(states[-1].pairs, itertools.pairwise(points[-4:]), strict=True):
            np.testing.assert_array_equal(s, b.vector - a.vector)
            np.testing.assert_array_equal(y, b.g - a.g)

    def test_a_shorter_memory_forgets_the_oldest(self):
        state = LBFGS().start(rosenbrock, np.full(4, -1.2))
        for _ in range(5):
            state = LBFGS().step(rosenbrock, state)
        one = LBFGS(memory=2).step(rosenbrock, state)
        other = LBFGS(memory=2).step(rosenbrock, replace(state, pairs=state.pairs[-2:]))
        np.testing.assert_array_equal(one.point.vector, other.point.vector)
        assert len(one.pairs) == 2

    def test_where_it_has_arrived_it_stays_and_asks_no_more(self):
        def never(x):
            raise AssertionError("nothing is to be evaluated")

        flat = LBFGS().start(rosenbrock, np.ones(3))
        assert LBFGS().step(never, flat).arrived == "converged"
        wrong = LBFGS().start(lambda x: (float(x @ x), -2 * x), np.array([1.0, 2.0]))
        stalled = LBFGS().step(lambda x: (float(x @ x), -2 * x), wrong)
        assert stalled.arrived == "stalled"
        assert LBFGS().step(never, stalled) is stalled


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"memory": 0}, r"'memory' parameter of LBFGS must be an int in the range \[1, inf\)"),
        ({"tolerance": -1.0}, r"'tolerance' parameter of LBFGS must be a float in the range \[0, inf\)"),
    ],
)
def test_settings_outside_their_range(arguments, message):
    with pytest.raises(ParameterError, match=message):
        LBFGS(**arguments)
