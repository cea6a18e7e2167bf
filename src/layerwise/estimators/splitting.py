"""How many rows are held out: the same part of every class."""

from __future__ import annotations

import numpy as np

from layerwise.network import Array

__all__ = ["shares"]


def shares(sizes: list[int], part: float) -> Array:
    """Return how many rows to take of each group, at most all but one of it.

    They are whole rows that add up to the part of all rows, by the largest remainder: of 10 groups with 5 rows each,
    a part of 0.1 takes one row of 5 groups.
    """
    quotas, most = part * np.array(sizes), np.array(sizes) - 1
    counts = np.minimum(quotas.astype(np.int64), most)
    rest = round(part * sum(sizes)) - int(counts.sum())
    by_remainder = np.argsort(counts - quotas, kind="stable")
    able = by_remainder[counts[by_remainder] < most[by_remainder]]
    counts[able[: max(rest, 0)]] += 1
    return counts
