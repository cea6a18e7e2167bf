"""`layerwise train`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from layerwise.checks import COUNT
from layerwise.cli.display import metrics_table, note, out, print_table, sparkline
from layerwise.cli.files import PICTURES, check_apart, check_writable, ends_as_table
from layerwise.cli.interrupts import Interrupts
from layerwise.cli.streams import printable
from layerwise.errors import ParameterError, TableError, require
from layerwise.estimators import TableModel, fit_table
from layerwise.storage import save
from layerwise.tables import labelled, read_table
from layerwise.training import ProgressBar, TrainingResult
from layerwise.training.progress import cost_text

__all__ = ["run", "units"]


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
    _check_outputs(path, output, plot)
    _check_options(target, reading, fitting)
    table = read_table(path, **reading)
    _, without_target = labelled(table, target)
    out.print(Text.assemble((printable(path.name), "bold"), f": {table.n_rows:,} rows, {len(table)} columns"))
    if without_target:
        note(f"{without_target:,} rows without a value in {target!r} are left out.")
    with Interrupts() as interrupts:
        with ProgressBar() as bar:
            model = fit_table(table, target, categorical=reading["categorical"], callbacks=(interrupts, bar), **fitting)
        save(model, output)
        _tell(model, path, output, plot)
    return {"diverged": 1, "interrupted": 130}.get(model.result.stopped, 0)


def units(text: str) -> tuple[int, ...]:
    """Read "64,32", or "none" for no hidden layer."""
    if text.strip().lower() in ("none", "0", ""):
        return ()
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError(
            f"--hidden must be whole numbers with commas between them, such as 64,32, or 'none'. Got {text!r}."
        ) from None
    return tuple(COUNT.check("train", "--hidden", number) for number in numbers)


def _tell(model: TableModel, path: Path, output: Path, plot: Path | None) -> None:
    for notice in model.encoder.notices:
        note(notice)
    show(model)
    out.print(printable(f"model written to {output}"))
    if plot is not None:
        model.result.history.plot(plot, title=printable(f"{path.name}: {model.target.name}"))
        out.print(printable(f"learning curve drawn in {plot}"))


def show(model: TableModel) -> None:
    """Print what was trained, how the run ended, and the metrics on the held-out rows."""
    result, target, rows = model.result, model.target, model.rows
    net = result.network
    classes = (
        f": {', '.join(target.class_names[:5])}{', …' if len(target.classes) > 5 else ''}" if target.classes else ""
    )
    out.print(printable(f"target {target.name!r}, {target.task}{classes}"))
    out.print(
        f"network {'-'.join(map(str, net.sizes))} ({', '.join(net.activations)}; {net.loss}), "
        f"{net.n_parameters:,} parameters"
    )
    out.print(how_it_ended(result))
    history = result.history
    cost, validation = history.cost, history.validation_cost
    if len(cost) > 1:
        out.print(f"training cost    {sparkline(cost)} {cost_text(cost[0])} → {cost_text(cost[-1])}")
    if len(validation) > 1:
        first, best = cost_text(validation[0]), cost_text(min(validation))
        out.print(f"validation cost  {sparkline(validation)} {first} → {best} at best")
    where = f"{rows['held_out']:,} held-out rows" if rows["held_out"] else f"the {rows['training']:,} training rows"
    print_table(f"On {where}", metrics_table(model.metrics, model.baseline_metrics, f"of {target.name}"))


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
    return f"{reason}; lowest validation cost in epoch {result.best_epoch + 1}{kept}"


def _check_outputs(table: Path, output: Path, plot: Path | None) -> None:
    # Before the training and not after it, so that nothing that was learnt is lost.
    if plot is not None:
        require("matplotlib", extra="plot", purpose="--plot")
        if plot.suffix.lower() not in PICTURES:
            raise ParameterError(f"--plot must end in {', '.join(PICTURES)}. Got {str(plot)!r}.")
    if ends_as_table(output):
        raise ParameterError(
            f"--output is the model, and must not end as a table does. Got {str(output)!r}; "
            "by custom it ends in .safetensors."
        )
    check_apart({"--output": output, "--plot": plot, "the table": table})
    for path in (output, plot):
        if path is not None:
            check_writable(path)


def _check_options(target: str, reading: Mapping[str, Any], fitting: Mapping[str, Any]) -> None:
    """Refuse what does not go together, in the words of the command line; `fit_table` has its own."""
    if target in reading["drop"]:
        raise TableError(f"--drop {target!r} is the target, which cannot be dropped. Leave it out, or change --target.")
    if fitting.get("dropout") and not fitting["hidden"]:
        raise ParameterError("--dropout acts on hidden layers, and --hidden none has none. Leave one of them out.")
    if fitting.get("optimizer") != "lbfgs":
        return
    for name in ("learning_rate", "batch_size", "dropout", "clip_norm", "schedule"):
        if fitting[name]:
            raise ParameterError(
                f"--{name.replace('_', '-')} does not go with --optimizer lbfgs, which takes all rows in every step "
                "and searches its own step lengths. Leave it out, or use adam."
            )
