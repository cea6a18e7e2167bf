"""What an engine is given, what it reports, and what it owes: a whole training run as data.

Every engine computes what `layerwise.equations` defines; ``tests/contract`` holds each of them to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from layerwise.engines.early_stopping import NONE, Best, EarlyStopping, Plateau
from layerwise.engines.examples import Examples, TrainingData
from layerwise.equations.lbfgs import Evaluate, LBFGSState
from layerwise.equations.metrics import Metric
from layerwise.equations.optimizers import LBFGS, State, UpdateRule
from layerwise.equations.regularizers import project
from layerwise.equations.schedules import Constant, Schedule
from layerwise.equations.shuffling import BlockShuffle
from layerwise.equations.streams import Purpose, permutation
from layerwise.network import Array, Network, Parameters

if TYPE_CHECKING:
    from layerwise.engines.crews import Crew

__all__ = [
    "Directive",
    "Divergence",
    "Engine",
    "EpochReport",
    "Outcome",
    "Progress",
    "Report",
    "TrainingPlan",
]


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
        λ of the penalty λ/2m Σ‖W‖².
    dropout : tuple of float
        One rate for each hidden layer.
    clip_norm : float or None
    schedule : Schedule
        Asked once for the factor of every step, in order: ``factor(epoch + step / steps, epochs)``; at the earliest
        when its epoch begins.
    early_stopping : EarlyStopping or None
    metrics : tuple of Metric
        What is computed on the validation examples once an epoch, beside their cost; what early stopping monitors is
        one of them. All have different names.
    threads : int or None
        None leaves the number to the engine.
    shuffle : bool or BlockShuffle
        Whether batches are drawn anew for every epoch, from all examples or block by block; False takes the examples
        in their order.
    l2_by_batch : bool
        False: the m of the penalty counts all training examples, whatever the batch. True: those of the batch, as
        with the `alpha` of scikit-learn, which gives small batches a larger penalty.
    dropout_schedule, decay_schedule : Schedule
        Factors on the dropout rates, in [0, 1], and on the optimizer's weight decay, asked for as `schedule` is.
    averaging : float
        β in [0, 1) of the averaged parameters, `layerwise.equations.averaging`; 0 for none. Where there is an average,
        it is what is validated, reported and given back, while the steps go on from the parameters themselves.
    plateau : Plateau or None
        What ends the run by its training cost, looked at before `early_stopping`.
    signs : (n,) int8 array or None
        In the layout of ``Parameters.vector``: 1 where an entry stays at least 0, −1 where it stays at most 0, 0 where
        it is free. The run starts from the projected `initial`, and every step ends with the projection.
    resume : Progress or None
        Where an earlier run stands, which this one goes on from; its parameters are then also `initial`. The bits are
        those of a run that was never interrupted: a plan that this progress has fulfilled already adds no step.
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
    metrics: tuple[Metric, ...]
    threads: int | None
    shuffle: bool | BlockShuffle = True
    l2_by_batch: bool = False
    dropout_schedule: Schedule = Constant()  # noqa: RUF009 - frozen
    decay_schedule: Schedule = Constant()  # noqa: RUF009 - frozen
    averaging: float = 0.0
    signs: Array | None = None
    resume: Progress | None = None
    plateau: Plateau | None = None

    def steps(self, m: int) -> int:
        """Return how many steps an epoch over m training examples has."""
        return -(-m // (self.batch_size or m))

    def order(self, m: int, epoch: int) -> Array:
        """Return the order in which an epoch takes m training examples, where it has several steps."""
        if isinstance(self.shuffle, BlockShuffle):
            return self.shuffle.order(m, self.seed, epoch)
        return permutation(m, self.seed, Purpose.SHUFFLE, epoch) if self.shuffle else np.arange(m)

    def penalty(self, batch: float, total: float) -> float:
        """Return the λ whose λ/2m has the m of the plan, given m of a batch and m of all training examples."""
        return self.l2 if self.l2_by_batch else self.l2 * batch / total

    def start(self, m: int) -> Progress:
        """Return where a run over m training examples begins: at `resume`, or before its first step."""
        steps = self.steps(m)
        if self.resume is not None:
            best = self.resume.best.under(self.early_stopping)
            averaged = (self.resume.averaged or self.resume.parameters) if self.averaging else None
            return replace(self.resume, optimizer=self.optimizer, steps=steps, best=best, averaged=averaged)
        rate = 1.0 if isinstance(self.optimizer, LBFGS) else self.optimizer.learning_rate
        theta = self.initial if self.signs is None else project(self.initial, self.signs)
        averaged = theta if self.averaging else None
        return Progress(self.optimizer, theta, steps, rate, best=NONE.under(self.early_stopping), averaged=averaged)


@dataclass(eq=False)  # not frozen, which takes three times as long to make: one for each of many short runs
class Progress:
    """Where a run stands: all that a resumed one needs to go on with the same bits. Nobody changes it.

    A run may be interrupted within an epoch, or after its last step and before its validation. Nothing here shares
    memory with what an engine changes, or with the parameters of an `Outcome`.

    Attributes
    ----------
    optimizer : UpdateRule or LBFGS
        As planned.
    parameters : Parameters
        Those after the last step, whichever were the best.
    steps : int
        Steps of a whole epoch.
    base_learning_rate : float
        The learning rate before the schedule's factor, which a callback may have changed; 1 for L-BFGS.
    state : State, LBFGSState or None
        What the optimizer remembers, flat vectors in the layout of `Parameters`; None before the first step.
    epochs : int
        How many are finished.
    step : int
        Steps done in the epoch after those.
    summed_cost : float
        Σ J m over these steps, each J before its own update; m is the sum of the batch's weights.
    learning_rate : float
        Of the last of these steps, with the schedule's factor.
    best : Best
        The lowest validation cost, and what early stopping waits for.
    averaged : Parameters or None
        The average of the parameters after each step, where the plan asks for one.
    """

    optimizer: UpdateRule | LBFGS
    parameters: Parameters
    steps: int
    base_learning_rate: float
    state: State | LBFGSState | None = None
    epochs: int = 0
    step: int = 0
    summed_cost: float = 0.0
    learning_rate: float = 0.0
    best: Best = field(default_factory=Best)
    averaged: Parameters | None = None

    @property
    def shown(self) -> Parameters:
        """The parameters that are validated, reported and given back: the average, where there is one."""
        return self.averaged or self.parameters


@dataclass(frozen=True)
class EpochReport:
    """What an engine tells at the end of an epoch.

    The learning rate is that before the schedule's factor. ``parameters()`` gives the parameters after the epoch; they
    are not to be changed, and an engine that keeps them in a layout of its own need not lay them out unasked. They are
    the averaged ones where the plan asks for these. ``outcome()`` gives what the run would give if it ended here.
    """

    epoch: int
    cost: float
    validation_cost: float | None
    metrics: dict[str, float]
    base_learning_rate: float
    parameters: Callable[[], Parameters]
    outcome: Callable[[], Outcome]


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
        "v of dW[1]" (a running average of the optimizer), "W[1]"; of embeddings "A[0]", "dE[0]", "E[0]".
    layer : int or None
        Its layer; None for the cost J, and for embeddings, which are before the first.
    """

    epoch: int
    step: int
    tensor: str
    layer: int | None

    def __str__(self) -> str:
        where = f"{self.tensor} of layer {self.layer}" if self.layer else self.tensor.replace("J", "the cost J")
        return f"{where} is not finite in step {self.step + 1} of epoch {self.epoch + 1}"


