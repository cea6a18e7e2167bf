"""From the arguments of `train` to a run that is ready to begin."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layerwise.checks import BELOW_ONE, COUNT, NON_NEGATIVE, POSITIVE, SEED, known_name
from layerwise.engines import EarlyStopping, Engine, Examples, Job, Outcome, TrainingData, TrainingPlan, engine_named
from layerwise.equations.initializers import initialize
from layerwise.equations.losses import loss
from layerwise.equations.metrics import Metric
from layerwise.equations.optimizers import LBFGS, OPTIMIZERS, UpdateRule
from layerwise.equations.schedules import Schedule, schedule_of
from layerwise.equations.shapes import check_fit, check_inputs, check_targets, check_weights
from layerwise.equations.shuffling import BlockShuffle
from layerwise.errors import DivergenceWarning, ParameterError, ShapeError
from layerwise.network import Array, Network, Parameters
from layerwise.training._options import (
    check_full_batch,
    chosen_metrics,
    dropout_rates,
    sign_vector,
    stopping_rule,
    with_smoothed_labels,
    with_subset,
    without_weightless,
)
from layerwise.training.callbacks import Callback, check_callbacks, reporter
from layerwise.training.history import TrainingResult
from layerwise.training.resuming import check_resumable, resumed

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True)
class Prepared:
    """A run that has not begun, and what is to be done once it is over."""

    job: Job
    engine: Engine
    listeners: tuple[Callback, ...]
    result_of: Callable[[Outcome], TrainingResult]

    def result(self, outcome: Outcome) -> TrainingResult:
        """Return the result of the run, after its warnings and the last call of its callbacks."""
        if outcome.divergence is not None:
            kept = "those of the best epoch" if outcome.restored else "those from before that step"
            warnings.warn(
                f"Training stopped, because {outcome.divergence}. The parameters kept are {kept}. "
                "A smaller learning_rate, standardised inputs or clip_norm help.",
                DivergenceWarning,
                stacklevel=3,
            )
        result = self.result_of(outcome)
        for listener in self.listeners:
            if hasattr(listener, "on_train_end"):
                listener.on_train_end(result)
        return result


def prepare(
    net: Network,
    X: Array,
    Y: Array,
    *,
    learning_rate: float | None,
    epochs: int,
    batch_size: int | None,
    shuffle: bool | BlockShuffle,
    subset: Array | None,
    optimizer: str | UpdateRule | LBFGS,
    seed: int,
    initial: Parameters | None,
    l2: float,
    dropout: float | Sequence[float],
    dropout_schedule: str | Schedule | None,
    clip_norm: float | None,
    sample_weight: Array | None,
    label_smoothing: float,
    signs: Parameters | None,
    averaging: float,
    validation: Sequence[Array | None] | Examples | None,
    metrics: Sequence[str | Metric | Callable[..., float]] | None,
    early_stopping: EarlyStopping | int | None,
    schedule: str | Schedule | None,
    decay_schedule: str | Schedule | None,
    callbacks: Sequence[Callback],
    engine: str,
    threads: int | None,
    dtype: str,
    resume: TrainingResult | None,
) -> Prepared:
    """Check the arguments of `train`, and return its run."""
    seed = SEED.check("train", "seed", seed)
    floating = _floating(dtype)
    runner = engine_named(engine)
    training = with_smoothed_labels(net, _examples("train", net, X, Y, sample_weight, floating), label_smoothing)
    training = with_subset(training, subset)
    looked_at = _validation(net, validation, floating)
    data = TrainingData(training, looked_at)
    progress = None if resume is None else check_resumable(net, resume, initial, floating)
    rule = stopping_rule(early_stopping, looked_at)
    plan = TrainingPlan(
        network=net,
        initial=_initial(net, initial, seed, floating) if progress is None else progress.parameters,
        optimizer=_optimizer(optimizer, learning_rate),
        epochs=COUNT.check("train", "epochs", epochs),
        batch_size=_batch_size(batch_size, training.m),
        seed=seed,
        l2=NON_NEGATIVE.check("train", "l2", l2),
        dropout=dropout_rates(net, dropout),
        clip_norm=None if clip_norm is None else POSITIVE.check("train", "clip_norm", clip_norm),
        schedule=schedule_of("schedule", schedule),
        early_stopping=rule,
        metrics=chosen_metrics(net, metrics, rule, looked_at),
        shuffle=shuffle if isinstance(shuffle, BlockShuffle) else _flag("shuffle", shuffle),
        threads=None if threads is None else COUNT.check("train", "threads", threads),
        dropout_schedule=schedule_of("dropout_schedule", dropout_schedule),
        decay_schedule=schedule_of("decay_schedule", decay_schedule),
        averaging=BELOW_ONE.check("train", "averaging", averaging),
        signs=sign_vector(net, signs),
        resume=progress,
    )
    check_full_batch(plan)
    if resume is not None:
        plan = resumed(plan, data, resume)
    listeners = check_callbacks(callbacks)

    def result_of(outcome: Outcome) -> TrainingResult:
        return TrainingResult.of(net, outcome, resume.history if resume else None)

    job = Job(plan, data, reporter(listeners, plan.epochs, result_of))
    return Prepared(job, runner, listeners, result_of)


def _floating(dtype: Any) -> np.dtype[Any]:
    try:
        name: object = np.dtype(dtype).name
    except TypeError:
        name = dtype
    if name not in ("float32", "float64"):
        raise ParameterError(f"The 'dtype' parameter of train must be 'float32' or 'float64'. Got {dtype!r} instead.")
    return np.dtype(str(name))


def _examples(owner: str, net: Network, X: Any, Y: Any, sample_weight: Any, dtype: np.dtype[Any]) -> Examples:
    X = check_inputs(owner, net, X, dtype, finite=True)
    Y = check_targets(owner, net, Y, X.shape[1], dtype, loss(net.loss_choice).labels)
    return Examples(X, Y, check_weights(owner, sample_weight, X.shape[1], dtype))


def _validation(
    net: Network, validation: Sequence[Array | None] | Examples | None, dtype: np.dtype[Any]
) -> Examples | None:
    if validation is None or isinstance(validation, Examples):
        return validation
    if not isinstance(validation, tuple | list) or len(validation) not in (2, 3):
        length = f" of length {len(validation)}" if hasattr(validation, "__len__") else ""
        raise ShapeError(
            f"train: validation must be (X, Y) or (X, Y, sample_weight). Got {type(validation).__name__}{length}."
        )
    X, Y, *weight = validation
    examples = _examples("train, validation", net, X, Y, weight[0] if weight else None, dtype)
    return Examples(*without_weightless(examples).arrays())


def _initial(net: Network, initial: Parameters | None, seed: int, dtype: np.dtype[Any]) -> Parameters:
    if initial is None:
        return initialize(net, seed).astype(dtype)
    if not isinstance(initial, Parameters):
        raise ParameterError(
            "The 'initial' parameter of train must be Parameters, such as initialize(net, seed=3) returns. "
            f"Got {type(initial).__name__} instead."
        )
    check_fit("train", net, initial)
    with np.errstate(over="ignore", under="ignore"):  # a number too large for `dtype` becomes infinite
        initial = initial.astype(dtype)
    if not np.isfinite(initial.vector).all():
        raise ParameterError(f"The 'initial' parameter of train must be finite in {dtype}. Got NaN or infinity.")
    return initial


def _optimizer(optimizer: str | UpdateRule | LBFGS, learning_rate: float | None) -> UpdateRule | LBFGS:
    if isinstance(optimizer, type):
        raise ParameterError(
            "The 'optimizer' parameter of train must be a name or an instance. "
            f"Got the class {optimizer.__name__}: write {optimizer.__name__}()."
        )
    if not isinstance(optimizer, UpdateRule | LBFGS):
        optimizer = OPTIMIZERS[known_name("optimizer", optimizer, OPTIMIZERS, {"sgd": "gradient_descent"})]()
    if learning_rate is None:
        return optimizer
    POSITIVE.check("train", "learning_rate", learning_rate)
    if isinstance(optimizer, LBFGS):
        raise ParameterError(
            "The 'learning_rate' parameter of train must be None with lbfgs, which searches its own step lengths. "
            f"Got {learning_rate}."
        )
    return replace(optimizer, learning_rate=learning_rate)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise ParameterError(f"The {name!r} parameter of train must be True or False. Got {value!r} instead.")
    return bool(value)


def _batch_size(batch_size: int | None, m: int) -> int | None:
    if batch_size is None:
        return None
    size = COUNT.check("train", "batch_size", batch_size)
    return None if size >= m else size
