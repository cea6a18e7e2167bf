"""Tables: a file becomes columns, and columns become the matrices X and Y.

::

    table = read_table("adult.csv")
    table, without_target = labelled(table, "income")
    encoder, target = TableEncoder.fit(table, "income"), TargetEncoder.fit(table, "income")
    X, Y = encoder.transform(table), target.encode(table)

    rows = read_table("new.csv", types=encoder.types, missing=encoder.missing)
    write_table("predictions.csv", {"income": target.decode(Y_hat)})

`open_source` reads files larger than memory, lazy frames and datasets in chunks::

    for rows in open_source("new.parquet").tables(encoder.types, missing=encoder.missing):
        X = encoder.transform(rows)

`as_table` takes data frames, mappings and arrays in place of a file. `Table`, the encoders and CSV output need NumPy
only; `read_table`, `open_source` and Parquet need polars, data frames narwhals.
"""

from layerwise.tables.encoder import TableEncoder
from layerwise.tables.encodings import (
    BooleanColumn,
    CategoryColumn,
    Column,
    DatetimeColumn,
    DroppedColumn,
    NumericColumn,
    OrdinalColumn,
    Place,
)
from layerwise.tables.frames import as_table
from layerwise.tables.readers import read_table
from layerwise.tables.roles import Role
from layerwise.tables.schema import ColumnInfo, Schema
from layerwise.tables.sources import Source, is_source, open_source
from layerwise.tables.table import Kind, Table
from layerwise.tables.target import TargetEncoder, Task, labelled, with_target
from layerwise.tables.weights import weighted_rows
from layerwise.tables.writers import CsvWriter, table_writer, write_csv, write_table

__all__ = [
    "BooleanColumn",
    "CategoryColumn",
    "Column",
    "ColumnInfo",
    "CsvWriter",
    "DatetimeColumn",
    "DroppedColumn",
    "Kind",
    "NumericColumn",
    "OrdinalColumn",
    "Place",
    "Role",
    "Schema",
    "Source",
    "Table",
    "TableEncoder",
    "TargetEncoder",
    "Task",
    "as_table",
    "is_source",
    "labelled",
    "open_source",
    "read_table",
    "table_writer",
    "weighted_rows",
    "with_target",
    "write_csv",
    "write_table",
]
