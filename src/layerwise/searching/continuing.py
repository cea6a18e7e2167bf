"""Fits that go on from where they stand, when a later round of a search asks for more epochs of the same."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import joblib
from sklearn.pipeline import Pipeline

from layerwise.estimators.fits import Fitting
from layerwise.estimators.mlp.base import BaseMLP
from layerwise.estimators.mlp.running import Run
from layerwise.estimators.shared import RowsOf
from layerwise.searching.tasks import Task

__all__ = ["Continued", "Survivors"]

RESOURCE = "max_iter"


@dataclass
class Continued:
    """An estimator that was fitted for some epochs, and is to have more."""

    estimator: BaseMLP
    rows: RowsOf
    is_over: bool
    """It has ended by itself: no epoch would be added."""

    def fitting(self, sample_weight: Any) -> Fitting[Any]:
        """Yield the runs of the epochs that are missing; afterwards the estimator is as if it had had all at once."""
        if self.is_over:
            return Run(parameters=self.estimator._theta(), epochs=0, loss=self.estimator.loss_)
        estimator = self.estimator
        missing = estimator.max_iter - len(estimator.loss_curve_)
        result = yield from estimator._fitting(None, None, sample_weight, rows=self.rows, more=missing)
        estimator.n_iter_ = len(estimator.loss_curve_)
        return result


@dataclass
class Survivors:
    """What the fits of a round have come to, for the next one.

    Attributes
    ----------
    before : dict
        The fits of the round before, by their keys.
    finished : dict
        Those of this round.
    """

    before: dict[Hashable, BaseMLP] = field(default_factory=dict)
    finished: dict[Hashable, BaseMLP] = field(default_factory=dict)
    _now: dict[int, tuple[Hashable, Any]] = field(default_factory=dict)
    _rows: dict[int, tuple[str, Any]] = field(default_factory=dict)

    def key_of(self, task: Task) -> Hashable:
        """Return what tells a fit from every other one, however many epochs it has; None where it cannot go on."""
        final = task.final
        if task.key is not None or not _can_continue(final):
            return task.key
        settings = {name: value for name, value in final.get_params(deep=False).items() if name != RESOURCE}
        before = task.estimator.steps[:-1] if isinstance(task.estimator, Pipeline) else []
        given = task.arguments["train"]  # the same object for every candidate
        if id(given) not in self._rows:
            self._rows[id(given)] = joblib.hash(task.train), given
        return joblib.hash((type(final).__name__, settings, before)), self._rows[id(given)][0]

    def continued(self, estimator: Any, rows: RowsOf, key: Hashable) -> Continued | None:
        """Return the fit that `estimator`, not fitted yet, would only repeat and go on from; None where there is none.

        What it had learnt becomes the estimator's.
        """
        if key is None or not _can_continue(estimator):
            return None
        self._now[id(estimator)] = key, estimator
        earlier = self.before.get(key)
        if earlier is None or earlier.max_iter >= estimator.max_iter:
            return None
        wanted, epochs = estimator.max_iter, len(earlier.loss_curve_)
        is_over = epochs < earlier.max_iter or earlier._no_improvement_count > earlier.n_iter_no_change
        estimator.__dict__.update(earlier.__dict__)
        estimator.max_iter = wanted
        return Continued(estimator, rows, is_over)

    def keep(self, estimator: Any) -> None:
        """Remember a fit that is over, for the next round."""
        key, _ = self._now.pop(id(estimator), (None, None))
        if key is not None:
            self.finished[key] = estimator

    def next_round(self) -> None:
        """Forget what no round goes on from."""
        self.before, self.finished = self.finished, {}
        self._now.clear()
        self._rows.clear()


def _can_continue(estimator: Any) -> bool:
    # the schedule of a run depends on how many epochs it has in all; held-out rows would be looked at again
    return (
        isinstance(estimator, BaseMLP)
        and estimator.solver not in ("lbfgs", "auto")
        and estimator.schedule is None
        and not estimator.early_stopping
        and isinstance(estimator.random_state, int)
    )
