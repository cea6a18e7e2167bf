"""What the commands show: a progress bar, tables of numbers, a curve in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table as RichTable

from layerwise.training import TrainingState

__all__ = ["ProgressBar", "figures", "metrics_table", "notes", "out", "sparkline"]

out = Console(highlight=False, soft_wrap=True)
notes = Console(stderr=True, highlight=False, soft_wrap=True)

_UNITS = {"accuracy": "", "log_loss": "nats", "auc": "", "r2": ""}
_NAMES = {"log_loss": "log loss", "auc": "AUC", "rmse": "RMSE", "mae": "MAE", "r2": "R²"}


class ProgressBar:
    """A bar on standard error with epoch, costs and times; nothing where that is not a terminal."""

    def __init__(self, epochs: int) -> None:
        self.progress = Progress(
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=notes,
            disable=not notes.is_terminal,
        )
        self.task = self.progress.add_task("", total=epochs)

    def __enter__(self) -> ProgressBar:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def on_epoch_end(self, state: TrainingState) -> None:
        """Move the bar."""
        costs = f"cost {state.cost:.4f}"
        if state.validation_cost is not None:
            costs += f"  validation {state.validation_cost:.4f}"
        self.progress.update(self.task, advance=1, description=costs)


def metrics_table(title: str, model: Mapping[str, float], baseline: Mapping[str, float], unit: str) -> RichTable:
    """Return a table of metrics beside those of the trivial baseline; `unit` is that of rmse and mae."""
    table = RichTable(title=title, title_justify="left", title_style="bold")
    table.add_column("metric")
    table.add_column("model", justify="right", style="bold")
    table.add_column("baseline", justify="right")
    table.add_column("unit", style="dim")
    for name, value in model.items():
        table.add_row(_NAMES.get(name, name), figures(value), figures(baseline[name]), _UNITS.get(name, unit))
    return table


def figures(value: float) -> str:
    """Return a number with four significant figures, thousands separated: 52,840, 0.8617."""
    if value != value:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def sparkline(values: Sequence[float], width: int = 48) -> str:
    """Return a curve of eighths of a line, from the first value to the last."""
    if len(values) > width:
        values = [values[round(i * (len(values) - 1) / (width - 1))] for i in range(width)]
    low, high = min(values), max(values)
    steps = "▁▂▃▄▅▆▇█"
    return "".join(steps[int((value - low) / (high - low or 1) * 7.999)] for value in values)
