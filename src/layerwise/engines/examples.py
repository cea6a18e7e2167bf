"""The examples of a run: where they are in memory, and which of them it takes."""

from __future__ import annotations

from dataclasses import dataclass

from layerwise.engines.sparse import SparseInputs
from layerwise.network import Array

__all__ = ["Examples", "TrainingData"]


@dataclass(frozen=True)
class Examples:
    """Examples in the floating type of the run.

    Attributes
    ----------
    X : (n_x, columns) array or SparseInputs
    Y : (n_y, columns) array
    sample_weight : (1, columns) array or None
        All above 0.
    subset : (m,) uint32 array or None
        The columns that are the examples, in their order; None for all. Every bit of a run is that of a run on copies
        of these columns.
    """

    X: Array | SparseInputs
    Y: Array
    sample_weight: Array | None = None
    subset: Array | None = None

    @property
    def m(self) -> int:
        """The number of examples."""
        return int(self.X.shape[1]) if self.subset is None else len(self.subset)

    @property
    def total_weight(self) -> float:
        """The m of the equations: the sum of the weights, or how many examples there are."""
        w = self.sample_weight
        if w is None:
            return self.m
        return float((w if self.subset is None else w[:, self.subset]).sum())

    def arrays(self) -> tuple[Array, Array, Array | None]:
        """Return X, Y and the weights of the examples alone, in their order; copies only where they are a subset."""
        if self.subset is not None:
            return self._columns(self.subset)
        X = self.X.dense() if isinstance(self.X, SparseInputs) else self.X
        return X, self.Y, self.sample_weight

    def take(self, chosen: Array) -> Examples:
        """Return copies of some of the examples, with a dense X."""
        return Examples(*self._columns(chosen if self.subset is None else self.subset[chosen]))

    def _columns(self, chosen: Array) -> tuple[Array, Array, Array | None]:
        X = self.X.dense(chosen) if isinstance(self.X, SparseInputs) else self.X.T[chosen].T
        w = self.sample_weight
        return X, self.Y.T[chosen].T, None if w is None else w[:, chosen]


@dataclass(frozen=True)
class TrainingData:
    """The examples that are learnt from, and those that are only looked at."""

    training: Examples
    validation: Examples | None = None
