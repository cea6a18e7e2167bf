"""Batches that come once, from whatever gives them, become Parquet files that can be read again."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from layerwise.errors import TableError, listed, require
from layerwise.tables._chunks import LazyChunks

__all__ = ["SpooledChunks"]

ROWS = 1 << 14
"""Rows of a file, at least."""


class SpooledChunks(LazyChunks):
    """The batches of an iterator: frames of pandas, polars or pyarrow, or mappings of columns, with the same columns.

    They are written into a temporary folder, a file each, which is removed when nobody needs it any more.
    """

    def __init__(self, pl: ModuleType, batches: Iterator[Any], label: str, within: str | Path | None) -> None:
        try:
            folder = Path(tempfile.mkdtemp(prefix="layerwise-", dir=within))
        except OSError as error:
            raise TableError(f"{label}: its batches cannot be kept in {str(within)!r}: {error.strerror}.") from error
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        files = list(_written(pl, batches, folder, label))
        if not files:
            raise TableError(f"{label} gives no batches. Give an iterator that was not used before.")
        # with types that one batch has and another could have, as whole numbers are numbers
        lazy = pl.concat([pl.scan_parquet(file, glob=False) for file in files], how="vertical_relaxed")
        super().__init__(pl, lazy, f"{label} cannot be read as one table", sliced=True)


def _written(pl: ModuleType, batches: Iterator[Any], folder: Path, label: str) -> Iterator[Path]:
    for number, frames in enumerate(_gathered(_alike(pl, batches, label))):
        file = folder / f"{number:08}.parquet"
        try:
            together = pl.concat(frames, how="vertical_relaxed")
        except pl.exceptions.PolarsError as error:
            raise TableError(f"{label} cannot be read as one table: {_first(error)}.") from error
        try:
            together.write_parquet(file)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise TableError(f"{label}: its batches cannot be kept in {str(folder)!r}: {_first(error)}.") from error
        yield file


def _gathered(frames: Iterator[Any]) -> Iterator[list[Any]]:
    """Yield frames of `ROWS` rows and more together: a file for each row would be slow to read."""
    held: list[Any] = []
    rows = 0
    for frame in frames:
        held.append(frame)
        rows += len(frame)
        if rows >= ROWS or len(held) >= ROWS:
            yield held
            held, rows = [], 0
    if held:
        yield held


def _alike(pl: ModuleType, batches: Iterator[Any], label: str) -> Iterator[Any]:
    """Yield the batches as frames with the columns of the first one, in its order."""
    names: list[str] | None = None
    for number, batch in enumerate(batches, start=1):
        frame = _frame(pl, batch, f"{label}, batch {number}")
        names = names or frame.columns
        if sorted(frame.columns) != sorted(names):
            raise TableError(
                f"{label}, batch {number}: it must have the columns of the first batch, {listed(names)}. "
                f"Got {listed(frame.columns)}."
            )
        yield frame.select(names)


def _frame(pl: ModuleType, batch: Any, label: str) -> Any:
    nw = require("narwhals.stable.v2", extra="tables", purpose="Reading data frames")
    try:
        if isinstance(batch, Mapping):
            return pl.DataFrame(dict(batch), strict=False)
        if type(batch).__name__ == "RecordBatch":  # of pyarrow, which narwhals takes for no frame
            return pl.from_arrow(batch)
        return nw.from_native(batch, eager_only=True).to_polars()
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise TableError(
            f"{label} must be a data frame or a mapping of columns. Got {type(batch).__name__}: {_first(error)}."
        ) from error


def _first(error: Exception) -> str:
    """Return the first line of an error, without its point."""
    return (str(error).splitlines() or [""])[0].rstrip(".")
