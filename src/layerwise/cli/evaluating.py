"""`layerwise evaluate`."""

from __future__ import annotations

from pathlib import Path

from layerwise.cli.display import note
from layerwise.cli.measured import evaluation_on, show_evaluation
from layerwise.cli.predicting import load_table_model
from layerwise.cli.streams import printable
from layerwise.tables import labelled, read_table

__all__ = ["run"]


def run(model_path: Path, table_path: Path) -> None:
    """Show what a model is worth on a table."""
    model = load_table_model(model_path)
    target = model.target
    types = {**model.encoder.types, **target.types}
    table, without_target = labelled(read_table(table_path, types=types, missing=model.encoder.missing), target.name)
    found = evaluation_on(model, table)
    if without_target:
        note(f"{without_target:,} rows without a value in {target.name!r} are left out.")
    for difference in model.encoder.differences(table, target.name):
        note(difference)
    show_evaluation(found, target, printable(f"{table.n_rows:,} rows of {table_path.name}"))
