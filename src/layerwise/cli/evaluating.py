"""`layerwise evaluate`."""

from __future__ import annotations

from pathlib import Path

from layerwise.cli.display import metrics_table, notes, out
from layerwise.cli.predicting import load_table_model
from layerwise.tables import labelled, read_table

__all__ = ["run"]


def run(model_path: Path, table_path: Path) -> None:
    """Show the metrics of a model on a table."""
    model = load_table_model(model_path)
    target = model.target
    types = {**model.encoder.types, **target.types}
    table, without_target = labelled(read_table(table_path, types=types, missing=model.encoder.missing), target.name)
    if without_target:
        notes.print(f"layerwise: note: {without_target:,} rows without a value in {target.name!r} are left out.")
    metrics = model.evaluate(table)
    title = f"On {table.n_rows:,} rows of {table_path.name}"
    out.print(metrics_table(title, metrics, model.baseline(table), f"of {target.name}"))
