"""The loop over the epochs, which all engines share: what is noted, what is kept, when a run ends, where it stands.

An engine brings a `Learner`, which takes the steps of one epoch, and a function that looks at the validation examples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, TypeAlias

from layerwise.engines.contract import Directive, Divergence, EpochReport, Outcome, Progress, Report, TrainingPlan
from layerwise.engines.early_stopping import Best
from layerwise.equations.optimizers import LBFGS
from layerwise.equations.schedules import Schedule
from layerwise.errors import ParameterError
from layerwise.network import Parameters

__all__ = [
    "Arrived",
    "Diverged",
    "Learner",
    "Look",
    "Position",
    "dropout_factor",
    "learning_rate_after",
    "run_epochs",
    "schedule_factor",
]


class Position(NamedTuple):
    """Where a learner stands; see `Progress` for the fields.

    A Ctrl-C may come between any two lines of Python: a learner replaces its position as a whole.
    """

    epoch: int
    step: int
    summed_cost: float
    learning_rate: float
    parameters: Parameters
    state: Any
    averaged: Parameters | None = None

    @property
    def shown(self) -> Parameters:
        """The averaged parameters, where there are some; see `Progress`."""
        return self.averaged or self.parameters

    @classmethod
    def of(cls, start: Progress) -> Position:
        """Return the position at which a run begins or goes on."""
        done = start.epochs, start.step, start.summed_cost, start.learning_rate
        return cls(*done, start.parameters, start.state, start.averaged)

    def within(self, epoch: int) -> Position:
        """Return the position in that epoch: its first step, unless some are done."""
        return self if self.epoch == epoch else self._replace(epoch=epoch, step=0, summed_cost=0.0)


class Learner(Protocol):
    """An optimizer on its way, always with finite parameters."""

    def epoch(self, epoch: int, base_learning_rate: float) -> tuple[float, float]:
        """Take the steps of an epoch that are left; return its mean cost and the learning rate of its last step.

        Raises
        ------
        Diverged, Arrived
        """
        ...

    def parameters(self) -> Parameters:
        """Return the parameters to show now, averaged if so planned, which nobody changes afterwards."""
        ...

    def position(self) -> Position:
        """Return where the learner stands, for `Progress`; asked once, at the end of the run."""
        ...


Look: TypeAlias = Callable[[], tuple[float, dict[str, float]]]
"""Returns the cost and the metrics of the validation examples with the learner's parameters now."""


class Diverged(Exception):  # noqa: N818 - not an error: how an epoch tells that it cannot go on
    """A number is not finite; the learner stands before that step."""

    def __init__(self, divergence: Divergence) -> None:
        self.divergence = divergence


class Arrived(Exception):  # noqa: N818 - not an error: how an epoch tells that there is nothing to do
    """There is no better point; `reason` is that of the L-BFGS state."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def schedule_factor(schedule: Schedule, epochs: int, epoch: int, step: int, steps: int) -> float:
    """Return a schedule's factor of a step, or raise a ParameterError if it is no such number."""
    factor = schedule.factor(epoch + step / steps, epochs)
    if not 0 <= factor < math.inf:
        raise ParameterError(f"A schedule's factor must be a number in the range [0, inf). Got {factor}.")
    return float(factor)


def dropout_factor(schedule: Schedule, epochs: int, epoch: int, step: int, steps: int) -> float:
    """Return the same of a schedule for dropout rates, which stay rates."""
    factor = schedule_factor(schedule, epochs, epoch, step, steps)
    if factor > 1:
        raise ParameterError(f"The factor of a dropout_schedule must be a number in the range [0, 1]. Got {factor}.")
    return factor


def learning_rate_after(plan: TrainingPlan, base: float, answer: Directive) -> float:
    """Return the base learning rate after a report's answer, or raise a ParameterError if the optimizer has none."""
    if answer.learning_rate is None:
        return base
    if isinstance(plan.optimizer, LBFGS):
        raise ParameterError(
            "A callback cannot set the learning_rate of lbfgs, which searches its own step lengths. "
            f"Got {answer.learning_rate:g}."
        )
    return answer.learning_rate


