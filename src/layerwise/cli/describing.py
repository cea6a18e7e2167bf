"""A trained model in words: what was learnt, how the training ended, what it is worth on rows that it did not see."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from layerwise.cli.display import out, sparkline
from layerwise.cli.streams import printable
from layerwise.estimators.tabular import TabularModel
from layerwise.network import Network
from layerwise.tables import DroppedColumn, TargetEncoder
from layerwise.tables.encodings import AS_ASKED
from layerwise.training import History, TrainingResult
from layerwise.training.progress import cost_text

__all__ = [
    "curves",
    "how_it_ended",
    "how_they_ended",
    "mean_curve",
    "networks_line",
    "notices",
    "rows_line",
    "settings_shown",
    "show_training",
    "target_line",
    "where_measured",
]

SHOWN_CLASSES = 5


def show_training(model: TabularModel) -> None:
    """Print what was trained, how it ended, and the curves."""
    out.print(printable(target_line(model.target)))
    out.print(networks_line(model))
    for line in how_they_ended(model):
        out.print(line)
    for line in curves([member.history for member in model.members]):
        out.print(line)


def target_line(target: TargetEncoder, most: int = SHOWN_CLASSES) -> str:
    """Say what is learnt: the classes with their shares, or the mean and standard deviation."""
    if not target.classes:
        about = f"mean {target.mean:.6g}, " if target.mean else ""
        return f"target {target.name!r}, {target.task}: {about}standard deviation {target.std:.6g}"
    total = sum(target.counts)
    shares = [f"{name} ({count / total:.1%})" for name, count in zip(target.class_names, target.counts, strict=True)]
    more = f", and {len(shares) - most} more" if len(shares) > most else ""
    return f"target {target.name!r}, {target.task}: {', '.join(shares[:most])}{more}"


def networks_line(model: TabularModel) -> str:
    """Say how many networks there are, and their layers."""
    net, n = model.members[0].network, len(model.members)
    what = "network" if n == 1 else f"{n} networks"
    each = "" if n == 1 else " each"
    return f"{what} {layers(net)}; {net.loss}; {net.n_parameters:,} parameters{each}"


def layers(net: Network) -> str:
    """Return sizes and activations: 120-128-128-1 (silu, silu, sigmoid)."""
    embedded = f", {len(net.embeddings)} embeddings" if net.embeddings else ""
    return f"{'-'.join(map(str, net.sizes))} ({', '.join(net.activations)}{embedded})"


def rows_line(model: TabularModel) -> str:
    """Say how many rows were learnt from."""
    held_out, training = model.rows["held_out"], model.rows["training"]
    without = f"; {model.rows['without_target']:,} had no target" if model.rows.get("without_target") else ""
    if _is_folded(model):
        return (
            f"{training:,} rows, {held_out:,} of them held out by some networks and learnt from by the others{without}"
        )
    return f"{training:,} rows to learn from, {held_out:,} held out{without}"


def where_measured(model: TabularModel, table: Path | None = None) -> str:
    """Say which rows the metrics are of; `table` is the one that the networks were held against."""
    held_out, training = model.rows["held_out"], model.rows["training"]
    if table is not None:
        return printable(f"{held_out:,} rows of {table.name}")
    if not held_out:
        return f"the {training:,} training rows"
    each = " (each by networks that did not learn from it)" if _is_folded(model) else ""
    return f"{held_out:,} held-out rows{each}"


def _is_folded(model: TabularModel) -> bool:
    """Return whether each network held out rows that others learnt from."""
    return len(model.members) > 1 and model.rows["held_out"] > 0 and not model.settings.get("eval_set")


def notices(model: TabularModel) -> list[str]:
    """Say which columns are dropped without being asked for, with the option that keeps each."""
    return [
        f"Column {column.name!r} is dropped: {column.reason}. {_typed(column)}".rstrip()
        for column in model.encoder.columns
        if isinstance(column, DroppedColumn) and column.reason != AS_ASKED
    ]


def settings_shown(model: TabularModel) -> dict[str, Any]:
    """Return the settings that mean something for this model."""
    without_meaning = {"loss"} if model.target.classes else set()
    return {name: value for name, value in model.settings.items() if value is not None and name not in without_meaning}


def how_they_ended(model: TabularModel) -> list[str]:
    """Say why the runs ended and which parameters are kept, in a line or two."""
    members = model.members
    missing = int(model.settings.get("n_estimators", len(members))) - len(members)
    lines = [how_it_ended(members[0])] if len(members) == 1 else [_how_all_ended(members)]
    if missing > 0:
        why = "were not begun" if any(member.stopped == "interrupted" for member in members) else "diverged"
        lines.append(f"{missing} of {missing + len(members)} networks {why}, and are left out")
    if model.temperature != 1:
        extreme = "less" if model.temperature > 1 else "more"
        lines.append(f"temperature {model.temperature:.3g}, by which the probabilities are made {extreme} extreme")
    return lines


def how_it_ended(result: TrainingResult) -> str:
    """Say in one sentence why the run stopped and which parameters are kept."""
    epochs = len(result.history)
    reason = {
        "epochs": f"trained for {epochs} epochs",
        "early_stopping": f"stopped early after {epochs} epochs",
        "converged": f"converged after {epochs} steps",
        "flat": f"stopped after {epochs} steps, as they lower the cost by next to nothing",
        "evaluations": f"stopped after {epochs} steps, which used all evaluations of the cost",
        "stalled": f"stopped after {epochs} steps, as no step lowers the cost any more",
        "callback": f"stopped by a callback after {epochs} epochs",
        "interrupted": f"interrupted after {epochs} epochs",
        "diverged": f"diverged after {epochs} epochs: {result.divergence}",
    }[result.stopped]
    if result.best_epoch is None:
        return reason
    kept = ", whose parameters are kept" if result.restored else ""
    return f"{reason}; best validation in epoch {result.best_epoch + 1}{kept}"


def curves(histories: Sequence[History]) -> list[str]:
    """Return the training and the validation cost as lines of blocks, the mean over networks."""
    of = " (mean)" if len(histories) > 1 else ""
    cost = mean_curve([history.cost for history in histories])
    validation = mean_curve([history.validation_cost for history in histories])
    lines = []
    if len(cost) > 1:
        lines.append(f"training cost{of}    {sparkline(cost)} {cost_text(cost[0])} → {cost_text(cost[-1])}")
    if len(validation) > 1:
        first, best = cost_text(validation[0]), cost_text(min(validation))
        lines.append(f"validation cost{of}  {sparkline(validation)} {first} → {best} at best")
    return lines


def mean_curve(curves: Sequence[Sequence[float]]) -> list[float]:
    """Return the mean over networks, epoch by epoch; one that has stopped stays where it was."""
    told = [curve for curve in curves if curve]
    longest = max(map(len, told), default=0)
    return [fmean(curve[min(epoch, len(curve) - 1)] for curve in told) for epoch in range(longest)]


def _how_all_ended(members: Sequence[TrainingResult]) -> str:
    stopped = [member.stopped for member in members]
    reasons = {
        "early_stopping": "stopped early",
        "callback": "stopped by a callback",
        "interrupted": "interrupted",
        "diverged": "diverged",
    }
    told = [f"{stopped.count(name)} {text}" for name, text in reasons.items() if name in stopped]
    line = f"trained for {_range([len(member.history) for member in members], 'epoch', first=False)}"
    line += f" ({', '.join(told)})" if told else ""
    best = [member.best_epoch + 1 for member in members if member.best_epoch is not None]
    if not best:
        return line
    kept = ", whose parameters are kept" if all(member.restored for member in members) else ""
    return f"{line}; best validation in {_range(best, 'epoch')}{kept}"


def _range(numbers: Sequence[int], what: str, *, first: bool = True) -> str:
    """Return "epoch 7", "epochs 7 to 14" or, with the numbers first, "7 to 14 epochs"."""
    low, high = min(numbers), max(numbers)
    told = str(low) if low == high else f"{low} to {high}"
    if first:
        return f"{what if low == high else f'{what}s'} {told}"
    return f"{told} {what if high == 1 else f'{what}s'}"


def _typed(column: DroppedColumn) -> str:
    """Return the option that keeps a column."""
    role = re.search(r": '(\w+)'\}", column.hint)
    if role is None:
        return column.hint
    return f"To keep it: --role {shlex.quote(f'{column.name}={role[1]}')}."
