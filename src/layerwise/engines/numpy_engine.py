"""The NumPy engine: the equations in a loop, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from layerwise.engines.blas_threads import blas_threads
from layerwise.engines.contract import (
    Divergence,
    EpochReport,
    Examples,
    Outcome,
    Report,
    TrainingData,
    TrainingPlan,
)
from layerwise.equations.lbfgs import LBFGS, Point
from layerwise.equations.metrics import METRICS
from layerwise.equations.optimizers import State, UpdateRule
from layerwise.equations.passes import Gradients, Propagation
from layerwise.equations.propagation import backward, cost, forward
from layerwise.equations.regularizers import clip_by_global_norm, dropout_masks
from layerwise.equations.streams import Purpose, permutation
from layerwise.errors import ParameterError
from layerwise.network import Array, Parameters, layer_views

__all__ = ["NumpyEngine"]


class NumpyEngine:
    """Carries out a plan with the functions of `layerwise.equations`."""

    name = "numpy"

    def run(self, plan: TrainingPlan, data: TrainingData, report: Report | None = None) -> Outcome:
        """Carry out a whole run; see `layerwise.engines.Engine`."""
        learner: _Learner = (_FullBatches if isinstance(plan.optimizer, LBFGS) else _MiniBatches)(plan, data.training)
        outcome = Outcome(plan.initial, metrics={name: [] for name in plan.metrics if data.validation})
        best = _Best(plan)
        # infinities are looked for, and reported with their tensor
        with blas_threads(plan, data.training.m), np.errstate(all="ignore"):
            try:
                for epoch in range(plan.epochs):
                    outcome.cost.append(learner.epoch(epoch))
                    outcome.learning_rate.append(learner.learning_rate)
                    _look_at_validation(plan, learner.theta, data.validation, outcome)
                    outcome.stopped = best.after(epoch, learner.theta, outcome.validation_cost) or "epochs"
                    if report is not None:
                        _ask(report, epoch, learner, outcome)
                    if outcome.stopped != "epochs":
                        break
            except KeyboardInterrupt:
                outcome.stopped = "interrupted"
            except _Diverged as stop:
                outcome.stopped, outcome.divergence = "diverged", stop.divergence
            except _Arrived as stop:
                outcome.stopped = stop.reason
        outcome.best_epoch, outcome.restored = best.epoch, best.theta is not None
        outcome.parameters = best.theta or learner.theta
        outcome.keep_finished_epochs()
        return outcome


class _Learner(Protocol):
    """An optimizer on its way: one epoch at a time, always with finite parameters."""

    theta: Parameters
    base: float  # the learning rate before the schedule's factor
    learning_rate: float  # of the last step

    def epoch(self, epoch: int) -> float: ...

    def set_learning_rate(self, learning_rate: float) -> None: ...


class _Diverged(Exception):  # noqa: N818 - not an error: how an epoch tells that it cannot go on
    def __init__(self, divergence: Divergence) -> None:
        self.divergence = divergence


class _Arrived(Exception):  # noqa: N818 - not an error: L-BFGS finds no better point
    def __init__(self, reason: str) -> None:
        self.reason = reason


class _MiniBatches:
    """Update rules: a step for each batch, of which the full batch is the case with one."""

    def __init__(self, plan: TrainingPlan, examples: Examples) -> None:
        assert isinstance(plan.optimizer, UpdateRule)  # noqa: S101 - for the type checker
        self.plan, self.examples, self.rule = plan, examples, plan.optimizer
        self.theta: Parameters = plan.initial
        self.state: State | None = None
        self.drops = any(plan.dropout)
        self.grad = Gradients.from_vector(plan.initial.sizes, np.empty_like(plan.initial.vector))
        self.zeros = np.zeros_like(plan.initial.vector)
        self.base = self.learning_rate = plan.optimizer.learning_rate
        size = plan.batch_size or examples.m
        self.bounds = [(start, min(start + size, examples.m)) for start in range(0, examples.m, size)]
        self.total = examples.m if examples.sample_weight is None else float(examples.sample_weight.sum())
        if len(self.bounds) > 1:  # rows of memory as examples, so that a batch is gathered row by row
            self.X_rows, self.Y_rows = np.ascontiguousarray(examples.X.T), np.ascontiguousarray(examples.Y.T)

    def set_learning_rate(self, learning_rate: float) -> None:
        self.base = learning_rate

    def epoch(self, epoch: int) -> float:
        """Take the steps of one epoch and return its mean cost, each batch before its own update."""
        plan, net = self.plan, self.plan.network
        summed = 0.0
        for step, (X, Y, w, count) in enumerate(self._batches(epoch)):
            time = step / len(self.bounds)
            self.learning_rate = self.base * _checked(plan.schedule.factor(epoch + time, plan.epochs))
            l2 = plan.l2 * count / self.total  # so that l2 / 2m has the m of all examples
            masks = None
            if self.drops:
                number = epoch * len(self.bounds) + step
                masks = dropout_masks(net, plan.dropout, X.shape[1], plan.seed, number, X.dtype)
            run = forward(net, self.theta, X, masks, check=False)
            J = cost(net, self.theta, run, Y, l2, w, check=False)
            grad = backward(net, self.theta, run, Y, l2, w, check=False, full=False, out=self.grad)
            used = grad if plan.clip_norm is None else clip_by_global_norm(grad, plan.clip_norm)
            theta, state = self.rule.step(self.theta, used, self.state, learning_rate=self.learning_rate)
            proof = J + theta.vector @ self.zeros  # 0 x is NaN for an x that is not finite; unlike a sum, 0 else
            for average in state.slots.values():
                proof += average @ self.zeros
            if not math.isfinite(proof):
                raise _Diverged(_locate(epoch, step, run, J, grad, theta, state))
            self.theta, self.state = theta, state
            summed += J * count
        return summed / self.total

    def _batches(self, epoch: int) -> Iterator[tuple[Array, Array, Array | None, float]]:
        # X, Y, the weights, and their sum, which is the m of the equations
        if len(self.bounds) == 1:
            yield self.examples.X, self.examples.Y, self.examples.sample_weight, self.total
            return
        order = permutation(self.examples.m, self.plan.seed, Purpose.SHUFFLE, epoch)
        w = self.examples.sample_weight
        for start, end in self.bounds:
            chosen = order[start:end]
            weights = None if w is None else w[:, chosen]
            count = end - start if weights is None else float(weights.sum())
            yield self.X_rows[chosen].T, self.Y_rows[chosen].T, weights, count


class _FullBatches:
    """L-BFGS: one step of it is one epoch."""

    base = learning_rate = 1.0

    def __init__(self, plan: TrainingPlan, examples: Examples) -> None:
        assert isinstance(plan.optimizer, LBFGS)  # noqa: S101 - for the type checker
        self.plan, self.examples, self.theta = plan, examples, plan.initial
        self.tolerance = plan.optimizer.tolerance
        self.points = plan.optimizer.minimize(self._evaluate, plan.initial.vector)
        self.now: Point | None = None
        self.arrived: str | None = None

    def set_learning_rate(self, learning_rate: float) -> None:
        raise ParameterError(
            "A callback cannot set the learning_rate of lbfgs, which searches its own step lengths. "
            f"Got {learning_rate:g}."
        )

    def epoch(self, epoch: int) -> float:
        """Take one step and return the cost before it."""
        if self.arrived is not None:
            raise _Arrived(self.arrived)
        now = self.now or next(self.points)
        if not (math.isfinite(now.J) and np.isfinite(now.g).all()):  # only at the start: every step lowers J
            raise _Diverged(_locate(epoch, 0, *self._propagate(self.theta), self.theta))
        following = next(self.points, None)
        if following is None:  # the cost of this epoch is that of the last parameters
            flat = np.abs(now.g).max() <= self.tolerance
            self.arrived = "converged" if flat else "stalled"
            return now.J
        self.now, self.theta = following, Parameters.from_vector(self.theta.sizes, following.vector)
        return now.J

    def _propagate(self, theta: Parameters) -> tuple[Propagation, float, Gradients]:
        net, l2, examples = self.plan.network, self.plan.l2, self.examples
        run = forward(net, theta, examples.X, check=False)
        J = cost(net, theta, run, examples.Y, l2, examples.sample_weight, check=False)
        grad = backward(net, theta, run, examples.Y, l2, examples.sample_weight, check=False, full=False)
        return run, J, grad

    def _evaluate(self, vector: Array) -> tuple[float, Array]:
        _, J, grad = self._propagate(Parameters.from_vector(self.theta.sizes, vector))
        return J, grad.vector


class _Best:
    """Keeps the parameters of the lowest validation cost, and says when it has not improved for too long."""

    def __init__(self, plan: TrainingPlan) -> None:
        self.rule = plan.early_stopping
        self.epoch: int | None = None
        self.theta: Parameters | None = None
        self.lowest = math.inf  # of all epochs
        self.cost = math.inf  # that the next improvement has to beat
        self.improved_at = 0

    def after(self, epoch: int, theta: Parameters, validation_cost: list[float]) -> str | None:
        if not validation_cost:
            return None
        if validation_cost[-1] < self.lowest:
            self.epoch, self.lowest = epoch, validation_cost[-1]
            if self.rule is not None and self.rule.restore_best:
                self.theta = theta
        if self.rule is None:
            return None
        if validation_cost[-1] < self.cost - self.rule.min_improvement:
            self.cost, self.improved_at = validation_cost[-1], epoch
        return "early_stopping" if epoch - self.improved_at >= self.rule.patience else None


def _look_at_validation(plan: TrainingPlan, theta: Parameters, examples: Examples | None, outcome: Outcome) -> None:
    if examples is None:
        return
    run = forward(plan.network, theta, examples.X, check=False)
    J = cost(plan.network, theta, run, examples.Y, 0.0, examples.sample_weight, check=False)
    outcome.validation_cost.append(J)
    for name in plan.metrics:
        outcome.metrics[name].append(METRICS[name](run.Y_hat, examples.Y, examples.sample_weight))


def _ask(report: Report, epoch: int, learner: _Learner, outcome: Outcome) -> None:
    answer = report(
        EpochReport(
            epoch=epoch,
            cost=outcome.cost[-1],
            validation_cost=outcome.validation_cost[-1] if outcome.validation_cost else None,
            metrics={name: values[-1] for name, values in outcome.metrics.items()},
            base_learning_rate=learner.base,
            parameters=lambda: learner.theta,
        )
    )
    if answer.learning_rate is not None:
        learner.set_learning_rate(answer.learning_rate)
    if answer.stop:
        outcome.stopped = "callback"


def _checked(factor: float) -> float:
    if not 0 <= factor < math.inf:
        raise ParameterError(f"A schedule's factor must be a number in the range [0, inf). Got {factor}.")
    return float(factor)


def _locate(
    epoch: int, step: int, run: Propagation, J: float, grad: Gradients, theta: Parameters, state: State | None = None
) -> Divergence:
    # The first tensor that is not finite, in the order of the computation.
    layers = range(1, len(run.A))
    ordered: list[tuple[str, int | None, Array]] = []
    ordered += [(name, l, tensors[l]) for l in layers for name, tensors in (("Z", run.Z), ("A", run.A))]
    ordered += [("J", None, np.asarray(J))]
    backwards = (("dZ", grad.dZ), ("dW", grad.dW), ("db", grad.db))
    ordered += [(name, l, tensors[l]) for l in reversed(layers) for name, tensors in backwards]
    for letter, vector in (state.slots if state else {}).items():  # a running average: g² overflows before g does
        averages = zip(("W", "b"), layer_views(theta.sizes, vector), strict=True)
        ordered += [(f"{letter} of d{name}", l, arrays[l]) for name, arrays in averages for l in layers]
    ordered += [(name, l, tensors[l]) for l in layers for name, tensors in (("W", theta.W), ("b", theta.b))]
    for name, l, tensor in ordered:
        if not np.isfinite(tensor).all():
            return Divergence(epoch, step, name if l is None else f"{name}[{l}]", l)
    raise AssertionError("a run was stopped as diverged, and every tensor is finite")
