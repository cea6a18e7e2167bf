"""The native engine: a whole run in one call of the C++ core (``native/``, docs/native-engine.md)."""

from __future__ import annotations

import functools
import operator
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from layerwise.engines import _native
from layerwise.engines.contract import Divergence, EpochReport, Outcome, Progress, Report, TrainingPlan
from layerwise.engines.crews import THREADS, Crew, TrainsMany, threads_of_crew
from layerwise.engines.divergence import locate, propagate
from layerwise.engines.early_stopping import Best
from layerwise.engines.epochs import Look, dropout_factor, run_epochs, schedule_factor
from layerwise.engines.examples import Examples, TrainingData
from layerwise.engines.full_batch import FullBatch, locator
from layerwise.engines.native_arrays import ENDLESS, in_order, mapped, rows_of, subset_of
from layerwise.engines.native_minimizer import Minimization
from layerwise.equations.lbfgs import Evaluate
from layerwise.equations.losses import LOSS_TABLE
from layerwise.equations.metrics import METRICS
from layerwise.equations.optimizers import (
    LBFGS,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    State,
    UpdateRule,
)
from layerwise.equations.regularizers import dropout_masks
from layerwise.equations.schedules import Constant, Schedule
from layerwise.equations.shuffling import BlockShuffle
from layerwise.errors import ParameterError
from layerwise.network import Array, Layout, Network, Parameters
from layerwise.vocabulary import ACTIVATIONS, Choice

__all__ = ["LastPlan", "NativeEngine", "can_run", "instruction_set", "native_run", "predict", "runs_in_core"]

# The enumerations of native/include/layerwise/vocabulary.hpp and run.hpp count the entries of these tables.
ACTIVATION_NUMBERS = {name: number for number, name in enumerate(ACTIVATIONS)}
LOSS_NUMBERS = {name: number for number, name in enumerate(LOSS_TABLE)}
RULE_NUMBERS: Mapping[type, int] = {
    rule: number for number, rule in enumerate((GradientDescent, Momentum, Nesterov, RMSprop, Adam, AdamW))
}
METRIC_NUMBERS = {METRICS[name]: number for number, name in enumerate(("accuracy", "rmse", "mae"))}
ELSEWHERE = len(METRIC_NUMBERS)  # of a metric that is computed here
SETTINGS = operator.attrgetter(
    *("network", "optimizer", "epochs", "batch_size", "shuffle", "l2", "l2_by_batch", "dropout", "clip_norm"),
    *("averaging", "metrics", "early_stopping", "plateau"),
)
"""What `_plan` reads beside the signs and the threads."""


class NativeEngine(TrainsMany):
    """Carries out a plan in C++, with the same bits for any number of threads."""

    name = "native"

    def run(self, plan: TrainingPlan, data: TrainingData, report: Report | None = None) -> Outcome:
        """Carry out a whole run; see `layerwise.engines.Engine`.

        Raises
        ------
        ParameterError
            If the plan's update rule is a class of the user's own, which only the NumPy engine can run.
        """
        if not can_run(plan):
            raise ParameterError(
                "The optimizer and the loss of train must be of the library's own with engine='native'. "
                f"Got {type(plan.optimizer).__name__} and {plan.network.loss}: use engine='auto' or engine='numpy'."
            )
        if isinstance(plan.optimizer, LBFGS) and not runs_in_core(plan, data):
            return self._full_batches(plan, plan.optimizer, data, report)
        run = native_run(plan, data, _plan(plan, plan.threads))
        return run.outcome(run.task.go(**run.hooks(report)))

    def crew(self, threads: int | None = None) -> Crew:
        """Return threads of the core that carry out many runs; see `layerwise.engines.Engine`."""
        from layerwise.engines.native_crew import NativeCrew  # which needs this module

        return NativeCrew(self, threads_of_crew(threads))

    def objective(self, plan: TrainingPlan, examples: Examples) -> Evaluate:
        """Return the cost and its gradient as a function of the parameters; see `layerwise.engines.Engine`."""
        single = plan.initial.dtype == np.float32
        return (_native.Objective32 if single else _native.Objective64)(
            _plan(plan, plan.threads), rows_of(plan.network, examples), subset=subset_of(examples)
        )

    def _full_batches(self, plan: TrainingPlan, optimizer: LBFGS, data: TrainingData, report: Report | None) -> Outcome:
        start = plan.start(data.training.m)
        learner = FullBatch(optimizer, start, self.objective(plan, data.training), locator(plan, data.training))
        look = None if data.validation is None else self._look(plan, learner, data.validation)
        with np.errstate(all="ignore"):
            return run_epochs(plan, start, learner, look, report)

    def _look(self, plan: TrainingPlan, learner: FullBatch, examples: Examples) -> Look:
        objective, (X, Y, w) = self.objective(replace(plan, l2=0.0), examples), examples.arrays()

        def look() -> tuple[float, dict[str, float]]:
            theta = learner.parameters()
            J, _ = objective(theta.vector)
            Y_hat: Any = predict(plan.network, theta, X, plan.threads)
            return J, {metric.name: metric(Y_hat, Y, w) for metric in plan.metrics}

        return look


