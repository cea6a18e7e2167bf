"""Uploaded tables: CSV text becomes a `Table` within limits of bytes, rows, columns, cells and time."""

from __future__ import annotations

import io
import secrets
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from layerwise.errors import TableError, require
from layerwise.lab.held import Held
from layerwise.lab.objections import UploadError
from layerwise.network import Array
from layerwise.tables import Table, TargetEncoder, labelled, open_source

__all__ = ["CELL", "COLUMNS", "ROWS", "SECONDS", "UPLOAD_BYTES", "Tables", "Upload", "read_upload"]

UPLOAD_BYTES, ROWS, COLUMNS, CELL, SECONDS = 16 << 20, 100_000, 500, 10_000, 10.0

HEADER_BYTES = 256 << 10

MISSING = ("NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "?")
"""Texts that mean a missing cell, as a page has nowhere to declare them."""

USUAL_TARGETS = ("target", "label", "class", "y", "survived", "outcome", "income", "quality", "diagnosis", "species")
PREVIEW_ROWS, EXAMPLES, SHOWN = 8, 3, 60


@dataclass(frozen=True)
class Upload:
    """A table that settings can name.

    Attributes
    ----------
    id, name : str
    table : Table
    preview : list of list of str
        Its first rows as they stand in the file.
    target : str or None
        A guess at what is to be learnt.
    """

    id: str
    name: str
    table: Table
    preview: list[list[str]]
    target: str | None

    def described(self) -> dict[str, Any]:
        """Return it as the page is told: `Table` of protocol.ts."""
        return {
            "id": self.id,
            "name": self.name,
            "rows": self.table.n_rows,
            "columns": [_described(self.table, name) for name in self.table],
            "target": self.target,
            "preview": self.preview,
        }


class Tables:
    """The tables that were uploaded; where there are too many, the least recently used one goes.

    Parameters
    ----------
    most : int
    """

    def __init__(self, most: int = 8) -> None:
        self._held: Held[Upload] = Held("table", "Give the file again.", most)

    def add(self, name: str, data: bytes) -> Upload:
        """Read a CSV file and hold its table.

        Raises
        ------
        UploadError
            If it is larger than the lab takes, or takes longer to read.
        TableError
            If it cannot be read as a table.
        """
        upload = read_upload(name, data)
        self._held.add(upload.id, upload)
        return upload

    def get(self, id: str) -> Upload:
        """Return a table.

        Raises
        ------
        Gone
            If there is none of that id, or not any more.
        """
        return self._held.get(id)


def read_upload(name: str, data: bytes) -> Upload:
    """Return the table of a CSV file, see `Tables.add`."""
    pl = require("polars", extra="tables", purpose="Reading tables")  # whose loading is no fault of the table
    began = time.monotonic()
    name = "".join(letter for letter in name.replace("\\", "/").rpartition("/")[2] if letter.isprintable())[:100]
    name = name or "table.csv"
    if len(data) > UPLOAD_BYTES:
        raise _too("a file", f"at most {UPLOAD_BYTES >> 20} MiB", f"{len(data) / 2**20:.1f} MiB", name)
    if data[:2] == b"\x1f\x8b":  # a small file may unpack to any size
        raise UploadError(f"Table {name!r} is packed with gzip. Unpack it before.")
    if (lines := data.count(b"\n")) > 10 * ROWS:  # blank ones, which take time and become nothing
        raise _too("a file", f"at most {10 * ROWS} lines", str(lines), name)
    data = data.lstrip(b"\r\n")
    header = data.partition(b"\n")[0]
    if len(header) > HEADER_BYTES:  # which is read cell by cell
        raise _too("the first line, the header,", f"at most {HEADER_BYTES >> 10} KiB", f"{len(header) >> 10} KiB", name)
    frame = _within_limits(pl, name, data, began)
    table = open_source(frame, name=name).take(range(frame.height), missing=MISSING)
    _in_time(name, began)
    preview = [[_cut(cell or "") for cell in row] for row in frame.head(PREVIEW_ROWS).rows()]
    return Upload(secrets.token_urlsafe(9), name, table, preview, _guess(table))


def _within_limits(pl: Any, name: str, data: bytes, began: float) -> Any:
    """Return the cells as a frame of strings."""
    source = open_source(io.BytesIO(data), name=name)
    if len(source.names) > COLUMNS:
        raise _too("a table", f"at most {COLUMNS} columns", str(len(source.names)), name)
    if (longest := max(map(len, source.names))) > CELL:
        raise _too("a column's name", f"at most {CELL} characters", str(longest), name)
    frames: list[Any] = []
    for frame in source.frames(rows=None):
        frames.append(frame)
        if sum(part.height for part in frames) > ROWS:
            raise _too("a table", f"at most {ROWS} rows", f"more than {ROWS}", name)
        longest = max(frame.select(pl.all().str.len_chars().max().fill_null(0)).row(0))
        if longest > CELL:
            raise _too("a cell", f"at most {CELL} characters", str(longest), name)
        _in_time(name, began)
    return pl.concat(frames)


def _in_time(name: str, began: float) -> None:
    if (seconds := time.monotonic() - began) > SECONDS:
        raise _too("reading a table", f"at most {SECONDS:g} seconds", f"{seconds:.1f}", name)


def _too(what: str, rule: str, fact: str, name: str) -> UploadError:
    return UploadError(
        f"Table {name!r}: {what} may have {rule} in the lab. Got {fact}. Take a part of it, or train it with "
        "`layerwise train`, which has no such limit."
    )


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _described(table: Table, name: str) -> dict[str, Any]:
    cells = _present(table[name])
    values = np.unique(cells) if cells.dtype != object else np.array(sorted(set(cells.tolist())), dtype=object)
    first = list(dict.fromkeys(_text(cell) for cell in cells[:100]))[:EXAMPLES]
    return {
        "name": name,
        "kind": table.kind(name),
        "missing": table.n_rows - len(cells),
        "distinct": len(values),
        "examples": [_cut(text) for text in first],
    }


def _present(column: Array) -> Array:
    if column.dtype == object:
        return column[np.array([cell is not None for cell in column.tolist()], dtype=bool)]
    return column[~np.isnan(column)] if column.dtype == np.float64 else column[~np.isnat(column)]


def _text(cell: Any) -> str:
    return repr(float(cell)).removesuffix(".0") if isinstance(cell, float) else str(cell)


def _guess(table: Table) -> str | None:
    """Return a column with a usual name of targets, else the last one that can be learnt."""
    names = list(table)
    usual = [name for wanted in USUAL_TARGETS for name in names if name.lower() == wanted]
    return next((name for name in [*usual, *reversed(names)] if _can_be_learnt(table, name)), None)


def _can_be_learnt(table: Table, name: str) -> bool:
    try:
        TargetEncoder.fit(labelled(table, name)[0], name)
    except TableError:
        return False
    return len(table) > 1
