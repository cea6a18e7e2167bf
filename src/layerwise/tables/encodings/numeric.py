"""Numbers: robustly scaled and smoothly clipped, with a mark for missing cells and a position among quantiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from layerwise import values as checked
from layerwise.tables._cells import Array, missing
from layerwise.tables._statistics import median, robust_scale
from layerwise.tables.encodings.place import Place
from layerwise.tables.encodings.positions import knots_of, positions
from layerwise.tables.table import Kind

__all__ = ["KNOTS", "NumericColumn"]

KNOTS = 32
"""Quantiles of a column of numbers, whose embeddings are learnt."""

_CLIP = 3.0
_BEYOND = 1e9  # where x' is ±3 to the last bit, and its square does not overflow


@dataclass(frozen=True)
class NumericColumn:
    r"""A column of numbers: missing cells filled with the median, then scaled and smoothly clipped to (-3, 3).

    .. math:: z = (x - q_{1/2}) / s, \qquad x' = z / \sqrt{1 + (z / 3)^2}

    q_½ (`median`) is the median of the training rows, s (`scale`) their inter-quartile range; where that is 0,
    half their range; where all are equal, s is 0 and stands for x' = 0. If a training cell was missing, a second
    place holds 1 for a missing cell, else 0. If there are `knots`, the distinct quantiles of the training rows
    at equal steps, the last place is the position among them, linear between neighbours.

    References
    ----------
    Holzmüller, Grinsztajn, Steinwart 2024, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on
    Tabular Data", arXiv:2407.04491 (RealMLP's preprocessing).
    """

    role: ClassVar[str] = "numeric"
    name: str
    median: float
    scale: float
    missing: int
    knots: tuple[float, ...] = ()

    @classmethod
    def fit(cls, name: str, values: Array, *, knots: int = 0) -> NumericColumn:
        """Take the statistics from the training rows; `knots` is how many quantiles to look at, 0 for none."""
        gaps = missing(values)
        present = values[~gaps]
        return cls(name, median(present), robust_scale(present), int(gaps.sum()), knots_of(present, knots))

    @property
    def kind(self) -> Kind:
        """How a reader must read the column."""
        return "numeric"

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The columns of the matrix."""
        mark = (Place(f"{self.name}=<missing>", self.name),) if self.missing else ()
        position = (Place(f"{self.name}[position]", self.name, len(self.knots), ordered=True),) if self.knots else ()
        return (Place(self.name, self.name), *mark, *position)

    @property
    def detail(self) -> str:
        """The statistics in words."""
        knots = f", {len(self.knots)} knots" if self.knots else ""
        return f"median {self.median:.6g}, scale {self.scale:.6g}{knots}"

    def write(self, values: Array, out: Array) -> None:
        """Fill this column's places, `out` (m, places), from its cells (m,)."""
        gaps = np.isnan(values)
        filled = np.where(gaps, self.median, values)
        out[:, 0] = self._clipped(filled)
        if self.missing:
            out[:, 1] = gaps
        if self.knots:
            out[:, -1] = positions(filled, self.knots)

    def _clipped(self, values: Array) -> Array:
        if not self.scale:
            return np.zeros(len(values))
        with np.errstate(over="ignore", under="ignore"):
            z = np.clip((values - self.median) / self.scale, -_BEYOND, _BEYOND)
            clipped: Array = z / np.sqrt(1.0 + (z / _CLIP) ** 2)
        return clipped

    def to_config(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"role": self.role, **asdict(self), "knots": list(self.knots)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> NumericColumn:
        """Build the column that `to_config` described."""
        knots = tuple(checked.numbers(config["knots"]))
        if any(not before < after for before, after in pairwise(knots)) or not np.isfinite(knots).all():
            raise ValueError("its knots do not rise")
        return cls(
            checked.text(config["name"]),
            checked.number(config["median"], finite=True),
            checked.number(config["scale"], 0.0, finite=True),
            checked.count(config["missing"]),
            knots,
        )
