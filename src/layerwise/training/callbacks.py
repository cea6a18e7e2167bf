"""What a training run tells while it runs, and what may be answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeAlias

from layerwise.checks import POSITIVE
from layerwise.engines import Directive, EpochReport, Outcome
from layerwise.errors import ParameterError
from layerwise.network import Parameters
from layerwise.training.history import TrainingResult

__all__ = ["Callback", "TrainingState", "reporter"]

ResultOf: TypeAlias = Callable[[Outcome], TrainingResult]
"""Adds to an outcome what came before it: the network, and the history of the run that was resumed."""


class TrainingState:
    """A run at the end of an epoch, as callbacks see it.

    Attributes
    ----------
    epoch, epochs : int
        The epoch that has ended, from 0, and how many are planned.
    cost : float
        The cost of the epoch.
    validation_cost : float or None
    metrics : dict of str to float
        On the validation examples.
    learning_rate : float
        Before the factor of a schedule. Assign to it to change the rate of the steps that follow.
    member, members : int
        Which network this is, from 0, and of how many that are trained side by side; 0 of 1 for a single one.
    """

    member, members = 0, 1

    def __init__(self, report: EpochReport, epochs: int, result_of: ResultOf) -> None:
        self.epoch, self.epochs = report.epoch, epochs
        self.cost, self.validation_cost, self.metrics = report.cost, report.validation_cost, report.metrics
        self._parameters, self._outcome, self._result_of = report.parameters, report.outcome, result_of
        self._learning_rate = report.base_learning_rate
        self.directive = Directive()

    @property
    def parameters(self) -> Parameters:
        """A copy of the parameters after this epoch; of their average, where the run has one."""
        return self._parameters().copy()

    def result(self) -> TrainingResult:
        """Return what the run would give if it ended here; ``train(..., resume=result)`` goes on from it."""
        outcome = self._outcome()
        if outcome.progress is not None and self.directive.learning_rate is not None:
            outcome.standing = replace(outcome.progress, base_learning_rate=self.directive.learning_rate)
        return self._result_of(outcome)

    @property
    def learning_rate(self) -> float:
        """The learning rate; assign to change it."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = POSITIVE.check("the callback's state", "learning_rate", value)
        self.directive = Directive(self.directive.stop, self._learning_rate)

    def stop(self) -> None:
        """End the run after this epoch."""
        self.directive = Directive(True, self.directive.learning_rate)


class Callback(Protocol):
    """An object with ``on_epoch_end(state)``; ``on_train_end(result)``, where it has one, is called last."""

    def on_epoch_end(self, state: TrainingState) -> Any:
        """Look at the state, stop the run, or change its learning rate."""
        ...


def check_callbacks(callbacks: Sequence[Callback], owner: str = "train") -> tuple[Callback, ...]:
    """Return the callbacks as a tuple, each of which has an ``on_epoch_end``."""
    listed = tuple(callbacks) if isinstance(callbacks, Sequence) else (callbacks,)
    for callback in listed:
        if not callable(getattr(callback, "on_epoch_end", None)):
            raise ParameterError(
                f"The 'callbacks' parameter of {owner} must list objects with a method on_epoch_end(state). "
                f"Got {callback!r}."
            )
    return listed


def reporter(callbacks: Sequence[Callback], epochs: int, result_of: ResultOf) -> Any:
    """Return the function that an engine calls once an epoch, or None where nobody listens."""
    if not callbacks:
        return None

    def report(told: EpochReport) -> Directive:
        state = TrainingState(told, epochs, result_of)
        for callback in callbacks:
            callback.on_epoch_end(state)
        return state.directive

    return report
