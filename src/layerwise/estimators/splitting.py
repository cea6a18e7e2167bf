"""Which rows are held out: at random from the seed, the same part of every class."""

from __future__ import annotations

import numpy as np

from layerwise.checks import Reals
from layerwise.equations.streams import Purpose, permutation
from layerwise.network import Array
from layerwise.tables import Table, TargetEncoder

__all__ = ["PART", "held_out_rows", "shares"]

PART = Reals(0.0, 1.0, "[", ")")
"""The part of the rows that may be held out."""


def held_out_rows(table: Table, target: TargetEncoder, part: float, seed: int) -> Array:
    """Return a mask (m,) of the rows to hold out; every class keeps its share, and a row to learn from.

    The shares are whole rows that add up to the part of all rows, by the largest remainder: of 10 classes with
    5 rows each, a part of 0.1 takes one row of 5 classes.
    """
    m = table.n_rows
    order = permutation(m, seed, Purpose.SPLIT)
    groups = _groups(table[target.name], target, order)
    mask = np.zeros(m, bool)
    for group, count in zip(groups, shares([len(group) for group in groups], part), strict=True):
        mask[group[:count]] = True
    return mask


def _groups(values: Array, target: TargetEncoder, order: Array) -> list[Array]:
    """Return the rows of each class in the random order; for regression all of them."""
    if target.task == "regression":
        return [order]
    classes = np.unique(values, return_inverse=True)[1][order]
    return [order[classes == place] for place in range(len(target.classes))]


def shares(sizes: list[int], part: float) -> Array:
    """Return how many rows to take of each group, at most all but one of it."""
    quotas, most = part * np.array(sizes), np.array(sizes) - 1
    counts = np.minimum(quotas.astype(np.int64), most)
    rest = round(part * sum(sizes)) - int(counts.sum())
    by_remainder = np.argsort(counts - quotas, kind="stable")
    able = by_remainder[counts[by_remainder] < most[by_remainder]]
    counts[able[: max(rest, 0)]] += 1
    return counts
