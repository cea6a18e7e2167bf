"""Where chunks come from: each kind of source gives frames of polars, in order, as often as it is asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, BinaryIO, Protocol

from layerwise.errors import TableError
from layerwise.tables._csv_chunks import BLOCK, CsvStream

__all__ = ["ArrowChunks", "Chunks", "CsvChunks", "CsvOnce", "LazyChunks"]


class Chunks(Protocol):
    """What a source reads from.

    Attributes
    ----------
    names : list of str
        The columns.
    """

    names: list[str]

    def n_rows(self) -> int | None:
        """Return how many rows there are, or None where only reading them tells."""

    def share(self) -> float | None:
        """Return which share of a file has been read, in [0, 1], where only its size is known."""

    def frames(self, columns: Sequence[str], rows: int | None) -> Iterator[Any]:
        """Yield frames of these columns with at least one row and at most `rows`; None for no bound."""


@dataclass
class CsvChunks:
    """A CSV file that can be opened again and again."""

    pl: ModuleType
    open_file: Callable[[], BinaryIO]
    table: str
    block: int = BLOCK
    names: list[str] = field(init=False)
    _share: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        with closing(self.open_file()) as file:
            self.names = CsvStream(file, self.table).layout.names

    def n_rows(self) -> None:
        """Return None."""

    def share(self) -> float:
        """Return the share of the file's bytes."""
        return self._share

    def frames(self, columns: Sequence[str], rows: int | None) -> Iterator[Any]:
        """Yield frames of strings."""
        with closing(self.open_file()) as file:
            size = os.fstat(file.fileno()).st_size
            for frame in CsvStream(file, self.table, self.block).frames(self.pl):
                self._share = file.tell() / max(size, 1)
                yield from frame.select(columns).iter_slices(rows or frame.height)


class CsvOnce:
    """A CSV stream that ends where it ends, such as standard input."""

    def __init__(self, pl: ModuleType, stream: BinaryIO, table: str) -> None:
        self._pl, self._table = pl, table
        self._stream: CsvStream | None = CsvStream(stream, table)
        self.names = self._stream.layout.names

    def n_rows(self) -> None:
        """Return None."""

    def share(self) -> None:
        """Return None."""

    def frames(self, columns: Sequence[str], rows: int | None) -> Iterator[Any]:
        """Yield frames of strings, the first time."""
        stream, self._stream = self._stream, None
        if stream is None:
            raise TableError(f"{self._table} can be read once, and was. Write it to a file first.")
        for frame in stream.frames(self._pl):
            yield from frame.select(columns).iter_slices(rows or frame.height)


class LazyChunks:
    """A lazy frame of polars, such as the scan of a Parquet file.

    Parameters
    ----------
    pl : module
    lazy : LazyFrame
    damaged : str
        How the error begins where polars cannot read it.
    sliced : bool
        Whether late rows can be had without the early ones, as they can in Parquet: a slice is then read when it
        is asked for, and no more is kept than that and its row group. Else the frame is computed once and streamed.
    """

    def __init__(self, pl: ModuleType, lazy: Any, damaged: str, *, sliced: bool) -> None:
        self._pl, self._lazy, self._damaged, self._sliced = pl, lazy, damaged, sliced
        with self._errors():
            self.names: list[str] = lazy.collect_schema().names()

    def n_rows(self) -> int | None:
        """Return how many rows a file says that it has."""
        if not self._sliced:
            return None
        with self._errors():
            return int(self._lazy.select(self._pl.len()).collect().item())

    def share(self) -> None:
        """Return None."""

    def frames(self, columns: Sequence[str], rows: int | None) -> Iterator[Any]:
        """Yield slices, or batches; of no columns there are none."""
        with self._errors():
            for frame in self._batches(self._lazy.select(columns), rows):
                if frame.height:
                    yield from frame.iter_slices(rows or frame.height)

    def _batches(self, lazy: Any, rows: int | None) -> Iterator[Any]:
        if rows is None:
            yield lazy.collect()
        elif self._sliced or not hasattr(lazy, "collect_batches"):  # which polars has from 1.34 on
            start = 0
            while (frame := lazy.slice(start, rows).collect()).height:
                yield frame
                start += rows
        else:
            yield from lazy.collect_batches(chunk_size=rows, maintain_order=True)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        damaged = (self._pl.exceptions.PolarsError, self._pl.exceptions.PanicException, OSError)
        try:
            yield
        except damaged as error:
            first = (str(error).splitlines() or [""])[0]
            raise TableError(f"{self._damaged}: {first}.") from None


class ArrowChunks:
    """A dataset of pyarrow, or what has its `scanner` and `schema`."""

    def __init__(self, pl: ModuleType, dataset: Any) -> None:
        self._pl, self._dataset = pl, dataset
        self.names: list[str] = list(dataset.schema.names)

    def n_rows(self) -> None:
        """Return None."""

    def share(self) -> None:
        """Return None."""

    def frames(self, columns: Sequence[str], rows: int | None) -> Iterator[Any]:
        """Yield record batches as frames."""
        # one batch and one file ahead: the default of sixteen is of gigabytes
        bounded = {} if rows is None else {"batch_size": rows}
        scanner = self._dataset.scanner(columns=list(columns), batch_readahead=1, fragment_readahead=1, **bounded)
        for batch in scanner.to_batches():
            if batch.num_rows:
                yield self._pl.from_arrow(batch)
