"""Columns become a Parquet file, in one part or in many."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from layerwise.errors import TableError, require
from layerwise.tables._columns import plain_columns


@contextmanager
def parquet_writer(folder: Path, file: BinaryIO) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Give what writes some rows; at the end they are all in `file`. Several parts wait as files in `folder`.

    A Parquet file ends with where everything in it stands, and polars writes it from a frame or from other files.
    """
    pl = require("polars", extra="tables", purpose="Writing Parquet")
    with tempfile.TemporaryDirectory(prefix=".layerwise-", suffix=".tmp", dir=folder) as parts:
        n_parts = 0

        def write(columns: Mapping[str, Any]) -> None:
            nonlocal n_parts
            plain = plain_columns(columns)
            frame = pl.DataFrame({name: pl.Series(name, cells) for name, cells in plain.items()})
            buffer = io.BytesIO()  # polars would turn a full disk into an error of its own
            frame.write_parquet(buffer)
            _part(parts, n_parts).write_bytes(buffer.getbuffer())
            n_parts += 1

        yield write
        if not n_parts:
            raise TableError("A Parquet file must have columns. There were no rows to tell them.")
        files = [_part(parts, number) for number in range(n_parts)]
        whole = files[0] if n_parts == 1 else _joined(pl, files)
        with whole.open("rb") as done:
            shutil.copyfileobj(done, file)


def _part(folder: str, number: int) -> Path:
    return Path(folder) / f"{number:08}.parquet"


def _joined(pl: ModuleType, parts: Sequence[Path]) -> Path:
    whole = parts[0].parent / "whole"
    try:
        # the types of a column that is empty in one part, or whole there, are those of the others
        pl.concat([pl.scan_parquet(part, glob=False) for part in parts], how="vertical_relaxed").sink_parquet(whole)
    except pl.exceptions.PolarsError as error:
        raise TableError(f"The output cannot be written: {(str(error).splitlines() or [''])[0]}.") from error
    return whole
