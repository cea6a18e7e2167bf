"""The chart of the README: a panel for each table, score against seconds of a fit.

python -m benchmarks.tables.chart benchmarks/results/tables.json docs/images/tables.svg
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from benchmarks.chart import INK, SIZE
from benchmarks.tables.text import in_order, number
from benchmarks.tables.verdicts import error, mean, median

# Of the Okabe-Ito palette, which the colour-blind tell apart; markers tell them apart in print.
STYLES = {
    "LightGBM": ("#009E73", "s"),
    "HistGradientBoosting": ("#E69F00", "D"),
    "XGBoost": ("#56B4E9", "^"),
    "CatBoost": ("#0072B2", "v"),
    "scikit-learn MLP": ("#CC79A7", "P"),
    "logistic or ridge": (INK, "X"),
    "Layerwise fast": ("#D55E00", "o"),
    "Layerwise": ("#D55E00", "o"),
    "Layerwise best": ("#D55E00", "o"),
}
SHORT = {"HistGradientBoosting": "HistGB", "scikit-learn MLP": "MLP", "logistic or ridge": "linear"}
COLUMNS = 3
FAR = 2.0
"""Scores beyond so many times the upper quartile's distance from the best are put at the edge, with their number."""
AROUND = (
    *((7, 0, "left", "center"), (-7, 0, "right", "center"), (0, 7, "center", "bottom"), (0, -7, "center", "top")),
    *((6, 6, "left", "bottom"), (-6, 6, "right", "bottom"), (6, -6, "left", "top"), (-6, -6, "right", "top")),
    *((0, 18, "center", "bottom"), (0, -18, "center", "top"), (12, 14, "left", "bottom")),
    *((-12, 14, "right", "bottom"), (12, -14, "left", "top"), (-12, -14, "right", "top")),
)
"""Where the label of a point may stand, the first free place first."""


@dataclass(frozen=True)
class Point:
    """One model on one table."""

    name: str
    seconds: float
    score: float
    error: float

    @property
    def ours(self) -> bool:
        """Whether it is layerwise's."""
        return self.name.startswith("Layerwise")


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw all tables' scores against the seconds of a fit, as SVG and PNG on a transparent ground.

    Parameters
    ----------
    results : dict
        As `benchmarks.tables` writes them.
    path : Path
        Of the SVG; the PNG is put beside it.
    """
    tables = [table for table in results["tables"] if points(table)]
    style = {"font.size": SIZE, "svg.fonttype": "none", "svg.hashsalt": "tables", "font.family": "sans-serif"}
    style |= dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor"), INK)
    columns = min(COLUMNS, len(tables))
    rows = -(-len(tables) // columns)
    with mpl.rc_context(style):
        figure = Figure(figsize=(4.3 * columns, 3.6 * rows + 1.0), layout="constrained")
        FigureCanvasAgg(figure)
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
        panels = list(figure.subplots(rows, columns, squeeze=False).flat)
        for panel, table in zip(panels, tables, strict=False):
            _panel(panel, table)
        for panel in panels[len(tables) :]:
            panel.set_axis_off()
        figure.suptitle("How good, and after how long a fit: lower and further left is better", x=0.012, ha="left",
                        size=SIZE + 3, weight="bold")  # fmt: skip
        figure.supxlabel(_source(results["about"]), x=0.012, ha="left", size=SIZE - 2.5)
        figure.draw_without_rendering()
        for panel, table in zip(panels, tables, strict=False):
            _labels(panel, table)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, transparent=True, metadata={"Date": None})
        figure.savefig(path.with_suffix(".png"), transparent=True, dpi=160)


def points(table: Mapping[str, Any]) -> list[Point]:
    """Return the models that were measured on a table."""
    metric = table["metric"]
    return [
        Point(name, median(found, "fit"), mean(found, metric), error(found, metric))
        for name in in_order(table["models"])
        if metric in (found := table["models"][name])
    ]


def edge(shown: list[Point]) -> float:
    """Return the largest score that is drawn at its place."""
    scores = [point.score for point in shown]
    usual = min(scores) + FAR * (np.quantile(scores, 0.75) - min(scores))
    return max((score for score in scores if score <= usual), default=max(scores))


def _panel(panel: Axes, table: Mapping[str, Any]) -> None:
    shown = points(table)
    top = edge(shown)
    low = min(point.score - point.error for point in shown)
    for point in shown:
        colour, marker = STYLES[point.name]
        at, size = min(point.score, top), 9 if point.ours else 6.5
        panel.errorbar(point.seconds, at, point.error if at == point.score else None, fmt=marker, color=colour,
                       markersize=size, elinewidth=1.6 if point.ours else 1, capsize=0, zorder=4 if point.ours else 3,
                       alpha=1 if point.ours else 0.85)  # fmt: skip
    ours = [point for point in shown if point.ours]
    panel.plot([p.seconds for p in ours], [min(p.score, top) for p in ours], color=STYLES["Layerwise"][0], alpha=0.45)
    taken = [point.seconds for point in shown]
    panel.set_xscale("log")
    panel.set_xlim(min(taken) / 3, max(taken) * 5)
    panel.set_ylim(low - 0.08 * (top - low), top + 0.14 * (top - low))
    _frame(panel, table)


def _frame(panel: Axes, table: Mapping[str, Any]) -> None:
    ticks = (0.001, 0.01, 0.1, 1, 10, 100, 1000)
    low, high = panel.get_xlim()
    kept = [tick for tick in ticks if low <= tick <= high]
    panel.set_xticks(kept, [f"{tick:g} s" for tick in kept])
    panel.set_xticks([], minor=True)
    panel.set_title(table["name"], loc="left", size=SIZE, weight="bold")
    panel.set_title(f"{table['metric']}, {table['rows']:,} rows", loc="right", size=SIZE - 2)
    panel.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1000 else f"{value:.4g}")
    panel.tick_params(length=0, labelsize=SIZE - 2)
    panel.grid(color=INK, alpha=0.25, linewidth=0.7)
    panel.set_axisbelow(True)
    panel.spines[:].set_visible(False)


def _labels(panel: Axes, table: Mapping[str, Any]) -> None:
    """Put a label beside each point, at the first place that is free; layerwise's choose first."""
    shown = points(table)
    top = edge(shown)
    at = {point.name: (point.seconds, min(point.score, top)) for point in shown}
    taken = [_spot(*panel.transData.transform(xy)) for xy in at.values()] + [_error_bar(panel, each) for each in shown]
    for point in sorted(shown, key=lambda point: not point.ours):
        beyond = f" {number(point.score)} ↑" if point.score > top else ""
        label = SHORT.get(point.name, point.name) + beyond
        taken.append(_put(panel, label, at[point.name], STYLES[point.name][0], point.ours, taken))


