"""`Ring`: the epochs of a run whose parameters are kept, bounded in number and bytes, thinned with age."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import NamedTuple

from layerwise.engines import Progress

__all__ = ["Kept", "Ring"]


class Kept(NamedTuple):
    """Where a run stood after an epoch; without a progress, before its first."""

    epoch: int
    progress: Progress | None

    @property
    def nbytes(self) -> int:
        """What the arrays take."""
        at = self.progress
        if at is None:
            return 0
        slots = [] if at.state is None else [*getattr(at.state, "slots", {}).values()]
        return at.parameters.vector.nbytes + sum(vector.nbytes for vector in slots)


class Ring:
    """Checkpoints in the order of their epochs.

    Where there are too many, the one goes whose neighbours lie closest together, measured by the root of its distance
    from the nearer end of the run: what is long ago lies further apart, and the first epochs, in which most is learnt,
    closer again. The beginning, the newest one and the last one at or before the best epoch always stay.

    Parameters
    ----------
    most : int
    most_bytes : int
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most, self.most_bytes = most, most_bytes
        self.kept = [Kept(0, None)]
        self.nbytes = 0

    @property
    def epochs(self) -> list[int]:
        """Which epochs are kept."""
        return [kept.epoch for kept in self.kept]

    def add(self, kept: Kept, best: int | None) -> None:
        """Keep one more; `best` is the best epoch so far."""
        k = bisect_right(self.kept, kept.epoch, key=lambda entry: entry.epoch)
        if self.kept[k - 1].epoch == kept.epoch:
            return
        self.kept.insert(k, kept)
        self.nbytes += kept.nbytes
        while len(self.kept) > 2 and (len(self.kept) > self.most or self.nbytes > self.most_bytes):
            if (place := self._least(best)) is None:
                break
            self.nbytes -= self.kept.pop(place).nbytes

    def before(self, epoch: int) -> Kept:
        """Return the last one at or before an epoch."""
        return self.kept[bisect_right(self.kept, epoch, key=lambda entry: entry.epoch) - 1]

    def _least(self, best: int | None) -> int | None:
        epochs, newest = self.epochs, self.kept[-1].epoch
        spared = -1 if best is None else bisect_right(epochs, best) - 1

        def loss(k: int) -> float:
            return (epochs[k + 1] - epochs[k - 1]) / math.sqrt(min(epochs[k], newest - epochs[k]))

        return min((k for k in range(1, len(epochs) - 1) if k != spared), key=loss, default=None)
