"""Ordered levels: the rank as a number, and as the position of an embedding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from layerwise import values as checked
from layerwise.errors import listed
from layerwise.tables._cells import Array
from layerwise.tables.encodings.category import as_levels
from layerwise.tables.encodings.place import Place
from layerwise.tables.encodings.positions import positions
from layerwise.tables.table import Kind, Levels, level_texts

__all__ = ["OrdinalColumn"]


@dataclass(frozen=True)
class OrdinalColumn:
    """A column of levels with an order, the lowest first: the rank 0, ..., K - 1, scaled to [-1, 1].

    A missing cell gets the median rank of the training rows, and where a training cell was missing, a second
    place holds 1 for it, else 0. If `embedded`, the last place is the rank as a position. A text that is no
    level is treated as missing. A number between two levels has a rank between theirs, and one beyond the ends
    has theirs, if the levels are rising numbers; else it is treated as missing too.
    """

    role: ClassVar[str] = "ordinal"
    name: str
    levels: Levels
    median: float
    missing: int
    embedded: bool = False

    @classmethod
    def fit(cls, name: str, values: Array, levels: Levels, *, embed: bool = False) -> OrdinalColumn:
        """Take the median rank of the training rows, whose cells are among the levels or missing."""
        column = cls(name, levels, 0.0, 0, embed and len(levels) > 2)
        ranks = column._ranks(values)
        gaps = np.isnan(ranks)
        return cls(name, levels, float(np.median(ranks[~gaps])), int(gaps.sum()), column.embedded)

    @property
    def kind(self) -> Kind:
        """How a reader must read the column."""
        return "text" if isinstance(self.levels[0], str) else "numeric"

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The columns of the matrix."""
        mark = (Place(f"{self.name}=<missing>", self.name),) if self.missing else ()
        positions = len(self.levels) if self.embedded else 0
        position = (Place(f"{self.name}[position]", self.name, positions, ordered=True),) if positions else ()
        return (Place(self.name, self.name), *mark, *position)

    @property
    def detail(self) -> str:
        """The levels in words, the lowest first."""
        return f"{len(self.levels)} ordered levels: {listed(level_texts(self.levels), at_most=5)}"

    def unseen(self, values: Array) -> int:
        """Return how many cells hold no level and are treated as missing."""
        cells = values.tolist()
        return int(np.isnan(self._ranks(values)).sum()) - sum(cell is None or cell != cell for cell in cells)

    def write(self, values: Array, out: Array) -> None:
        """Fill this column's places, `out` (m, places), from its cells (m,)."""
        ranks = self._ranks(values)
        gaps = np.isnan(ranks)
        ranks[gaps] = self.median
        out[:, 0] = 2.0 * ranks / max(len(self.levels) - 1, 1) - 1.0
        if self.missing:
            out[:, 1] = gaps
        if self.embedded:
            out[:, -1] = ranks

    def _ranks(self, values: Array) -> Array:
        """Return the rank of each cell, NaN for one that is missing or no level."""
        if self.rising:
            return positions(values, self.levels)  # type: ignore[arg-type]  # numbers, if they are rising
        rank_of = {level: float(rank) for rank, level in enumerate(self.levels)}
        return np.fromiter((rank_of.get(cell, np.nan) for cell in values.tolist()), np.float64, len(values))

    @cached_property
    def rising(self) -> bool:
        """Whether the levels are rising numbers, so that a number between two of them has a rank too."""
        return self.kind == "numeric" and bool((np.diff(np.array(self.levels)) > 0).all())

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"role": self.role, **asdict(self), "levels": list(self.levels)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> OrdinalColumn:
        """Build the column that `to_config` described."""
        levels, median = as_levels(config["levels"]), checked.number(config["median"], 0.0, finite=True)
        embedded = checked.boolean(config["embedded"])
        return cls(checked.text(config["name"]), levels, median, checked.count(config["missing"]), embedded)
