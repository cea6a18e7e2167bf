"""scikit-learn's rules at the end of an epoch: what is noted, when the learning rate falls, when a fit is over."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from layerwise.engines import Directive, EpochReport, Outcome, Plateau, Progress, TrainingPlan
from layerwise.network import Parameters
from layerwise.training.callbacks import Callback, reporter
from layerwise.training.history import TrainingResult
from layerwise.training.progress import ProgressBar

__all__ = ["Monitor", "Rules", "Standing", "listeners_of"]

LOG = logging.getLogger("layerwise")
EXPLOSION = 1e3
"""How many times the lowest cost is taken for a divergence, where one is to be recovered from."""
SMALLEST_RATE = 1e-6
"""At which an adaptive learning rate stops falling, and the fit."""

Score = Callable[[EpochReport], float]


@dataclass
class Standing:
    """Where an estimator stands between two calls of fit or partial_fit.

    Attributes
    ----------
    seed : int
        Of the weights, the batches, the dropout and the held-out rows.
    progress : Progress or None
        From which the engine goes on; None where nothing can be gone on from.
    no_improvement : int
        Epochs since the training cost or the validation score last improved by `tol`.
    best_loss, best_score : float
    best : Parameters or None
        Those with the best score; where recovery is asked for, those with the lowest cost.
    samples : int
        Rows that were learnt from, each counted in every epoch.
    curve, scores, validation_curve : list of float
        Of every epoch since the weights were drawn.
    recoveries : int
        How often a divergence was recovered from, with a quarter of the learning rate.
    """

    seed: int
    progress: Progress | None = None
    no_improvement: int = 0
    best_loss: float = math.inf
    best_score: float = -math.inf
    best: Parameters | None = None
    samples: int = 0
    curve: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    validation_curve: list[float] = field(default_factory=list)
    recoveries: int = 0

    def copy(self) -> Standing:
        """Return one whose lists can grow without this one's."""
        curves = list(self.curve), list(self.scores), list(self.validation_curve)
        return replace(self, curve=curves[0], scores=curves[1], validation_curve=curves[2])

    @property
    def rate_factor(self) -> float:
        """What recoveries have left of the learning rate."""
        return 0.25**self.recoveries


@dataclass(frozen=True)
class Rules:
    """The parameters of an estimator that act at the end of an epoch; see its docstring.

    The constants are what scikit-learn adds to the costs, whatever the weights are.
    """

    learning_rate: str
    learning_rate_init: float
    power_t: float
    tol: float
    patience: float
    by_score: bool
    stops: bool
    keeps_best: bool
    recovers: bool = False
    constant: float = 0.0
    validation_constant: float = 0.0