def _put(panel: Axes, label: str, at: tuple[float, float], colour: str, bold: bool, taken: list[Bbox]) -> Bbox:
    tried = []
    for said in _tries(panel, label, at, colour, bold):
        box = said.get_window_extent()
        hidden = sum(_common(box, other) for other in taken) + _outside(box, panel.get_window_extent())
        tried.append((hidden, len(tried), said, box))
        if hidden == 0:
            break
    _, _, best, box = min(tried)
    for _, _, said, _ in tried:
        if said is not best:
            said.remove()
    return box


def _tries(panel: Axes, label: str, at: tuple[float, float], colour: str, bold: bool) -> Iterator[Annotation]:
    for dx, dy, ha, va in AROUND:
        yield panel.annotate(label, at, (dx, dy), textcoords="offset points", ha=ha, va=va, color=colour,
                             size=SIZE - 2, weight="bold" if bold else "normal", zorder=5)  # fmt: skip


def _spot(x: float, y: float, radius: float = 5) -> Bbox:
    return Bbox.from_extents(x - radius, y - radius, x + radius, y + radius)


def _error_bar(panel: Axes, point: Point) -> Bbox:
    (x, low), (_, high) = panel.transData.transform(
        [(point.seconds, point.score + sign * point.error) for sign in (-1, 1)]
    )
    return Bbox.from_extents(x - 1, low, x + 1, high)


def _common(box: Bbox, other: Bbox) -> float:
    both = Bbox.intersection(box, other)
    return 0.0 if both is None else both.width * both.height


def _outside(box: Bbox, panel: Bbox) -> float:
    return box.width * box.height - _common(box, panel)


def _source(about: Mapping[str, Any]) -> str:
    named = ("lightgbm", "xgboost", "catboost", "scikit-learn")
    versions = ", ".join(f"{name} {about['versions'][name]}" for name in named if name in about["versions"])
    return (
        f"Everybody's defaults on raw tables; mean and standard error of {about['folds']} folds, median seconds of a "
        f"fit, {about['threads']} threads. ↑: beyond the panel.\n{about['processor']} ({about['instruction_set']}); "
        f"{versions}; {about['date'][:10]}"
    )


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
