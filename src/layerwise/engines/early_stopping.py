"""The best epoch of a run, and the rule that ends a run which does not improve any more."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from layerwise.checks import COUNT, NON_NEGATIVE
from layerwise.errors import ParameterError
from layerwise.network import Parameters

__all__ = ["Best", "EarlyStopping"]


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when the validation cost has not improved for `patience` epochs.

    Parameters
    ----------
    patience : int
        Epochs without an improvement before the run stops.
    min_improvement : float
        How much lower than the best cost so far counts as an improvement, in the units of the cost.
    restore_best : bool
        True gives the parameters of the best epoch back, False those of the last one.
    """

    patience: int = 10
    min_improvement: float = 0.0
    restore_best: bool = True

    def __post_init__(self) -> None:
        COUNT.check("EarlyStopping", "patience", self.patience)
        NON_NEGATIVE.check("EarlyStopping", "min_improvement", self.min_improvement)
        if not isinstance(self.restore_best, bool):
            raise ParameterError(
                "The 'restore_best' parameter of EarlyStopping must be True or False. "
                f"Got {self.restore_best!r} instead."
            )


@dataclass(frozen=True, eq=False)
class Best:
    """The lowest validation cost of a run so far, and when it last improved.

    Attributes
    ----------
    epoch : int or None
        Where the validation cost was lowest; None before there was a finite one.
    cost : float
        The cost there.
    parameters : Parameters or None
        Those of that epoch, where early stopping is to give them back.
    to_beat : float
        The cost that the next improvement has to be lower than, by the rule's `min_improvement`.
    improved_at : int
        The epoch of the last improvement.
    """

    epoch: int | None = None
    cost: float = math.inf
    parameters: Parameters | None = None
    to_beat: float = math.inf
    improved_at: int = 0

    def after(self, epoch: int, J: float, rule: EarlyStopping | None, parameters: Callable[[], Parameters]) -> Best:
        """Return what is known after an epoch with validation cost J; keep the parameters if the rule wants them."""
        best = self
        if best.cost > J:
            kept = parameters() if rule is not None and rule.restore_best else None
            best = replace(best, epoch=epoch, cost=J, parameters=kept)
        if J < best.to_beat - (0.0 if rule is None else rule.min_improvement):
            best = replace(best, to_beat=J, improved_at=epoch)
        return best

    def under(self, rule: EarlyStopping | None) -> Best:
        """Return the same for a run under another rule, which may not want the best parameters back."""
        return self if rule is not None and rule.restore_best else replace(self, parameters=None)