class Monitor:
    """What an engine reports to, once an epoch."""

    def __init__(
        self,
        rules: Rules,
        standing: Standing,
        rows: int,
        score: Score | None,
        listeners: Sequence[Callback],
        plan: TrainingPlan,
    ) -> None:
        self.rules, self.standing, self.rows, self.score = rules, standing, rows, score
        self.tell = reporter(listeners, plan.epochs, partial(TrainingResult.of, plan.network))
        self.lines = LOG.isEnabledFor(logging.DEBUG)
        self.finished = 0
        self.rate: float | None = None  # of the last epoch
        self.before: Parameters | None = standing.best
        self.stopped = ""

    @property
    def is_silent(self) -> bool:
        """Whether nothing has to be done at the end of an epoch but to see if the cost still falls."""
        rules = self.rules
        quiet = self.tell is None and self.score is None and not self.lines
        return quiet and rules.learning_rate == "constant" and not rules.recovers and not rules.constant

    @property
    def plateau(self) -> Plateau | None:
        """What ends a run that is silent."""
        rules, now = self.rules, self.standing
        if not rules.stops:
            return None
        # at least one epoch, also for who has lost patience already
        return Plateau(rules.patience, rules.tol, now.best_loss, int(min(now.no_improvement, rules.patience)))

    def replay(self, outcome: Outcome) -> None:
        """Note the epochs of a run that was silent."""
        now, costs = self.standing, outcome.cost
        self.finished += len(costs)
        now.samples += self.rows * len(costs)
        now.curve.extend(costs)
        now.validation_curve.extend(cost + self.rules.validation_constant for cost in outcome.validation_cost)
        for cost in costs:  # as `_compare` does, of which nothing is left without scores
            now.no_improvement = now.no_improvement + 1 if cost > now.best_loss - self.rules.tol else 0
            now.best_loss = min(cost, now.best_loss)
        if outcome.stopped == "plateau":
            self.stopped = "tol"

    def __call__(self, told: EpochReport) -> Directive:
        """Note an epoch, and say whether and how to go on."""
        rules, now = self.rules, self.standing
        self.finished += 1
        self.rate = told.base_learning_rate
        now.samples += self.rows
        cost = told.cost + rules.constant
        now.curve.append(cost)
        if told.validation_cost is not None:
            now.validation_curve.append(told.validation_cost + rules.validation_constant)
        if self.score is not None:
            now.scores.append(self.score(told))
        if rules.recovers and cost > EXPLOSION * abs(now.best_loss):
            self.stopped = "explosion"
            return Directive(stop=True)
        improved, progressed = self._compare(cost)
        now.no_improvement = 0 if progressed else now.no_improvement + 1
        if rules.keeps_best:
            self._keep_best(improved, told)
        if self.lines:
            LOG.debug("epoch %d: cost %.8f", told.epoch + 1, told.cost)
        rate = None
        if rules.learning_rate == "invscaling":
            rate = now.rate_factor * rules.learning_rate_init / (now.samples + 1) ** rules.power_t
        if rules.stops and now.no_improvement > rules.patience:
            rate = self._out_of_patience(told.base_learning_rate)
        answer = self.tell(told) if self.tell else Directive()
        if answer.stop:
            self.stopped = self.stopped or "a callback"
        return Directive(bool(self.stopped), answer.learning_rate or rate)

    def _keep_best(self, improved: bool, told: EpochReport) -> None:
        # The score is of the parameters now. The cost is of those on the way here, and it is safe to go back to the
        # parameters from before this epoch only, since it may have begun to diverge.
        if self.rules.by_score:
            if improved:
                self.standing.best = told.parameters().copy()
            return
        if improved and self.before is not None:
            self.standing.best = self.before
        self.before = told.parameters().copy()

    def _compare(self, cost: float) -> tuple[bool, bool]:
        # Whether this epoch is the best one, and whether it is better by tol than the best before it.
        now, tol = self.standing, self.rules.tol
        if self.rules.by_score:
            score, best = now.scores[-1], now.best_score
            improved, progressed = score > best, not score < best + tol
            now.best_score = score if improved else best
        else:
            improved, progressed = cost < now.best_loss, not cost > now.best_loss - tol
            now.best_loss = min(cost, now.best_loss)
        return improved, progressed

    def _out_of_patience(self, rate: float) -> float | None:
        if self.rules.learning_rate == "adaptive" and rate > SMALLEST_RATE:
            self.standing.no_improvement = 0
            return rate / 5
        self.stopped = "tol"
        return None


def listeners_of(estimator: Any) -> list[Any]:
    """Return the estimator's callbacks, and with `verbose` a progress bar, or lines where there is no terminal."""
    listed = list(estimator.callbacks or ())
    if estimator.verbose:
        listed.append(ProgressBar() if sys.stderr.isatty() else _Lines())
    return listed


class _Lines:
    # as scikit-learn prints them
    def on_epoch_end(self, state: Any) -> None:
        print(f"Iteration {state.epoch + 1}, loss = {state.cost:.8f}", flush=True)
        if state.validation_cost is not None:
            print(f"Validation loss = {state.validation_cost:.8f}", flush=True)
