"""A CSV file's bytes become a frame of strings, and whatever is wrong with them becomes one line.

polars reads, as it is fast; where a file is in doubt, Python's csv module is the judge and names the row.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from layerwise.errors import TableError

SEPARATORS = ",;\t|"

_FOREIGN = {
    b"PK\x03\x04": "an Excel or zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
}
_BLANK_LINES = re.compile(rb"\A(?:[ \t]*\r?\n)+")
_SAVE_AS_UTF8 = "Save it as UTF-8, for example with iconv -f {} -t utf-8."


def csv_frame(pl: ModuleType, data: bytes, table: str) -> Any:
    """Return the cells of a CSV file as strings, under the names of its header.

    The separator is the most frequent of ``, ; tab |`` in the header. Blanks around names are stripped, blank
    lines skipped (in a file of one column they are empty cells), and a column without a name is called
    "column_1" by its position.

    Raises
    ------
    TableError
        If the bytes are not a table of text in UTF-8; `table` names it.
    """
    data = _text_bytes(data, table)
    header, separator = _header(data, table)
    frame = _fast_frame(pl, data, separator)
    fits = frame is not None and frame.width == len(header)
    if fits and not _in_doubt(data, frame):
        frame.columns = header
        return frame
    filled = [bool(row) for row in _rows(data, separator, len(header), table)]
    if not fits or frame.height != len(filled):
        rows = (row for row in _rows(data, separator, len(header), table) if row)
        return pl.DataFrame(list(rows), schema=dict.fromkeys(header, pl.String), orient="row")
    frame.columns = header
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


def _text_bytes(data: bytes, table: str) -> bytes:
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise TableError(f"{table} is a damaged gzip file: {error}.") from None
    data = _BLANK_LINES.sub(b"", data.removeprefix(codecs.BOM_UTF8), count=1)
    if not data.strip():
        raise TableError(f"{table} is empty. A table needs a header and at least one row.")
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            raise TableError(f"{table} is {what}, not CSV. Save it as CSV or Parquet, with that ending.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TableError(f"{table} is encoded in UTF-16. {_SAVE_AS_UTF8.format('utf-16')}")
    if b"\0" in data[:4096]:
        raise TableError(f"{table} is not a text file: it holds zero bytes.")
    if b"\r" in data and b"\n" not in data:
        raise TableError(f"{table} ends its lines with CR alone, as old Macs did. Save it with LF or CRLF line ends.")
    return data


def _records(data: bytes, separator: str, table: str) -> Iterator[list[str]]:
    """Yield the fields of every record, [] for a blank line."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    number = 0
    try:
        for record in csv.reader(text, delimiter=separator, strict=True):
            fields = [] if len(record) == 1 and not record[0].strip() else record
            yield fields
            number += bool(fields)
    except UnicodeDecodeError:
        raise _not_utf8(data, table) from None
    except csv.Error as error:
        where = f"row {number}" if number else "the header"
        raise TableError(
            f'{table}, {where}: the quotes do not match ({error}). A quote inside a quoted cell is written twice: "".'
        ) from None


def _not_utf8(data: bytes, table: str) -> TableError:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line, byte = data.count(b"\n", 0, error.start) + 1, data[error.start]
        return TableError(
            f"{table}, line {line}: byte 0x{byte:02x} is not UTF-8. {_SAVE_AS_UTF8.format('windows-1252')}"
        )
    return TableError(f"{table} is not UTF-8.")


def _header(data: bytes, table: str) -> tuple[list[str], str]:
    """Return the names of the columns and the separator."""
    first = _first_line(data, table)
    separator = max(SEPARATORS, key=first.count)  # the comma wins a tie, as it stands first
    record = next(_records(data, separator, table)) or [""]
    names = [name.strip() or f"column_{position}" for position, name in enumerate(record, start=1)]
    check_names(names, table)
    _check_is_header(names, table)
    return names, separator


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


def _rows(data: bytes, separator: str, width: int, table: str) -> Iterator[list[str]]:
    """Yield the records below the header; [] for a blank line, which is an empty cell in a table of one column.

    Raises
    ------
    TableError
        At a record with another number of fields.
    """
    records = _records(data, separator, table)
    next(records)
    number = 0
    for record in records:
        fields = record or [""] * (width == 1)
        number += bool(fields)
        if fields and len(fields) != width:
            raise TableError(
                f"{table}, row {number}: every row must have {width} fields, as the header has. "
                f"Got {len(fields)}. A cell that contains the separator must stand in quotes."
            )
        yield fields
