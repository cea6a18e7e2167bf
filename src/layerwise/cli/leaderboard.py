"""The trials of a search in the terminal: the best of them while it runs, and at its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.table import Column
from rich.table import Table as RichTable
from rich.text import Text

from layerwise.cli.display import METRIC_NAMES, NUMBER, figures, out, print_table, sparkline
from layerwise.cli.streams import printable

__all__ = ["Leaderboard", "Measure", "curve_of", "differing", "show_board", "value_text"]

LIVE, FINAL = 8, 10
"""How many trials are shown."""
REFRESHED = 4
"""Times a second."""
CURVE = 12
"""Characters of a learning curve."""


@dataclass(frozen=True)
class Measure:
    """What trials are ranked by.

    Attributes
    ----------
    name : str
    scoring : str or None
        What `layerwise.search` calls it.
    sign : int
        1 where more is better, -1 where less is.
    """

    name: str
    scoring: str | None
    sign: int

    @property
    def label(self) -> str:
        """Its name as it is written."""
        return METRIC_NAMES.get(self.name, self.name)

    def shown(self, score: float | None) -> str:
        """Return a score, of which more is better, as the number that people know."""
        return "–" if score is None else figures(self.sign * score)

    def line(self, score: float) -> str:
        """Return the name with the number."""
        return f"{self.label} {self.shown(score)}"


def curve_of(trial: Any) -> list[float]:
    """Return the mean validation cost over the splits, of the epochs that all of them had."""
    curves = [curve for curve in trial.curves if curve]
    return [sum(costs) / len(costs) for costs in zip(*curves, strict=False)]


def value_text(value: Any) -> str:
    """Return the value of a parameter: 0.0031, 64,64, none."""
    if isinstance(value, tuple | list):
        return ",".join(map(str, value)) or "none"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def differing(params: Mapping[str, Any], own: Mapping[str, Any]) -> str:
    """Return the parameters that are not those that the search began with."""
    shown = [f"{name}={value_text(value)}" for name, value in params.items() if value != own.get(name)]
    return printable(" ".join(shown)) or "as without a search"


class Leaderboard:
    """A callback of a search that shows it.

    Parameters
    ----------
    measure : Measure
    budget : float or None
        Seconds.
    n_trials : int or None
    own : dict
        The parameters that the search begins with.
    """

    def __init__(self, measure: Measure, budget: float | None, n_trials: int | None, own: Mapping[str, Any]) -> None:
        self.measure, self.budget, self.n_trials, self.own = measure, budget, n_trials, own
        self.trials: list[Any] = []
        self.best: Any = None
        self.began = time.monotonic()
        self.prints = False

    @contextmanager
    def shown(self, *, quiet: bool) -> Iterator[None]:
        """Show the search as it goes on: live in a terminal, else a line for every better trial."""
        self.began = time.monotonic()
        console = Console(highlight=False, markup=False, emoji=False)
        if quiet or not console.is_terminal:
            self.prints = not quiet
            yield
            return
        with Live(
            console=console,
            get_renderable=lambda: self.picture(console.height),
            refresh_per_second=REFRESHED,
            transient=True,
        ):
            yield

    def on_trial_end(self, trial: Any, best: Any) -> None:
        """Take note of a trial."""
        self.trials.append(trial)
        if best is not None and best is not self.best:
            self.best = best
            if self.prints:
                told = f"trial {best.number}: {self.measure.line(best.score)}, {differing(best.params, self.own)}"
                out.print(printable(f"{told} ({len(self.trials)} over, {self._seconds:.1f} s)"))

    def picture(self, height: int) -> Any:
        """Return what is shown at this moment, for a terminal of so many lines."""
        trials = list(self.trials)  # the search goes on meanwhile
        scored = sorted((trial for trial in trials if trial.score is not None), key=lambda t: (-t.score, t.number))
        table = board(scored[: max(1, min(LIVE, height - 6))], self.measure, self.own, one_line=True)
        return Group(table, Text(self.line(trials), style="dim", no_wrap=True, overflow="ellipsis"))

    def line(self, trials: Sequence[Any]) -> str:
        """Return how far it is."""
        states = Counter(trial.state for trial in trials)
        parts = [f"{len(trials)} trials" + (f" of {self.n_trials}" if self.n_trials else "")]
        parts += [f"{states[state]} {state}" for state in ("terminated", "failed") if states[state]]
        parts.append(f"{self._seconds:.0f} s" + (f" of {self.budget:g} s" if self.budget else ""))
        if self.best is not None:
            parts.append(f"best {self.measure.line(self.best.score)} (trial {self.best.number})")
        return " · ".join(parts)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self.began


def board(trials: Sequence[Any], measure: Measure, own: Mapping[str, Any], *, one_line: bool = False) -> RichTable:
    """Return a table of trials, the best first."""
    table = RichTable(
        Column("", **NUMBER),
        Column("trial", **NUMBER),
        Column(measure.label, **NUMBER, style="bold"),
        Column("validation", no_wrap=True),
        Column("epochs", **NUMBER),
        Column("s", **NUMBER),
        Column("settings", overflow="fold"),
    )
    for rank, trial in enumerate(trials, start=1):
        ended = "" if trial.state == "complete" else f" ({trial.state})"
        table.add_row(
            str(rank),
            str(trial.number),
            measure.shown(trial.score),
            sparkline(curve_of(trial), CURVE) if trial.curves and trial.curves[0] else "",
            str(trial.epochs),
            f"{trial.seconds:.1f}",
            Text(differing(trial.params, own) + ended, no_wrap=one_line, overflow="ellipsis" if one_line else "fold"),
            style="dim" if trial.state == "terminated" else "",
        )
    for column in table.columns[:-1] if one_line else ():  # the settings are cut, and never the numbers
        column.min_width = max(cell_len(str(cell)) for cell in (column.header, *column.cells))
    return table


def show_board(found: Any, measure: Measure, own: Mapping[str, Any]) -> None:
    """Print the best trials of a search that is over, and how many there were."""
    ranked = found.leaderboard
    states = Counter(trial.state for trial in found.trials)
    others = [f"{states[state]} {state}" for state in ("terminated", "failed") if states[state]]
    told = f"{len(found.trials)} trials{''.join(f', {each}' for each in others)}, {found.seconds:.1f} s"
    print_table(f"The best of {told}", board(ranked[:FINAL], measure, own))
    failed = next((trial for trial in found.trials if trial.state == "failed"), None)
    if failed is not None:
        out.print(printable(f"trial {failed.number} failed: {failed.error}"))