def can_run(plan: TrainingPlan) -> bool:
    """Return whether the plan's optimizer and loss are among those that are compiled into the core."""
    if plan.network.loss_choice.name not in LOSS_NUMBERS:
        return False
    return isinstance(plan.optimizer, LBFGS) or type(plan.optimizer) in RULE_NUMBERS


def runs_in_core(plan: TrainingPlan, data: TrainingData) -> bool:
    """Return whether the core carries out all of a run; after a step of L-BFGS it looks at no validation examples."""
    return can_run(plan) and not (isinstance(plan.optimizer, LBFGS) and data.validation is not None)


@functools.cache
def instruction_set() -> str:
    """Return the instruction set that runs use: the widest of this processor, or what ``LAYERWISE_ISA`` says.

    Raises
    ------
    ParameterError
        If ``LAYERWISE_ISA`` names none of this build and processor.
    """
    isas = _native.isas()
    wanted = os.environ.get("LAYERWISE_ISA") or isas[0]
    if wanted not in isas:
        raise ParameterError(
            f"The environment variable LAYERWISE_ISA must be one of {', '.join(isas)}, which this processor and this "
            f"build have. Got {wanted!r}."
        )
    return wanted


def predict(net: Network, theta: Parameters, X: Array, threads: int | None = None) -> Array | None:
    """Return Y_hat (n_y, m), or None where X does not have n_x rows, is not finite or has positions that are none.

    X and the parameters are of one floating type. The bits of a column do not depend on the others.
    """
    m, flags = X.shape[1], X.flags
    Y_hat = np.empty((m, net.sizes[-1]), X.dtype)
    if not flags.aligned or (m > 1 and not flags.f_contiguous):
        X = X.copy(order="F")
    vector = in_order(theta.vector)
    return Y_hat.T if _native.predict(_network(net), vector, X, Y_hat, _threads("predict", threads)) else None


def native_run(plan: TrainingPlan, data: TrainingData, native: _native.Plan) -> NativeRun | Minimization:
    """Return a run of the core that is ready to begin, given its plan as the core takes it."""
    if isinstance(plan.optimizer, LBFGS):
        return Minimization(plan, plan.optimizer, data.training, native)
    return NativeRun(plan, data, native)


