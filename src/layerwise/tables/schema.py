"""`Schema`: what became of each column of the training table, for people to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from html import escape
from typing import Any, overload

__all__ = ["ColumnInfo", "Schema"]

_WIDEST = 60
_LONGEST = 100


@dataclass(frozen=True)
class ColumnInfo:
    """One row of a schema.

    Attributes
    ----------
    column : str
        The column's name.
    type : str
        What its cells are: "numeric", "text" or "datetime".
    role : str
        "numeric", "boolean", "category", "ordinal", "datetime" or "dropped".
    places : int
        How many columns of the matrix it fills.
    missing : int
        Missing cells in the training rows.
    detail : str
        The statistics, the most frequent levels, or why it is dropped.
    """

    column: str
    type: str
    role: str
    places: int
    missing: int
    detail: str


_HEADINGS = tuple(field.name for field in fields(ColumnInfo))


@dataclass(frozen=True, repr=False)
class Schema(Sequence[ColumnInfo]):
    """The columns of a training table in their order: a sequence of `ColumnInfo`, shown as a table.

    Attributes
    ----------
    rows : tuple of ColumnInfo
        One for each column.

    Examples
    --------
    >>> Schema((ColumnInfo("age", "numeric", "numeric", 2, 1, "median 30, scale 10"),))
    column  type     role     places  missing  detail
    age     numeric  numeric       2        1  median 30, scale 10
    """

    rows: tuple[ColumnInfo, ...]

    @overload
    def __getitem__(self, index: int) -> ColumnInfo: ...
    @overload
    def __getitem__(self, index: slice) -> Schema: ...
    def __getitem__(self, index: int | slice) -> ColumnInfo | Schema:
        return Schema(self.rows[index]) if isinstance(index, slice) else self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ColumnInfo]:
        return iter(self.rows)

    def __repr__(self) -> str:
        lines = [_HEADINGS, *self._cells()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(
                cell.rjust(width) if heading in ("places", "missing") else cell.ljust(width)
                for heading, cell, width in zip(_HEADINGS, line, widths, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join(text + self._rest())

    def _repr_html_(self) -> str:
        def row(tag: str, cells: Sequence[str]) -> str:
            return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        body = "\n".join(row("td", cells) for cells in self._cells())
        rest = "".join(f"\n<p>{escape(line)}</p>" for line in self._rest())
        return f"<table>\n<thead>{row('th', _HEADINGS)}</thead>\n<tbody>\n{body}\n</tbody>\n</table>{rest}"

    def to_dict(self) -> dict[str, list[Any]]:
        """Return a mapping from the field's name to its values, of which pandas and polars make a frame."""
        columns = {heading: [] for heading in _HEADINGS}  # type: dict[str, list[Any]]
        for info in self.rows:
            for heading, value in asdict(info).items():
                columns[heading].append(value)
        return columns

    def _cells(self) -> list[tuple[str, ...]]:
        return [tuple(_shown(getattr(info, heading)) for heading in _HEADINGS) for info in self.rows[:_LONGEST]]

    def _rest(self) -> list[str]:
        more = len(self.rows) - _LONGEST
        return [f"... and {more} more columns"] if more > 0 else []


def _shown(value: object) -> str:
    """Return a cell of the shown table: one line, and cut if it is long."""
    text = str(value)
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."
