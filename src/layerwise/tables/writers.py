"""Columns become a file: CSV or Parquet, whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from layerwise.atomic import replacing
from layerwise.errors import TableError
from layerwise.tables._cells import number_text
from layerwise.tables._columns import plain_columns
from layerwise.tables._parquet import parquet_writer

__all__ = ["CsvWriter", "table_writer", "write_csv", "write_table"]


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
    with table_writer(path) as write:
        write(columns)


@contextmanager
def table_writer(path: str | Path) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Open a file as `write_table` does, and give what writes some rows into it; call it as often as there are parts.

    Memory is that of one part. Parquet of several parts is put together from files beside its own.

    Raises
    ------
    TableError, MissingDependencyError
        As `write_table`.

    Examples
    --------
    >>> with table_writer("predictions.csv") as write:  # doctest: +SKIP
    ...     for table in source.tables(encoder.types):
    ...         write({"income": predict(table)})
    """
    path = Path(path)
    name = path.name.lower()
    if name.endswith(".parquet"):
        with _replacing(path) as file, parquet_writer(path.parent, file) as write:
            yield write
    elif name.endswith((".csv", ".csv.gz")):
        with _replacing(path) as file, _csv_text(file, packed=name.endswith(".gz")) as text:
            yield CsvWriter(text).write
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
    CsvWriter(stream).write(columns)


class CsvWriter:
    """Writes rows as CSV to a text stream, part by part; the first has the names too."""

    def __init__(self, stream: TextIO) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._named = False

    def write(self, columns: Mapping[str, Any]) -> None:
        """Write the rows of some columns, the same in every part."""
        plain = plain_columns(columns)
        if not self._named:
            self._writer.writerow(plain)
            self._named = True
        self._writer.writerows(zip(*(map(_csv_cell, cells) for cells in plain.values()), strict=True))


def _csv_cell(cell: object) -> object:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return "" if cell != cell else number_text(cell)  # NaN is not equal to itself
    return cell


@contextmanager
def _csv_text(file: BinaryIO, *, packed: bool) -> Iterator[TextIO]:
    inner = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if packed else file  # no time: same cells, same bytes
    text = io.TextIOWrapper(inner, encoding="utf-8", newline="")
    yield text
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
