"""Fits that go on from where they stand, when a later round of a search asks for more epochs of the same."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import joblib

from layerwise.estimators.fits import Fitting
from layerwise.estimators.mlp.base import BaseMLP
from layerwise.estimators.mlp.running import Run
from layerwise.estimators.shared import RowsOf

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
        estimator, wanted, done = self.estimator, self.estimator.max_iter, len(self.estimator.loss_curve_)
        estimator.set_params(warm_start=True, max_iter=wanted - done)
        try:
            result = yield from estimator._fitting(None, None, sample_weight, rows=self.rows)
        finally:
            estimator.set_params(warm_start=False, max_iter=wanted)
        estimator.n_iter_ = len(estimator.loss_curve_)
        return result


@dataclass
class Survivors:
    """What the fits of a round have come to, for the next one."""

    before: dict[Hashable, BaseMLP] = field(default_factory=dict)
    now: dict[int, tuple[Hashable, Any]] = field(default_factory=dict)
    _finished: dict[Hashable, BaseMLP] = field(default_factory=dict)

    def continued(self, estimator: Any, rows: RowsOf) -> Continued | None:
        """Return the fit that `estimator`, not fitted yet, would only repeat and go on from; None where there is none.

        What it had learnt becomes the estimator's.
        """
        if not _can_continue(estimator):
            return None
        settings = {name: value for name, value in estimator.get_params(deep=False).items() if name != RESOURCE}
        key = joblib.hash((type(estimator).__name__, settings)), id(rows.of), rows.chosen.tobytes()
        self.now[id(estimator)] = key, estimator
        earlier = self.before.get(key)
        if earlier is None or earlier.max_iter >= estimator.max_iter:
            return None
        wanted, epochs = estimator.max_iter, len(earlier.loss_curve_)
        is_over = epochs < earlier.max_iter or earlier._no_improvement_count > earlier.n_iter_no_change
        estimator.__dict__.update(earlier.__dict__)
        estimator.max_iter = wanted
        return Continued(estimator, rows, is_over)

    def keep(self, estimator: Any, result: Any) -> None:
        """Remember a fit that is over, for the next round, unless it has ended by itself."""
        key, _ = self.now.pop(id(estimator), (None, None))
        if key is not None:
            self._finished[key] = estimator

    def next_round(self) -> None:
        """Forget what no round goes on from."""
        self.before, self._finished = self._finished, {}
        self.now.clear()


def _can_continue(estimator: Any) -> bool:
    # the schedule of a run depends on how many epochs it has in all; held-out rows would be looked at again
    return (
        isinstance(estimator, BaseMLP)
        and estimator.solver not in ("lbfgs", "auto")
        and estimator.schedule is None
        and not estimator.early_stopping
        and isinstance(estimator.random_state, int)
    )
