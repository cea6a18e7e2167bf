"""The chart of the searches from the figures of a run.

python -m benchmarks.searches.chart benchmarks/results/searches.json docs/images/searches.svg
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.chart import BAR, GAP, INK, PEERS, SIZE
from benchmarks.report import times

OURS = "#D55E00"  # as in the chart of the tables
COLOURS = {
    "scikit-learn": PEERS["scikit-learn"],
    "Optuna with torch": PEERS["torch"],
    "joblib, processes": PEERS["scikit-learn"],
    "joblib, threads": PEERS["scikit-learn"],
    "layerwise, full grid": OURS,
}
LABELS = {"digits": "24 settings, 5 folds: digits", "binary": "24 settings, 5 folds: 10-64-64-1",
          "bootstrap": "1,000 logistic regressions", "halving": "halving, 81 settings"}  # fmt: skip


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw how many times faster layerwise searches, and what a budget finds, as SVG and PNG on a transparent ground.

    Parameters
    ----------
    results : dict
        As `benchmarks.searches` writes them.
    path : Path
        Of the SVG; the PNG is put beside it.
    """
    ratios = {part["name"]: found for part in results["parts"] if part["name"] in LABELS and (found := faster(part))}
    losses = next((found for part in results["parts"] if (found := log_losses(part))), {})
    heights = [sum(map(len, ratios.values())) + GAP * len(ratios), len(losses) + GAP]
    panels = [k for k, shown in enumerate((ratios, losses)) if shown]
    if not panels:
        return
    style = {"font.size": SIZE, "svg.fonttype": "none", "svg.hashsalt": "searches", "font.family": "sans-serif"}
    style |= dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "axes.edgecolor"), INK)
    with mpl.rc_context(style):
        tall = 0.27 * sum(heights[k] for k in panels) + 0.6 * len(panels) + 0.7
        figure = Figure(figsize=(9, tall), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.15, h_pad=0.12)
        drawn = figure.subplots(len(panels), squeeze=False, height_ratios=[heights[k] for k in panels])[:, 0]
        for panel, k in zip(drawn, panels, strict=True):
            _ratios(panel, ratios) if k == 0 else _losses(panel, losses)
            panel.set_yticks([])
            panel.tick_params(length=0, labelsize=SIZE - 1)
            panel.grid(axis="x", color=INK, alpha=0.25, linewidth=0.7)
            panel.set_axisbelow(True)
            panel.spines[:].set_visible(False)
        figure.suptitle("Searches with layerwise", x=0.016, ha="left", size=SIZE + 3, weight="bold")
        figure.supxlabel(_source(results["about"]), x=0.016, ha="left", size=SIZE - 2.5)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, transparent=True, metadata={"Date": None})
        figure.savefig(path.with_suffix(".png"), transparent=True, dpi=200)


def faster(part: Mapping[str, Any]) -> dict[str, float]:
    """Return how many times faster than each peer layerwise is; of several ways of joblib, than the fastest."""
    found = {name: side["times"] for name, side in part["sides"].items() if name in COLOURS and side.get("times")}
    slower = sorted((name for name in found if name.startswith("joblib")), key=found.__getitem__)[1:]
    return {name: ratio for name, ratio in found.items() if name not in slower}


def log_losses(part: Mapping[str, Any]) -> dict[str, float]:
    """Return everybody's log loss on the held-out rows, the lowest first."""
    found = {name: side["log loss"] for name, side in part["sides"].items() if "log loss" in side}
    return dict(sorted(found.items(), key=lambda each: each[1]))


def _ratios(panel: Axes, parts: Mapping[str, Mapping[str, float]]) -> None:
    y, low, high = 0.0, 1.0, 1.0
    for name, peers in parts.items():
        top = y
        for peer, ratio in peers.items():
            low, high = min(low, ratio), max(high, ratio)
            panel.barh(y, ratio - 1, left=1, height=0.8 * BAR, color=COLOURS[peer], linewidth=0)
            at = {"textcoords": "offset points", "va": "center_baseline", "size": SIZE - 1}
            panel.annotate(f"{times(ratio)}  than {peer}", (max(1, ratio), y), (4, 0), **at)
            y += BAR
        _named(panel, LABELS[name], (top + y - BAR) / 2, bold=True)
        y += GAP * BAR
    panel.set_ylim(y - GAP * BAR, -BAR)
    panel.set_xscale("log")
    panel.set_xlim(low / (1.2 if low < 1 else 1), high * 8)
    ticks = [t for t in (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if low <= t <= high]
    panel.set_xticks(ticks, [f"{t:g} ×" for t in ticks])
    panel.set_xticks([], minor=True)
    panel.axvline(1, color=INK, linewidth=1.4)
    panel.set_title("How many times faster", loc="left", size=SIZE, weight="bold")


def _losses(panel: Axes, losses: Mapping[str, float]) -> None:
    for y, (name, loss) in enumerate(losses.items()):
        ours = name.lower().startswith("layerwise")
        panel.plot(loss, y, "o", color=OURS if ours else INK, markersize=8 if ours else 6)
        panel.annotate(
            f"{loss:.4f}", (loss, y), (8, 0), textcoords="offset points", va="center_baseline", size=SIZE - 1
        )
        _named(panel, name, y, bold=ours)
    low, high = min(losses.values()), max(losses.values())
    room = max(high - low, 1e-3)
    panel.set_xlim(low - 0.05 * room, high + 0.15 * room)
    panel.set_ylim(len(losses) - 0.3, -0.7)
    panel.set_title("Log loss on held-out rows of adult", loc="left", size=SIZE, weight="bold")


def _named(panel: Axes, name: str, y: float, bold: bool) -> None:
    panel.annotate(name, (0, y), (-8, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
                   va="center_baseline", weight="bold" if bold else "normal")  # fmt: skip


def _source(about: Mapping[str, Any]) -> str:
    named = ("scikit-learn", "joblib", "optuna", "torch", "lightgbm", "xgboost", "catboost")
    versions = ", ".join(f"{name} {about['versions'][name]}" for name in named if name in about["versions"])
    return (
        f"Each peer at its fastest settings, {about['threads']} threads at most; medians, or once where a search takes "
        f"20 s or more.\n{about['processor']} ({about['instruction_set']}); {versions}; {about['date'][:10]}"
    )


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
