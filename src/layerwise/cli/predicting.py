"""`layerwise predict`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from layerwise.cli.display import note, notes, out
from layerwise.cli.files import check_apart, check_writable, ends_as_table
from layerwise.cli.rows_bar import RowsBar
from layerwise.cli.streams import printable, utf8_output
from layerwise.errors import ModelFileError
from layerwise.estimators.plain import KINDS
from layerwise.estimators.tabular import TabularModel
from layerwise.network import Array
from layerwise.storage import built_from, read_model_file
from layerwise.tables import CsvWriter, Source, Table, open_source, table_writer
from layerwise.training import TrainingResult

__all__ = ["load_table_model", "rounded", "run"]


def run(model_path: Path, table_path: Path, output: Path | None) -> None:
    """Predict a table chunk by chunk, and write the predictions as they come."""
    if output is not None:
        check_apart({"--output": output, "the model": model_path, "the table": table_path})
        check_writable(output)
    model = load_table_model(model_path)
    source = open_source(table_path)
    with _writer(output) as write, RowsBar(source, shown=output is not None or not out.is_terminal) as bar:
        told = _predict(model, source, write, bar)
    for difference in told:
        note(difference)
    if output is not None:
        notes.print(printable(f"{bar.rows:,} predictions written to {output}"))


def _writer(output: Path | None) -> AbstractContextManager[Callable[[Mapping[str, Any]], None]]:
    if output is not None:
        return table_writer(output)
    utf8_output()
    return nullcontext(CsvWriter(sys.stdout).write)


def _predict(
    model: TabularModel, source: Source, write: Callable[[Mapping[str, Any]], None], bar: RowsBar
) -> tuple[str, ...]:
    """Write the predictions of all rows; return what there is to be told of them, in sentences."""
    encoder = model.encoder
    unseen: Counter[str] = Counter()
    ignored: list[str] = []
    for table in source.tables(encoder.types, missing=encoder.missing):
        write(predictions(model, table))
        unseen.update(encoder.unseen(table))
        ignored = encoder.ignored(table, model.target.name)
        bar.advance(table.n_rows)
    return encoder.told_differences(ignored, unseen, bar.rows)


def predictions(model: TabularModel, table: Table) -> dict[str, Any]:
    """Return the columns of a prediction: the target's name, and a probability for each class.

    Probabilities have the digits that the model computes in: nine for float32.
    """
    target = model.target
    outputs = model.finite_outputs(table)
    columns: dict[str, Any] = {target.name: target.decode(outputs)}
    if target.classes:
        names = _probability_names(target.name, target.class_names)
        for name, column in zip(names, target.probabilities(outputs).T, strict=True):
            columns[name] = rounded(model, column)
    return columns


def rounded(model: TabularModel, probabilities: Array) -> list[float]:
    """Return probabilities with the digits that the model computes in."""
    digits = 9 if model.members[0].parameters.dtype == np.float32 else 17
    return [float(f"{value:.{digits}g}") for value in probabilities.tolist()]


def _probability_names(target: str, classes: tuple[str, ...]) -> list[str]:
    prefix = "probability of"
    while target in {f"{prefix} {name}" for name in classes}:  # no column may take the place of the labels
        prefix = f"class {prefix}"
    return [f"{prefix} {name}" for name in classes]


def load_table_model(path: Path) -> TabularModel:
    """Load a model that takes a table."""
    if ends_as_table(path):
        raise ModelFileError(f"{path}: is a table. The model comes first, then the table.")
    file = read_model_file(path)
    if file.kind in KINDS:
        article = "an" if file.kind.startswith("MLP") else "a"
        raise ModelFileError(
            f"{path}: holds {article} {file.kind}, which takes a matrix of numbers and does not know how to read a "
            "table. Use layerwise.load and its predict in Python, or train on a table with 'layerwise train'."
        )
    model = built_from(file, path)
    if not isinstance(model, TabularModel | TrainingResult) or getattr(model, "progress", None):
        raise ModelFileError(
            f"{path}: holds a {file.kind}, from which a training goes on: give it to 'layerwise train' as --checkpoint."
        )
    if not isinstance(model, TabularModel):
        raise ModelFileError(
            f"{path}: holds a bare network, which does not know how to read a table. Use layerwise.load and "
            "layerwise.predict in Python, or train on a table with 'layerwise train'."
        )
    return model
