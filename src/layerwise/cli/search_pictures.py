"""The pictures of a search as SVG: parallel coordinates of its trials, and their learning curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from layerwise.cli.display import figures
from layerwise.cli.leaderboard import Measure, curve_of, value_text
from layerwise.cli.markup import text_of

__all__ = ["learning_curves", "parallel_coordinates"]

SHADES = 5
"""Colours from the worst fifth of the trials, 0, to the best."""
STEP, LEFT, RIGHT, TOP, HEIGHT, BELOW = 128, 44, 112, 40, 280, 56
"""Of the parallel coordinates: from axis to axis, and around them."""
WIDTH, TALL = 760, 320
"""Of the learning curves."""
OWN = "own"
"""Where a parameter is None: the estimator's own choice, by the number of rows."""


class Axis(Protocol):
    """A vertical line with a place for every value: 0 at the bottom, 1 on top, below 0 for what has none."""

    ticks: list[tuple[float, str]]

    def at(self, value: Any, share: float) -> float:
        """Return the place of a value; `share` in [-½, ½] spreads lines that would lie on each other."""
        ...


class Numbers:
    """An axis of numbers."""

    def __init__(self, values: Sequence[float], *, log: bool) -> None:
        low, high = min(values), max(values)
        self.log = log and low > 0
        self.low, self.high = self._scaled(low), self._scaled(high)
        marks = {low, high}
        if self.log and high / low > 100:
            marks |= {10.0**k for k in range(math.ceil(math.log10(low * 2)), math.floor(math.log10(high / 2)) + 1)}
        elif not self.log and high > low:
            marks.add((low + high) / 2)
        self.ticks = [(self.at(mark, 0.0), value_text(mark)) for mark in sorted(marks)]

    def at(self, value: Any, share: float) -> float:
        """See `Axis`."""
        if not _is_number(value) or (self.log and value <= 0):
            return -0.12
        return (self._scaled(value) - self.low) / (self.high - self.low) if self.high > self.low else 0.5

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else float(value)


