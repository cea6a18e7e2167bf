"""L-BFGS on any engine that gives the cost and its gradient for all examples: one step of it is one epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from layerwise.engines.contract import Divergence, Progress, TrainingPlan
from layerwise.engines.divergence import locate, propagate
from layerwise.engines.epochs import Arrived, Diverged, Position
from layerwise.engines.examples import Examples
from layerwise.equations.lbfgs import LBFGS, Evaluate, LBFGSState, Point
from layerwise.network import Parameters

__all__ = ["FullBatch", "Locate", "locator"]

Locate: TypeAlias = Callable[[int, Parameters], Divergence]
"""From an epoch and the parameters at its start to the first tensor that is not finite there."""


class FullBatch:
    """A `Learner` for L-BFGS.

    Parameters
    ----------
    optimizer : LBFGS
    start : Progress
        ``plan.start(m)``.
    evaluate : callable
        From a flat vector in the layout of `Parameters` to (J, g), with the penalty and the weights of the plan; g is
        an array of its own, of the vector's floating type.
    locate : callable
        Called where J or g is not finite at the start of the run.
    """

    def __init__(self, optimizer: LBFGS, start: Progress, evaluate: Evaluate, locate: Locate) -> None:
        self.optimizer, self.evaluate, self.locate = optimizer, evaluate, locate
        self.at = Position.of(start)
        self.is_first = True

    def epoch(self, epoch: int, base_learning_rate: float) -> tuple[float, float]:
        """Take one step; return the cost before it, and 1."""
        at = self.at.within(epoch)
        if at.step == 0:
            at = self.at = self._step(at)
        return at.summed_cost, base_learning_rate

    def parameters(self) -> Parameters:
        """Return the parameters now."""
        return self.at.parameters

    def position(self) -> Position:
        """Return where the run stands."""
        return self.at

    def _step(self, at: Position) -> Position:
        before: LBFGSState = self._remembered(at) or self.optimizer.start(self.evaluate, at.parameters.vector)
        self.is_first = False
        if not _finite(before.point):  # only at the start of a run: every step lowers J
            raise Diverged(self.locate(at.epoch, at.parameters))
        after = self.optimizer.step(self.evaluate, before)
        if before.arrived and after.arrived:  # the cost of the last epoch was that of these parameters
            raise Arrived(after.arrived)
        theta = Parameters.from_vector(at.parameters.layout, after.point.vector)
        return Position(at.epoch, 1, before.point.J, 1.0, theta, after)

    def _remembered(self, at: Position) -> LBFGSState | None:
        # A resumed run goes on with what it remembers if that was said of these examples: if the cost is the same.
        state: LBFGSState | None = at.state
        if state is None or not self.is_first:
            return state
        J, _ = self.evaluate(at.parameters.vector)
        close = math.sqrt(float(np.finfo(at.parameters.dtype).eps))
        return state if math.isclose(J, state.point.J, rel_tol=close) else None


def locator(plan: TrainingPlan, examples: Examples) -> Locate:
    """Return the function that propagates all examples by the equations, and tells where that is not finite."""

    def first_not_finite(epoch: int, theta: Parameters) -> Divergence:
        return locate(epoch, 0, *propagate(plan.network, theta, examples, plan.l2), theta)

    return first_not_finite


def _finite(point: Point) -> bool:
    return math.isfinite(point.J) and bool(np.isfinite(point.g).all())
