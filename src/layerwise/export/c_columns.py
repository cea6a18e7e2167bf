"""The columns of a program as C: the tables that they need, and the lines that fill the network's input x."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from layerwise.export.c_text import array, double, quoted
from layerwise.export.program import Dates, Input, Levels, Numbers, Ranks

__all__ = ["TYPES", "Columns"]

TYPES = {
    "number": ("double", "NAN", "a number, NAN is missing"),
    "text": ("const char *", "NULL", "a text in UTF-8, NULL or empty is missing"),
    "datetime": ("int64_t", "INT64_MIN", "microseconds since 1970 in UTC, INT64_MIN is missing"),
}
"""Of a cell: its type in C, the missing one, and what to say of it."""


@dataclass
class Columns:
    """Code that grows with every column.

    Attributes
    ----------
    prefix : str
        Of every name.
    tables : list of str
        Definitions.
    lines : list of str
        Statements of the function that fills x.
    """

    prefix: str
    tables: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def add(self, entry: Input, member: str) -> None:
        """Take a column whose cell is `member`, such as row->age."""
        self.lines += [f"{{ /* {quoted(entry.name)} */"]
        places = iter(entry.places)
        match entry.encoding:
            case Numbers() as numbers:
                self.lines += [f"    double v = {member};", "    const int gap = v != v;"]
                self._numbers(numbers, places)
            case Ranks() as ranks:
                self.lines += [f"    double v = {member};", "    const int gap = v != v;"]
                self._ranks(ranks, places)
            case Levels() as levels:
                self._levels(levels, member, entry.places)
            case Dates() as dates:
                self._dates(dates, member, places)
        self.lines += ["}"]

    def _set(self, place: int, value: str) -> None:
        self.lines.append(f"    x[{place}] = ({self.prefix}_real){value};")

    def _table(self, kind: str, what: str, values: object) -> str:
        name = f"{self.prefix}_{what}_{len(self.tables)}"
        self.tables.append(array(kind, name, values))  # type: ignore[arg-type]
        return name

    def _numbers(self, numbers: Numbers, places: Iterator[int]) -> None:
        median, scale = double(numbers.median), double(numbers.scale)
        self.lines.append(f"    v = gap ? {median} : v;")
        self._set(next(places), f"{self.prefix}_scaled(v, {median}, {scale})")
        if numbers.mark:
            self._set(next(places), "gap")
        if numbers.knots:
            knots = self._table("double", "knots", np.array(numbers.knots))
            self._set(next(places), f"{self.prefix}_position(v, {knots}, {len(numbers.knots)})")

    def _ranks(self, ranks: Ranks, places: Iterator[int]) -> None:
        levels = self._table("double", "levels", np.array(ranks.levels))
        found = f"{self.prefix}_position(v, {levels}, {len(ranks.levels)})"
        self.lines.append(f"    v = gap ? {double(ranks.median)} : {found};")
        self._set(next(places), f"(v * {double(2.0 / max(len(ranks.levels) - 1, 1))} - 1.0)")
        if ranks.mark:
            self._set(next(places), "gap")
        if ranks.position:
            self._set(next(places), "v")

    def _levels(self, levels: Levels, member: str, places: tuple[int, ...]) -> None:
        known = [(key, row) for key, row in levels.keys if not isinstance(key, str) or "\0" not in key]
        text = isinstance(levels.keys[0][0], str)  # a level with NUL in it is no C string, and cannot be asked for
        kind = "const char *const" if text else "double"
        keys = self._table(
            kind, "keys", [quoted(str(key)) if text else double(float(key)) for key, _ in known] or ["0"]
        )
        rows = self._table("int", "rows", [str(row) for _, row in known] or ["0"])
        values = self._table("double", "values", levels.rows)
        function = f"{self.prefix}_row_of_{'text' if text else 'number'}"
        row = f"{function}({member}, {keys}, {rows}, {len(known)}, {levels.missing}, {levels.unseen})"
        self.lines.append(f"    const double *const v = {values} + {len(places)} * {row};")
        for k, place in enumerate(places):
            self._set(place, f"v[{k}]")

    def _dates(self, dates: Dates, member: str, places: Iterator[int]) -> None:
        self.lines += [
            f"    const int gap = {member} == INT64_MIN;",
            "    double v;",
            f"    {self.prefix}_date date;",
            f"    {self.prefix}_date_of(gap ? 0 : {member}, &date);",
        ]
        if dates.mark:
            self._set(next(places), "gap")
        for part in dates.parts:
            self.lines.append(f"    v = date.{part.name};")
            self._numbers(part.numbers, places)
            if part.period:
                angle = f"{double(2.0 * math.pi / part.period)} * date.{part.name}"
                self._set(next(places), f"(gap ? 0.0 : sin({angle}))")
                self._set(next(places), f"(gap ? 0.0 : cos({angle}))")
