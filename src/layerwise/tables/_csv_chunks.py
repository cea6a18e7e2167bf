"""A stream of bytes becomes pieces of CSV that end where a row does, and these become frames: in constant memory."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any, BinaryIO, cast

from layerwise.errors import TableError
from layerwise.tables._csv import (
    LOOKED_AT,
    Above,
    csv_frame,
    layout_of,
    refuse_foreign,
    refuse_no_lines,
    separator_of,
    whole_records,
)

__all__ = ["BLOCK", "CsvStream"]

BLOCK = 1 << 23
"""Bytes to read at a time: 8 MiB, enough for all threads of polars, and little beside what a process takes."""

_LONGEST = 1 << 26
"""Bytes of a row from which on it is looked at before it has ended: it may be a quote that never closes."""

_BLANK_LINES = re.compile(rb"\A(?:[ \t]*\r?\n)+")


class CsvStream:
    """The rows of a CSV file, packed with gzip or not, read from its first byte to its last, once.

    Parameters
    ----------
    stream : binary file
    table : str
        What errors call the file.
    block : int
        How many bytes to read at a time; more where a row is longer.

    Attributes
    ----------
    layout : Layout
        What the header says.

    Raises
    ------
    TableError
        If the stream does not begin as a table of text in UTF-8 does.
    """

    def __init__(self, stream: BinaryIO, table: str, block: int = BLOCK) -> None:
        self._stream, self._table, self._block = stream, table, block
        self._ended = False
        start = self._read(max(block, LOOKED_AT))
        if start[:2] == b"\x1f\x8b":
            self._stream = cast("BinaryIO", gzip.GzipFile(mode="rb", fileobj=_Rejoined(start, stream)))
            self._ended = False
            start = self._read(max(block, LOOKED_AT))
        header, self._rest = self._after_header(start.removeprefix(codecs.BOM_UTF8))
        self.layout = layout_of(header, table)
        self._above = Above(rows=0, lines=header.count(b"\n") - 1)  # the plain header counts for one

    def frames(self, pl: ModuleType) -> Iterator[Any]:
        """Yield the rows as frames of strings, each of about as many bytes as are read at a time."""
        records = whole_records(self.layout.separator, b"*+")
        while self._rest or not self._ended:
            end = self._end_of_rows(records)
            if end:
                yield from self._frame(pl, end)
            else:
                self._rest += self._read(max(self._block, len(self._rest)))
                self._refuse_endless(pl)

    def _frame(self, pl: ModuleType, end: int) -> Iterator[Any]:
        rows, self._rest = self._rest[:end], self._rest[end:]
        frame = csv_frame(pl, rows, self.layout, self._above)
        self._above = Above(self._above.rows + frame.height, self._above.lines + rows.count(b"\n"))
        if frame.height:
            yield frame

    def _end_of_rows(self, records: re.Pattern[bytes]) -> int:
        """Return where the last row that has ended does, in what was read and not yet yielded."""
        if self._ended:
            return len(self._rest)
        if b'"' not in self._rest:
            return self._rest.rfind(b"\n") + 1
        found = records.match(self._rest)
        return found.end() if found else 0

    def _after_header(self, start: bytes) -> tuple[bytes, bytes]:
        """Return the first record that is not blank, and what was read after it."""
        data = _BLANK_LINES.sub(b"", start)
        while not self._ended and len(data) < LOOKED_AT:
            data = self._longer(data)
        refuse_foreign(data, self._table)
        while (end := self._end_of_header(data)) is None:
            data = self._longer(data)
        refuse_no_lines(data, self._table)
        return data[:end], data[end:]

    def _longer(self, start: bytes) -> bytes:
        return _BLANK_LINES.sub(b"", start + self._read(max(self._block, len(start))))

    def _end_of_header(self, data: bytes) -> int | None:
        if b"\n" in data and (found := whole_records(separator_of(data, self._table), b"").match(data)):
            return found.end()
        return len(data) if self._ended or len(data) > _LONGEST else None

    def _refuse_endless(self, pl: ModuleType) -> None:
        if len(self._rest) > _LONGEST:
            csv_frame(pl, self._rest, self.layout, self._above)

    def _read(self, size: int) -> bytes:
        data = b""
        try:
            while len(data) < size and (more := self._stream.read(size - len(data))):  # a pipe gives what it has
                data += more
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise TableError(f"{self._table} is a damaged gzip file: {error}.") from None
        except OSError as error:
            raise TableError(f"{self._table} cannot be read: {error.strerror}.") from error
        self._ended = len(data) < size
        return data


class _Rejoined(io.RawIOBase):
    """A stream of which the start has been read already."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start, self._rest = io.BytesIO(start), rest

    def read(self, size: int = -1, /) -> bytes:
        return self._start.read(size) or self._rest.read(size)
