"""Ctrl-C while networks are trained: it ends the training, once, and never costs the model."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType

from layerwise.training import TrainingResult, TrainingState

__all__ = ["Interrupts"]


class Interrupts:
    """A callback of the training, and a context around all that leads to the written model.

    Before the training has ended the first Ctrl-C raises KeyboardInterrupt, as ever; after that one, and after
    the end of the training, none is heard until the context is left.

    Attributes
    ----------
    heard : bool
        Whether one came before the end of the training.
    missed : bool
        Whether one came after it.
    """

    def __init__(self) -> None:
        self.heard = self.missed = self.over = False
        self.left: set[int] | None = None

    def __enter__(self) -> Interrupts:
        self.before = signal.getsignal(signal.SIGINT)
        if self.before is signal.default_int_handler:  # and not, say, ignored in the background of a script
            signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self.before)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.over:  # a flag, as callbacks of threads may not set a handler
            self.missed = True
        elif not self.heard:
            self.heard = True
            raise KeyboardInterrupt

    def on_epoch_end(self, state: TrainingState) -> None:
        """Raise again what was raised where Python drops it, as in a destructor."""
        if self.left is None:
            self.left = set(range(state.members))
        if self.heard:
            raise KeyboardInterrupt

    def on_member_end(self, k: int, result: TrainingResult) -> None:
        """When the last network has ended, so has the training."""
        if self.left is not None:
            self.left.discard(k)
            self.over = not self.left

    def on_train_end(self, result: TrainingResult) -> None:
        """From here on it is a moment to the written model."""
        self.over = True
