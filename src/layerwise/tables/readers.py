"""`read_table`: a CSV or Parquet file becomes a `Table`, whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from layerwise.errors import require
from layerwise.tables._files import ENDINGS
from layerwise.tables._types import table_of
from layerwise.tables.sources import open_source
from layerwise.tables.table import Kind, Table

__all__ = ["ENDINGS", "read_table"]


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
    pl = require("polars", extra="tables", purpose="Reading tables")
    source = open_source(Path(path))
    source.refuse_unknown((*categorical, *drop))
    wanted = [name for name in source.names if name not in drop and (types is None or name in types)]
    unread = [name for name in source.names if name not in wanted and name not in drop]
    frame = pl.concat(source.frames(None, wanted))
    # The row numbers are given, as a table of which no column is wanted has rows all the same.
    rows = np.arange(1, frame.height + 1)
    return table_of(
        pl, frame.select(wanted), rows, types=types, missing=missing, categorical=categorical, unread=unread
    )
