"""From settings and examples to a network, and to a run of it that is carried out in parts with the bits of a whole."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layerwise.engines import Outcome, Progress
from layerwise.equations.initializers import initialize
from layerwise.equations.schedules import Constant, Schedule
from layerwise.errors import NetworkWarning, ParameterError
from layerwise.lab.moment import Dataset
from layerwise.lab.objections import SettingError
from layerwise.lab.settings import Settings
from layerwise.network import Network, Parameters
from layerwise.training.train import prepared

__all__ = ["Course", "arguments_of", "initial_of", "network_of"]

ARGUMENTS = (
    "learning_rate", "epochs", "batch_size", "optimizer", "seed", "l2", "dropout", "schedule", "engine", "dtype"
)  # fmt: skip
OUTPUTS = {"binary": "sigmoid", "classes": "softmax", "regression": "identity"}


def network_of(settings: Settings, data: Dataset) -> Network:
    """Return the network of the settings, with the inputs and outputs that the examples have.

    Raises
    ------
    SettingError
        If the loss does not go with the task.
    """
    sizes = data.X.shape[0], *settings.hidden, data.Y.shape[0]
    activations = *settings.activations, OUTPUTS[data.task]
    loss = None if settings.loss == "auto" else settings.loss
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)  # which the page says as a diagnosis
        try:
            return Network(sizes, activations, loss)
        except ParameterError:
            raise SettingError(
                "loss",
                f"The loss {settings.loss!r} does not go with the task {data.task!r}, whose output activation is "
                f"{OUTPUTS[data.task]!r}. Use 'auto' or 'squared_error'.",
            ) from None


def initial_of(net: Network, settings: Settings) -> Parameters:
    """Return the parameters before the first epoch, in the floating type of the run."""
    scale = settings.scale if settings.initialization == "normal" else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NetworkWarning)
        theta = initialize(net, settings.seed, settings.initialization, scale)
    return theta.astype(np.dtype(settings.dtype))


def arguments_of(settings: Settings) -> dict[str, Any]:
    """Return what `layerwise.train` is given beside the network, the examples and the initial parameters."""
    return {name: getattr(settings, name) for name in ARGUMENTS}


@dataclass(frozen=True)
class _Planned:
    """A schedule that keeps to the planned number of epochs, whichever part of them is carried out now."""

    schedule: Schedule
    epochs: int

    def factor(self, epoch: float, epochs: float) -> float:
        return self.schedule.factor(epoch, self.epochs)


class Course:
    """A run of `layerwise.train`, checked once and carried out in parts: each goes on from the progress before it.

    Raises
    ------
    SettingError
        If settings do not go with each other or with the examples.
    """

    def __init__(self, settings: Settings, data: Dataset, net: Network, initial: Parameters) -> None:
        if settings.dropout and not settings.hidden:
            raise SettingError(
                "dropout",
                "The 'dropout' parameter of the lab must be 0 without hidden layers, which are what it acts on. "
                f"Got {settings.dropout:g}.",
            )
        run = prepared(net, data.X, data.Y, initial=initial, validation=data.validation, **arguments_of(settings))
        self._plan, self._data, self._engine = run.job.plan, run.job.data, run.engine
        self.net, self.initial = net, initial
        self.steps = self._plan.steps(data.m)

    def advance(self, at: Progress | None, upto: int, planned: int) -> Outcome:
        """Carry out the epochs from `at` (None: the beginning) to `upto` of a run of so many planned epochs."""
        plan = replace(self._plan, epochs=upto, resume=at)
        if plan.schedule != Constant():
            plan = replace(plan, schedule=_Planned(plan.schedule, planned))
        return self._engine.run(plan, self._data)