@dataclass
class Outcome:
    """What a run gives back, however it ended.

    Attributes
    ----------
    parameters : Parameters
        The last finite ones, or the best ones where early stopping asks for them; of averages, where the plan asks for
        these.
    stopped : str
        "epochs", "early_stopping", "plateau", "callback", "interrupted" or "diverged"; or of L-BFGS "converged" (no
        derivative is above its tolerance), "flat" (a step lowered the cost by next to nothing), "stalled" (no step
        lowers it) or "evaluations" (it has used all that it may).
    cost, validation_cost, learning_rate : list of float
        One number for each epoch that this run has finished; a resumed run leaves out the earlier ones.
    metrics : dict of str to list of float
    best_epoch : int or None
        The epoch of the lowest validation cost, or the best one by what early stopping monitors.
    restored : bool
        Whether the parameters are those of the best epoch.
    divergence : Divergence or None
    standing : Progress, callable or None
        Where the run stands, or what lays that out: many outcomes are never asked. None after a divergence: an engine
        that moves the optimizer's averages in place has no state before the step that failed.
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
    standing: Progress | Callable[[], Progress] | None = None

    @property
    def progress(self) -> Progress | None:
        """Where the run stands; None after a divergence."""
        if callable(self.standing):
            self.standing = self.standing()
        return self.standing

    def keep_epochs(self, finished: int) -> None:
        """Drop what an unfinished epoch has noted already, so that all lists have the same length."""
        for numbers in (self.cost, self.validation_cost, self.learning_rate, *self.metrics.values()):
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

    def crew(self, threads: int | None = None) -> Crew:
        """Return threads that carry out many runs side by side; None takes as many as there are processors."""
        ...

    def train_many(
        self,
        plans: Sequence[TrainingPlan],
        data: TrainingData | Sequence[TrainingData],
        reports: Sequence[Report | None] | None = None,
        *,
        threads: int | None = None,
        finished: Callable[[int, Outcome], None] | None = None,
    ) -> list[Outcome | None]:
        """Carry out many runs side by side, each on one thread with the bits of `run`, the longest first.

        Parameters
        ----------
        plans : sequence of TrainingPlan
        data : TrainingData or sequence of TrainingData
            One for all, or one for each. What they share they share in memory: rows of folds are told by
            ``Examples.subset``.
        reports : sequence of Report or None, optional
            One for each, called on the thread of its run.
        threads : int, optional
            None takes as many as there are processors.
        finished : callable, optional
            Called with a plan's number and its outcome as soon as its run is over, on the caller's thread.

        Returns
        -------
        list of Outcome or None
            One for each plan. Ctrl-C ends those that run, "interrupted", and leaves None for those that had not begun.

        Raises
        ------
        Exception
            What a report, `finished` or a plan raised; the other runs are ended.
        """
        ...

    def objective(self, plan: TrainingPlan, examples: Examples) -> Evaluate:
        """Return the cost of all examples, with the plan's penalty, and its gradient as a function of the parameters.

        It takes a flat vector in the layout of `Parameters` and returns (J, g).
        """
        ...
