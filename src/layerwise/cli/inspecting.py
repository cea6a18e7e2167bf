"""`layerwise inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Column
from rich.table import Table as RichTable

from layerwise.cli.describing import (
    curves,
    how_it_ended,
    how_they_ended,
    rows_line,
    settings_shown,
    target_line,
    where_measured,
)
from layerwise.cli.display import metrics_table, out, print_table
from layerwise.cli.measured import show_importances
from layerwise.cli.streams import printable
from layerwise.estimators.tabular import TabularModel
from layerwise.network import Network
from layerwise.storage import load, read_model_file
from layerwise.tables import TableEncoder
from layerwise.training import TrainingResult

__all__ = ["run"]

NUMBER: dict[str, Any] = {"justify": "right", "no_wrap": True}
TEXT: dict[str, Any] = {"overflow": "fold"}


def run(path: Path) -> None:
    """Show what is in a model file."""
    file = read_model_file(path)
    model = load(path)
    size = path.stat().st_size
    out.print(printable(f"{path}: {file.kind} model, {size:,} bytes, written by layerwise {file.written_by}"))
    out.print(f"digest sha256:{file.digest} (right)")
    if isinstance(model, TabularModel):
        _show_tabular(model)
    elif isinstance(model, TrainingResult):
        _show_network(model.network, 1)
        out.print(how_it_ended(model))
    else:
        out.print(f"a {file.kind}: the same 'layerwise train' with it as --checkpoint goes on from here.")


def _show_tabular(model: TabularModel) -> None:
    _show_network(model.members[0].network, len(model.members))
    out.print(printable(target_line(model.target, most=20)))
    print_table(f"Columns, {model.encoder.n_features} inputs", _columns(model.encoder))
    print_table("Settings", _settings(model))
    out.print(rows_line(model))
    for line in (*how_they_ended(model), *curves([member.history for member in model.members])):
        out.print(line)
    evaluation = model.evaluation
    table = metrics_table(evaluation.metrics, evaluation.baseline, f"of {model.target.name}")
    print_table(f"On {where_measured(model)}", table)
    show_importances(evaluation.importances)


def _show_network(net: Network, networks: int) -> None:
    each = f"{networks} networks of" if networks > 1 else "Network,"
    print_table(f"{each} {net.n_parameters:,} parameters, {net.loss}", _layers(net))
    if net.embeddings:
        print_table("Embeddings", _embeddings(net))


def _layers(net: Network) -> RichTable:
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


def _embeddings(net: Network) -> RichTable:
    """Return the embeddings, those of one shape in one line."""
    counted: dict[tuple[str, int, int, int], int] = {}
    for embedding in net.embeddings:
        kind = "ordered positions" if embedding.ordered else "levels"
        learnt = 0 if embedding.dimension is None else embedding.dimension * embedding.code_length
        shape = (kind, embedding.positions, embedding.width, learnt)
        counted[shape] = counted.get(shape, 0) + 1
    table = RichTable(*(Column(name, **NUMBER) for name in ("inputs", "of", "positions", "becomes", "parameters each")))
    for (kind, positions, width, learnt), count in counted.items():
        table.add_row(str(count), kind, str(positions), f"{width} numbers", f"{learnt:,}")
    return table


def _columns(encoder: TableEncoder) -> RichTable:
    kinds = {"column": TEXT, "role": TEXT, "inputs": NUMBER, "missing": NUMBER, "detail": TEXT}
    table = RichTable(*(Column(heading, **settings) for heading, settings in kinds.items()))
    for column in encoder.schema:
        table.add_row(
            printable(column.column),
            column.role,
            str(column.places),
            f"{column.missing:,}",
            printable(column.detail),
        )
    return table


def _settings(model: TabularModel) -> RichTable:
    table = RichTable(Column("setting", no_wrap=True), Column("value", **TEXT))
    for name, value in settings_shown(model).items():
        shown = ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)
        table.add_row(name, printable(shown))
    return table
