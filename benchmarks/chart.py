"""The chart of the README from the figures of a run.

python -m benchmarks.chart benchmarks/results/training.json docs/images/speed.svg
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

INK = "#7a8087"  # as far from white as from a dark page
PEERS = {"JAX": "#0f7fc4", "torch": "#dd6a1f", "scikit-learn": "#e0a526", "NumPy": "#3aa37c"}
BAR, GAP = 1.0, 1.1  # heights, in bars
SIZE = 10.5


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw how many times faster than each peer layerwise is, as SVG and PNG on a transparent ground.

    Parameters
    ----------
    results : dict
        As `benchmarks.report` writes them.
    path : Path
        Of the SVG; the PNG is put beside it.
    """
    shown = [each for each in results["workloads"] if each.get("label") and not each["name"].startswith("seed")]
    if not shown:
        return
    bars = sum(len(each["peers"]) - 1 for each in shown)
    style = {"font.size": SIZE, "svg.fonttype": "none", "svg.hashsalt": "speed", "font.family": "sans-serif"}
    style |= dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "axes.edgecolor"), INK)
    with mpl.rc_context(style):
        figure = Figure(figsize=(9, 0.205 * (bars + GAP * len(shown)) + 1.25), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.15, h_pad=0.12)
        panel = figure.add_subplot()
        _bars(panel, shown)
        _frame(panel, shown)
        figure.suptitle("How many times faster layerwise is", x=0.016, ha="left", size=SIZE + 3, weight="bold")
        figure.supxlabel(_source(results["about"]), x=0.016, ha="left", size=SIZE - 2.5)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, transparent=True, metadata={"Date": None})
        figure.savefig(path.with_suffix(".png"), transparent=True, dpi=200)


def _bars(panel: Axes, shown: list[dict[str, Any]]) -> None:
    y = 0.0
    for each in shown:
        top = y
        for name, colour in PEERS.items():
            peer = each["peers"].get(name)
            if peer is None or not peer["agrees"]:
                continue
            ratio = peer["times"]
            panel.barh(y, ratio - 1, left=1, height=0.8 * BAR, color=colour, linewidth=0)
            side, ahead = ("left", 4) if ratio >= 1 else ("right", -4)
            said = f"{ratio:.2f} ×" if ratio < 9.995 else f"{ratio:.0f} ×"
            panel.annotate(said, (ratio, y), (ahead, 0), textcoords="offset points", ha=side, va="center_baseline",
                           size=SIZE - 1)  # fmt: skip
            y += BAR
        middle = (top + y - BAR) / 2
        at = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right"}
        panel.annotate(each["name"], (0, middle), (-8, 2), weight="bold", va="bottom", **at)
        panel.annotate(each["label"], (0, middle), (-8, -1), va="top", size=SIZE - 2, **at)
        y += GAP * BAR
    panel.set_ylim(y - GAP * BAR, -BAR)


def _frame(panel: Axes, shown: list[dict[str, Any]]) -> None:
    ratios = [peer["times"] for each in shown for name, peer in each["peers"].items() if name in PEERS]
    low, high = min(1.0, *ratios), max(1.0, *ratios)
    panel.set_xscale("log")
    panel.set_xlim(low / (2 if low < 1 else 1), high * 2)
    ticks = [t for t in (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if low <= t <= high]
    panel.set_xticks(ticks, [f"{t:g} ×" for t in ticks])
    panel.set_xticks([], minor=True)
    panel.set_yticks([])
    panel.tick_params(length=0, labelsize=SIZE - 1)
    panel.grid(axis="x", color=INK, alpha=0.25, linewidth=0.7)
    panel.set_axisbelow(True)
    panel.axvline(1, color=INK, linewidth=1.4)
    panel.spines[:].set_visible(False)
    names = {name: colour for name, colour in PEERS.items() if any(name in each["peers"] for each in shown)}
    panel.legend(handles=[Patch(color=colour, label=f"than {name}") for name, colour in names.items()], frameon=False,
                 loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=len(names), handlelength=1,
                 handleheight=0.9, columnspacing=1.4)  # fmt: skip


def _source(about: dict[str, Any]) -> str:
    named = ("jax", "torch", "scikit-learn", "numpy")
    versions = ", ".join(f"{name} {about['versions'][name]}" for name in named if name in about["versions"])
    return (
        "1 × is layerwise itself; left of it, layerwise is the slower one. Each peer at its fastest settings, "
        f"float32, {about['threads']} threads at most, medians of {about['repeats']} rounds.\n{about['processor']} "
        f"({about['instruction_set']}); {versions}; {about['date'][:10]}"
    )


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
