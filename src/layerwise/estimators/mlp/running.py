"""One run of an estimator on an engine: resumed, watched, recovered from a divergence, and what to say of it."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from layerwise.engines import Job, Outcome, Progress, TrainingData, TrainingPlan
from layerwise.equations.optimizers import LBFGS
from layerwise.errors import DataError, DivergenceWarning
from layerwise.estimators.fits import Fitting, Said
from layerwise.estimators.mlp.monitor import LOG, Monitor, Rules, Standing, listeners_of
from layerwise.estimators.mlp.settings import FIXED_RATE
from layerwise.estimators.mlp.validation import Validation, score_of
from layerwise.network import Parameters
from layerwise.training.history import TrainingResult
from layerwise.training.progress import ProgressBar

__all__ = ["Run", "resumed", "run"]

RECOVERIES = 5
NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)


@dataclass
class Run(Said):
    """How a run ended: its parameters, its epochs, its last loss, and the warnings that it deserves."""

    parameters: Parameters = field(kw_only=True)
    loss: float = field(kw_only=True)


def resumed(plan: TrainingPlan, standing: Standing) -> TrainingPlan:
    """Return the plan that goes on from where an estimator stands, with what the optimizer remembers."""
    progress = standing.progress
    if progress is None:
        return plan
    same = type(progress.optimizer) is type(plan.optimizer) and progress.parameters.dtype == plan.initial.dtype
    rates = [getattr(rule, "learning_rate", 1.0) for rule in (progress.optimizer, plan.optimizer)]
    parameters = progress.parameters.astype(plan.initial.dtype)
    if _replaced(plan, standing, progress):
        parameters, standing.best, standing.best_score, standing.best_loss = plan.initial, None, -math.inf, math.inf
    elif standing.best is not None:
        standing.best = standing.best.astype(plan.initial.dtype)
    progress = replace(
        progress,
        optimizer=plan.optimizer,
        parameters=parameters,
        state=progress.state if same else None,
        base_learning_rate=progress.base_learning_rate if same and rates[0] == rates[1] else rates[1],
        step=0,
        summed_cost=0.0,
    )
    return replace(plan, initial=progress.parameters, epochs=progress.epochs + plan.epochs, resume=progress)


def _replaced(plan: TrainingPlan, standing: Standing, progress: Progress) -> bool:
    # Whether somebody has put other weights in the place of those that the last fit gave.
    given = standing.best if standing.scores and standing.best is not None else progress.parameters
    return not np.array_equal(given.astype(plan.initial.dtype).vector, plan.initial.vector)


def run(
    estimator: Any,
    plan: TrainingPlan,
    data: TrainingData,
    validation: Validation | None,
    standing: Standing,
    incremental: bool,
) -> Fitting[Run]:
    """Carry out the plan, and recover from divergences where the estimator asks for it."""
    before = plan.resume.epochs if plan.resume else 0
    rules = _rules(estimator, plan, data, validation)
    if rules.keeps_best and standing.best is None:
        standing.best = plan.initial.copy()
    said: list[tuple[str, type[Warning]]] = []
    with ExitStack() as stack:
        listeners = listeners_of(estimator)
        for listener in listeners:
            if isinstance(listener, ProgressBar):
                stack.enter_context(listener)  # which goes away however the run ends
        score = _score(estimator, plan, validation)
        monitor = Monitor(rules, standing, data.training.m, score, listeners, plan)
        if monitor.is_silent:
            (outcome,) = yield [Job(replace(plan, plateau=monitor.plateau), data)]
            monitor.replay(outcome)
        else:
            (outcome,) = yield [Job(plan, data, monitor)]
        for _ in range(RECOVERIES if rules.recovers else 0):
            if outcome.divergence is None and monitor.stopped != "explosion":
                break
            plan = _again(plan, standing, monitor, before)
            said.append((_recovery(outcome, plan, standing), DivergenceWarning))
            LOG.info(said[-1][0])
            (outcome,) = yield [Job(plan, data, monitor)]
        standing.progress = outcome.progress
        done = Run(
            said,
            parameters=_parameters(outcome, rules, standing),
            epochs=monitor.finished,
            loss=_last_loss(outcome, standing, rules),
        )
        _tell(listeners, plan, outcome, done)
    _judge(estimator, done, outcome, monitor, incremental)
    return done


def _rules(estimator: Any, plan: TrainingPlan, data: TrainingData, validation: Validation | None) -> Rules:
    full = isinstance(plan.optimizer, LBFGS)
    by_score = validation is not None and bool(estimator.early_stopping) and not full
    recovers = estimator.on_divergence == "recover" and not full
    return Rules(
        learning_rate="constant" if estimator.solver in FIXED_RATE or full else estimator.learning_rate,
        learning_rate_init=estimator.learning_rate_init,
        power_t=estimator.power_t,
        tol=estimator.tol,
        patience=estimator.n_iter_no_change,
        by_score=by_score,
        stops=not full,
        keeps_best=by_score or recovers,
        recovers=recovers,
        constant=estimator._constant(data.training),
        validation_constant=0.0 if validation is None else estimator._constant(validation.examples),
    )


def _tell(listeners: list[Any], plan: TrainingPlan, outcome: Outcome, done: Run) -> None:
    ended = [listener for listener in listeners if hasattr(listener, "on_train_end")]
    if ended:
        result = replace(TrainingResult.of(plan.network, outcome), parameters=done.parameters)
        for listener in ended:
            listener.on_train_end(result)


def _score(estimator: Any, plan: TrainingPlan, validation: Validation | None) -> Callable[..., float] | None:
    if validation is None:
        return None
    native: Callable[..., float] | None = None
    if plan.metrics:
        name, formula = estimator._native_metric(validation)

        def native(metrics: dict[str, float]) -> float:
            return float(formula(metrics[name]))

    view = copy.copy(estimator)
    view._network = plan.network
    return score_of(view, validation, view._outputs_of_checked, native)


def _again(plan: TrainingPlan, standing: Standing, monitor: Monitor, before: int) -> TrainingPlan:
    # from the best epoch on, with a quarter of the learning rate and an optimizer that remembers nothing
    assert not isinstance(plan.optimizer, LBFGS)  # noqa: S101 - which never recovers: for the type checker
    begun = plan.resume.base_learning_rate if plan.resume else plan.optimizer.learning_rate
    rate = begun if monitor.rate is None else monitor.rate
    standing.recoveries, monitor.rate = standing.recoveries + 1, None
    start = (standing.best or plan.initial).copy()
    standing.no_improvement, standing.best_loss = 0, math.inf
    monitor.before, monitor.stopped = start, ""
    progress = Progress(plan.optimizer, start, 1, rate / 4, epochs=before + monitor.finished)
    return replace(plan, initial=start, resume=progress)


def _recovery(outcome: Outcome, plan: TrainingPlan, standing: Standing) -> str:
    assert plan.resume is not None  # noqa: S101 - for the type checker
    return (
        f"Training diverged, because {_why(outcome, standing)}. It goes on from its best epoch with the learning rate "
        f"{plan.resume.base_learning_rate:g}."
    )


def _why(outcome: Outcome, standing: Standing) -> str:
    return str(outcome.divergence) if outcome.divergence else f"the cost rose to {standing.curve[-1]:.3g}"


def _parameters(outcome: Outcome, rules: Rules, standing: Standing) -> Parameters:
    if rules.by_score and standing.best is not None:
        return standing.best.copy()  # what fit gives is the user's to change
    return outcome.parameters


def _last_loss(outcome: Outcome, standing: Standing, rules: Rules) -> float:
    point = getattr(outcome.progress and outcome.progress.state, "point", None)
    if point is not None:  # L-BFGS: after its last step
        return float(point.J) + rules.constant
    return standing.curve[-1] if standing.curve else math.nan


def _judge(estimator: Any, done: Run, outcome: Outcome, monitor: Monitor, incremental: bool) -> None:
    """Raise, or note the warnings that the end of a run deserves."""
    if outcome.divergence is not None or monitor.stopped == "explosion":
        if not monitor.rules.by_score:
            tried = f" {RECOVERIES} smaller learning rates did not help." if monitor.rules.recovers else ""
            raise DataError(f"{NOT_FINITE} Training stopped, because {_why(outcome, monitor.standing)}.{tried}")
        monitor.standing.scores.append(math.nan)
        done.epochs += 1
        kept = "The weights are those of the best epoch."
        done.add(f"Training stopped, because {outcome.divergence}. {kept}", DivergenceWarning)
    elif monitor.rules.by_score and monitor.standing.best_score == -math.inf:
        raise DataError(
            "The validation score was NaN in every epoch, so no weights are the best: give more validation rows, or "
            "another scoring."
        )
    elif outcome.stopped == "interrupted":
        done.add("Training interrupted by user.", UserWarning)
    elif outcome.progress is not None and isinstance(outcome.progress.optimizer, LBFGS):
        _judge_lbfgs(estimator, done, outcome, outcome.progress)
    elif outcome.stopped == "epochs" and not incremental:
        limit = f"Maximum iterations ({estimator.max_iter}) reached and the optimization hasn't converged yet."
        done.add(f"Stochastic Optimizer: {limit}", ConvergenceWarning)


def _judge_lbfgs(estimator: Any, done: Run, outcome: Outcome, progress: Progress) -> None:
    state: Any = progress.state
    # the epoch that finds nothing more to do takes no step
    done.epochs = max(len(outcome.cost) - (outcome.stopped in ("converged", "stalled", "evaluations")), 1)
    arrived = state.arrived == "flat" or np.abs(state.point.g).max() <= estimator.tol
    if outcome.stopped in ("epochs", "evaluations") and not arrived:
        limit = f"max_iter={estimator.max_iter}" if outcome.stopped == "epochs" else f"max_fun={estimator.max_fun}"
        message = (
            f"lbfgs failed to converge after {done.epochs} iteration(s), as it reached {limit}. Increase it to improve "
            "the convergence. You might also want to scale the data."
        )
        done.add(message, ConvergenceWarning)