class Names:
    """An axis of values without a distance."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.names = list(dict.fromkeys(_name(value) for value in values))
        n = len(self.names)
        self.places = {name: (k + 0.5) / n for k, name in enumerate(self.names)}
        self.spread = min(0.45 / n, 0.1)
        self.ticks = [(place, name) for name, place in self.places.items()]

    def at(self, value: Any, share: float) -> float:
        """See `Axis`."""
        return self.places[_name(value)] + share * self.spread


class Scores:
    """The axis of the score, the best on top; the worst tenth lies at its foot."""

    def __init__(self, scores: Sequence[float], measure: Measure) -> None:
        ordered = sorted(scores)
        self.low, self.high = ordered[len(ordered) // 10], ordered[-1]
        rest = " or worse" if ordered[0] < self.low else ""
        marks = [(self.low, rest), ((self.low + self.high) / 2, ""), (self.high, "")]
        shown = marks if self.high > self.low else marks[-1:]
        self.ticks = [(self.at(mark, 0.0), measure.shown(mark) + after) for mark, after in shown]

    def at(self, value: Any, share: float) -> float:
        """See `Axis`."""
        return max(0.0, (value - self.low) / (self.high - self.low)) if self.high > self.low else 0.5


@dataclass(frozen=True)
class Shaded:
    """A trial with the class of its line: its colour, and whether it is the best or ended early."""

    trial: Any
    kind: str
    share: float


def parallel_coordinates(trials: Sequence[Any], space: Mapping[str, Any], measure: Measure) -> str:
    """Return every trial that has a score as a line through its parameters and its score.

    Parameters
    ----------
    trials : sequence of Trial
        The best first.
    space : dict
        What was searched.
    measure : Measure
    """
    axes: dict[str, Axis] = {
        name: _axis(values, [t.params.get(name) for t in trials]) for name, values in space.items()
    }
    scores = Scores([trial.score for trial in trials], measure)
    width = LEFT + STEP * len(axes) + RIGHT
    height = TOP + HEIGHT + BELOW
    lines = []
    for shaded in reversed(_shaded(trials)):  # the best on top
        trial, places = (
            shaded.trial,
            [axis.at(shaded.trial.params.get(name), shaded.share) for name, axis in axes.items()],
        )
        places.append(scores.at(trial.score, 0.0))
        points = " ".join(f"{LEFT + STEP * k},{_y(place):.1f}" for k, place in enumerate(places))
        lines.append(
            f'<polyline class="{shaded.kind}" points="{points}"><title>{_told(trial, measure)}</title></polyline>'
        )
    drawn = [_axis_drawn(k, name, axis) for k, (name, axis) in enumerate(axes.items())]
    drawn.append(_axis_drawn(len(axes), measure.label, scores))
    nowhere = any(axis.at(t.params.get(name), 0.0) < 0 for name, axis in axes.items() for t in trials)
    if nowhere:
        drawn.append(f'<text class="tick" x="{LEFT}" y="{_y(-0.12) + 4:.0f}" dx="-8" text-anchor="end">{OWN}</text>')
    label = f"{len(trials)} trials as lines through their parameters; the best: {_plainly(trials[0], measure)}"
    return _svg(width, height, label, f'<g class="lines">{"".join(lines)}</g>{"".join(drawn)}')


def learning_curves(trials: Sequence[Any], measure: Measure) -> str:
    """Return the validation cost of every trial by epoch, the mean over the splits; "" where none has epochs."""
    shaded = [each for each in _shaded(trials) if curve_of(each.trial)]
    if not shaded:
        return ""
    curves = [[J if math.isfinite(J) else math.nan for J in curve_of(each.trial)] for each in shaded]
    finite = sorted(J for curve in curves for J in curve if not math.isnan(J)) or [0.0]
    low, high = finite[0], finite[int(0.97 * (len(finite) - 1))]
    high = high if high > low else low + 1.0
    epochs = max(2, *map(len, curves))
    left, right, top, bottom = 52, 12, 14, 40

    def x(k: int) -> float:
        return left + (WIDTH - left - right) * k / (epochs - 1)

    def y(J: float) -> float:
        return top + (TALL - top - bottom) * (high - min(J, high)) / (high - low)

    lines = []
    for each, curve in reversed(list(zip(shaded, curves, strict=True))):
        points = [(x(k), y(J)) for k, J in enumerate(curve) if not math.isnan(J)]
        if points:
            path = " ".join(f"{across:.1f},{up:.1f}" for across, up in points)
            title = f"<title>{_told(each.trial, measure)}</title>"
            end = f'<circle class="{each.kind}" cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="2.5"/>'
            lines.append(f'<polyline class="{each.kind}" points="{path}">{title}</polyline>{end}')
    marks = "".join(
        f'<line class="grid" x1="{left}" x2="{WIDTH - right}" y1="{y(J):.1f}" y2="{y(J):.1f}"/>'
        f'<text class="tick" x="{left - 6}" y="{y(J) + 4:.1f}" text-anchor="end">{text_of(figures(J))}</text>'
        for J in (low, (low + high) / 2, high)
    )
    ticks = sorted({1, (epochs + 1) // 2, epochs})
    marks += "".join(
        f'<text class="tick" x="{x(k - 1):.1f}" y="{TALL - 20}" text-anchor="middle">{k}</text>' for k in ticks
    )
    marks += f'<text class="name" x="{(left + WIDTH - right) / 2:.0f}" y="{TALL - 4}" text-anchor="middle">epoch</text>'
    label = f"Validation cost by epoch of {len(shaded)} trials, from {figures(low)} to {figures(high)}"
    return _svg(WIDTH, TALL, label, f'{marks}<g class="lines">{"".join(lines)}</g>')


def _axis(values: Any, tried: Sequence[Any]) -> Axis:
    numbers = [value for value in tried if _is_number(value)]
    if hasattr(values, "low") and hasattr(values, "high"):
        return Numbers([values.low, values.high, *numbers], log=values.log)
    if not isinstance(values, Sequence) and numbers:  # a distribution
        return Numbers(numbers, log=min(numbers) > 0 and max(numbers) > 100 * min(numbers))
    return Names([*(list(values) if isinstance(values, Sequence) else []), *tried])


def _axis_drawn(k: int, name: str, axis: Axis) -> str:
    x = LEFT + STEP * k
    ticks = "".join(
        f'<line class="axis" x1="{x - 3}" x2="{x + 3}" y1="{_y(place):.1f}" y2="{_y(place):.1f}"/>'
        f'<text class="tick" x="{x + 6}" y="{_y(place) + 4:.1f}">{text_of(_short(text))}</text>'
        for place, text in axis.ticks
    )
    line = f'<line class="axis" x1="{x}" x2="{x}" y1="{_y(1.0)}" y2="{_y(0.0)}"/>'
    heading = f'<text class="name" x="{x}" y="{TOP - 18}" text-anchor="middle">{text_of(_short(name))}</text>'
    return line + ticks + heading


def _shaded(trials: Sequence[Any]) -> list[Shaded]:
    # trials come the best first; whoever has the same values lies side by side, the better one above
    n = len(trials)
    shaded = []
    for rank, trial in enumerate(trials):
        kinds = [f"q{int((1 - (rank + 1) / n) * SHADES) if n > 1 else SHADES - 1}"]
        kinds += ["best"] if rank == 0 else []
        kinds += ["cut"] if trial.state == "terminated" else []
        shaded.append(Shaded(trial, " ".join(kinds), 0.5 - rank / max(n - 1, 1)))
    return shaded


def _svg(width: int, height: int, label: str, content: str) -> str:
    told = text_of(label)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{told}">'
        f"<title>{told}</title>{content}</svg>"
    )


def _y(place: float) -> float:
    return TOP + HEIGHT * (1 - place)


def _told(trial: Any, measure: Measure) -> str:
    return text_of(_plainly(trial, measure))


def _plainly(trial: Any, measure: Measure) -> str:
    params = ", ".join(f"{name} {_name(value)}" for name, value in trial.params.items())
    return f"trial {trial.number}, {measure.line(trial.score)}, {trial.state}: {params}"


def _name(value: Any) -> str:
    return OWN if value is None else value_text(value)


def _short(text: str, most: int = 18) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
