"""`layerwise evaluate`."""

from __future__ import annotations

from pathlib import Path

from layerwise.cli.display import metrics_table, note, print_table
from layerwise.cli.predicting import load_table_model
from layerwise.tables import labelled, read_table

__all__ = ["run"]


def run(model_path: Path, table_path: Path) -> None:
    """Show the metrics of a model on a table."""
    model = load_table_model(model_path)
    target = model.target
    types = {**model.encoder.types, **target.types}
    table, without_target = labelled(read_table(table_path, types=types, missing=model.encoder.missing), target.name)
    metrics, baseline = model.evaluate(table), model.baseline(table)
    if without_target:
        note(f"{without_target:,} rows without a value in {target.name!r} are left out.")
    for difference in model.encoder.differences(table, target.name):
        note(difference)
    title = f"On {table.n_rows:,} rows of {table_path.name}"
    print_table(title, metrics_table(metrics, baseline, f"of {target.name}"))