class LastPlan:
    """The core's plan of the last run, which the next one shares if it differs by its seed and its start alone."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.settings: Any = None
        self.native: _native.Plan | None = None

    def of(self, plan: TrainingPlan) -> _native.Plan:
        """Return a plan as the core takes it."""
        settings = None if plan.signs is not None else SETTINGS(plan)  # arrays have no equality
        if self.native is None or settings is None or settings != self.settings:
            self.settings, self.native = settings, _plan(plan, self.threads)
        return self.native


class NativeRun:
    """One run of the C++ core, and its translation to and from the contract."""

    def __init__(self, plan: TrainingPlan, data: TrainingData, native: _native.Plan) -> None:
        assert isinstance(plan.optimizer, UpdateRule)  # noqa: S101 - for the type checker
        self.plan, self.data, self.rule = plan, data, plan.optimizer
        self.names = [metric.name for metric in plan.metrics]
        self.start = plan.start(data.training.m)
        single = self.start.parameters.dtype == np.float32
        state: Any = self.start.state  # a State or None, as the optimizer is a rule
        slots = [in_order(state.slots[letter]) for letter in self.rule.slots] if state else []
        best = self.start.best
        training = rows_of(plan.network, data.training)
        self.task = (_native.Run32 if single else _native.Run64)(
            native,
            training,
            None if data.validation is None else rows_of(plan.network, data.validation),
            seed=plan.seed,
            subset=subset_of(data.training),
            validation_subset=None if data.validation is None else subset_of(data.validation),
            mapped=mapped(*training),
            epochs=self.start.epochs,
            step=self.start.step,
            t=state.t if state else 0,
            summed_cost=self.start.summed_cost,
            learning_rate=self.start.learning_rate,
            base_learning_rate=self.start.base_learning_rate,
            best=(-1 if best.epoch is None else best.epoch, best.cost, best.to_beat, best.improved_at),
            parameters=in_order(self.start.parameters.vector),
            averages=slots,
            best_parameters=None if best.parameters is None else in_order(best.parameters.vector),
            averaged=None if self.start.averaged is None else in_order(self.start.averaged.vector),
        )

    def hooks(self, report: Report | None) -> dict[str, Any]:
        """Return what the core asks and tells: the arguments of its `go`."""
        plan = self.plan
        return {
            "schedule": self._factors(plan.schedule, schedule_factor),
            "report": None if report is None else self._reporter(report),
            "dropout": self._factors(plan.dropout_schedule, dropout_factor) if any(plan.dropout) else None,
            "decay": self._factors(plan.decay_schedule, schedule_factor),
            "metrics": self._metrics(),
        }

    def outcome(self, stopped: str) -> Outcome:
        """Return what the run has come to."""
        (cost, validation_cost, rates, metrics), told = self.task.history(), self.task.progress()
        epochs, *_, (best_epoch, *_), vector, _, kept, averaged = told
        shown = kept if kept is not None else vector if averaged is None else averaged
        outcome = Outcome(
            self._parameters(shown.copy()),
            stopped,
            cost,
            validation_cost,
            rates,
            dict(zip(self.names, metrics, strict=False)),  # empty without validation examples
            None if best_epoch < 0 else best_epoch,
            restored=kept is not None,
        )
        outcome.keep_epochs(epochs - self.start.epochs)
        start, layout = self.start, self.plan.network.layout
        standing = partial(_progress, self.rule, layout, start.steps, start.best.monitor, told)  # without the run
        if stopped == "diverged":
            outcome.divergence = self._locate(standing())
        else:
            outcome.standing = standing
        return outcome

    def _parameters(self, vector: Array) -> Parameters:
        return Parameters.from_vector(self.plan.network.layout, vector)

    def _factors(self, schedule: Schedule, factor: Callable[..., float]) -> Callable[[int, int, int], float] | None:
        if isinstance(schedule, Constant):
            return None
        return lambda epoch, step, steps: factor(schedule, self.plan.epochs, epoch, step, steps)

    def _metrics(self) -> Callable[[Array], list[float]] | None:
        # from Y_hat, an example a row, to the metrics that the core does not compute
        own = [metric for metric in self.plan.metrics if metric not in METRIC_NUMBERS]
        examples = self.data.validation
        if not own or examples is None:
            return None
        _, Y, w = examples.arrays()

        def compute(rows: Array) -> list[float]:
            with np.errstate(all="ignore"):
                return [metric(rows.T, Y, w) for metric in own]

        return compute

    def _reporter(self, report: Report) -> Callable[..., tuple[bool, float]]:
        def tell(
            epoch: int, J: float, validation_cost: float, metrics: list[float], base_learning_rate: float
        ) -> tuple[bool, float]:
            looked = self.data.validation is not None
            told = EpochReport(
                epoch=epoch,
                cost=J,
                validation_cost=validation_cost if looked else None,
                metrics=dict(zip(self.names, metrics, strict=False)),
                base_learning_rate=base_learning_rate,
                parameters=lambda: self._parameters(self.task.parameters()),
                outcome=lambda: self.outcome("callback"),
            )
            answer = report(told)
            return bool(answer.stop), answer.learning_rate or 0.0

        return tell

    def _locate(self, at: Progress) -> Divergence:
        # The step that failed, once more, by the equations; the parameters and averages after it are the core's.
        vector, averages = self.task.failed()
        plan, batch, theta = self.plan, self._batch(at), at.parameters
        after, state = self._parameters(vector), State(0, dict(zip(self.rule.slots, averages, strict=True)))
        l2 = plan.penalty(batch.total_weight, self.data.training.total_weight)
        number = at.epochs * at.steps + at.step
        with np.errstate(all="ignore"):
            factor = dropout_factor(plan.dropout_schedule, plan.epochs, at.epochs, at.step, at.steps)
            rates = tuple(factor * rate for rate in plan.dropout)
            masks = dropout_masks(plan.network, rates, batch.m, plan.seed, number, theta.dtype)
            return locate(at.epochs, at.step, *propagate(plan.network, theta, batch, l2, masks), after, state)

    def _batch(self, at: Progress) -> Examples:
        examples = self.data.training
        if at.steps == 1:
            return examples
        size = self.plan.batch_size or examples.m
        return examples.take(self.plan.order(examples.m, at.epochs)[at.step * size : (at.step + 1) * size])


def _progress(rule: UpdateRule, layout: Layout, steps: int, monitor: str, told: tuple[Any, ...]) -> Progress:
    (
        epochs, step, t, summed_cost, learning_rate, base_learning_rate, best, vector, averages, kept, averaged,
    ) = told  # fmt: skip
    epoch, lowest, to_beat, improved_at = best

    def laid(vector: Array | None) -> Parameters | None:
        return None if vector is None else Parameters.from_vector(layout, vector)

    return Progress(
        optimizer=rule,
        parameters=Parameters.from_vector(layout, vector),
        steps=steps,
        base_learning_rate=base_learning_rate,
        state=State(t, dict(zip(rule.slots, averages, strict=True))) if t else None,
        epochs=epochs,
        step=step,
        summed_cost=summed_cost,
        learning_rate=learning_rate,
        best=Best(None if epoch < 0 else epoch, lowest, laid(kept), to_beat, improved_at, monitor),
        averaged=laid(averaged),
    )


def _plan(plan: TrainingPlan, threads: int | None) -> _native.Plan:
    native = _native.Plan()
    native.network = _network(plan.network)
    native.epochs, native.batch_size = min(plan.epochs, ENDLESS), plan.batch_size or 0
    native.shuffles, native.l2_by_batch = bool(plan.shuffle), plan.l2_by_batch
    if isinstance(plan.shuffle, BlockShuffle):
        native.block, native.buffer = plan.shuffle.block, plan.shuffle.buffer
    native.l2, native.dropout, native.clip_norm = plan.l2, list(plan.dropout), plan.clip_norm or 0.0
    native.metrics = [METRIC_NUMBERS.get(metric, ELSEWHERE) for metric in plan.metrics]
    native.averaging = plan.averaging
    if plan.plateau is not None:
        end = plan.plateau
        native.set_plateau(int(min(end.patience, ENDLESS)), end.tolerance, end.lowest, end.waited)
    if plan.signs is not None:
        native.signs = in_order(plan.signs)
    native.threads = _threads("train", threads)
    if plan.early_stopping is not None:
        stop, metric = plan.early_stopping, plan.early_stopping.metric
        native.set_early_stopping(
            min(stop.patience, ENDLESS),
            stop.min_improvement,
            stop.restore_best,
            monitor=-1 if metric is None else plan.metrics.index(metric),
            greater_is_better=metric is not None and metric.greater_is_better,
        )
    if not isinstance(rule := plan.optimizer, LBFGS):
        native.rule = RULE_NUMBERS[type(rule)]
        native.weight_decay = rule.weight_decay
        native.epsilon = getattr(rule, "epsilon", 0.0)
        native.beta1 = getattr(rule, "beta1", getattr(rule, "beta", 0.0))
        native.beta2 = getattr(rule, "beta2", getattr(rule, "rho", 0.0))
    return native


def _threads(owner: str, threads: int | None) -> int:
    return 0 if threads is None else THREADS.check(owner, "threads", threads)


@functools.lru_cache(maxsize=256)
def _network(net: Network) -> _native.Network:
    def setting(choice: Choice) -> float:
        return choice.settings[0][1] if choice.settings else 0.0

    instruction_set()  # refuses a wrong LAYERWISE_ISA, which the core would not
    g, loss = net.g[1:], net.loss_choice
    return _native.Network(
        list(net.sizes),
        [ACTIVATION_NUMBERS[choice.name] for choice in g],
        [setting(choice) for choice in g],
        LOSS_NUMBERS.get(loss.name, 0),  # predictions need none
        setting(loss) if isinstance(loss, Choice) else 0.0,
        [(entry.positions, entry.dimension or 0, entry.ordered) for entry in net.embeddings],
    )
