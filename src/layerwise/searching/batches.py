"""How work is cut into batches for others: long enough that a call costs nothing, ever shorter towards the end."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from layerwise.searching.tasks import Task

__all__ = ["AHEAD", "LASTS", "SHORTEST", "Batches", "processors_of_a_call", "weight_of"]

LASTS = 2.0
"""Seconds of a batch, where there is enough to do."""
SHORTEST = 0.05
"""Seconds of a batch, however little is left: a call costs Ray a few thousandths."""
AHEAD = 2
"""Calls at once for each place: one runs, one waits there."""
USED = 0.9
"""Of all processors, at least."""


def processors_of_a_call(nodes: Sequence[int]) -> int:
    """Return how many processors a call has: as many as leave at most a tenth of those of all nodes idle.

    A whole node where all are alike: its processes hold one copy of the table, and its threads share it.

    >>> processors_of_a_call([64, 64, 64]), processors_of_a_call([64, 8]), processors_of_a_call([64] * 15 + [4])
    (64, 8, 64)
    """
    most = max(nodes, default=1)
    return next((c for c in range(most, 1, -1) if sum(n // c * c for n in nodes) >= USED * sum(nodes)), 1)


def weight_of(task: Task) -> float:
    """Return about how long a fit takes, in multiply-adds: before it is prepared, from what it was asked for."""
    final, shape = task.final, np.shape(task.arguments["X"])
    try:
        sizes = [float(np.prod(shape[1:])), *np.ravel(getattr(final, "hidden_layer_sizes", ())).astype(float), 1.0]
        weight = float(final.max_iter) * len(task.train) * sum(a * b for a, b in pairwise(sizes))
    except (AttributeError, TypeError, ValueError):  # the fit itself will say what is wrong
        return 1.0
    return weight if weight > 0 and math.isfinite(weight) else 1.0


@dataclass
class Batches:
    """Guided self-scheduling: every batch is a share of what is left, the heaviest first.

    Parameters
    ----------
    weights : sequence of float
        Of each piece of work.
    places : int
        How many batches are carried out at once.
    threads : int
        How many pieces each of them carries out at once.

    References
    ----------
    Polychronopoulos and Kuck 1987, "Guided self-scheduling: a practical scheduling scheme for parallel supercomputers",
    doi:10.1109/TC.1987.5009495.
    """

    weights: Sequence[float]
    places: int
    threads: int
    waiting: deque[int] = field(init=False)
    _left: float = field(init=False)
    _seconds: float = 0.0
    _weight: float = 0.0

    def __post_init__(self) -> None:
        self.waiting = deque(sorted(range(len(self.weights)), key=lambda k: -self.weights[k]))
        self._left = sum(self.weights)

    def next(self) -> list[int]:
        """Return the pieces of the next batch; none where none waits."""
        least = min(self.threads, math.ceil(len(self.waiting) / self.places))
        share, a_second = self._left / (AHEAD * self.places), self._weight / self._seconds if self._seconds else 0.0
        enough = max(min(share, LASTS * a_second), SHORTEST * a_second)
        batch: list[int] = []
        weight = 0.0
        while self.waiting and (len(batch) < least or weight + self.weights[self.waiting[0]] <= enough):
            weight += self.weights[self.waiting[0]]
            batch.append(self.waiting.popleft())
        self._left -= weight
        return batch

    def took(self, batch: Sequence[int], seconds: float) -> None:
        """Learn how long a batch lasted; the latest count most."""
        self._seconds = self._seconds / 2 + seconds
        self._weight = self._weight / 2 + sum(self.weights[k] for k in batch)

    def lost(self, batch: Sequence[int]) -> None:
        """Put a batch before all others that wait."""
        self.waiting.extendleft(reversed(batch))
        self._left += sum(self.weights[k] for k in batch)
