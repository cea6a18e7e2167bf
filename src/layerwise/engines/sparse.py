"""Examples whose inputs are mostly zeros: kept as they are, and made dense a batch at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layerwise.network import Array

__all__ = ["SparseInputs"]


@dataclass(frozen=True, eq=False)
class SparseInputs:
    """X (n_x, m) by its numbers that are not zero, an example after the other.

    Attributes
    ----------
    n_x : int
    numbers : (k,) array
        In the floating type of the run, all finite.
    features : (k,) int32 array
        The row of X that each of them belongs to, from 0; at most once in an example.
    starts : (m + 1,) int64 array
        Example i has the numbers from ``starts[i]`` to ``starts[i + 1]``.

    Examples
    --------
    >>> X = SparseInputs(3, np.array([5.0, 7.0]), np.array([0, 2], np.int32), np.array([0, 1, 2]))
    >>> X.shape, X.dense().tolist()
    ((3, 2), [[5.0, 0.0], [0.0, 0.0], [0.0, 7.0]])
    """

    n_x: int
    numbers: Array
    features: Array
    starts: Array

    @property
    def shape(self) -> tuple[int, int]:
        """(n_x, m)."""
        return self.n_x, len(self.starts) - 1

    def dense(self, chosen: Array | None = None) -> Array:
        """Return all columns of X, or the `chosen` ones, as an array."""
        rows = np.arange(len(self.starts) - 1) if chosen is None else np.asarray(chosen)
        counts = self.starts[rows + 1] - self.starts[rows]
        table = np.zeros((len(rows), self.n_x), self.numbers.dtype)
        ends = np.cumsum(counts)
        places = np.arange(ends[-1] if len(rows) else 0) + np.repeat(self.starts[rows] - (ends - counts), counts)
        table[np.repeat(np.arange(len(rows)), counts), self.features[places]] = self.numbers[places]
        return table.T
