"""Pictures of a run, with matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from layerwise.errors import require

if TYPE_CHECKING:
    from layerwise.training.history import History

__all__ = ["plot_history"]

# Two colours of the Okabe-Ito palette, which the colour-blind tell apart.
_TRAINING, _VALIDATION = "#0072B2", "#D55E00"


def plot_history(history: History, path: str | Path | None, title: str) -> Any:
    """Draw training and validation cost over the epochs, and mark the best epoch; see `History.plot`."""
    figures = require("matplotlib.figure", extra="plot", purpose="Drawing a learning curve")
    figure = figures.Figure(figsize=(7.5, 4.2), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    epochs = range(1, len(history) + 1)
    axes.plot(epochs, history.cost, color=_TRAINING, label="training cost")
    if history.validation_cost:
        axes.plot(epochs, history.validation_cost, color=_VALIDATION, label="validation cost")
        best = min(range(len(history)), key=history.validation_cost.__getitem__)
        axes.plot(
            best + 1,
            history.validation_cost[best],
            "o",
            color=_VALIDATION,
            label=f"best: {history.validation_cost[best]:.4g} in epoch {best + 1}",
        )
    axes.set(title=title, xlabel="epoch", ylabel="cost")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False)
    if path is not None:
        figure.savefig(path)
    return figure
