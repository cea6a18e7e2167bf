"""`layerwise predict`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from layerwise.cli.display import notes
from layerwise.errors import ModelFileError
from layerwise.estimators import TableModel
from layerwise.storage import load
from layerwise.tables import Table, read_table, write_csv, write_table

__all__ = ["load_table_model", "run"]


def run(model_path: Path, table_path: Path, output: Path | None) -> None:
    """Predict a table and write the predictions."""
    model = load_table_model(model_path)
    table = read_table(table_path, types=model.encoder.types, missing=model.encoder.missing)
    for difference in model.encoder.differences(table, model.target.name):
        notes.print(f"layerwise: note: {difference}", markup=False)
    columns = predictions(model, table)
    if output is None:
        write_csv(sys.stdout, columns)
    else:
        write_table(output, columns)
        notes.print(f"{table.n_rows:,} predictions written to {output}", markup=False)


def predictions(model: TableModel, table: Table) -> dict[str, Any]:
    """Return the columns of a prediction: the target's name, and a probability for each class."""
    columns: dict[str, Any] = {model.target.name: model.predict(table)}
    if model.target.classes:
        probabilities = model.predict_proba(table)
        for name, column in zip(model.target.class_names, probabilities.T, strict=True):
            columns[f"probability of {name}"] = column
    return columns


def load_table_model(path: Path) -> TableModel:
    """Load a model that takes a table."""
    if path.suffix.lower() in (".csv", ".tsv", ".gz", ".parquet"):
        raise ModelFileError(f"{path}: is a table. The model comes first, then the table.")
    model = load(path)
    if not isinstance(model, TableModel):
        raise ModelFileError(
            f"{path}: holds a bare network, which does not know how to read a table. Use layerwise.load and "
            "layerwise.predict in Python, or train on a table with 'layerwise train'."
        )
    return model
