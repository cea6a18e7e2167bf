"""`layerwise inspect`."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table as RichTable

from layerwise.cli.display import metrics_table, out
from layerwise.cli.training import how_it_ended
from layerwise.estimators import TableModel
from layerwise.storage import load, read_model_file
from layerwise.training import TrainingResult

__all__ = ["run"]


def run(path: Path) -> None:
    """Show what is in a model file."""
    file = read_model_file(path)
    model = load(path)
    result = model.result if isinstance(model, TableModel) else model
    size = path.stat().st_size
    out.print(f"{path}: {file.kind} model, {size:,} bytes, written by layerwise {file.written_by}", markup=False)
    out.print(f"digest sha256:{file.digest} (right)", markup=False)
    out.print(_layers(result))
    if isinstance(model, TableModel):
        target, rows = model.target, model.rows
        classes = (
            f": {', '.join(target.class_names)}"
            if target.classes
            else f", mean {target.mean:.6g}, std {target.std:.6g}"
        )
        out.print(f"target {target.name!r}, {target.task}{classes}", markup=False)
        out.print(_columns(model))
        out.print(f"learnt from {rows['training']:,} rows; {rows['held_out']:,} held out", markup=False)
    out.print(how_it_ended(result), markup=False)
    if isinstance(model, TableModel):
        where = "held-out" if model.rows["held_out"] else "training"
        title = f"On the {where} rows"
        out.print(metrics_table(title, model.metrics, model.baseline_metrics, f"of {model.target.name}"))


def _layers(result: TrainingResult) -> RichTable:
    net = result.network
    table = RichTable(title=f"Network, {net.n_parameters:,} parameters, {net.loss}", title_justify="left")
    for heading in ("layer", "units", "activation", "W", "b", "parameters"):
        table.add_column(heading, justify="left" if heading == "activation" else "right")
    table.add_row("0 (input)", str(net.n[0]), "", "", "", "")
    for l in range(1, net.L + 1):
        count = net.n[l] * (net.n[l - 1] + 1)
        table.add_row(
            str(l),
            str(net.n[l]),
            net.activations[l - 1],
            f"({net.n[l]}, {net.n[l - 1]})",
            f"({net.n[l]}, 1)",
            f"{count:,}",
        )
    return table


def _columns(model: TableModel) -> RichTable:
    table = RichTable(title=f"Columns, {model.encoder.n_features} inputs", title_justify="left")
    for heading in ("column", "role", "inputs", "missing", "detail"):
        table.add_column(heading, justify="right" if heading in ("inputs", "missing") else "left")
    for column in model.encoder.schema:
        table.add_row(column.column, column.role, str(column.places), f"{column.missing:,}", column.detail)
    return table
