"""Ways to the minimum of the logistic cost, which is convex: gradient descent, L-BFGS and Newton's method.

Every solver takes steps from a flat vector of parameters, W row by row and then b, and yields where each has led to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from layerwise.engines import Examples, Outcome
from layerwise.equations.lbfgs import LBFGS, Evaluate, Point
from layerwise.equations.stable import softmax
from layerwise.equations.streams import Purpose, normal
from layerwise.errors import DataError
from layerwise.network import Array

__all__ = ["Problem", "costs_and_last", "descent", "gradient_descent", "lbfgs", "newton"]


ROUNDING = 1e-14
"""By how much of a cost rounding alone may raise it."""


@dataclass(frozen=True)
class Problem:
    """The cost of logistic regression.

    Attributes
    ----------
    evaluate : callable
        From the vector to the cost J and its gradient, zero for biases that are to stay zero.
    examples : Examples
        X (n_x, m), Y (n_y, m): one row of labels, or one-hot columns.
    blocks : callable
        Gives X as tables of rows, one after the other.
    l2 : float
        λ of λ/2m Σ W².
    bias : bool
        Whether there are biases.
    """

    evaluate: Evaluate
    examples: Examples
    blocks: Callable[[], Iterable[Array]]
    l2: float
    bias: bool

    @property
    def shape(self) -> tuple[int, int]:
        """(n_y, n_x)."""
        return self.examples.Y.shape[0], self.examples.X.shape[0]


@lru_cache(maxsize=64)
def descent(tolerance: float) -> LBFGS:
    """Return L-BFGS that ends where the cost no longer falls by 64 rounding errors, as scikit-learn's."""
    return LBFGS(tolerance=tolerance, relative_decrease=64 * float(np.finfo(np.float64).eps))


def lbfgs(problem: Problem, start: Array, tolerance: float) -> Iterator[Point]:
    """Yield the points of L-BFGS."""
    rule = descent(tolerance)
    state = rule.start(problem.evaluate, start)
    yield state.point
    while not state.arrived:
        state = rule.step(problem.evaluate, state)
        yield state.point


def costs_and_last(outcome: Outcome) -> tuple[list[float], Point]:
    """Return the cost at every point of L-BFGS, and the last one."""
    if outcome.stopped == "interrupted":
        raise KeyboardInterrupt
    if outcome.divergence is not None:
        raise DataError(
            "The cost is not finite in iteration 0: the input data may contain large values and need to be "
            "preprocessed."
        )
    state: Any = outcome.progress and outcome.progress.state
    took_none = outcome.stopped in ("converged", "stalled", "evaluations")  # the last epoch, which ended it
    return [*outcome.cost[: len(outcome.cost) - took_none], state.point.J], state.point


def gradient_descent(problem: Problem, start: Array, learning_rate: float | None) -> Iterator[Point]:
    r"""Yield the points of the course's θ ← θ − α dJ/dθ (notes 2.4).

    Without a learning rate, α = 1 / (c Λ + λ/m) with Λ the largest eigenvalue of Σ x xᵀ / m, 1 behind each x, and c =
    1/4 for one output, 1/2 for several. With it the cost falls in every step, since no second derivative is above 1/α.
    As Λ is an estimate, a step that raises the cost is taken back and α halved.
    """
    rate = 1 / _steepest(problem) if learning_rate is None else learning_rate
    theta = start
    J, g = problem.evaluate(theta)
    while True:
        yield Point(theta, J, g)
        moved = theta - rate * g
        found = problem.evaluate(moved)
        while learning_rate is None and found[0] > J and rate > 0 and found[0] - J > ROUNDING * abs(J):
            rate /= 2
            moved = theta - rate * g
            found = problem.evaluate(moved)
        theta, (J, g) = moved, found


def _steepest(problem: Problem) -> float:
    # Λ by the power method, rounded up by a twentieth
    n_y, n_x = problem.shape
    weights, total = _weights_of(problem)
    v = normal(n_x + problem.bias, 0, Purpose.INITIALIZE)  # any direction will do that is orthogonal to none
    v /= np.linalg.norm(v)
    largest = 0.0
    for _ in range(50):
        product, first = np.zeros_like(v), 0
        for X in problem.blocks():
            w = weights[first : first + len(X)]
            first += len(X)
            z = w * (X @ v[:n_x] + (v[n_x] if problem.bias else 0.0))
            product[:n_x] += z @ X
            if problem.bias:
                product[n_x] += z.sum()
        before, largest = largest, float(np.linalg.norm(product)) / total
        if largest == 0 or abs(largest - before) <= 1e-4 * largest:
            break
        v = product / (largest * total)
    return max((0.25 if n_y == 1 else 0.5) * 1.05 * largest + problem.l2 / total, float(np.finfo(np.float64).tiny))


