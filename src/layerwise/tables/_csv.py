"""Pieces of a CSV file become frames of strings, and whatever is wrong with them becomes one line.

polars reads, as it is fast; where a piece is in doubt, Python's csv module is the judge and names the row.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple

from layerwise.errors import TableError

SEPARATORS = ",;\t|"
LOOKED_AT = 4096
"""How many bytes from the start of a file on tell what is no text."""

_FOREIGN = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
}
_SAVE_AS_UTF8 = "Save it as UTF-8, for example with iconv -f {} -t utf-8."


class Above(NamedTuple):
    """How many rows and line ends lie above a piece, for errors that name the row or line of the file."""

    rows: int
    lines: int


@dataclass(frozen=True)
class Layout:
    """What the header of a CSV file says of its rows; `table` names the file in errors."""

    table: str
    separator: str
    names: list[str]

    @property
    def plain_header(self) -> bytes:
        """A line of as many names as there are columns, which takes the header's place above every piece."""
        return self.separator.join(map(str, range(len(self.names)))).encode() + b"\n"


def csv_frame(pl: ModuleType, rows: bytes, layout: Layout, above: Above) -> Any:
    """Return the cells of whole rows of a CSV file as strings, under the names of its header.

    Blank lines are skipped; in a file of one column they are empty cells.

    Raises
    ------
    TableError
        If the rows are not text in UTF-8, or have another number of fields than the header.
    """
    data = layout.plain_header + rows
    frame = _fast_frame(pl, data, layout.separator)
    fits = frame is not None and frame.width == len(layout.names)
    if fits and not _in_doubt(data, frame):
        frame.columns = layout.names
        return frame
    filled = [bool(row) for row in _rows(data, layout, above)]
    if not fits or frame.height != len(filled):
        cells = [row for row in _rows(data, layout, above) if row]
        return pl.DataFrame(cells, schema=dict.fromkeys(layout.names, pl.String), orient="row")
    frame.columns = layout.names
    return frame.filter(pl.Series(filled, dtype=pl.Boolean))


def _fast_frame(pl: ModuleType, data: bytes, separator: str) -> Any:
    try:
        return pl.read_csv(io.BytesIO(data), infer_schema=False, separator=separator)
    except pl.exceptions.PolarsError:
        return None


def _in_doubt(data: bytes, frame: Any) -> bool:
    """Return whether polars may have read other rows than are there.

    It fills a short row and a blank line with nulls, the last of which stands in the last column; versions
    differ on quotes that do not match; and it takes a CR without LF for a part of the cell.
    """
    lone_cr = data.count(b"\r") != data.count(b"\r\n")
    return b'"' in data or lone_cr or bool(frame[:, -1].null_count())


