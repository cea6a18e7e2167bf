"""`Recording`: what is kept of one run, bounded for runs of any length."""

from __future__ import annotations

from layerwise.engines import Divergence, Outcome, Progress
from layerwise.lab.curve import Curve
from layerwise.lab.ring import Kept, Ring
from layerwise.training import History

__all__ = ["Recording"]

POINTS, CHECKPOINTS, CHECKPOINT_BYTES, WHOLE_HISTORY = 2_000, 240, 64 << 20, 20_000


class Recording:
    """A run from its beginning: its curve, checkpoints, flags, and how it ended. It knows no threads.

    Attributes
    ----------
    newest : Kept
        Where the run stands.
    planned : list of (int, int)
        From which epoch on how many epochs were planned.
    best : int or None
        The epoch with the lowest validation cost.
    flags : dict of str to int
        The first epoch at which each code was seen.
    divergence : Divergence or None
    """

    def __init__(self, epochs: int, *, validated: bool) -> None:
        self.curve = Curve(POINTS, validated=validated)
        self.ring = Ring(CHECKPOINTS, CHECKPOINT_BYTES)
        self.newest = Kept(0, None)
        self.planned = [(0, epochs)]
        self.best: int | None = None
        self.flags: dict[str, int] = {}
        self.divergence: Divergence | None = None
        self._history = History()

    @property
    def epoch(self) -> int:
        """How many epochs are finished."""
        return self.newest.epoch

    @property
    def epochs(self) -> int:
        """How many are planned."""
        return self.planned[-1][1]

    def plan(self, epochs: int) -> None:
        """From now on so many epochs are planned."""
        if epochs != self.epochs:
            self.planned = [*(entry for entry in self.planned if entry[0] < self.epoch), (self.epoch, epochs)]

    def add(self, outcome: Outcome, at: Progress) -> None:
        """Note a part of the run that is finished, and where the run stands then."""
        first = self.epoch + 1
        self.newest = Kept(at.epochs, at)
        self.best = None if outcome.best_epoch is None else outcome.best_epoch + 1
        self.curve.extend(first, outcome.cost, outcome.validation_cost)
        self.ring.add(self.newest, self.best)
        self._note(outcome)

    def keep(self, at: Progress) -> None:
        """Keep an epoch of the past, too."""
        self.ring.add(Kept(at.epochs, at), self.best)

    def planned_at(self, at: Progress | None) -> int:
        """Return how many epochs were planned when the run stood there and went on."""
        epoch = 0 if at is None else at.epochs
        return next(epochs for first, epochs in reversed(self.planned) if first <= epoch)

    def stretches(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return (last epoch, planned epochs) of the parts in which the epochs from `start` to `end` were planned."""
        parts = []
        for (first, epochs), last in zip(self.planned, [*(first for first, _ in self.planned[1:]), end], strict=True):
            if start < last and first < end:
                parts.append((min(last, end), epochs))
        return parts

    def history(self, epoch: int) -> History:
        """Return one number for each of the first epochs; none where there are more than are kept."""
        whole = self._history
        metrics = {name: values[:epoch] for name, values in whole.metrics.items()}
        return History(whole.cost[:epoch], whole.validation_cost[:epoch], whole.learning_rate[:epoch], metrics)

    def _note(self, outcome: Outcome) -> None:
        whole = self._history
        if self.epoch > WHOLE_HISTORY:
            self._history = History()
            return
        for name, values in outcome.metrics.items():
            whole.metrics.setdefault(name, []).extend(values)
        whole.cost.extend(outcome.cost)
        whole.validation_cost.extend(outcome.validation_cost)
        whole.learning_rate.extend(outcome.learning_rate)
