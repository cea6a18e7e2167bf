"""`open_source`: a table larger than memory, read in chunks as often as it is needed."""

from __future__ import annotations

import io
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np

from layerwise.errors import ParameterError, TableError, require
from layerwise.tables._cells import Array, nearest
from layerwise.tables._chunks import ArrowChunks, Chunks, CsvChunks, CsvOnce, LazyChunks
from layerwise.tables._csv import check_names
from layerwise.tables._files import PARQUET_ENDINGS, check_file, ends_with
from layerwise.tables._spooled import SpooledChunks
from layerwise.tables._types import table_of
from layerwise.tables.table import Kind, Table

__all__ = ["CHUNK_ROWS", "Source", "is_source", "open_source"]

CHUNK_ROWS = 1 << 16
"""Rows of a chunk: enough for every engine, and a few megabytes."""


class Source:
    """A table that is read in chunks; made by `open_source`.

    It can be gone through as often as needed, but for standard input and open files. Rows are counted from 1 over the
    whole table, in errors and in the `row_numbers` of every chunk.

    Attributes
    ----------
    name : str
        What messages call it: "adult.csv", "standard input", "the LazyFrame".
    names : tuple of str
        The columns, in order.
    n_rows : int or None
        How many rows there are, where that is known without reading them.

    Examples
    --------
    >>> source = open_source("adult.parquet")                                       # doctest: +SKIP
    >>> sample = source.take(range(0, source.count(), 100))                         # doctest: +SKIP
    >>> encoder = TableEncoder.fit(sample, "income")                                # doctest: +SKIP
    >>> for table in source.tables(encoder.types, missing=encoder.missing):         # doctest: +SKIP
    ...     X = encoder.transform(table)
    """

    def __init__(self, name: str, label: str, chunks: Chunks) -> None:
        self.name, self._label, self._chunks = name, label, chunks
        check_names(chunks.names, label)
        self.names = tuple(chunks.names)
        self.n_rows = chunks.n_rows()
        self._done = 0

    def __repr__(self) -> str:
        rows = "rows not counted" if self.n_rows is None else f"{self.n_rows} rows"
        return f"Source({self.name}: {rows}, {len(self.names)} columns)"

    def frames(self, rows: int | None = CHUNK_ROWS, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Yield the cells as frames of polars, as the source holds them: those of CSV are strings.

        Parameters
        ----------
        rows : int, optional
            At most so many rows in each; None for as many as come at once, of Parquet all.
        columns : sequence of str, optional
            The columns to read; all if not given.

        Raises
        ------
        TableError
            If the source cannot be read, has another number of fields in a row, or no rows at all.
        """
        for _, frame in self._numbered(rows, self.names if columns is None else columns):
            yield frame

    def tables(
        self, types: Mapping[str, Kind], *, missing: Sequence[str] = (), rows: int = CHUNK_ROWS
    ) -> Iterator[Table]:
        """Yield the rows as tables, whose cells and errors are those of `read_table` with the same arguments.

        Parameters
        ----------
        types : mapping of str to {"numeric", "text", "datetime"}
            The columns to read and their kinds, such as ``encoder.types``, or the kinds of a table from `take`.
        missing : sequence of str
            Texts that mean a missing cell.
        rows : int
            At most so many rows in each.

        Raises
        ------
        TableError
            As `frames`, or if a cell is not what its column needs.
        """
        pl = _polars()
        wanted = [name for name in self.names if name in types]
        unread = [name for name in self.names if name not in types]
        for numbers, frame in self._numbered(rows, wanted):
            yield table_of(pl, frame.select(wanted), numbers, types=types, missing=missing, unread=unread)

    @property
    def share(self) -> float | None:
        """Which share of the rows, or of a CSV file's bytes, has been read on the way; None where no size is known."""
        return self._done / self.n_rows if self.n_rows else self._chunks.share()

    def count(self) -> int:
        """Return how many rows there are; where that is not known, they are read for it, once."""
        if self.n_rows is None:
            self.n_rows = sum(frame.height for frame in self.frames(columns=self.names[:1]))
        return self.n_rows

    def take(
        self,
        positions: Any,
        *,
        missing: Sequence[str] = (),
        categorical: Collection[str] = (),
        columns: Sequence[str] | None = None,
        drop: Collection[str] = (),
    ) -> Table:
        """Return some rows as one table, read in one pass; its kinds are told from these rows as `read_table` does.

        Parameters
        ----------
        positions : array_like of int
            The rows to take, from 0, rising.
        missing, categorical, drop
            As for `read_table`.
        columns : sequence of str, optional
            The columns to read; all if not given.

        Raises
        ------
        ParameterError
            If the positions do not rise, or there are fewer rows.
        TableError
            As `read_table`.
        """
        positions = np.asarray(positions, dtype=np.int64)
        if len(positions) and (positions[0] < 0 or (np.diff(positions) <= 0).any()):
            raise ParameterError("take: positions must be rising whole numbers from 0 on.")
        pl = _polars()
        self.refuse_unknown((*categorical, *drop, *(columns or ())))
        wanted = [name for name in self.names if name not in drop and (columns is None or name in columns)]
        unread = [name for name in self.names if name not in wanted and name not in drop]
        frame = pl.concat(self._taken(positions, wanted))
        return table_of(pl, frame, positions + 1, types=None, missing=missing, categorical=categorical, unread=unread)

    def refuse_unknown(self, columns: Collection[str]) -> None:
        """Raise the error for a column that the source does not have, with the nearest name."""
        for name in columns:
            if name not in self.names:
                raise TableError(f"{self._label} has no column {name!r}.{nearest(name, self.names)}")

    def _taken(self, positions: Array, columns: Sequence[str]) -> list[Any]:
        """Return the rows in parts, at least one, as no rows have columns too."""
        parts = []
        for numbers, frame in self._numbered(CHUNK_ROWS, columns):
            first, last = np.searchsorted(positions, [numbers[0] - 1, numbers[-1]])
            parts.append(frame[positions[first:last] - (numbers[0] - 1)])
            if last == len(positions):
                return parts
        raise ParameterError(
            f"take: positions must be below {numbers[-1]}, as {self.name} has no more rows. Got {positions[-1]}."
        )

    def _numbered(self, rows: int | None, columns: Sequence[str]) -> Iterator[tuple[Array, Any]]:
        """Yield frames with the numbers of their rows."""
        done = 0
        for frame in self._chunks.frames(columns or self.names[:1], rows):  # of no columns a frame has no rows
            numbers = np.arange(done + 1, done + frame.height + 1)
            self._done = done = done + frame.height
            yield numbers, frame
        if not done:
            raise TableError(f"{self._label} has no rows, only a header.")


def is_source(data: Any) -> bool:
    """Return whether data is read in chunks: a file's name, an iterator, a lazy frame of polars, a pyarrow dataset."""
    return isinstance(data, str | Path) or any(hasattr(data, name) for name in ("__next__", "collect", "scanner"))


def open_source(data: Any, *, name: str | None = None, folder: str | Path | None = None) -> Source:
    """Return a table that need not fit into memory, to be read in chunks.

    Parameters
    ----------
    data : str, Path, binary file, LazyFrame, DataFrame, Dataset or iterator
        A file as `read_table` takes it; ``"-"``, standard input, or an open binary file: CSV, packed with gzip or not,
        which can be read once; a frame of polars, lazy or not; a dataset of pyarrow, of one file or thousands; or an
        iterator of frames or mappings of columns, which are written into temporary files. The cells of frames and
        datasets are taken as those of Parquet are.
    name : str, optional
        What messages call it, in place of the file's name.
    folder : str or Path, optional
        Where the files of an iterator's batches lie; None is the system's folder for temporary files.

    Returns
    -------
    Source

    Raises
    ------
    TableError
        If it cannot be read as a table.
    MissingDependencyError
        If polars is not installed.

    Notes
    -----
    Memory does not grow with the number of rows: of CSV, blocks of 8 MiB are read, or a row where that is longer; of
    Parquet, a slice and what its row group takes; a dataset reads as pyarrow does, and a lazy frame is computed by the
    streaming engine of polars, where every step of it can stream. Of an iterator one batch is in memory, and a plan
    for each file that they became.
    """
    pl = _polars()
    if isinstance(data, str | Path):
        return _standard_input(pl, name) if str(data) == "-" else _file(pl, Path(data), name)
    if hasattr(data, "__next__") and not isinstance(data, io.IOBase):
        return _spooled(pl, data, name, folder)
    if isinstance(data, io.TextIOBase):
        raise TableError(f"A file to read in chunks must be open in binary mode, 'rb'. Got a {type(data).__name__}.")
    if hasattr(data, "read"):
        return _stream(pl, data, f"the {type(data).__name__}", name)
    called, label = _names(f"the {type(data).__name__}", name)
    if isinstance(data, pl.LazyFrame | pl.DataFrame):
        sliced = isinstance(data, pl.DataFrame)
        return Source(called, label, LazyChunks(pl, data.lazy(), f"{label} cannot be computed", sliced=sliced))
    if hasattr(data, "scanner") and hasattr(data, "schema"):
        return Source(called, label, ArrowChunks(pl, data))
    raise TableError(
        "A table to read in chunks must be the name of a file, an open binary file, a polars LazyFrame or DataFrame, "
        f"a pyarrow Dataset, or an iterator of frames. Got a {type(data).__name__}."
    )


def _file(pl: ModuleType, path: Path, name: str | None) -> Source:
    check_file(path)
    name = name or path.name
    label = f"Table {name!r}"
    if ends_with(path, PARQUET_ENDINGS):
        damaged = f"{label} is not a Parquet file, or a damaged one"
        return Source(name, label, LazyChunks(pl, pl.scan_parquet(path, glob=False), damaged, sliced=True))

    def open_file() -> BinaryIO:
        try:
            return path.open("rb")
        except OSError as error:
            raise TableError(f"{label} cannot be read: {error.strerror}.") from error

    return Source(name, label, CsvChunks(pl, open_file, label))


def _spooled(pl: ModuleType, batches: Iterator[Any], name: str | None, folder: str | Path | None) -> Source:
    called, label = _names(f"the {type(batches).__name__}", name)
    return Source(called, label, SpooledChunks(pl, batches, label, folder))


def _standard_input(pl: ModuleType, name: str | None) -> Source:
    if sys.stdin is None:
        raise TableError("Standard input is closed. Give the name of a file.")
    return _stream(pl, sys.stdin.buffer, "standard input", name)


def _stream(pl: ModuleType, stream: BinaryIO, what: str, name: str | None) -> Source:
    called, label = _names(what, name)
    return Source(called, label, CsvOnce(pl, stream, label))


def _names(what: str, name: str | None) -> tuple[str, str]:
    """Return what messages call a source within and at the start of a sentence."""
    return (what, what[0].upper() + what[1:]) if name is None else (name, f"Table {name!r}")


def _polars() -> ModuleType:
    return require("polars", extra="tables", purpose="Reading tables")
