"""`layerwise train`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layerwise.cli.display import ProgressBar, metrics_table, notes, out, sparkline
from layerwise.errors import ParameterError, TableError, require
from layerwise.estimators import TableModel, fit_table
from layerwise.storage import save
from layerwise.tables import Table, labelled, read_table
from layerwise.training import TrainingResult

__all__ = ["run", "units"]

_PICTURES = (".png", ".svg", ".pdf")


def run(
    path: Path,
    target: str,
    *,
    output: Path,
    plot: Path | None,
    reading: Mapping[str, Any],
    fitting: Mapping[str, Any],
) -> int:
    """Train, show, write; return the exit code."""
    _check_outputs(output, plot)
    table = read_table(path, **reading)
    _, without_target = labelled(table, target)
    out.print(f"[bold]{path.name}[/]: {table.n_rows:,} rows, {len(table)} columns", markup=True)
    if without_target:
        notes.print(f"layerwise: note: {without_target:,} rows without a value in {target!r} are left out.")
    with ProgressBar(fitting["epochs"]) as bar:
        model = fit_table(
            table,
            target,
            categorical=reading["categorical"],
            callbacks=(bar,),
            **fitting,
        )
    for notice in model.encoder.notices:
        notes.print(f"layerwise: note: {notice}", markup=False)
    save(model, output)
    show(model, table)
    out.print(f"model written to {output}", markup=False)
    if plot is not None:
        model.result.history.plot(plot, title=f"{path.name}: {target}")
        out.print(f"learning curve drawn in {plot}", markup=False)
    return {"diverged": 1, "interrupted": 130}.get(model.result.stopped, 0)


def units(text: str) -> tuple[int, ...]:
    """Read "64,32", or "none" for no hidden layer."""
    if text.strip().lower() in ("none", "0", ""):
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(
            f"--hidden must be whole numbers with commas between them, such as 64,32, or 'none'. Got {text!r}."
        ) from None


def show(model: TableModel, table: Table) -> None:
    """Print what was trained, how the run ended, and the metrics on the held-out rows."""
    result, target, rows = model.result, model.target, model.rows
    net = result.network
    classes = (
        f": {', '.join(target.class_names[:5])}{', …' if len(target.classes) > 5 else ''}" if target.classes else ""
    )
    out.print(f"target {target.name!r}, {target.task}{classes}", markup=False)
    out.print(
        f"network {'-'.join(map(str, net.sizes))} ({', '.join(net.activations)}; {net.loss}), "
        f"{net.n_parameters:,} parameters",
        markup=False,
    )
    out.print(how_it_ended(result), markup=False)
    history = result.history
    if len(history) > 1:
        out.print(f"training cost    {sparkline(history.cost)} {history.cost[0]:.4f} → {history.cost[-1]:.4f}")
    if len(history.validation_cost) > 1:
        costs = history.validation_cost
        out.print(f"validation cost  {sparkline(costs)} {costs[0]:.4f} → {min(costs):.4f} at best")
    where = f"{rows['held_out']:,} held-out rows" if rows["held_out"] else f"the {rows['training']:,} training rows"
    out.print(metrics_table(f"On {where}", model.metrics, model.baseline_metrics, f"of {target.name}"))


def how_it_ended(result: TrainingResult) -> str:
    """Say in one sentence why the run stopped and which parameters are kept."""
    epochs = len(result.history)
    reason = {
        "epochs": f"trained for {epochs} epochs",
        "early_stopping": f"stopped early after {epochs} epochs",
        "converged": f"converged after {epochs} steps",
        "callback": f"stopped by a callback after {epochs} epochs",
        "interrupted": f"interrupted after {epochs} epochs",
        "diverged": f"diverged after {epochs} epochs: {result.divergence}",
    }[result.stopped]
    if result.best_epoch is None:
        return reason
    kept = ", whose parameters are kept" if result.restored else ""
    return f"{reason}; lowest validation cost in epoch {result.best_epoch + 1}{kept}"


def _check_outputs(output: Path, plot: Path | None) -> None:
    # Before the training and not after it, so that nothing that was learnt is lost.
    if plot is not None:
        require("matplotlib", extra="plot", purpose="--plot")
        if plot.suffix.lower() not in _PICTURES:
            raise ParameterError(f"--plot must end in {', '.join(_PICTURES)}. Got {str(plot)!r}.")
    for path in (output, plot):
        if path is None:
            continue
        if path.is_dir():
            raise TableError(f"{str(path)!r} is a folder. Give the name of a file in it.")
        if not path.parent.is_dir():
            raise TableError(f"{str(path)!r} cannot be written: there is no folder {str(path.parent)!r}.")
        if not os.access(path.parent, os.W_OK):
            raise TableError(f"{str(path)!r} cannot be written: the folder {str(path.parent)!r} is read-only.")
