"""`Place`: one column of the matrix, and what its values mean to the first layer."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Place"]


@dataclass(frozen=True)
class Place:
    """One column of the matrix that a `TableEncoder` makes.

    Attributes
    ----------
    name : str
        Such as "age", "age=<missing>", "sex=m", "age[position]".
    column : str
        The table's column that it comes from.
    positions : int
        0 for a number that goes to the first layer as it is. K > 0 for a position u among the K rows of a learnt
        embedding table: 0 ≤ u ≤ K - 1, or -1 for none, whose embedding is zero.
    ordered : bool
        Whether positions may be fractions, whose embedding is interpolated between the rows ⌊u⌋ and ⌈u⌉;
        otherwise they are whole.
    """

    name: str
    column: str
    positions: int = 0
    ordered: bool = False