def run_epochs(
    plan: TrainingPlan, start: Progress, learner: Learner, look: Look | None = None, report: Report | None = None
) -> Outcome:
    """Carry out the epochs of a plan from `start` on; see `layerwise.engines.Engine`."""
    return _Run(plan, start, learner, look, report).outcome()


class _Run:
    def __init__(
        self, plan: TrainingPlan, start: Progress, learner: Learner, look: Look | None, report: Report | None
    ) -> None:
        self.plan, self.start, self.learner, self.look, self.report = plan, start, learner, look, report
        self.noted = Outcome(plan.initial, metrics={metric.name: [] for metric in plan.metrics if look})
        self.finished = start.epochs, start.best  # replaced as a whole, as a position is
        self.base = start.base_learning_rate
        self.told_to_stop = False
        self.plateau = plan.plateau

    def outcome(self) -> Outcome:
        try:
            while not (reason := self._ended()):
                self._epoch()
        except KeyboardInterrupt:
            reason = "interrupted"
        except Diverged as stop:
            reason, self.noted.divergence = "diverged", stop.divergence
        except Arrived as stop:
            reason = stop.reason
        return self._outcome(reason)

    def _outcome(self, reason: str) -> Outcome:
        (epochs, best), progress, noted = self.finished, self._progress(), self.noted
        outcome = replace(
            noted,
            parameters=(best.parameters or progress.shown).copy(),
            stopped=reason,
            cost=[*noted.cost],
            validation_cost=[*noted.validation_cost],
            learning_rate=[*noted.learning_rate],
            metrics={name: [*values] for name, values in noted.metrics.items()},
            best_epoch=best.epoch,
            restored=best.parameters is not None,
            standing=None if noted.divergence else progress,
        )
        outcome.keep_epochs(epochs - self.start.epochs)
        return outcome

    def _ended(self) -> str | None:
        rule, (epochs, best) = self.plan.early_stopping, self.finished
        if self.told_to_stop:
            return "callback"
        if self.plateau and self.plateau.ends:
            return "plateau"
        if self.look and rule is not None and epochs - 1 - best.improved_at >= rule.patience:
            return "early_stopping"
        return "epochs" if epochs >= self.plan.epochs else None

    def _epoch(self) -> None:
        epoch, best = self.finished
        cost, learning_rate = self.learner.epoch(epoch, self.base)
        if self.look is not None:
            best = self._look(epoch, self.look)
        self.noted.cost.append(cost)
        self.noted.learning_rate.append(learning_rate)
        self.finished = epoch + 1, best
        self.plateau = self.plateau and self.plateau.after(cost)
        if self.report is not None:
            self._ask(epoch, self.report)

    def _look(self, epoch: int, look: Look) -> Best:
        J, metrics = look()
        self.noted.validation_cost.append(J)
        for name, value in metrics.items():
            self.noted.metrics[name].append(value)
        rule = self.plan.early_stopping
        watched = J if rule is None else rule.watched(J, metrics)
        return self.finished[1].after(epoch, watched, rule, self.learner.parameters)

    def _ask(self, epoch: int, report: Report) -> None:
        noted = self.noted
        answer = report(
            EpochReport(
                epoch=epoch,
                cost=noted.cost[-1],
                validation_cost=noted.validation_cost[-1] if noted.validation_cost else None,
                metrics={name: values[-1] for name, values in noted.metrics.items()},
                base_learning_rate=self.base,
                parameters=self.learner.parameters,
                outcome=lambda: self._outcome("callback"),
            )
        )
        self.base = learning_rate_after(self.plan, self.base, answer)
        self.told_to_stop = answer.stop

    def _progress(self) -> Progress:
        (epochs, best), at = self.finished, self.learner.position().within(self.finished[0])
        return replace(
            self.start,
            parameters=at.parameters,
            averaged=at.averaged,
            base_learning_rate=self.base,
            state=at.state,
            epochs=epochs,
            step=at.step,
            summed_cost=at.summed_cost,
            learning_rate=at.learning_rate,
            best=best,
        )
