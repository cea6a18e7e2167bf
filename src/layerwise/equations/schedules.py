"""Schedules: a factor on the learning rate, the dropout rates or the weight decay, as the run goes on.

Conventions
-----------
``factor(epoch, epochs)`` is the factor at time `epoch`, a real number: 2.5 is the middle of the third epoch of
`epochs`. The decays of the course change once an epoch, with its whole number; the others change with every step.
The equations say α for what is scheduled, and α₀ for its value without a schedule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from layerwise.checks import COUNT, FRACTION, NON_NEGATIVE, POSITIVE, PROBABILITY, known_name
from layerwise.errors import ParameterError

__all__ = [
    "SCHEDULES",
    "Constant",
    "CosLog4",
    "Cosine",
    "Exponential",
    "FlatCosine",
    "InverseTimeDecay",
    "Linear",
    "OneCycle",
    "Schedule",
    "StepDecay",
    "WarmUp",
    "schedule_of",
]


class Schedule(Protocol):
    """What a schedule has: one function of time."""

    def factor(self, epoch: float, epochs: float) -> float:
        """Return the factor at time `epoch` of `epochs`."""
        ...


@dataclass(frozen=True)
class Constant:
    """α = α₀."""

    def factor(self, epoch: float, epochs: float) -> float:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class InverseTimeDecay:
    """α = α₀ / (1 + k ⌊epoch / every⌋), the decay of the course.

    Parameters
    ----------
    rate : float
        k.
    every : int
        Epochs between two changes.

    Examples
    --------
    >>> [InverseTimeDecay(rate=1.0).factor(epoch, 4) for epoch in range(4)]
    [1.0, 0.5, 0.3333333333333333, 0.25]
    """

    rate: float = 1.0
    every: int = 1

    def __post_init__(self) -> None:
        NON_NEGATIVE.check("InverseTimeDecay", "rate", self.rate)
        COUNT.check("InverseTimeDecay", "every", self.every)

    def factor(self, epoch: float, epochs: float) -> float:
        """Return 1 / (1 + k ⌊epoch / every⌋)."""
        return 1 / (1 + self.rate * (epoch // self.every))


@dataclass(frozen=True)
class StepDecay:
    """α = α₀ γ^⌊epoch / every⌋.

    Parameters
    ----------
    gamma : float
        γ, in [0, 1].
    every : int
        Epochs between two steps.

    Examples
    --------
    >>> [StepDecay(gamma=0.5, every=2).factor(epoch, 4) for epoch in range(4)]
    [1.0, 1.0, 0.5, 0.5]
    """

    gamma: float = 0.1
    every: int = 30

    def __post_init__(self) -> None:
        PROBABILITY.check("StepDecay", "gamma", self.gamma)
        COUNT.check("StepDecay", "every", self.every)

    def factor(self, epoch: float, epochs: float) -> float:
        """Return γ^⌊epoch / every⌋."""
        return float(self.gamma ** (epoch // self.every))


@dataclass(frozen=True)
class Exponential:
    """α = α₀ γ^⌊epoch⌋.

    Parameters
    ----------
    gamma : float
        γ, in [0, 1].

    Examples
    --------
    >>> [Exponential(gamma=0.5).factor(epoch, 3) for epoch in range(3)]
    [1.0, 0.5, 0.25]
    """

    gamma: float = 0.95

    def __post_init__(self) -> None:
        PROBABILITY.check("Exponential", "gamma", self.gamma)

    def factor(self, epoch: float, epochs: float) -> float:
        """Return γ^⌊epoch⌋."""
        return float(self.gamma ** math.floor(epoch))


@dataclass(frozen=True)
class Cosine:
    """α = α₀ (f + (1 − f) ½ (1 + cos(π epoch / epochs))), from α₀ down to f α₀.

    Parameters
    ----------
    final : float
        f, in [0, 1].

    Examples
    --------
    >>> [round(Cosine().factor(epoch, 4), 3) for epoch in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]

    References
    ----------
    Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts.
    """

    final: float = 0.0

    def __post_init__(self) -> None:
        PROBABILITY.check("Cosine", "final", self.final)

    def factor(self, epoch: float, epochs: float) -> float:
        """Return f + (1 − f) ½ (1 + cos(π epoch / epochs))."""
        return _cosine(1.0, self.final, epoch / epochs)


@dataclass(frozen=True)
class Linear:
    """α = α₀ (1 − (1 − f) epoch / epochs), from α₀ straight down to f α₀.

    Parameters
    ----------
    final : float
        f, in [0, 1].

    Examples
    --------
    >>> [Linear().factor(epoch, 4) for epoch in range(5)]
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """

    final: float = 0.0

    def __post_init__(self) -> None:
        PROBABILITY.check("Linear", "final", self.final)

    def factor(self, epoch: float, epochs: float) -> float:
        """Return 1 − (1 − f) epoch / epochs."""
        part = min(epoch / epochs, 1.0)
        return (1 - part) + self.final * part


@dataclass(frozen=True)
class FlatCosine:
    """α = α₀ in the first part of the run, then down to 0 along a cosine: `flat_cos` in the paper, with one half.

    Parameters
    ----------
    flat : float
        The part of the run before the descent, in (0, 1).

    Examples
    --------
    >>> [round(FlatCosine().factor(epoch, 8), 3) for epoch in range(9)]
    [1.0, 1.0, 1.0, 1.0, 1.0, 0.854, 0.5, 0.146, 0.0]

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart 2024, arXiv:2407.04491.
    """

    flat: float = 0.5

    def __post_init__(self) -> None:
        FRACTION.check("FlatCosine", "flat", self.flat)

    def factor(self, epoch: float, epochs: float) -> float:
        """Return 1, or ½ (1 + cos(π s)) with the part s of the descent that is done."""
        top = self.flat * epochs
        return 1.0 if epoch < top else _cosine(1.0, 0.0, (epoch - top) / (epochs - top))


@dataclass(frozen=True)
class CosLog4:
    """α = α₀ ½ (1 − cos(2π log₂(1 + 15 t))), t = epoch / epochs: four waves between 0 and α₀, each twice as long.

    It begins and ends with 0.

    Examples
    --------
    >>> [round(CosLog4().factor(epoch, 15), 3) for epoch in (0, 1, 2, 3, 7, 11, 15)]
    [0.0, 0.0, 0.93, 0.0, 0.0, 0.93, 0.0]

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart 2024, arXiv:2407.04491, who call it `coslog_4`.
    """

    def factor(self, epoch: float, epochs: float) -> float:
        """Return ½ (1 − cos(2π log₂(1 + 15 t)))."""
        return 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * min(epoch / epochs, 1.0))))


@dataclass(frozen=True)
class OneCycle:
    """Up from `start` α₀ to α₀ in the first part of the run, down to `final` α₀ in the rest, both along a cosine.

    Parameters
    ----------
    rise : float
        The part of the run that goes up, in (0, 1).
    start, final : float
        Factors at both ends.

    Examples
    --------
    >>> [round(OneCycle(rise=0.5).factor(epoch, 4), 3) for epoch in range(5)]
    [0.04, 0.52, 1.0, 0.5, 0.0]

    References
    ----------
    Smith and Topin 2019, arXiv:1708.07120; the defaults are torch's.
    """

    rise: float = 0.3
    start: float = 0.04
    final: float = 4e-6

    def __post_init__(self) -> None:
        FRACTION.check("OneCycle", "rise", self.rise)
        PROBABILITY.check("OneCycle", "start", self.start)
        PROBABILITY.check("OneCycle", "final", self.final)

    def factor(self, epoch: float, epochs: float) -> float:
        """Return the factor on the way up or down."""
        top = self.rise * epochs
        if epoch < top:
            return _cosine(self.start, 1.0, epoch / top)
        return _cosine(1.0, self.final, (epoch - top) / (epochs - top))


@dataclass(frozen=True)
class WarmUp:
    """A linear rise from `start` α₀ to α₀ over the first epochs, then another schedule over the rest.

    Parameters
    ----------
    epochs : float
        How long the rise takes.
    then : Schedule
        What follows; its clock starts when the rise ends.
    start : float
        The factor of the first step.

    Examples
    --------
    >>> [round(WarmUp(epochs=2, then=Cosine()).factor(epoch, 4), 3) for epoch in range(4)]
    [0.1, 0.55, 1.0, 0.5]
    """

    epochs: float
    then: Schedule = field(default_factory=Constant)
    start: float = 0.1

    def __post_init__(self) -> None:
        POSITIVE.check("WarmUp", "epochs", self.epochs)
        if not callable(getattr(self.then, "factor", None)) or isinstance(self.then, type):
            raise ParameterError(
                f"The 'then' parameter of WarmUp must be a schedule, such as Cosine(). Got {self.then!r} instead."
            )
        PROBABILITY.check("WarmUp", "start", self.start)

    def factor(self, epoch: float, epochs: float) -> float:
        """Return the factor during the rise or after it."""
        if epoch < self.epochs:
            return self.start + (1 - self.start) * epoch / self.epochs
        rest = epochs - self.epochs
        return self.then.factor(epoch - self.epochs, rest) if rest > 0 else 1.0


def _cosine(begin: float, end: float, part: float) -> float:
    return end + (begin - end) * 0.5 * (1 + math.cos(math.pi * min(part, 1.0)))


SCHEDULES: Mapping[str, type[Schedule]] = {
    "constant": Constant,
    "inverse_time": InverseTimeDecay,
    "step": StepDecay,
    "exponential": Exponential,
    "cosine": Cosine,
    "one_cycle": OneCycle,
    "linear": Linear,
    "flat_cosine": FlatCosine,
    "coslog4": CosLog4,
}
"""Every schedule by the name that `layerwise.train` takes; a warm-up before one is ``WarmUp(5, then=Cosine())``."""


def schedule_of(kind: str, schedule: object) -> Schedule:
    """Return a schedule given as itself, by its name or as None, which is constant.

    Raises
    ------
    ParameterError
        If there is none of that name; `kind` says what the name was for.

    Examples
    --------
    >>> schedule_of("schedule", "cosine").factor(5, 10), schedule_of("schedule", None).factor(5, 10)
    (0.5, 1.0)
    """
    if schedule is None:
        return Constant()
    if callable(getattr(schedule, "factor", None)) and not isinstance(schedule, type):
        return schedule  # type: ignore[return-value]  # has been looked at in the line above
    return SCHEDULES[known_name(kind, schedule, SCHEDULES)]()
