"""L-BFGS for full batches: quasi-Newton directions from the last gradients, steps that satisfy strong Wolfe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from layerwise.checks import COUNT, NON_NEGATIVE
from layerwise.network import Array

__all__ = ["LBFGS", "Evaluate", "LBFGSState", "Point"]

Evaluate: TypeAlias = Callable[[Array], tuple[float, Array]]
"""From a flat vector to the cost J there and the gradient g, an array of its own."""


@dataclass(frozen=True, eq=False)
class Point:
    """A position with the cost J there and its gradient g."""

    vector: Array
    J: float
    g: Array


@dataclass(frozen=True, eq=False)
class LBFGSState:
    """What L-BFGS remembers between steps.

    Attributes
    ----------
    point : Point
        Where it stands.
    pairs : tuple of (s, y)
        The last differences of positions and of gradients, oldest first.
    arrived : str or None
        Why there is no further step: "converged", "flat", "stalled" or "evaluations"; None as long as there is one.
    evaluations : int
        How often the cost and its gradient were computed.
    """

    point: Point
    pairs: tuple[tuple[Array, Array], ...] = ()
    arrived: str | None = None
    evaluations: int = 1


@dataclass(frozen=True)
class LBFGS:
    r"""Limited-memory BFGS.

    .. math::
        \theta \leftarrow \theta - \alpha H g, \qquad
        s = \theta_{new} - \theta, \quad y = g_{new} - g, \quad
        H \leftarrow (I - \rho s y^T) H (I - \rho y s^T) + \rho s s^T, \quad \rho = 1 / y^T s

    with H held as the last `memory` pairs (s, y), and α found by a line search for the strong Wolfe conditions
    (c₁ = 10⁻⁴, c₂ = 0.9). One step is one epoch; it has no learning rate and needs the whole batch.

    Parameters
    ----------
    memory : int
        How many pairs are kept.
    tolerance : float
        The run has converged where no derivative is larger than this.
    relative_decrease : float
        It is over where a step lowers J by less than this part of max(|J|, 1): "flat".
    max_evaluations : int, optional
        No step begins after so many evaluations of J and g.

    References
    ----------
    Nocedal and Wright 2006, "Numerical optimization", algorithms 3.5, 3.6, 7.4 and 7.5,
    doi:10.1007/978-0-387-40065-5.
    """

    memory: int = 10
    tolerance: float = 1e-6
    relative_decrease: float = 0.0
    max_evaluations: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "memory", COUNT.check("LBFGS", "memory", self.memory))
        for name in ("tolerance", "relative_decrease"):
            object.__setattr__(self, name, NON_NEGATIVE.check("LBFGS", name, getattr(self, name)))
        if self.max_evaluations is not None:
            object.__setattr__(self, "max_evaluations", COUNT.check("LBFGS", "max_evaluations", self.max_evaluations))

    def start(self, evaluate: Evaluate, vector: Array) -> LBFGSState:
        """Return the state before the first step, at `vector`."""
        return LBFGSState(Point(vector, *evaluate(vector)))

    def step(self, evaluate: Evaluate, state: LBFGSState) -> LBFGSState:
        """Return the state after one step, or the same with `arrived` set where there is none to take.

        Parameters
        ----------
        evaluate : callable
            From a flat vector to (J, g).
        state : LBFGSState
            What `start` or the last step returned.

        Returns
        -------
        LBFGSState
            "converged" if no derivative is above the tolerance, "flat" if the step lowered the cost by next to
            nothing, "stalled" if no step lowers it, "evaluations" if there were as many as there may be.
        """
        point, pairs = state.point, state.pairs[-self.memory :]
        if np.abs(point.g).max() <= self.tolerance:
            return replace(state, arrived="converged")
        if state.arrived in ("flat", "stalled"):
            return state
        if self.max_evaluations is not None and state.evaluations >= self.max_evaluations:
            return replace(state, arrived="evaluations")
        evaluations = state.evaluations

        def counted(vector: Array) -> tuple[float, Array]:
            nonlocal evaluations
            evaluations += 1
            return evaluate(vector)

        direction = -_times_inverse_hessian(point.g, pairs)
        if point.g @ direction >= 0:  # rounding spoiled the pairs: begin again with the gradient
            pairs, direction = (), -point.g
        first = 1.0 if pairs else min(1.0, 1.0 / float(np.sqrt(point.g @ point.g)))
        following = _line_search(counted, point, direction, first)
        if following is None:
            return replace(state, arrived="stalled", evaluations=evaluations)
        s, y = following.vector - point.vector, following.g - point.g
        if s @ y > 1e-10 * (y @ y):  # positive curvature keeps H positive definite
            pairs = (*pairs, (s, y))[-self.memory :]
        flat = point.J - following.J < self.relative_decrease * max(abs(point.J), abs(following.J), 1.0)
        return LBFGSState(following, pairs, "flat" if flat else None, evaluations)

    def minimize(self, evaluate: Evaluate, start: Array) -> Iterator[Point]:
        """Yield `start` and then the point after each step, until converged or no step lowers the cost.

        Parameters
        ----------
        evaluate : callable
            From a flat vector to (J, g).
        start : (n,) array

        Examples
        --------
        >>> parabola = lambda x: (float(x @ x), 2 * x)
        >>> *_, last = LBFGS().minimize(parabola, np.array([3.0, -4.0]))
        >>> bool(abs(last.vector).max() < 1e-6)
        True
        """
        state = self.start(evaluate, start)
        while not state.arrived:
            yield state.point
            state = self.step(evaluate, state)


def _times_inverse_hessian(g: Array, pairs: Sequence[tuple[Array, Array]]) -> Array:
    # The two loops of algorithm 7.4.
    q, alphas = g.copy(), []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (y @ s))
        q -= alphas[-1] * y
    if pairs:
        s, y = pairs[-1]
        q *= (s @ y) / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q += (alpha - (y @ q) / (y @ s)) * s
    return q


@dataclass(frozen=True)
class _Trial:
    """A step length with the point there, φ(α) = J and φ'(α) along the direction."""

    alpha: float
    point: Point
    slope: float


