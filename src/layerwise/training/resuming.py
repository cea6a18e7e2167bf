"""What a resumed run takes over from the one before it, and the rules for what may be different."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from layerwise.engines import Progress, TrainingData, TrainingPlan
from layerwise.engines.early_stopping import Best
from layerwise.errors import ParameterError
from layerwise.network import Network
from layerwise.training.history import TrainingResult

__all__ = ["check_resumable", "resumed"]

ANEW = "start a run of its own from initial=result.parameters"


def check_resumable(net: Network, resume: TrainingResult, initial: Any, dtype: Any) -> Progress:
    """Return where the run stands that `resume` is the result of, if it is one of this network and floating type."""
    if not isinstance(resume, TrainingResult):
        raise ParameterError(
            "The 'resume' parameter of train must be a TrainingResult, such as train returns. "
            f"Got {type(resume).__name__} instead."
        )
    if resume.progress is None:
        raise ParameterError(
            "The 'resume' parameter of train must be a result with its progress, which a run that diverged does not "
            f"have and a model file does not keep. Got one without: {ANEW}."
        )
    if resume.network != net:
        raise ParameterError(
            f"The 'resume' parameter of train must be a run of the same network, {net}. Got one of {resume.network}."
        )
    if initial is not None:
        raise ParameterError(
            "The 'initial' parameter of train must be None with resume, which goes on from where that run stands. "
            "Leave out one of the two."
        )
    if resume.progress.parameters.dtype != dtype:
        raise ParameterError(
            f"The 'dtype' parameter of train must be that of the run to resume, '{resume.progress.parameters.dtype}'. "
            f"Got '{dtype}' instead."
        )
    return resume.progress


def resumed(plan: TrainingPlan, data: TrainingData, resume: TrainingResult) -> TrainingPlan:
    """Return the plan if it goes with the run that it resumes, with the learning rate to go on with."""
    progress = plan.resume
    assert progress is not None  # noqa: S101 - for the type checker
    _check_epochs(plan.epochs, progress.epochs)
    _check_optimizer(plan.optimizer, progress.optimizer)
    _check_validation(data, resume)
    _check_best(plan, progress.best)
    _check_signs(plan, progress)
    if progress.step and plan.steps(data.training.m) != progress.steps:
        raise ParameterError(
            f"The 'batch_size' parameter of train must give {progress.steps} steps an epoch, as in the run to resume, "
            f"which was interrupted within one. Got {plan.steps(data.training.m)} steps: "
            "give the same examples and batch_size."
        )
    return replace(plan, resume=replace(progress, base_learning_rate=_learning_rate(plan, progress)))


def _check_epochs(epochs: int, finished: int) -> None:
    if epochs <= finished:
        raise ParameterError(
            f"The 'epochs' parameter of train must be above the {finished} epochs that the run to resume has finished, "
            f"because it counts them too. Got {epochs}: for 10 more, write epochs={finished + 10}."
        )


def _check_optimizer(optimizer: Any, before: Any) -> None:
    if type(optimizer) is not type(before):
        raise ParameterError(
            f"The 'optimizer' parameter of train must be of the kind that the run to resume has, "
            f"{type(before).__name__}. Got {type(optimizer).__name__}: to change it, {ANEW}."
        )


def _check_validation(data: TrainingData, resume: TrainingResult) -> None:
    had, has = bool(resume.history.validation_cost), data.validation is not None
    if len(resume.history) and had != has:
        rule, fact = ("given", "has") if had else ("None", "has no")
        raise ParameterError(
            f"The 'validation' parameter of train must be {rule}, as the history of the run to resume {fact} "
            f"validation costs. Got {'examples' if has else 'None'}."
        )


def _check_best(plan: TrainingPlan, best: Best) -> None:
    rule = plan.early_stopping
    if rule is not None and rule.restore_best and best.epoch is not None and best.parameters is None:
        raise ParameterError(
            "The 'early_stopping' parameter of train must have restore_best=False here, because the run to resume "
            "did not keep the parameters of its best epoch. "
            f"Use EarlyStopping({rule.patience}, restore_best=False)."
        )
    monitor = Best().under(rule).monitor
    if best.epoch is not None and best.monitor != monitor:
        raise ParameterError(
            f"The 'early_stopping' parameter of train must monitor {best.monitor!r}, by which the run to resume has "
            f"chosen its best epoch. Got {monitor!r}: to change it, {ANEW}."
        )


def _check_signs(plan: TrainingPlan, progress: Progress) -> None:
    kept = (progress.parameters, progress.averaged, plan.early_stopping and progress.best.parameters)
    if plan.signs is not None and any((plan.signs * theta.vector < 0).any() for theta in kept if theta):
        raise ParameterError(
            "The 'signs' parameter of train must be those of the run to resume, or others that its parameters have. "
            f"To change it, {ANEW}."
        )


def _learning_rate(plan: TrainingPlan, progress: Progress) -> float:
    # The same rate as before leaves in force what a callback has set since; another one is meant to be used.
    asked, before = (getattr(rule, "learning_rate", 1.0) for rule in (plan.optimizer, progress.optimizer))
    return progress.base_learning_rate if asked == before else asked
