"""`layerwise inspect`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
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
from layerwise.cli.display import METRIC_NAMES, NUMBER, figures, metrics_table, out, print_table
from layerwise.cli.measured import show_importances
from layerwise.cli.streams import printable
from layerwise.estimators.plain import KINDS, PlainModel
from layerwise.estimators.tabular import TabularModel
from layerwise.network import Network
from layerwise.storage import built_from, read_model_file
from layerwise.tables import TableEncoder
from layerwise.training import History, TrainingResult

__all__ = ["run"]

TEXT: dict[str, Any] = {"overflow": "fold"}
METRIC_COLUMNS = ("first", "last", "lowest", "highest")
SHOWN = 20
"""How many classes, or columns, are named."""


def run(path: Path) -> None:
    """Show what is in a model file."""
    file = read_model_file(path)
    model = built_from(file, path, {kind: partial(PlainModel.from_state, kind) for kind in KINDS})
    by = f"schema {file.schema}, written by layerwise {file.written_by}"
    out.print(printable(f"{path}: {file.kind}, {file.size:,} bytes, {by}"))
    out.print(f"digest sha256:{file.digest} (right)")
    if isinstance(model, TabularModel):
        _show_tabular(model)
    elif isinstance(model, PlainModel):
        _show_plain(model)
    elif isinstance(model, TrainingResult):
        _show_result(model)
    else:
        _show_fit(model)


def _show_result(result: TrainingResult) -> None:
    _show_network(result.network, 1)
    at = result.progress
    ended = how_it_ended(result) if at is None else f"a run as it stood after {at.epochs} epochs"
    out.print(printable(f"{ended}; parameters in {result.parameters.dtype}"))
    _show_history(result.history)
    if at is not None:
        rule, rate = type(at.optimizer).__name__, figures(at.base_learning_rate)
        out.print(f"'layerwise.train(..., resume=layerwise.load(...))' goes on from here, with {rule} at {rate}.")


def _show_history(history: History) -> None:
    """Print the costs as curves, and each metric as it was first, last and at its ends."""
    for line in curves([history]):
        out.print(line)
    told = {name: values for name, values in history.metrics.items() if values}
    if not told:
        return
    table = RichTable(Column("on validation examples", **TEXT), *(Column(name, **NUMBER) for name in METRIC_COLUMNS))
    for name, values in told.items():
        cells = (values[0], values[-1], min(values), max(values))
        table.add_row(printable(METRIC_NAMES.get(name, name)), *map(figures, cells))
    print_table("Metrics over the epochs", table)


def _show_plain(model: PlainModel) -> None:
    _show_network(model.network, 1)
    if model.classes is not None:
        shown = [str(label) for label in model.classes.classes[:SHOWN].tolist()]
        more = f", and {len(model.classes.classes) - SHOWN} more" if len(model.classes.classes) > SHOWN else ""
        out.print(printable(f"{model.classes.kind}, classes {', '.join(shown)}{more}"))
    names = model.feature_names
    columns = "without names" if names is None else ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    out.print(printable(f"takes rows of {model.network.n_x} numbers, {columns}; {model.parameters.dtype}"))
    print_table("Parameters", _parameters(model.constructor))
    out.print(f"trained for {len(model.history)} iterations")
    _show_history(model.history)


def _parameters(params: Mapping[str, Any]) -> RichTable:
    table = RichTable(Column("parameter", no_wrap=True), Column("value", **TEXT))
    for name, value in params.items():
        if value is not None:
            table.add_row(printable(name), printable(value if isinstance(value, str) else repr(value)))
    return table


def _show_fit(kept: Any) -> None:
    first = next(iter(kept.results.values()), None)
    if first is not None:
        _show_network(first.network, len(kept.results))
    for k, result in sorted(kept.results.items()):
        state = "ready" if k in kept.ready else "under way"
        out.print(f"network {k}: {state}, {len(result.history)} epochs")
        _show_history(result.history)
    out.print("The same 'layerwise train' with it as --checkpoint goes on from here.")


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