def newton(problem: Problem, start: Array, tolerance: float) -> Iterator[Point]:
    r"""Yield the points of Newton's method, here iteratively reweighted least squares.

    .. math::
        \theta \leftarrow \theta - t H^{-1} g, \qquad
        H_{kl} = \frac{1}{m} \sum_i p_k (\delta_{kl} - p_l) x x^T + \frac{\lambda}{m} \delta_{kl} I

    with x the inputs and a 1 behind them, and t halved until the cost falls. What several outputs leave open (a number
    added to all biases, and without a penalty a vector to all weights) is held at the sum of zero.

    References
    ----------
    Bishop 2006, "Pattern Recognition and Machine Learning", 4.3.3 and 4.3.4.
    """
    theta = start
    J, g = problem.evaluate(theta)
    yield Point(theta, J, g)
    while np.abs(g).max() > tolerance:
        step = _solve(_hessian(problem, theta), _augmented(problem, g))
        direction = _plain(problem, step)
        slope = float(direction @ g)
        t, found = 1.0, None
        for _ in range(40):
            candidate = theta - t * direction
            there = problem.evaluate(candidate)
            if there[0] <= J - 1e-4 * t * slope:
                found = candidate, *there
                break
            t /= 2
        if found is None:
            return  # rounding hides what there is still to gain
        theta, J, g = found
        yield Point(theta, J, g)


def _hessian(problem: Problem, theta: Array) -> Array:
    """Return H for vectors that hold, output by output, the weights and the bias."""
    n_y, n_x = problem.shape
    n = n_x + problem.bias
    W, b = theta[: n_y * n_x].reshape(n_y, n_x), theta[n_y * n_x :]
    weights, total = _weights_of(problem)
    H = np.zeros((n_y, n, n_y, n))
    first = 0
    for X in problem.blocks():
        rows = np.column_stack([X, np.ones(len(X))]) if problem.bias else X
        Z = X @ W.T + b
        w = weights[first : first + len(X)] / total
        first += len(X)
        if n_y == 1:
            p = 0.5 * (1 + np.tanh(0.5 * Z[:, 0]))
            H[0, :, 0] += (rows * (w * p * (1 - p))[:, None]).T @ rows
            continue
        P = softmax(Z.T).T
        for k in range(n_y):
            for l in range(k + 1):
                curvature = w * P[:, k] * ((k == l) - P[:, l])
                block = (rows * curvature[:, None]).T @ rows
                H[k, :, l] += block
                if k != l:
                    H[l, :, k] += block
    for k in range(n_y):
        H[k, range(n_x), k, range(n_x)] += problem.l2 / total
        if n_y > 1:  # 1 1ᵀ where H is singular moves no step, as the gradient's sum over outputs is zero there
            free = range(n_x, n) if problem.l2 else range(n)
            for l in range(n_y):
                H[k, free, l, free] += 1 / n_y
    return H.reshape(n_y * n, n_y * n)


def _solve(H: Array, g: Array) -> Array:
    try:
        return np.linalg.solve(H, g)
    except np.linalg.LinAlgError:  # columns that depend on each other, without a penalty
        return np.linalg.lstsq(H, g)[0]


def _augmented(problem: Problem, vector: Array) -> Array:
    # from W row by row and then b, to each output's weights with its bias behind them
    n_y, n_x = problem.shape
    W = vector[: n_y * n_x].reshape(n_y, n_x)
    return (np.column_stack([W, vector[n_y * n_x :]]) if problem.bias else W).reshape(-1)


def _plain(problem: Problem, vector: Array) -> Array:
    n_y, n_x = problem.shape
    by_output = vector.reshape(n_y, -1)
    biases = by_output[:, n_x] if problem.bias else np.zeros(n_y)
    return np.concatenate([by_output[:, :n_x].reshape(-1), biases])


def _weights_of(problem: Problem) -> tuple[Array, float]:
    w = problem.examples.sample_weight
    m = problem.examples.m
    return (np.ones(m), float(m)) if w is None else (w[0].astype(np.float64), float(w.sum()))
