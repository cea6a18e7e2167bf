"""Columns become a file: CSV or Parquet, whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import numpy as np

from layerwise.atomic import replacing
from layerwise.errors import TableError, require
from layerwise.tables._cells import number_text

__all__ = ["write_csv", "write_table"]


def write_table(path: str | Path, columns: Mapping[str, Any]) -> None:
    """Write columns to a file that ends in .csv, .csv.gz or .parquet.

    The file appears under its name when it is complete; if anything fails, an older file stays as it was.

    Parameters
    ----------
    path : str or Path
        The file.
    columns : mapping of str to array_like
        Columns of one length, such as a `Table`: numbers, texts, booleans; NaN and None are empty cells.

    Raises
    ------
    TableError
        If the ending is another, the lengths differ, or the file cannot be written.
    MissingDependencyError
        If the file is Parquet and polars is not installed.

    Examples
    --------
    >>> write_table("predictions.csv", {"income": ["<=50K"], "probability": [0.25]})  # doctest: +SKIP
    """
    path = Path(path)
    name = path.name.lower()
    columns = _plain(columns)
    if name.endswith(".parquet"):
        pl = require("polars", extra="tables", purpose="Writing Parquet")
        frame = pl.DataFrame({name: pl.Series(name, cells) for name, cells in columns.items()})
        buffer = io.BytesIO()  # polars would turn a full disk into an error of its own
        frame.write_parquet(buffer)
        with _replacing(path) as file:
            file.write(buffer.getbuffer())
    elif name.endswith((".csv", ".csv.gz")):
        with _replacing(path) as file:
            _write_csv_bytes(file, columns, packed=name.endswith(".gz"))
    else:
        raise TableError(f"The output {path.name!r} must end in .csv, .csv.gz or .parquet.")


def write_csv(stream: TextIO, columns: Mapping[str, Any]) -> None:
    r"""Write columns as CSV to a text stream such as standard output; lines end in LF.

    Examples
    --------
    >>> import sys
    >>> write_csv(sys.stdout, {"label": ["yes", None], "p": [0.1, 1.0]})
    label,p
    yes,0.1
    ,1
    """
    columns = _plain(columns)
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*([_csv_cell(cell) for cell in cells] for cells in columns.values()), strict=True))


def _plain(columns: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the columns as lists of Python values of one length."""
    lists = {str(name): np.asarray(values).tolist() for name, values in columns.items()}
    n_rows = len(next(iter(lists.values()), ()))
    for name, cells in lists.items():
        if len(cells) != n_rows:
            raise TableError(f"Every column to write must have {n_rows} cells. Got {len(cells)} in {name!r}.")
    return lists


def _csv_cell(cell: object) -> object:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return "" if cell != cell else number_text(cell)  # NaN is not equal to itself
    return cell


def _write_csv_bytes(file: BinaryIO, columns: Mapping[str, Any], *, packed: bool) -> None:
    inner = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if packed else file  # no time: same cells, same bytes
    text = io.TextIOWrapper(inner, encoding="utf-8", newline="")
    write_csv(text, columns)
    text.flush()
    text.detach()
    if inner is not file:
        inner.close()


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to take the place of `path` when it is complete, with errors in the words of this room."""
    if path.exists() and not (path.is_file() or path.is_dir()):  # root would put a file in the place of /dev/null
        raise TableError(f"{str(path)!r} is a device or a pipe. Give the name of a file.")
    try:
        with replacing(path) as file:
            yield file
    except OSError as error:
        raise TableError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error
