"""How time is taken here: every side in turn, medians of rounds; once where a call takes long."""

from __future__ import annotations

import gc
import statistics
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measuring import PAUSE, seconds

LONG = 20.0
"""Seconds from which on a call is measured once, by what would else warm it up."""
OURS = "layerwise"


@dataclass(frozen=True)
class Conditions:
    """Under what a part is measured."""

    threads: int = 2
    repeats: int = 3
    quick: bool = False
    say: Callable[[str], None] = print


@dataclass
class Side:
    """One of those who are compared: what it took, and what came out."""

    seconds: list[float] = field(default_factory=list)
    outcome: Any = None

    @property
    def median(self) -> float:
        """Of the rounds, in seconds."""
        return statistics.median(self.seconds)


def measured(calls: Mapping[str, Callable[[], Any]], given: Conditions) -> tuple[dict[str, Side], list[str]]:
    """Return the sides that could be measured, and a line for each that could not."""
    sides, missing = {}, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, call in calls.items():
            time.sleep(PAUSE)
            try:
                taken, outcome = seconds(call)
            except Exception as error:  # of any library, which is then left out and said to be
                missing.append(left_out(name, error))
                given.say(missing[-1])
            else:
                sides[name] = Side([taken], outcome)
        _rounds({name: calls[name] for name, side in sides.items() if side.median < LONG}, sides, given.repeats)
    return sides, missing


def _rounds(calls: Mapping[str, Callable[[], Any]], sides: Mapping[str, Side], repeats: int) -> None:
    names = list(calls)
    for name in names:
        sides[name].seconds.clear()  # the first call warmed up
    for k in range(repeats):
        first = k % max(1, len(names))
        for name in names[first:] + names[:first]:
            gc.collect()
            time.sleep(PAUSE)
            sides[name].seconds.append(seconds(calls[name])[0])


def left_out(name: str, error: Exception) -> str:
    """Return the line about a side that could not be measured."""
    return f"{name} is left out: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}"


def times(sides: Mapping[str, Side], peer: str) -> float | None:
    """Return how many times as long as layerwise a peer takes; None where one of them is not there."""
    return sides[peer].median / sides[OURS].median if {OURS, peer} <= set(sides) else None


def figures(sides: Mapping[str, Side]) -> dict[str, dict[str, Any]]:
    """Return the seconds of every side as plain JSON values, with how many times layerwise's they are."""
    return {
        name: {"median": side.median, "times": times(sides, name), "seconds": side.seconds}
        for name, side in sides.items()
    }
