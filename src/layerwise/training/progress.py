"""A progress bar for training runs, with rich."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from layerwise.errors import require
from layerwise.training.callbacks import TrainingState
from layerwise.training.history import TrainingResult

__all__ = ["ProgressBar", "cost_text"]


class ProgressBar:
    """A callback that shows epoch, costs and times on standard error; nothing where that is not a terminal.

    It goes away when the run ends. As a context it also does when the run ends with an error.

    Raises
    ------
    MissingDependencyError
        If rich is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> import layerwise as lw
    >>> net = lw.Network((1, 1), ("sigmoid",))
    >>> result = lw.train(net, np.array([[0.0, 1.0]]), np.array([[0, 1]]), epochs=5, callbacks=[lw.ProgressBar()])
    """

    def __init__(self) -> None:
        self._rich = require("rich.progress", extra="tables", purpose="The progress bar")
        self._bar: Any = None
        self._console = require("rich.console", extra="tables", purpose="The progress bar").Console(stderr=True)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def on_epoch_end(self, state: TrainingState) -> None:
        """Move the bar, which appears with the first epoch."""
        if not (self._console.is_terminal or self._console.is_jupyter):
            return
        if self._bar is None:
            self._bar = self._started(state.epochs)
        text = f"cost {cost_text(state.cost)}"
        if state.validation_cost is not None:
            text += f"  validation {cost_text(state.validation_cost)}"
        self._bar.update(self._bar.task_ids[0], completed=state.epoch + 1, description=text)

    def on_train_end(self, result: TrainingResult) -> None:
        """Take the bar away."""
        self.close()

    def close(self) -> None:
        """Take the bar away; it may be used for another run."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _started(self, epochs: int) -> Any:
        bar = self._rich.Progress(*self._columns(self._console.width), console=self._console)
        bar.add_task("", total=epochs)
        bar.start()
        return bar

    def _columns(self, width: int) -> list[Any]:
        # The numbers always, the bar and the times where there is room.
        rich = self._rich
        numbers = [rich.MofNCompleteColumn(), rich.TextColumn("{task.description}", markup=False)]
        if width < 60:
            return numbers
        column = require("rich.table", extra="tables", purpose="The progress bar").Column(max_width=40)
        bar = rich.BarColumn(bar_width=None, table_column=column)  # which shrinks, so that no number does
        times = [rich.TimeElapsedColumn(), rich.TextColumn("left"), rich.TimeRemainingColumn()]
        return [rich.TextColumn("epoch"), numbers[0], bar, numbers[1], *(times if width >= 90 else [])]


def cost_text(value: float) -> str:
    """Return a cost with four decimals, which do not dance from epoch to epoch.

    >>> cost_text(0.69314718), cost_text(3e33)
    ('0.6931', '3.000e+33')
    """
    return f"{value:.4f}" if abs(value) < 1e6 else f"{value:.3e}"
