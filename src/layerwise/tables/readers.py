"""`read_table`: a CSV or Parquet file becomes a `Table`. The only reader of files here, by polars."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from layerwise.errors import TableError, require
from layerwise.tables._cells import nearest
from layerwise.tables._csv import check_names, csv_frame
from layerwise.tables._types import column_array
from layerwise.tables.table import Kind, Table

__all__ = ["ENDINGS", "read_table"]

PARQUET_ENDINGS = (".parquet", ".pq")
ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", *PARQUET_ENDINGS)
"""How the name of a file ends that can be read."""


def read_table(
    path: str | Path,
    *,
    missing: Sequence[str] = (),
    categorical: Collection[str] = (),
    drop: Collection[str] = (),
    types: Mapping[str, Kind] | None = None,
) -> Table:
    """Read a CSV file (with a header, in UTF-8) or a Parquet file, told apart by the ending.

    A CSV file's separator is found in its header: comma, semicolon, tab or bar; ``.gz`` is unpacked. Blanks
    around cells and names are stripped. A column is numeric if every cell that is not missing is a number; if
    at least 90 % of them are, or half of them and the rest is one word such as "NA", that is an error rather
    than a column of text. Whole numbers are text if one of them is written with a leading zero, as the zip code
    01234 is. Texts that are all ISO dates or date-times, as 2020-01-31 or 2020-01-31T10:30:00Z, are dates, in UTC.
    True and TRUE are read as "true", False and FALSE as "false". A Parquet column of polars' Enum has ordered
    levels. Rows are counted from 1, the header and blank lines not counted.

    Parameters
    ----------
    path : str or Path
        A file that ends in .csv, .tsv, .txt, .csv.gz, .tsv.gz, .parquet or .pq.
    missing : sequence of str
        Texts that mean a missing cell, such as "?" or "NA", beside the empty cell, and NaN among numbers.
    categorical : collection of str
        Columns that may mix numbers and text: they are read as text unless every cell is a number. Their dates
        stay text.
    drop : collection of str
        Columns to leave unread.
    types : mapping of str to {"numeric", "text", "datetime"}, optional
        The columns to read and their kinds, such as ``encoder.types``: nothing is guessed, other columns
        stay unread, and a column that the file does not have is left to the encoder's complaint.

    Returns
    -------
    Table

    Raises
    ------
    TableError
        If the file cannot be read as a table, or a cell is not what its column needs.
    MissingDependencyError
        If polars is not installed.
    """
    path = Path(path)
    _check_file(path)
    pl = require("polars", extra="tables", purpose="Reading tables")
    label = f"Table {path.name!r}"
    frame = _parquet_frame(pl, path, label) if _ends(path, PARQUET_ENDINGS) else csv_frame(pl, _bytes(path), label)
    if not frame.height:
        raise TableError(f"{label} has no rows, only a header.")
    for name in (*categorical, *drop):
        if name not in frame.columns:
            raise TableError(f"{label} has no column {name!r}.{nearest(name, frame.columns)}")
    wanted = [name for name in frame.columns if name not in drop and (types is None or name in types)]
    columns = {
        name: column_array(
            pl,
            frame[name],
            kind=None if types is None else types[name],
            missing=missing,
            mixed=name in categorical,
        )
        for name in wanted
    }
    levels = {
        name: frame.schema[name].categories.to_list()
        for name in wanted
        if types is None and name not in categorical and isinstance(frame.schema[name], pl.Enum)
    }
    unread = [name for name in frame.columns if name not in columns and name not in drop]
    # The row numbers are given, as a table of which no column is wanted has rows all the same.
    return Table(columns, row_numbers=range(1, frame.height + 1), missing=missing, unread=unread, levels=levels)


def _ends(path: Path, endings: Sequence[str]) -> bool:
    return path.name.lower().endswith(tuple(endings))


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise TableError(f"{str(path)!r} is a folder. Give the name of a CSV or Parquet file.")
    if not path.exists():
        parent = path.parent
        if not parent.is_dir():
            raise TableError(f"There is no file {str(path)!r}, as there is no folder {str(parent)!r}.")
        tables = [entry.name for entry in parent.iterdir() if _ends(entry, ENDINGS) and entry.is_file()]
        raise TableError(f"There is no file {str(path)!r}.{nearest(path.name, sorted(tables))}")
    if not _ends(path, ENDINGS):
        raise TableError(f"Table {path.name!r} must be CSV or Parquet, and end in {', '.join(ENDINGS)}.")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TableError(f"Table {path.name!r} cannot be read: {error.strerror}.") from error


def _parquet_frame(pl: ModuleType, path: Path, label: str) -> Any:
    damaged = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
    try:
        frame = pl.read_parquet(path, glob=False)
    except damaged as error:
        first = (str(error).splitlines() or [""])[0]
        raise TableError(f"{label} is not a Parquet file, or a damaged one: {first}.") from None
    check_names(frame.columns, label)
    return frame
