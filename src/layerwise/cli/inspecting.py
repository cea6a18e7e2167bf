"""`layerwise inspect`."""

from __future__ import annotations

from pathlib import Path

from rich.table import Column
from rich.table import Table as RichTable

from layerwise.cli.display import metrics_table, out, print_table
from layerwise.cli.streams import printable
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
    out.print(
        printable(f"{path}: {file.kind} model, {size:,} bytes, written by layerwise {file.written_by}"),
    )
    out.print(f"digest sha256:{file.digest} (right)")
    net = result.network
    print_table(f"Network, {net.n_parameters:,} parameters, {net.loss}", _layers(result))
    if isinstance(model, TableModel):
        target, rows = model.target, model.rows
        classes = (
            f": {', '.join(target.class_names)}"
            if target.classes
            else f", mean {target.mean:.6g}, std {target.std:.6g}"
        )
        out.print(printable(f"target {target.name!r}, {target.task}{classes}"))
        print_table(f"Columns, {model.encoder.n_features} inputs", _columns(model))
        out.print(f"learnt from {rows['training']:,} rows; {rows['held_out']:,} held out")
    out.print(how_it_ended(result))
    if isinstance(model, TableModel):
        where = "held-out" if model.rows["held_out"] else "training"
        table = metrics_table(model.metrics, model.baseline_metrics, f"of {model.target.name}")
        print_table(f"On the {where} rows", table)


def _layers(result: TrainingResult) -> RichTable:
    net = result.network
    table = RichTable()
    for heading in ("layer", "units", "activation", "W", "b", "parameters"):
        table.add_column(heading, justify="left" if heading == "activation" else "right", no_wrap=True)
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
    number, text = {"justify": "right", "no_wrap": True}, {"overflow": "fold"}
    kinds = {"column": text, "role": text, "inputs": number, "missing": number, "detail": text}
    table = RichTable(*(Column(heading, **settings) for heading, settings in kinds.items()))  # type: ignore[arg-type]
    for column in model.encoder.schema:
        table.add_row(
            printable(column.column),
            column.role,
            str(column.places),
            f"{column.missing:,}",
            printable(column.detail),
        )
    return table
