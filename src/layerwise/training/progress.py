"""A progress bar for training runs, with rich."""

from __future__ import annotations

from statistics import fmean
from types import TracebackType
from typing import Any, NamedTuple

from layerwise.errors import require
from layerwise.training.callbacks import TrainingState
from layerwise.training.history import TrainingResult

__all__ = ["ProgressBar", "cost_text"]


class ProgressBar:
    """A callback that shows epoch, costs and times on standard error; nothing where that is not a terminal.

    It goes away when the run ends. As a context it also does when the run ends with an error. Of networks that are
    trained side by side it shows the epochs of all of them, those that a network does without as done, and the mean
    costs.

    Parameters
    ----------
    label : str
        What stands before the epochs, such as "fold 1 of 5".

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

    def __init__(self, label: str = "") -> None:
        self.label = label
        self._rich = require("rich.progress", extra="tables", purpose="The progress bar")
        self._bar: Any = None
        self._runs: dict[int, _Run] = {}
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
            self._bar = self._started(state.epochs * state.members, state.members)
        self._runs[state.member] = _Run(state.epoch + 1, state.epochs, state.cost, state.validation_cost)
        self._show()

    def rows_read(self, done: int, rows: int) -> None:
        """Show how far the reading of a large table has come, before the training."""
        if not (self._console.is_terminal or self._console.is_jupyter):
            return
        if self._bar is None:
            told = self._rich.TextColumn("read {task.completed:,.0f} of {task.total:,.0f} rows")
            times = self._rich.TextColumn("left"), self._rich.TimeRemainingColumn()
            self._bar = self._rich.Progress(told, self._rich.BarColumn(), *times, console=self._console)
            self._bar.add_task("", total=rows)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=done)
        if done >= rows:
            self.close()

    def on_member_end(self, k: int, result: TrainingResult) -> None:
        """Count the epochs that network k of several does without as done; take the bar away after the last one."""
        if k in self._runs:
            self._runs[k] = self._runs[k]._replace(done=self._runs[k].epochs)
            self._show()
            if sum(run.done for run in self._runs.values()) == self._bar.tasks[0].total:
                self.close()

    def on_train_end(self, result: TrainingResult) -> None:
        """Take the bar away."""
        self.close()

    def close(self) -> None:
        """Take the bar away; it may be used for another run."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._runs = {}

    def _show(self) -> None:
        runs = self._runs.values()
        text = f"cost {cost_text(fmean(run.cost for run in runs))}"
        validation = [run.validation_cost for run in runs if run.validation_cost is not None]
        if validation:
            text += f"  validation {cost_text(fmean(validation))}"
        self._bar.update(self._bar.task_ids[0], completed=sum(run.done for run in runs), description=text)

    def _started(self, epochs: int, members: int) -> Any:
        bar = self._rich.Progress(*self._columns(self._console.width, members), console=self._console)
        bar.add_task("", total=epochs)
        bar.start()
        return bar

    def _columns(self, width: int, members: int) -> list[Any]:
        # The numbers always, the bar and the times where there is room.
        rich = self._rich
        numbers = [rich.MofNCompleteColumn(), rich.TextColumn("{task.description}", markup=False)]
        of_all = f"epoch of {members} networks" if members > 1 else "epoch"
        heading = ", ".join(text for text in (self.label, of_all) if text)
        if width < 45 + len(heading):
            return numbers
        column = require("rich.table", extra="tables", purpose="The progress bar").Column(max_width=40)
        bar = rich.BarColumn(bar_width=None, table_column=column)  # which shrinks, so that no number does
        times: list[Any] = [rich.TimeElapsedColumn(), rich.TextColumn("left"), rich.TimeRemainingColumn()]
        return [
            rich.TextColumn(heading, markup=False),
            numbers[0],
            bar,
            numbers[1],
            *(times if width >= 85 + len(heading) else []),
        ]


class _Run(NamedTuple):
    """Where one network stands."""

    done: int
    epochs: int
    cost: float
    validation_cost: float | None


def cost_text(value: float) -> str:
    """Return a cost with four decimals, which do not dance from epoch to epoch.

    >>> cost_text(0.69314718), cost_text(3e33)
    ('0.6931', '3.000e+33')
    """
    return f"{value:.4f}" if abs(value) < 1e6 else f"{value:.3e}"
