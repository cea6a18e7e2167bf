"""Two levels: one place, −1 for the first and 1 for the second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from layerwise import values as checked
from layerwise.tables._cells import Array, missing
from layerwise.tables.encodings.category import by_frequency, levels_and_counts, present_cells
from layerwise.tables.encodings.place import Place
from layerwise.tables.table import Kind, Levels

__all__ = ["BooleanColumn"]


@dataclass(frozen=True)
class BooleanColumn:
    """A column of two levels: −1 for the first in sorted order, 1 for the second, 0 for a missing or unseen one.

    If a training cell was missing, a second place holds 1 for a missing cell, else 0.
    """

    role: ClassVar[str] = "boolean"
    name: str
    levels: Levels
    counts: tuple[int, ...]
    missing: int

    @classmethod
    def fit(cls, name: str, values: Array) -> BooleanColumn:
        """Count the two levels of the training rows."""
        counter = Counter(present_cells(values))
        levels = tuple(sorted(counter))
        counts = tuple(counter[level] for level in levels)
        return cls(name, levels, counts, len(values) - counter.total())

    @property
    def kind(self) -> Kind:
        """How a reader must read the column."""
        return "text" if isinstance(self.levels[0], str) else "numeric"

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The columns of the matrix."""
        mark = (Place(f"{self.name}=<missing>", self.name),) if self.missing else ()
        return (Place(self.name, self.name), *mark)

    @property
    def detail(self) -> str:
        """The levels in words, the most frequent first."""
        return f"{len(self.levels)} levels: {by_frequency(self.levels, self.counts)}"

    def unseen(self, values: Array) -> int:
        """Return how many cells hold a level that the training rows did not have."""
        known = self._codes(values) != 0
        return int((~known & ~missing(values)).sum())

    def write(self, values: Array, out: Array) -> None:
        """Fill this column's places, `out` (m, places), from its cells (m,)."""
        out[:, 0] = self._codes(values)
        if self.missing:
            out[:, 1] = missing(values)

    def _codes(self, values: Array) -> Array:
        codes = np.zeros(len(values))
        for level, code in zip(self.levels, (-1.0, 1.0), strict=False):  # one level, if it was asked to be kept
            codes[values == level] = code
        return codes

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"role": self.role, **asdict(self), "levels": list(self.levels), "counts": list(self.counts)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> BooleanColumn:
        """Build the column that `to_config` described."""
        levels, counts = levels_and_counts(config["levels"], config["counts"])
        if len(levels) > 2:
            raise ValueError(f"{len(levels)} levels are no two")
        return cls(checked.text(config["name"]), levels, counts, checked.count(config["missing"]))