def _line_search(evaluate: Evaluate, start: Point, direction: Array, first: float) -> Point | None:
    # Algorithms 3.5 (bracket) and 3.6 (zoom) in one loop: a bracket [low, high] once there is one.
    c1, c2 = 1e-4, 0.9

    def trial(alpha: float) -> _Trial:
        vector = start.vector + alpha * direction
        J, g = evaluate(vector)
        return _Trial(alpha, Point(vector, J, g), float(g @ direction))

    zero = low = _Trial(0.0, start, float(start.g @ direction))
    high: _Trial | None = None
    alpha = first
    for _ in range(25):
        now = trial(alpha)
        bound = start.J + c1 * alpha * zero.slope
        if not (now.point.J <= bound and now.point.J < low.point.J) or not np.isfinite(now.slope):
            high = now
        elif abs(now.slope) <= -c2 * zero.slope:
            return now.point
        else:
            if (high is None and now.slope >= 0) or (high is not None and now.slope * (high.alpha - low.alpha) >= 0):
                high = low
            low = now
        alpha = 2 * alpha if high is None else _between(low, high)
    return low.point if low.point.J < start.J else None


def _between(low: _Trial, high: _Trial) -> float:
    # The minimum of the parabola through φ(low), φ'(low), φ(high), kept away from both ends; else the middle.
    width = high.alpha - low.alpha
    curvature: Any = high.point.J - low.point.J - low.slope * width
    if np.isfinite(curvature) and curvature > 0:
        step = -low.slope * width * width / (2 * curvature)
        if 0.1 <= step / width <= 0.9:
            return float(low.alpha + step)
    return low.alpha + 0.5 * width
