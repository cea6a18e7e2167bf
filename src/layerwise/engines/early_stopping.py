"""The best epoch of a run, and the rule that ends a run which does not improve any more."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from layerwise.checks import COUNT, NON_NEGATIVE, known_name
from layerwise.equations.metrics import METRICS, Metric, metric_of
from layerwise.errors import ParameterError
from layerwise.network import Parameters

__all__ = ["NONE", "Best", "EarlyStopping", "Plateau"]


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the validation cost, or a metric, has not improved for `patience` epochs.

    Parameters
    ----------
    patience : int
        Epochs without an improvement before the run stops.
    min_improvement : float
        How much better than the best so far counts as an improvement, in the units of what is monitored.
    restore_best : bool
        True gives the parameters of the best epoch back, False those of the last one.
    monitor : str, Metric or callable
        "cost" for the validation cost, of which less is better; accuracy, auc, r2, of which more is, or rmse, mae,
        log_loss, of which less is; or a metric of your own, as for `metrics` of `layerwise.train`. NaN is never
        better. What is monitored is recorded in the history.

    Examples
    --------
    >>> EarlyStopping(patience=5, monitor="auc").metric.greater_is_better
    True
    """

    patience: int = 10
    min_improvement: float = 0.0
    restore_best: bool = True
    monitor: Any = "cost"

    def __post_init__(self) -> None:
        COUNT.check("EarlyStopping", "patience", self.patience)
        NON_NEGATIVE.check("EarlyStopping", "min_improvement", self.min_improvement)
        if not isinstance(self.restore_best, bool):
            raise ParameterError(
                "The 'restore_best' parameter of EarlyStopping must be True or False. "
                f"Got {self.restore_best!r} instead."
            )
        if isinstance(self.monitor, str):
            known_name("monitor", self.monitor, ("cost", *METRICS))
        else:
            object.__setattr__(self, "monitor", metric_of("monitor", self.monitor))

    @property
    def metric(self) -> Metric | None:
        """The metric that is monitored; None for the cost."""
        return None if self.monitor == "cost" else metric_of("monitor", self.monitor)

    def watched(self, cost: float, metrics: dict[str, float]) -> float:
        """Return what is monitored, with the other sign where more is better: so that less always is."""
        if self.metric is None:
            return cost
        value = metrics[self.metric.name]
        return -value if self.metric.greater_is_better else value


@dataclass(frozen=True)
class Plateau:
    """Ends a run whose training cost has not fallen by `tolerance` below the lowest for more than `patience` epochs.

    Attributes
    ----------
    patience : int
    tolerance : float
    lowest : float
        The lowest cost before the run began.
    waited : int
        Epochs without such a fall before the run began.
    """

    patience: float
    tolerance: float
    lowest: float = math.inf
    waited: int = 0

    def after(self, cost: float) -> Plateau:
        """Return the same after an epoch."""
        waited = self.waited + 1 if cost > self.lowest - self.tolerance else 0
        return replace(self, lowest=min(cost, self.lowest), waited=waited)

    @property
    def ends(self) -> bool:
        """Whether the run is over."""
        return self.waited > self.patience


@dataclass(frozen=True, eq=False)
class Best:
    """The best epoch of a run so far, and when it last improved.

    "The cost" is what `EarlyStopping` monitors, with the other sign where more of it is better; without early stopping
    it is the validation cost.

    Attributes
    ----------
    epoch : int or None
        Where the cost was lowest; None before there was a finite one.
    cost : float
        The cost there.
    parameters : Parameters or None
        Those of that epoch, where early stopping is to give them back.
    to_beat : float
        The cost that the next improvement has to be lower than, by the rule's `min_improvement`.
    improved_at : int
        The epoch of the last improvement.
    monitor : str
        The name of what the cost is.
    """

    epoch: int | None = None
    cost: float = math.inf
    parameters: Parameters | None = None
    to_beat: float = math.inf
    improved_at: int = 0
    monitor: str = "cost"

    def after(self, epoch: int, J: float, rule: EarlyStopping | None, parameters: Callable[[], Parameters]) -> Best:
        """Return what is known after an epoch with the cost J; keep the parameters if the rule wants them."""
        best = self
        if best.cost > J:
            kept = parameters() if rule is not None and rule.restore_best else None
            best = replace(best, epoch=epoch, cost=J, parameters=kept)
        if J < best.to_beat - (0.0 if rule is None else rule.min_improvement):
            best = replace(best, to_beat=J, improved_at=epoch)
        return best

    def under(self, rule: EarlyStopping | None) -> Best:
        """Return the same for a run under another rule, which may not want the best parameters back."""
        monitor = "cost" if rule is None or rule.metric is None else rule.metric.name
        kept = self.parameters if rule is not None and rule.restore_best else None
        if kept is self.parameters and monitor == self.monitor:
            return self
        return replace(self, parameters=kept, monitor=monitor)


NONE = Best()
"""Before the first epoch, of every run."""