def refuse_foreign(data: bytes, table: str) -> None:
    """Refuse the start of a file that is no text."""
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            raise TableError(f"{table} is {what}, not CSV. Save it as CSV or Parquet, with that ending.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TableError(f"{table} is encoded in UTF-16. {_SAVE_AS_UTF8.format('utf-16')}")
    if b"\0" in data[:LOOKED_AT]:
        raise TableError(f"{table} is not a text file: it holds zero bytes.")


def refuse_no_lines(data: bytes, table: str) -> None:
    """Refuse a start that ought to hold the header, and has no line."""
    if not data.strip():
        raise TableError(f"{table} is empty. A table needs a header and at least one row.")
    if b"\r" in data and b"\n" not in data:
        raise TableError(f"{table} ends its lines with CR alone, as old Macs did. Save it with LF or CRLF line ends.")


def _records(data: bytes, separator: str, table: str, above: Above) -> Iterator[list[str]]:
    """Yield the fields of every record, [] for a blank line; the first is the header, or stands in its place."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    number, one_column = 0, False
    try:
        for record in csv.reader(text, delimiter=separator, strict=True):
            one_column = len(record) == 1 if not number else one_column
            fields = [] if len(record) == 1 and not record[0].strip() else record
            yield fields
            number += bool(fields) or one_column  # where a blank line is a row
    except UnicodeDecodeError:
        raise _not_utf8(data, table, above.lines) from None
    except csv.Error as error:
        where = f"row {above.rows + number}" if number else "the header"
        raise TableError(
            f'{table}, {where}: the quotes do not match ({error}). A quote inside a quoted cell is written twice: "".'
        ) from None


def _not_utf8(data: bytes, table: str, lines_above: int = 0) -> TableError:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line, byte = lines_above + data.count(b"\n", 0, error.start) + 1, data[error.start]
        return TableError(
            f"{table}, line {line}: byte 0x{byte:02x} is not UTF-8. {_SAVE_AS_UTF8.format('windows-1252')}"
        )
    return TableError(f"{table} is not UTF-8.")


def separator_of(data: bytes, table: str) -> str:
    """Return the most frequent of , ; tab | in the first line; the comma wins a tie, as it stands first."""
    return max(SEPARATORS, key=_first_line(data, table).count)


def layout_of(header: bytes, table: str) -> Layout:
    """Return what a header says, the bytes of the first record.

    Blanks around names are stripped, and a column without a name is called "column_1" by its position.
    """
    separator = separator_of(header, table)
    record = next(_records(header, separator, table, Above(0, 0))) or [""]
    names = [name.strip() or f"column_{position}" for position, name in enumerate(record, start=1)]
    check_names(names, table)
    _check_is_header(names, table)
    return Layout(table, separator, names)


def whole_records(separator: str, how_many: bytes) -> re.Pattern[bytes]:
    """Return a pattern that matches whole records from the start of one on: ``*+`` for all, ``?+`` for the first.

    A quote opens a cell only where the cell begins; elsewhere it is a character, as Python's csv module has it. No
    part of the pattern ever goes back, so that each byte is looked at once or twice.
    """
    between = re.escape(separator).encode()
    cell = rb'(?:"(?:[^"]++|"")*+"[^%b\r\n]*+|[^"%b\r\n][^%b\r\n]*+)?+' % (between, between, between)
    return re.compile(rb'(?:[^"\n]*+\n|(?:%b[%b\r])*+%b\n)%b' % (cell, between, cell, how_many))


def _first_line(data: bytes, table: str) -> str:
    """Return the first line without what stands in quotes."""
    try:
        line = data.partition(b"\n")[0].decode()
    except UnicodeDecodeError:
        raise _not_utf8(data, table) from None
    return "".join(line.split('"')[::2])


def check_names(names: list[str], table: str) -> None:
    """Refuse a table in which two columns have one name."""
    name, count = Counter(names).most_common(1)[0] if names else ("", 0)
    if count > 1:
        raise TableError(f"{table} has {count} columns with the name {name!r}. Rename them.")


def _check_is_header(names: list[str], table: str) -> None:
    """Refuse numbers for a header, unless they count the columns as pandas does: 0, 1, 2."""
    try:
        numbers = [float(name) for name in names]
    except ValueError:
        return
    if numbers != [numbers[0] + i for i in range(len(numbers))] or not numbers[0].is_integer():
        raise TableError(
            f"{table} has no header: its first line is numbers, {', '.join(names[:5])}. "
            "Write the names of the columns into the first line."
        )


def _rows(data: bytes, layout: Layout, above: Above) -> Iterator[list[str]]:
    """Yield the records below the header; [] for a blank line, which is an empty cell in a table of one column.

    Raises
    ------
    TableError
        At a record with another number of fields.
    """
    width = len(layout.names)
    records = _records(data, layout.separator, layout.table, above)
    next(records)
    number = above.rows
    for record in records:
        fields = record or [""] * (width == 1)
        number += bool(fields)
        if fields and len(fields) != width:
            raise TableError(
                f"{layout.table}, row {number}: every row must have {width} fields, as the header has. "
                f"Got {len(fields)}. A cell that contains the separator must stand in quotes."
            )
        yield fields
