"""How far a command is through a table that it reads in chunks."""

from __future__ import annotations

from types import TracebackType

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from layerwise.cli.display import notes
from layerwise.cli.streams import printable
from layerwise.tables import Source

__all__ = ["RowsBar"]


class RowsBar:
    """Rows done, rows a second, and per cent where a size is known: on standard error, where that is a terminal.

    It comes with the end of the first chunk and goes away with the context.

    Attributes
    ----------
    rows : int
        Rows done.
    """

    def __init__(self, source: Source, *, shown: bool) -> None:
        self.rows = 0
        self._source = source
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=notes,
            transient=True,
            disable=not (shown and notes.is_terminal),
        )
        self._task = self._bar.add_task(printable(source.name), total=None, rows=0)

    def __enter__(self) -> RowsBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self, rows: int) -> None:
        """Count the rows of a chunk."""
        self.rows += rows
        self._bar.start()
        share = self._source.share
        total = None if share is None else 1.0
        self._bar.update(self._task, completed=share or 0.0, total=total, rows=self.rows)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        rows = task.fields["rows"]
        return Text(f"{rows:,} rows, {rows / task.elapsed:,.0f} a second" if task.elapsed else f"{rows:,} rows")
