"""The NumPy engine: the equations in a loop, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from layerwise.engines.blas_threads import blas_threads
from layerwise.engines.contract import Outcome, Progress, Report, TrainingPlan
from layerwise.engines.crews import Crew, ThreadCrew, TrainsMany
from layerwise.engines.divergence import locate, propagate
from layerwise.engines.epochs import Diverged, Learner, Look, Position, dropout_factor, run_epochs, schedule_factor
from layerwise.engines.examples import Examples, TrainingData
from layerwise.engines.full_batch import FullBatch, locator
from layerwise.engines.sparse import SparseInputs
from layerwise.equations.averaging import average
from layerwise.equations.lbfgs import Evaluate
from layerwise.equations.optimizers import LBFGS, State, UpdateRule
from layerwise.equations.passes import Gradients
from layerwise.equations.propagation import backward, cost, forward
from layerwise.equations.regularizers import clip_by_global_norm, dropout_masks, project
from layerwise.equations.schedules import Constant
from layerwise.network import Array, Parameters

__all__ = ["NumpyEngine"]


class NumpyEngine(TrainsMany):
    """Carries out a plan with the functions of `layerwise.equations`."""

    name = "numpy"

    def run(self, plan: TrainingPlan, data: TrainingData, report: Report | None = None) -> Outcome:
        """Carry out a whole run; see `layerwise.engines.Engine`."""
        start = plan.start(data.training.m)
        learner: Learner
        if isinstance(plan.optimizer, LBFGS):
            learner = FullBatch(
                plan.optimizer, start, self.objective(plan, data.training), locator(plan, data.training)
            )
        else:
            learner = _MiniBatches(plan, plan.optimizer, start, data.training)
        look = None if data.validation is None else _look(plan, learner, data.validation)
        # infinities are looked for, and reported with their tensor
        with blas_threads(plan, data.training.m), np.errstate(all="ignore"):
            return run_epochs(plan, start, learner, look, report)

    def crew(self, threads: int | None = None) -> Crew:
        """Return Python threads that carry out many runs; see `layerwise.engines.Engine`."""
        return ThreadCrew(self, threads)

    def objective(self, plan: TrainingPlan, examples: Examples) -> Evaluate:
        """Return the cost and its gradient as a function of the parameters; see `layerwise.engines.Engine`."""
        net, dense = plan.network, Examples(*examples.arrays())

        def evaluate(vector: Array) -> tuple[float, Array]:
            _, J, grad = propagate(net, Parameters.from_vector(net.layout, vector), dense, plan.l2)
            return J, grad.vector

        return evaluate


class _MiniBatches:
    """Update rules: a step for each batch, of which the full batch is the case with one."""

    def __init__(self, plan: TrainingPlan, rule: UpdateRule, start: Progress, examples: Examples) -> None:
        self.plan, self.rule, self.examples = plan, rule, examples
        self.at = Position.of(start)
        self.drops, self.decays = any(plan.dropout), plan.decay_schedule != Constant()
        self.grad = Gradients.from_vector(plan.initial.layout, np.empty_like(plan.initial.vector))
        self.zeros = np.zeros_like(plan.initial.vector)
        self.steps = plan.steps(examples.m)
        self.total = examples.total_weight
        if self.steps == 1:
            self.examples = Examples(*examples.arrays())
        elif not isinstance(examples.X, SparseInputs):  # rows of memory as examples: a batch is gathered row by row
            X, Y = np.ascontiguousarray(examples.X.T), np.ascontiguousarray(examples.Y.T)
            self.examples = replace(examples, X=X.T, Y=Y.T)

    def parameters(self) -> Parameters:
        return self.at.shown

    def position(self) -> Position:
        return self.at

    def epoch(self, epoch: int, base_learning_rate: float) -> tuple[float, float]:
        """Take the steps of an epoch that are left; return its mean cost, each batch before its own update."""
        plan, net, at = self.plan, self.plan.network, self.at.within(epoch)
        for step, batch in enumerate(self._batches(epoch, at.step), start=at.step):
            (X, Y, w), count = batch.arrays(), batch.total_weight
            now = plan.epochs, epoch, step, self.steps
            learning_rate = base_learning_rate * schedule_factor(plan.schedule, *now)
            decay = self.rule.weight_decay * schedule_factor(plan.decay_schedule, *now) if self.decays else None
            l2 = plan.penalty(count, self.total)
            masks = self._masks(epoch, step, X, dropout_factor(plan.dropout_schedule, *now)) if self.drops else None
            theta = at.parameters
            run = forward(net, theta, X, masks, check=False)
            J = cost(net, theta, run, Y, l2, w, check=False)
            grad = backward(net, theta, run, Y, l2, w, check=False, full=False, out=self.grad)
            used = grad if plan.clip_norm is None else clip_by_global_norm(grad, plan.clip_norm)
            theta, state = self.rule.step(theta, used, at.state, learning_rate=learning_rate, weight_decay=decay)
            if not self._finite(J, theta, state):
                raise Diverged(locate(epoch, step, run, J, grad, theta, state))
            theta = theta if plan.signs is None else project(theta, plan.signs)
            averaged = at.averaged and average(at.averaged, theta, plan.averaging, state.t)
            at = self.at = Position(epoch, step + 1, at.summed_cost + J * count, learning_rate, theta, state, averaged)
        return at.summed_cost / self.total, at.learning_rate

    def _masks(self, epoch: int, step: int, X: Array, factor: float) -> dict[int, Array]:
        number, (_, m) = epoch * self.steps + step, X.shape
        rates = tuple(factor * rate for rate in self.plan.dropout)
        return dropout_masks(self.plan.network, rates, m, self.plan.seed, number, X.dtype)

    def _finite(self, J: float, theta: Parameters, state: State) -> bool:
        proof = J + theta.vector @ self.zeros  # 0 x is NaN for an x that is not finite; unlike a sum, 0 else
        for slot in state.slots.values():
            proof += slot @ self.zeros
        return math.isfinite(proof)

    def _batches(self, epoch: int, first: int) -> Iterator[Examples]:
        # from step `first` on
        m, size = self.examples.m, self.plan.batch_size or self.examples.m
        if self.steps == 1:
            yield from [self.examples][first:]
            return
        order = self.plan.order(m, epoch)
        for start in range(first * size, m, size):
            yield self.examples.take(order[start : start + size])


def _look(plan: TrainingPlan, learner: Learner, examples: Examples) -> Look:
    X, Y, w = examples.arrays()

    def look() -> tuple[float, dict[str, float]]:
        theta = learner.parameters()
        run = forward(plan.network, theta, X, check=False)
        J = cost(plan.network, theta, run, Y, 0.0, w, check=False)
        return J, {metric.name: metric(run.Y_hat, Y, w) for metric in plan.metrics}

    return look
