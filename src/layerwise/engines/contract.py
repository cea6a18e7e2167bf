"""What an engine is given, what it reports, and what it owes: a whole training run as data.

Every engine computes what `layerwise.equations` defines; ``tests/contract`` holds each of them to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from layerwise.checks import COUNT, NON_NEGATIVE
from layerwise.equations.optimizers import LBFGS, UpdateRule
from layerwise.equations.schedules import Schedule
from layerwise.errors import ParameterError
from layerwise.network import Array, Network, Parameters

__all__ = [
    "Directive",
    "Divergence",
    "EarlyStopping",
    "Engine",
    "EpochReport",
    "Examples",
    "Outcome",
    "Report",
    "TrainingData",
    "TrainingPlan",
]


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the validation cost has not improved for `patience` epochs.

    Parameters
    ----------
    patience : int
        Epochs without an improvement before the run stops.
    min_improvement : float
        How much lower than the best cost so far counts as an improvement, in the units of the cost.
    restore_best : bool
        True gives the parameters of the best epoch back, False those of the last one.
    """

    patience: int = 10
    min_improvement: float = 0.0
    restore_best: bool = True

    def __post_init__(self) -> None:
        COUNT.check("EarlyStopping", "patience", self.patience)
        NON_NEGATIVE.check("EarlyStopping", "min_improvement", self.min_improvement)
        if not isinstance(self.restore_best, bool):
            raise ParameterError(
                "The 'restore_best' parameter of EarlyStopping must be True or False. "
                f"Got {self.restore_best!r} instead."
            )


@dataclass(frozen=True)
class TrainingPlan:
    """A whole run as data, already checked: an engine carries it out from the first batch to the last.

    Attributes
    ----------
    network : Network
    initial : Parameters
        Where the run starts; their floating type is that of the run.
    optimizer : UpdateRule or LBFGS
    epochs : int
    batch_size : int or None
        None for full batches; the last batch of an epoch has the rest.
    seed : int
        Of the shuffling and the dropout streams.
    l2 : float
        λ of the penalty λ/2m Σ‖W‖², m being all training examples, whatever the batch.
    dropout : tuple of float
        One rate for each hidden layer.
    clip_norm : float or None
    schedule : Schedule
        Asked for its factor before every step, in order: ``factor(epoch + step / steps, epochs)``.
    early_stopping : EarlyStopping or None
    metrics : tuple of str
        What is computed on the validation examples once an epoch, beside their cost.
    threads : int or None
        None leaves the number to the engine.
    """

    network: Network
    initial: Parameters
    optimizer: UpdateRule | LBFGS
    epochs: int
    batch_size: int | None
    seed: int
    l2: float
    dropout: tuple[float, ...]
    clip_norm: float | None
    schedule: Schedule
    early_stopping: EarlyStopping | None
    metrics: tuple[str, ...]
    threads: int | None


@dataclass(frozen=True)
class Examples:
    """X (n_x, m), Y (n_y, m) and weights (1, m), all above 0, or None, in the floating type of the run."""

    X: Array
    Y: Array
    sample_weight: Array | None = None

    @property
    def m(self) -> int:
        """The number of examples."""
        return int(self.X.shape[1])


@dataclass(frozen=True)
class TrainingData:
    """The examples that are learnt from, and those that are only looked at."""

    training: Examples
    validation: Examples | None = None


@dataclass(frozen=True)
class EpochReport:
    """What an engine tells at the end of an epoch.

    The learning rate is that before the schedule's factor. ``parameters()`` gives the parameters after the epoch; they
    are not to be changed, and an engine that keeps them in a layout of its own need not lay them out unasked.
    """

    epoch: int
    cost: float
    validation_cost: float | None
    metrics: dict[str, float]
    base_learning_rate: float
    parameters: Callable[[], Parameters]


@dataclass(frozen=True)
class Directive:
    """What may be answered: stop here, or go on with another learning rate."""

    stop: bool = False
    learning_rate: float | None = None


Report = Callable[[EpochReport], Directive]


@dataclass(frozen=True)
class Divergence:
    """Where a run stopped being finite.

    Attributes
    ----------
    epoch, step : int
        Both counted from 0, as the history is; the step within its epoch. Messages count from 1.
    tensor : str
        The first one that is not finite, in the order of the computation: "Z[2]", "J", "dW[1]",
        "v of dW[1]" (a running average of the optimizer), "W[1]".
    layer : int or None
        Its layer; None for the cost J.
    """

    epoch: int
    step: int
    tensor: str
    layer: int | None

    def __str__(self) -> str:
        where = f"{self.tensor} of layer {self.layer}" if self.layer else f"the cost {self.tensor}"
        return f"{where} is not finite in step {self.step + 1} of epoch {self.epoch + 1}"


@dataclass
class Outcome:
    """What a run gives back, however it ended.

    Attributes
    ----------
    parameters : Parameters
        The last finite ones, or the best ones where early stopping asks for them.
    stopped : str
        "epochs", "early_stopping", "callback", "converged" or "stalled" (L-BFGS: no derivative is above
        its tolerance, or no step lowers the cost), "interrupted" or "diverged".
    cost, validation_cost, learning_rate : list of float
        One number for each finished epoch.
    metrics : dict of str to list of float
    best_epoch : int or None
        The epoch of the lowest validation cost.
    restored : bool
        Whether the parameters are those of the best epoch.
    divergence : Divergence or None
    """

    parameters: Parameters
    stopped: str = "epochs"
    cost: list[float] = field(default_factory=list)
    validation_cost: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    best_epoch: int | None = None
    restored: bool = False
    divergence: Divergence | None = None

    def keep_finished_epochs(self) -> None:
        """Drop what an interrupted epoch has noted already, so that all lists have the same length."""
        lists = [self.cost, self.learning_rate, *self.metrics.values()]
        if self.validation_cost:
            lists.append(self.validation_cost)
        finished = min(map(len, lists))
        for numbers in lists:
            del numbers[finished:]


class Engine(Protocol):
    """Who carries plans out."""

    @property
    def name(self) -> str:
        """The name that `layerwise.train` takes."""
        ...

    def run(self, plan: TrainingPlan, data: TrainingData, report: Report | None = None) -> Outcome:
        """Carry out a whole run; `report`, where there is one, is called at the end of every epoch.

        KeyboardInterrupt ends the run and is not raised: the outcome says "interrupted".
        """
        ...
