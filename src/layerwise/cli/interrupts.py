"""Ctrl-C while a model is trained: it ends the training, once, and never costs the model."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType

from layerwise.training import TrainingResult, TrainingState

__all__ = ["Interrupts"]


class Interrupts:
    """A callback of the training, and a context around all that leads to the written model.

    Before the training has ended the first Ctrl-C raises KeyboardInterrupt, as ever; after that one, and after
    the end of the training, none is heard until the context is left.
    """

    def __init__(self) -> None:
        self.heard = False

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
        self.heard = True
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    def on_epoch_end(self, state: TrainingState) -> None:
        """Raise again what was raised where Python drops it, as in a destructor."""
        if self.heard:
            raise KeyboardInterrupt

    def on_train_end(self, result: TrainingResult) -> None:
        """From here on it is a moment to the written model."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
