"""What an encoder knows of one column: how its cells become places of the matrix, or why it is dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from layerwise.tables._cells import Array, cell_error, listed, missing, number_text
from layerwise.tables._statistics import mean_and_std, median
from layerwise.tables.table import Kind

__all__ = ["AS_ASKED", "FAR", "MAX_LEVELS", "Column", "DroppedColumn", "LevelColumn", "NumericColumn"]

MAX_LEVELS = 100
"""How many levels of a column get a place of their own; the rarer ones share one."""

AS_ASKED = "left out as asked"
"""The reason for a column that the user dropped."""

FAR = 1e9
"""Standard deviations from the mean beyond which a number is refused: its powers would overflow float32."""


@dataclass(frozen=True)
class NumericColumn:
    r"""A column of numbers: missing cells filled with the median, then standardised.

    .. math:: x' = (x - \mu) / \sigma

    The mean μ (`mean`) and the standard deviation σ (`std`) are taken over the training rows, filled cells
    included; a σ of 0 becomes max(1, |μ|). If a cell of these was missing, a second place holds 1 for a
    missing cell, else 0.
    """

    role: ClassVar[str] = "numeric"
    name: str
    mean: float
    std: float
    median: float
    missing: int

    @classmethod
    def fit(cls, name: str, values: Array) -> NumericColumn:
        """Take the statistics from the training rows."""
        gaps = missing(values)
        middle = median(values[~gaps])
        mean, std = mean_and_std(np.where(gaps, middle, values))
        return cls(name, mean, std or max(1.0, abs(mean)), middle, int(gaps.sum()))

    @property
    def kind(self) -> Kind:
        """How a reader must read the column."""
        return "numeric"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name for each place in the matrix."""
        return (self.name, f"{self.name}=<missing>") if self.missing else (self.name,)

    @property
    def detail(self) -> str:
        """The statistics in words."""
        return f"mean {self.mean:.6g}, std {self.std:.6g}, median {self.median:.6g}"

    def far(self, values: Array) -> Array:
        """Return which cells `write` would refuse, a mask (m,)."""
        return np.asarray(np.abs(self._standardised(values)) > FAR)

    def write(self, values: Array, rows: Array, out: Array) -> None:
        """Fill this column's places, `out` (m, places), from its cells (m,)."""
        z = self._standardised(values)
        far = np.abs(z) > FAR
        if far.any():
            i = int(far.argmax())
            rest = (
                f"is more than {FAR:g} standard deviations away from the training rows ({self.detail}). "
                "Correct it, or leave the cell empty."
            )
            raise cell_error(self.name, int(rows[i]), float(values[i]), rest)
        out[:, 0] = z
        if self.missing:
            out[:, 1] = np.isnan(values)

    def _standardised(self, values: Array) -> Array:
        with np.errstate(over="ignore"):
            z: Array = (np.where(np.isnan(values), self.median, values) - self.mean) / self.std
        return z

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"role": self.role, **asdict(self)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> NumericColumn:
        """Build the column that `to_config` described."""
        mean, std, median = (float(config[key]) for key in ("mean", "std", "median"))
        return cls(str(config["name"]), mean, std, median, int(config["missing"]))


