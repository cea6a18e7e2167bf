"""The time of a search: what is given, what is left, and what the last fit will take of it."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from typing import Any

from layerwise.engines import default_threads
from layerwise.errors import ParameterError
from layerwise.estimators.tabular.base import BaseTabular
from layerwise.estimators.tabular.recipe import recipe_of
from layerwise.searching.tasks import final_step

__all__ = ["Budget", "Deadline", "rounds_of_networks", "seconds_of"]

SPARE = 1.1
"""By how much longer than estimated the last fit may take."""
OVERDUE = 1.02
"""At this part of the budget the last fit is stopped, if it is still under way."""

_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def seconds_of(budget: str | float) -> float:
    """Return a time in seconds from a number, or a text with a unit.

    >>> seconds_of("1.5 min"), seconds_of("2h"), seconds_of(30)
    (90.0, 7200.0, 30.0)

    Raises
    ------
    ParameterError
    """
    found = re.fullmatch(r"([0-9.]+(?:e[-+]?[0-9]+)?)\s*([a-z]*)", str(budget).strip().lower())
    try:
        seconds = float(found[1]) * _UNITS[found[2]] if found else math.nan
    except (KeyError, ValueError):
        seconds = math.nan
    if isinstance(budget, bool) or not 0 < seconds < math.inf:
        raise ParameterError(
            "The 'budget' parameter of search must be a time above 0, such as 60, '60s', '5min' or '2h'. "
            f"Got {budget!r}."
        )
    return seconds


@dataclass(frozen=True)
class Budget:
    """So many seconds from a moment on; None is without end."""

    began: float
    seconds: float | None

    @property
    def used(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def is_late(self, last_fit: float) -> bool:
        """Return whether no more is left than the last fit takes, by its estimate in seconds."""
        return self.seconds is not None and self.used >= self.seconds - SPARE * last_fit

    def deadline(self) -> Deadline | None:
        """Return what ends a fit that takes longer than there is time."""
        return None if self.seconds is None else Deadline(self.began + OVERDUE * self.seconds)


class Deadline:
    """A callback that ends a run at a time, with what it has learnt by then."""

    def __init__(self, at: float) -> None:
        self.at = at

    def on_epoch_end(self, state: Any) -> None:
        """Look at the clock."""
        if time.monotonic() > self.at:
            state.stop()


def rounds_of_networks(estimator: Any, n_rows: int, threads: int | None) -> int:
    """Return how many times as long as one network an estimator takes, as its networks are trained side by side."""
    final = final_step(estimator)
    if not isinstance(final, BaseTabular):
        return 1
    networks = recipe_of(final.quality, n_rows, {"n_estimators": final.n_estimators}).n_estimators
    return math.ceil(networks / (threads or default_threads()))
