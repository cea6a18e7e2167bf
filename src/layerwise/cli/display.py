"""What the commands show: notes, tables of numbers, a curve in one line.

Nothing that comes from the user is markup here: both consoles take text as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Column
from rich.table import Table as RichTable

from layerwise.cli.streams import printable

__all__ = [
    "METRIC_NAMES",
    "NUMBER",
    "UNITS",
    "blocks",
    "figures",
    "metrics_table",
    "note",
    "notes",
    "out",
    "print_table",
    "sparkline",
]

out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
notes = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)

UNITS = {"accuracy": "", "log_loss": "nats", "auc": "", "r2": ""}
"""Of the metrics that are not in the target's unit."""
METRIC_NAMES = {"log_loss": "log loss", "auc": "AUC", "rmse": "RMSE", "mae": "MAE", "r2": "R²"}
"""How the metrics are written."""

NUMBER: dict[str, Any] = {"justify": "right", "no_wrap": True}
"""How a column of numbers is set."""

_WIDE = 10_000


def note(text: str) -> None:
    """Tell on standard error what was assumed or left out."""
    notes.print(f"layerwise: note: {printable(text)}")


def print_table(title: str, table: RichTable) -> None:
    """Print a table with every number whole: as wide as it is into a file, never too narrow in a terminal."""
    out.print(printable(title), style="bold")
    console = Console(file=out.file, width=_WIDE, highlight=False, markup=False, emoji=False)
    if out.is_terminal:
        for column in table.columns:
            if column.no_wrap:
                column.min_width = max(cell_len(str(cell)) for cell in (column.header, *column.cells))
        console.width = max(out.width, Measurement.get(console, console.options, table).minimum)
    console.print(table)


def metrics_table(model: Mapping[str, float], baseline: Mapping[str, float], unit: str) -> RichTable:
    """Return a table of metrics beside those of the trivial baseline; `unit` is that of rmse and mae."""
    table = RichTable(
        Column("metric", overflow="fold"),
        Column("model", justify="right", no_wrap=True, style="bold"),
        Column("baseline", justify="right", no_wrap=True),
        Column("unit", overflow="fold", style="dim"),
    )
    for name, value in model.items():
        unit_of = printable(UNITS.get(name, unit))
        table.add_row(METRIC_NAMES.get(name, name), figures(value), figures(baseline[name]), unit_of)
    return table


def figures(value: float) -> str:
    """Return a number with four significant figures, thousands separated: 52,840, 0.8617, 4.549e+299.

    >>> figures(52_840.3), figures(9_999.96), figures(0.861712), figures(1e33), figures(2e-300), figures(math.nan)
    ('52,840', '10,000', '0.8617', '1.000e+33', '2e-300', '–')
    """
    if math.isnan(value):
        return "–"
    if 9_999.5 <= abs(value) < 1e9:
        return f"{value:,.0f}"
    return f"{value:.3e}" if math.isfinite(value) and abs(value) >= 1e9 else f"{value:.4g}"


def blocks(share: float, width: int = 24) -> str:
    """Return a bar of blocks: as wide as the share, in [0, 1], and one block if there is anything at all.

    >>> blocks(0.5, 8), blocks(0.001, 8), blocks(-1.0, 8)
    ('████', '█', '')
    """
    return "█" * (max(1, round(share * width)) if share > 0 else 0)


def sparkline(values: Sequence[float], width: int = 48) -> str:
    """Return a curve of eighths of a line, from the first value to the last; what is not finite is on top."""
    if len(values) > width:
        values = [values[round(i * (len(values) - 1) / (width - 1))] for i in range(width)]
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite) / 2, max(finite) / 2  # whose difference is finite
    steps = "▁▂▃▄▅▆▇█"

    def step(value: float) -> str:
        return steps[int((value / 2 - low) / (high - low or 1) * 7.999)] if math.isfinite(value) else steps[-1]

    return "".join(map(step, values))