@dataclass(frozen=True)
class LevelColumn:
    """A column of levels, one-hot: a 1 in the place of the cell's level.

    The places are the `MAX_LEVELS` most frequent levels in sorted order; then, if training rows need them,
    one for missing cells and one for all rarer levels, "<other>". A level that was not in the training rows
    takes the place "<other>". Where no training row has trained that place, the level gets the mean code of
    the training rows, the share of each place: so it predicts something between the known levels, while a
    place of its own would add initial weights that nothing has trained.

    Numbers treated as levels are kept as numbers, so that 3 and 3.0 are one level.
    """

    role: ClassVar[str] = "levels"
    name: str
    levels: tuple[str, ...] | tuple[float, ...]
    counts: tuple[int, ...]
    missing: int
    other: int

    @classmethod
    def fit(cls, name: str, values: Array) -> LevelColumn:
        """Count the levels of the training rows."""
        counter = Counter(_present(values))
        frequent = sorted(counter, key=lambda level: (-counter[level], level))[:MAX_LEVELS]
        levels = tuple(sorted(frequent))
        counts = tuple(counter[level] for level in levels)
        total = counter.total()
        return cls(name, levels, counts, len(values) - total, total - sum(counts))

    @property
    def kind(self) -> Kind:
        """How a reader must read the column."""
        return "text" if isinstance(self.levels[0], str) else "numeric"

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """One name for each place in the matrix."""
        extra = [text for text, count in (("<missing>", self.missing), ("<other>", self.other)) if count]
        return tuple(f"{self.name}={text}" for text in [*self.level_names, *extra])

    @property
    def level_names(self) -> tuple[str, ...]:
        """The levels as text, numbers without a trailing '.0'."""
        return tuple(level if isinstance(level, str) else number_text(level) for level in self.levels)

    @property
    def detail(self) -> str:
        """The levels in words, the most frequent first."""
        by_count = sorted(zip(self.counts, self.level_names, strict=True), key=lambda pair: -pair[0])
        rarer = f", and {self.other} cells with rarer ones" if self.other else ""
        return f"{len(self.levels)} levels{rarer}: {listed((level for _, level in by_count), at_most=5)}"

    def unseen(self, values: Array) -> int:
        """Return how many cells hold a level that has no place of its own."""
        return int((self._places(values) < 0).sum())

    def write(self, values: Array, rows: Array, out: Array) -> None:
        """Fill this column's places, `out` (m, places) of zeros, from its cells (m,)."""
        places = self._places(values)
        if not self.missing:
            places[places == len(self.levels)] = -1
        known = np.flatnonzero(places >= 0)
        out[known, places[known]] = 1.0
        out[places < 0] = self._unknown_code

    def _places(self, values: Array) -> Array:
        """Return the place of each cell: its level's, the one after them if it is missing, or -1."""
        places = self._place_of
        return np.fromiter((places.get(cell, -1) for cell in _cells(values)), np.int64, len(values))

    @cached_property
    def _place_of(self) -> dict[object, int]:
        return {level: place for place, level in enumerate((*self.levels, None))}

    @cached_property
    def _unknown_code(self) -> Array:
        if self.other:
            counts = [0] * (len(self.feature_names) - 1) + [1]
        else:
            counts = [*self.counts, self.missing] if self.missing else [*self.counts]
        return np.array(counts) / sum(counts)

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        lists = {"levels": list(self.levels), "counts": list(self.counts)}
        return {"role": self.role, **asdict(self), **lists}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LevelColumn:
        """Build the column that `to_config` described."""
        levels, counts = levels_and_counts(config["levels"], config["counts"])
        return cls(str(config["name"]), levels, counts, int(config["missing"]), int(config["other"]))


@dataclass(frozen=True)
class DroppedColumn:
    """A column that does not enter the matrix, with the reason and, if there is one, the way to keep it."""

    role: ClassVar[str] = "dropped"
    feature_names: ClassVar[tuple[str, ...]] = ()
    name: str
    reason: str
    missing: int = 0
    hint: str = ""

    @property
    def detail(self) -> str:
        """The reason."""
        return self.reason

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"role": self.role, **asdict(self)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> DroppedColumn:
        """Build the column that `to_config` described."""
        return cls(str(config["name"]), str(config["reason"]), int(config["missing"]), str(config["hint"]))


def levels_and_counts(
    levels: Sequence[Any], counts: Sequence[Any]
) -> tuple[tuple[str, ...] | tuple[float, ...], tuple[int, ...]]:
    """Return the levels of a configuration, all texts or all numbers, and one count for each."""
    if len(levels) != len(counts):
        raise ValueError(f"{len(levels)} levels with {len(counts)} counts")
    texts = bool(levels) and isinstance(levels[0], str)
    return tuple(map(str, levels)) if texts else tuple(map(float, levels)), tuple(map(int, counts))


Column = NumericColumn | LevelColumn | DroppedColumn


def _cells(values: Array) -> list[Any]:
    """Return the cells as Python values, None where missing; NaN is no key, as it does not equal itself."""
    cells: list[Any] = values.tolist()
    return [None if cell != cell else cell for cell in cells] if values.dtype == np.float64 else cells


def _present(values: Array) -> list[Any]:
    present: list[Any] = values[~missing(values)].tolist()
    return present
