"""The rows of a table as a network takes them, in files of a temporary folder that are mapped into memory."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from layerwise.atomic import FULL
from layerwise.errors import TableError
from layerwise.estimators.tabular.data import Arrays
from layerwise.network import Array

__all__ = ["RowCache"]


class RowCache:
    """Three files of float32, a row after the other: X, Y and, where rows have them, weights.

    The files have no name, so that nothing of them is left behind, however the process ends. They are open in the
    context of the cache.

    Parameters
    ----------
    n_x, n_y : int
        Numbers of a row of X, and of Y.
    weighted : bool
    rows : int
        How many there will be, at most.
    folder : Path or None
        Where the files lie; None takes the system's folder for temporary files.

    Raises
    ------
    TableError
        If the folder is none, or has no room for so many rows.
    """

    def __init__(self, n_x: int, n_y: int, *, weighted: bool, rows: int, folder: Path | None = None) -> None:
        self.folder = Path(tempfile.gettempdir()) if folder is None else folder
        self.widths = (n_x, n_y, 1)[: 2 + weighted]
        self.bytes_needed = 4 * rows * sum(self.widths)
        self.m = 0
        self.files: list[IO[bytes]] = []
        try:
            free = shutil.disk_usage(self.folder).free
            if free < self.bytes_needed:
                raise self._refused(f"{free:,} bytes are free, and the rows need {self.bytes_needed:,}")
            for _ in self.widths:
                # without a buffer of its own, which would be written when it is closed
                self.files.append(tempfile.TemporaryFile(buffering=0, dir=self.folder))  # noqa: SIM115 - closed in __exit__
        except OSError as error:
            self.__exit__()
            raise self._refused(error.strerror) from error

    def __enter__(self) -> RowCache:
        return self

    def __exit__(self, *error: object) -> None:
        for file in self.files:
            file.close()

    def append(self, X: Array, Y: Array, w: Array | None) -> None:
        """Write examples: X (n_x, m), Y (n_y, m) and weights (m,).

        Raises
        ------
        TableError
            If they cannot be written.
        """
        try:
            for file, array in zip(self.files, (X.T, Y.T, w), strict=False):
                _write(file, np.ascontiguousarray(array, np.float32).reshape(-1).view(np.uint8))
        except OSError as error:
            more = f", and the rows need {self.bytes_needed:,} bytes" if error.errno in FULL else ""
            raise self._refused(f"{error.strerror}{more}") from error
        self.m += X.shape[1]

    def arrays(self) -> Arrays:
        """Return the examples, in mapped files, which are there as long as the arrays are, closed or not."""
        mapped: list[Any] = []
        for file, width in zip(self.files, self.widths, strict=True):
            mapped.append(np.memmap(file, np.float32, "r", shape=(self.m, width)).T)
        X, Y, *w = mapped
        return Arrays(X, Y, w[0][0] if w else None)

    def _refused(self, why: str | None) -> TableError:
        return TableError(
            f"The rows of the table cannot be kept in {str(self.folder)!r}: {why}. Name another folder for them: "
            "cache=... (--cache)."
        )


def _write(file: IO[bytes], content: Array) -> None:
    place = 0
    while place < len(content):
        place += file.write(content.data[place:])
