"""Levels without an order: one-hot, or positions of an embedding where they are many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from layerwise import values as checked
from layerwise.errors import listed
from layerwise.tables._cells import Array, missing
from layerwise.tables.encodings.place import Place
from layerwise.tables.table import Kind, Levels, level_texts

__all__ = ["MAX_LEVELS", "ONE_HOT", "CategoryColumn", "levels_and_counts"]

MAX_LEVELS = 100
"""How many levels of a column get a place of their own where there are no embeddings; the rarer ones share one."""

MOST_EMBEDDED = 1000
"""How many levels have a vector of their own where there are embeddings: every step moves all of them."""

ONE_HOT = 8
"""How many levels, missing and other ones counted, are one-hot where there are embeddings; more are embedded."""


@dataclass(frozen=True)
class CategoryColumn:
    """A column of levels, one-hot or, if `embedded`, as positions of an embedding.

    The places, or positions, are the levels in sorted order; then, if training rows need them, one for missing
    cells and one for all rarer levels, "<other>". Rare are, without embeddings, the levels beyond the
    `MAX_LEVELS` most frequent; with them, those beyond the `MOST_EMBEDDED` most frequent, and the levels of a single
    training row, unless all are so.

    A level that was not in the training rows takes the place "<other>". Where no training row has trained that,
    its embedding is zero, position -1; one-hot, the level gets the mean code of the training rows, the share of
    each place: so it predicts something between the known levels, while a place of its own would add initial
    weights that nothing has trained. A missing cell is treated so if no training cell was missing.

    Numbers treated as levels are kept as numbers, so that 3 and 3.0 are one level.
    """

    role: ClassVar[str] = "category"
    name: str
    levels: Levels
    counts: tuple[int, ...]
    missing: int
    other: int
    embedded: bool = False

    @classmethod
    def fit(cls, name: str, values: Array, *, embed: bool = False) -> CategoryColumn:
        """Count the levels of the training rows; `embed` allows an embedding."""
        counter = Counter(present_cells(values))
        total = counter.total()
        n_missing = len(values) - total
        kept: list[Any] = list(counter)
        if embed and len(counter) + bool(n_missing) > ONE_HOT:
            kept = [level for level, count in counter.items() if count > 1] or kept
        most = MOST_EMBEDDED if embed else MAX_LEVELS
        if len(kept) > most:
            kept = sorted(kept, key=lambda level: (-counter[level], level))[:most]
        levels = tuple(sorted(kept))
        counts = tuple(counter[level] for level in levels)
        other = total - sum(counts)
        embedded = embed and len(levels) + bool(n_missing) + bool(other) > ONE_HOT
        return cls(name, levels, counts, n_missing, other, embedded)

    @property
    def kind(self) -> Kind:
        """How a reader must read the column."""
        return "text" if isinstance(self.levels[0], str) else "numeric"

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The columns of the matrix."""
        if self.embedded:
            return (Place(f"{self.name}[position]", self.name, self._n_codes),)
        extra = [text for text, count in (("<missing>", self.missing), ("<other>", self.other)) if count]
        return tuple(Place(f"{self.name}={text}", self.name) for text in [*level_texts(self.levels), *extra])

    @property
    def detail(self) -> str:
        """The levels in words, the most frequent first."""
        rarer = f", and {self.other} cells with rarer ones" if self.other else ""
        return f"{len(self.levels)} levels{rarer}: {by_frequency(self.levels, self.counts)}"

    def unseen(self, values: Array) -> int:
        """Return how many cells hold a level that has no place of its own."""
        return int((self._codes(values) < 0).sum())

    def write(self, values: Array, out: Array) -> None:
        """Fill this column's places, `out` (m, places) of zeros, from its cells (m,)."""
        codes = self._codes(values)
        if not self.missing:
            codes[codes == len(self.levels)] = -1
        if self.other:
            codes[codes < 0] = self._n_codes - 1
        if self.embedded:
            out[:, 0] = codes
            return
        known = np.flatnonzero(codes >= 0)
        out[known, codes[known]] = 1.0
        if len(known) < len(codes):
            out[codes < 0] = self._mean_code

    @property
    def _n_codes(self) -> int:
        return len(self.levels) + bool(self.missing) + bool(self.other)

    def _codes(self, values: Array) -> Array:
        """Return the place of each cell: its level's, the one after them if it is missing, or -1."""
        codes = self._code_of
        cells: list[Any] = values.tolist()
        if values.dtype == np.float64:
            cells = [None if cell != cell else cell for cell in cells]  # NaN is no key, as it does not equal itself
        return np.fromiter((codes.get(cell, -1) for cell in cells), np.int64, len(values))

    @cached_property
    def _code_of(self) -> dict[object, int]:
        return {level: code for code, level in enumerate((*self.levels, None))}

    @property
    def _mean_code(self) -> Array:
        counts = np.array([*self.counts, self.missing] if self.missing else [*self.counts])
        return np.asarray(counts / counts.sum())

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"role": self.role, **asdict(self), "levels": list(self.levels), "counts": list(self.counts)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> CategoryColumn:
        """Build the column that `to_config` described."""
        levels, counts = levels_and_counts(config["levels"], config["counts"])
        missing, other = checked.count(config["missing"]), checked.count(config["other"])
        embedded = checked.boolean(config["embedded"])
        return cls(checked.text(config["name"]), levels, counts, missing, other, embedded)


def levels_and_counts(levels: Sequence[Any], counts: Sequence[Any]) -> tuple[Levels, tuple[int, ...]]:
    """Return the levels of a configuration, all texts or all numbers, and one count for each."""
    if len(levels) != len(counts):
        raise ValueError(f"{len(levels)} levels with {len(counts)} counts")
    found = tuple(checked.count(rows, least=1) for rows in counts)
    return as_levels(levels) if found else (), found


def as_levels(levels: Any) -> Levels:
    """Return the levels of a configuration, at least one and all different: all texts or all numbers."""
    listed = checked.listed(levels)
    texts = isinstance(listed[0], str)
    found = tuple(map(checked.text, listed)) if texts else tuple(map(checked.number, listed))
    if len(set(found)) < len(found):
        raise ValueError("a level stands there twice")
    return found


def by_frequency(levels: Levels, counts: Sequence[int]) -> str:
    """Return the five most frequent levels in words."""
    order = sorted(range(len(levels)), key=lambda i: -counts[i])[:5]
    more = f" and {len(levels) - 5} more" if len(levels) > 5 else ""
    return listed(level_texts([levels[i] for i in order])) + more


def present_cells(values: Array) -> list[Any]:
    """Return the cells that are not missing; -0.0 as 0.0, so that a level's name does not depend on the first row."""
    present = values[~missing(values)]
    cells: list[Any] = (present + 0.0 if present.dtype == np.float64 else present).tolist()
    return cells
