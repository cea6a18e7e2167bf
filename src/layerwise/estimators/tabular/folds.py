"""Which rows each network of an ensemble holds out: every network another part, so that others learn from them."""

from __future__ import annotations

import numpy as np

from layerwise.equations.streams import Purpose, permutation, words
from layerwise.network import Array

__all__ = ["drawn_rows", "fold_of_rows", "held_out_rows", "member_seeds"]


def member_seeds(seed: int, n: int) -> list[int]:
    """Return a seed for each network, so that the ensembles of two seeds share none."""
    return [int(word) for word in words(n, seed, Purpose.MEMBER)]


def fold_of_rows(strata: Array | None, m: int, seed: int, folds: int) -> Array:
    """Return the fold of each row, (m,), from 0; -1 for the only row of its stratum, which is never held out.

    The rows of a stratum are dealt to the folds in turn, each stratum where the last one ended: so strata keep their
    shares, and the folds their sizes, to within one row.
    """
    order = permutation(m, seed, Purpose.SPLIT)
    fold = np.full(m, -1)
    dealt = 0
    for rows in [order] if strata is None else [order[strata[order] == k] for k in np.unique(strata)]:
        if len(rows) > 1:
            fold[rows] = (dealt + np.arange(len(rows))) % folds
            dealt += len(rows)
    return fold


def drawn_rows(m: int, most: int, seed: int, purpose: Purpose, index: int = 0) -> Array:
    """Return the rising positions of `most` of m rows, drawn at random; a row that is drawn twice counts once."""
    drawn = words(most, seed, purpose, index).astype(np.uint64)
    return np.unique(drawn * np.uint64(m) >> np.uint64(32)).astype(np.int64)


def held_out_rows(
    strata: Array | None, m: int, seed: int, folds: int, networks: int, most: int | None = None
) -> list[Array]:
    """Return the rising positions of the rows that the first, the second, ... of so many networks holds out.

    Each has a fold of its own, as long as there are as many. `most` rows at most are in a fold: where it has more, the
    folds are dealt from rows that are drawn at random, without regard to strata, which then are large.
    """
    if most is None or m <= most * folds:
        fold = fold_of_rows(strata, m, seed, folds)
        return [np.flatnonzero(fold == k) for k in range(min(networks, fold.max() + 1))]
    drawn = drawn_rows(m, most * folds, seed, Purpose.SPLIT, 1)
    fold = permutation(len(drawn), seed, Purpose.SPLIT, 2) % folds
    return [drawn[fold == k] for k in range(min(networks, folds))]
