"""Tables: a file becomes columns, and columns become the matrices X and Y.

::

    table = read_table("adult.csv")
    table, without_target = labelled(table, "income")
    encoder, target = TableEncoder.fit(table, "income"), TargetEncoder.fit(table, "income")
    X, Y = encoder.transform(table), target.encode(table)

    rows = read_table("new.csv", types=encoder.types, missing=encoder.missing)
    write_table("predictions.csv", {"income": target.decode(Y_hat)})

`Table`, the encoders and CSV output need NumPy only; `read_table` and Parquet need polars.
"""

from layerwise.tables.columns import Column, DroppedColumn, LevelColumn, NumericColumn
from layerwise.tables.encoder import ColumnInfo, TableEncoder
from layerwise.tables.readers import read_table
from layerwise.tables.table import Kind, Table
from layerwise.tables.target import TargetEncoder, Task, labelled
from layerwise.tables.writers import write_csv, write_table

__all__ = [
    "Column",
    "ColumnInfo",
    "DroppedColumn",
    "Kind",
    "LevelColumn",
    "NumericColumn",
    "Table",
    "TableEncoder",
    "TargetEncoder",
    "Task",
    "labelled",
    "read_table",
    "write_csv",
    "write_table",
]
