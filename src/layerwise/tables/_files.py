"""The names of files that hold tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layerwise.errors import TableError
from layerwise.tables._cells import nearest

PARQUET_ENDINGS = (".parquet", ".pq")
ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", *PARQUET_ENDINGS)
"""How the name of a file ends that can be read."""


def ends_with(path: Path, endings: Sequence[str]) -> bool:
    """Return whether a name ends in one of them, in either case of letters."""
    return path.name.lower().endswith(tuple(endings))


def check_file(path: Path) -> None:
    """Refuse a name of no file, or of one that is no table by its ending."""
    if path.is_dir():
        raise TableError(f"{str(path)!r} is a folder. Give the name of a CSV or Parquet file.")
    if not path.exists():
        parent = path.parent
        if not parent.is_dir():
            raise TableError(f"There is no file {str(path)!r}, as there is no folder {str(parent)!r}.")
        tables = [entry.name for entry in parent.iterdir() if ends_with(entry, ENDINGS) and entry.is_file()]
        raise TableError(f"There is no file {str(path)!r}.{nearest(path.name, sorted(tables))}")
    if not ends_with(path, ENDINGS):
        raise TableError(f"Table {path.name!r} must be CSV or Parquet, and end in {', '.join(ENDINGS)}.")
