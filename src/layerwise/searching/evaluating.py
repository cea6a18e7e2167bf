"""What a trial is: fits of one set of parameters on every split, watched epoch by epoch, and their scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from layerwise.engines import Directive, EpochReport, Job, Report
from layerwise.errors import DataError
from layerwise.estimators.fits import Fitting, Said
from layerwise.estimators.mlp.base import BaseMLP
from layerwise.estimators.shared import SharedTable
from layerwise.estimators.tabular.base import BaseTabular
from layerwise.network import Array
from layerwise.searching.tasks import final_step
from layerwise.searching.trials import Trial

__all__ = ["Evaluator", "Limits", "UnderWay"]

LEAST_CURVES = 5
"""As many complete trials have to be known before any is terminated."""


class Limits:
    """The validation costs above which a run is terminated: after each epoch, the median of earlier trials' lowest.

    References
    ----------
    Golovin et al. 2017, "Google Vizier: a service for black-box optimization", section 3.2.2,
    doi:10.1145/3097983.3098043.
    """

    def __init__(self, trials: Sequence[Trial], split: int) -> None:
        curves = [trial.curves[split] for trial in trials if trial.state == "complete" and len(trial.curves) > split]
        self.lowest = [np.fmin.accumulate(curve) for curve in curves if curve]

    def exceeded(self, curve: Sequence[float], epochs: int) -> bool:
        """Return whether a run of so many epochs should end, given its costs so far; never in its first third."""
        done = len(curve)
        if len(self.lowest) < LEAST_CURVES or done < max(2, math.ceil(epochs / 3)) or done >= epochs:
            return False
        others: Array = np.array([lowest[min(done, len(lowest)) - 1] for lowest in self.lowest])
        limit = np.median(others[~np.isnan(others)]) if not np.isnan(others).all() else math.inf
        return not float(np.fmin.reduce(curve)) <= limit


@dataclass
class UnderWay:
    """A trial that has begun."""

    number: int
    params: dict[str, Any]
    estimators: list[Any]  # None until their fits begin
    curves: list[list[float]]
    scores: list[float]
    left: int
    epochs: int = 0
    seconds: float = 0.0
    terminated: bool = False
    errors: dict[int, BaseException] = field(default_factory=dict)
    predictions: list[Array] = field(default_factory=list)

    def trial(self) -> Trial:
        """Return what came of it."""
        first = self.errors[min(self.errors)] if self.errors else None  # by split, not by which ended first
        score = float(np.mean(self.scores)) if first is None else None
        error = None if first is None else f"{type(first).__name__}: {first}"
        if score is not None and not math.isfinite(score):
            score, error = None, f"its score is {score:g}"
        return Trial(
            number=self.number,
            params=self.params,
            state="failed" if error else "terminated" if self.terminated else "complete",
            score=score,
            scores=() if error else tuple(self.scores),
            epochs=self.epochs,
            seconds=self.seconds,
            curves=tuple(tuple(curve) for curve in self.curves),
            error=error,
        )


class Evaluator:
    """Makes the fits of trials and scores them.

    Parameters
    ----------
    estimator
    X, y, sample_weight
    splits : list of (train, test)
        Positions of rows.
    scorer : callable
        From (estimator, X, y) to a number of which more is better.
    terminates : bool
        Whether runs end early whose learning curve is worse than most.
    keeps : bool
        Whether predictions are kept, for an ensemble.
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        sample_weight: Array | None,
        splits: Sequence[tuple[Array, Array]],
        scorer: Callable[..., float],
        *,
        terminates: bool,
        keeps: bool,
    ) -> None:
        self.estimator, self.splits, self.scorer = estimator, splits, scorer
        self.X, self.y, self.w = X, y, sample_weight
        self.terminates, self.keeps = terminates, keeps
        self.table = SharedTable(X, y)
        self.tests = [(_safe_indexing(X, test), _safe_indexing(y, test)) for _, test in splits]

    def begin(self, number: int, params: dict[str, Any], told: Sequence[Trial]) -> tuple[UnderWay, list[Fitting[Said]]]:
        """Return a trial and its fits, which are to be carried out; `told` are the trials that limits come from."""
        n = len(self.splits)
        trial = UnderWay(number, params, [None] * n, [[] for _ in range(n)], [math.nan] * n, n)
        trial.predictions = [np.empty(0)] * n
        return trial, [self._fitting(trial, split, Limits(told, split)) for split in range(n)]

    def _with(self, params: dict[str, Any]) -> Any:
        estimator = clone(self.estimator)
        final = final_step(estimator)
        if isinstance(final, BaseTabular):  # one network a trial; the winner gets as many as were asked for
            final.set_params(n_estimators=1, checkpoint=None)
        return estimator.set_params(**clone(params, safe=False))

    def _fitting(self, trial: UnderWay, split: int, limits: Limits) -> Fitting[Said]:
        # a generator, so that whatever goes wrong is of this trial
        estimator = trial.estimators[split] = self._with(trial.params)
        train = self.splits[split][0]
        rows, w = self.table.rows(train), None if self.w is None else self.w[train]
        if isinstance(estimator, Pipeline):
            X, y = rows.taken()
            X = estimator[:-1].fit_transform(X, y) if len(estimator.steps) > 1 else X
            fitting = final_step(estimator)._fitting(X, y, w)
        elif isinstance(estimator, BaseTabular):
            fitting = estimator._fitting(None, None, w, eval_set=self.tests[split], rows=rows, importances=False)
        elif isinstance(estimator, BaseMLP) and estimator.solver != "lbfgs":
            fitting = estimator._fitting(None, None, w, given=self.tests[split], rows=rows)
        else:
            fitting = estimator._fitting(None, None, w, rows=rows)
        return (yield from self._watched(fitting, trial, split, limits))

    def _watched(self, fitting: Fitting[Said], trial: UnderWay, split: int, limits: Limits) -> Fitting[Said]:
        """Yield the same runs, whose validation costs are noted, and which may be terminated."""
        try:
            jobs = next(fitting)
            while True:
                if len(jobs) == 1:  # several networks have no one curve
                    jobs = [self._heard(jobs[0], trial, split, limits)]
                jobs = fitting.send((yield jobs))
        except StopIteration as end:
            said: Said = end.value
            return said

    def _heard(self, job: Job, trial: UnderWay, split: int, limits: Limits) -> Job:
        if job.data.validation is None:
            return job
        return job._replace(report=self._listener(job, trial, split, limits))

    def _listener(self, job: Job, trial: UnderWay, split: int, limits: Limits) -> Report:
        curve, inner, epochs = trial.curves[split], job.report, job.plan.epochs

        def listen(told: EpochReport) -> Directive:
            curve.append(math.nan if told.validation_cost is None else told.validation_cost)
            answer = Directive() if inner is None else inner(told)
            if self.terminates and limits.exceeded(curve, epochs):
                trial.terminated = True
                return replace(answer, stop=True)
            return answer

        return listen

    def score(self, trial: UnderWay, split: int) -> None:
        """Score a fit that is over.

        Raises
        ------
        DataError
            If the score is no number.
        Exception
            What the scorer raises.
        """
        estimator, (X, y) = trial.estimators[split], self.tests[split]
        found = self.scorer(estimator, X, y)
        if isinstance(found, bool) or not np.isscalar(found) or not np.isreal(found):
            raise DataError(f"scoring must give a number. Got {found!r}.")
        trial.scores[split] = float(found)  # type: ignore[arg-type]  # a number: checked above
        if self.keeps:
            trial.predictions[split] = predictions_of(estimator, X)


def predictions_of(estimator: Any, X: Any) -> Array:
    """Return what an ensemble takes the mean of: probabilities, or numbers."""
    found = estimator.predict_proba(X) if hasattr(estimator, "predict_proba") else estimator.predict(X)
    return np.asarray(found, np.float64)
