"""Dates and times: year, month, day, day of the week, hour and the days since 1970, each a column of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from layerwise import values as checked
from layerwise.tables._cells import Array
from layerwise.tables._statistics import is_constant
from layerwise.tables.encodings.numeric import NumericColumn
from layerwise.tables.encodings.place import Place
from layerwise.tables.table import Kind

__all__ = ["PERIODS", "DatetimeColumn"]

PERIODS = {"month": 12.0, "day_of_week": 7.0, "hour": 24.0}
"""Parts of a date that begin anew, and after how much."""

_HOUR, _DAY = 3.6e9, 8.64e10  # in microseconds


@dataclass(frozen=True)
class DatetimeColumn:
    r"""A column of dates, expanded into numbers: those of its `parts` that vary in the training rows.

    ================  ====================================================================
    part              values, in UTC
    ================  ====================================================================
    ``year``          the year
    ``month``         1 to 12
    ``day``           of the month, 1 to 31
    ``day_of_week``   Monday 0 to Sunday 6
    ``hour``          hours since midnight, with fractions
    ``elapsed_days``  days since 1970-01-01, with fractions
    ================  ====================================================================

    Each is encoded as a `NumericColumn` is; month, day of the week and hour also as the sine and the cosine of
    2π x / period, as December is next to January. If a training cell was missing, the first place holds 1 for a
    missing cell, else 0; its parts are their medians, its sines and cosines 0.
    """

    role: ClassVar[str] = "datetime"
    name: str
    parts: tuple[tuple[str, NumericColumn], ...]
    missing: int

    @classmethod
    def fit(cls, name: str, values: Array, *, knots: int = 0) -> DatetimeColumn:
        """Take the statistics from the training rows; `knots` as for `NumericColumn.fit`."""
        gaps = np.isnat(values)
        parts = tuple(
            (part, NumericColumn.fit(f"{name}.{part}", numbers, knots=knots))
            for part, numbers in parts_of(values[~gaps]).items()
            if not is_constant(numbers)
        )
        return cls(name, parts, int(gaps.sum()))

    @property
    def kind(self) -> Kind:
        """How a reader must read the column."""
        return "datetime"

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The columns of the matrix."""
        found = [Place(f"{self.name}=<missing>", self.name)] if self.missing else []
        for part, column in self.parts:
            found += [replace(place, column=self.name) for place in column.places]
            if part in PERIODS:
                found += [Place(f"{column.name}[{wave}]", self.name) for wave in ("sin", "cos")]
        return tuple(found)

    @property
    def detail(self) -> str:
        """The parts in words."""
        return ", ".join(part for part, _ in self.parts)

    def write(self, values: Array, out: Array) -> None:
        """Fill this column's places, `out` (m, places) of zeros, from its cells (m,)."""
        gaps = np.isnat(values)
        if self.missing:
            out[:, 0] = gaps
        start = int(bool(self.missing))
        numbers = parts_of(values)
        for part, column in self.parts:
            end = start + len(column.places)
            column.write(numbers[part], out[:, start:end])
            if part in PERIODS:
                angles = 2.0 * np.pi * numbers[part][~gaps] / PERIODS[part]
                out[~gaps, end], out[~gaps, end + 1] = np.sin(angles), np.cos(angles)
                end += 2
            start = end

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        parts = [{"part": part, **column.to_config()} for part, column in self.parts]
        return {"role": self.role, "name": self.name, "parts": parts, "missing": self.missing}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> DatetimeColumn:
        """Build the column that `to_config` described."""
        parts = tuple((checked.text(entry["part"]), NumericColumn.from_config(entry)) for entry in config["parts"])
        if unknown := {part for part, _ in parts} - parts_of(np.array([], dtype="M8[us]")).keys():
            raise ValueError(f"unknown parts of a date: {sorted(unknown)}")
        return cls(checked.text(config["name"]), parts, checked.count(config["missing"]))


def parts_of(dates: Array) -> dict[str, Array]:
    """Return every part of dates, float64 with NaN where they are missing."""
    gaps = np.isnat(dates)
    moments = np.where(gaps, np.datetime64(0, "us"), dates)
    years, months, days = (moments.astype(f"M8[{unit}]") for unit in "YMD")
    numbers = {
        "year": years.astype(np.int64) + 1970,
        "month": months.astype(np.int64) % 12 + 1,
        "day": (days - months.astype("M8[D]")).astype(np.int64) + 1,
        "day_of_week": (days.astype(np.int64) + 3) % 7,  # 1970-01-01 was a Thursday
        "hour": (moments - days).astype(np.int64) / _HOUR,
        "elapsed_days": moments.astype(np.int64) / _DAY,
    }
    return {part: np.where(gaps, np.nan, values) for part, values in numbers.items()}
