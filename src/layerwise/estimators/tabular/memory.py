"""How much memory the fit of a table larger than it may take, and what for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layerwise.checks import Bytes

if TYPE_CHECKING:
    from layerwise.estimators.tabular.data import Limits

__all__ = ["DEFAULT", "MEMORY", "Budget"]

MEMORY = Bytes(500_000_000)
"""What `memory` may be."""

_PROCESS = 300_000_000
"""Bytes of Python, its libraries and what they hold for themselves."""

_CELL = 64
"""Bytes of a cell in a table, if it is a text."""

_DEALT = 40
"""Bytes that a row takes while rows are dealt to folds."""

_ORDERED = 24
"""Bytes that an example of a buffer takes in the order of an epoch."""

_PAGES = 2 << 20
"""Bytes that the system maps together: smaller blocks would bring their neighbours with them."""

_POSITION = 8
"""Bytes of an example's position among all, and of its weight."""

DEFAULT = "4GB"
"""What a fit may take, if nothing is said."""


@dataclass(frozen=True)
class Budget:
    """How memory is shared out, in bytes.

    Attributes
    ----------
    memory : int
        All that may be used.
    """

    memory: int = MEMORY.check("Budget", "memory", DEFAULT)

    @property
    def spare(self) -> int:
        """What is left for the table and its examples."""
        return self.memory - _PROCESS

    def sample_rows(self, columns: int) -> int:
        """Return how many rows tell what the columns of a table are."""
        return max(1000, self.spare // 4 // (_CELL * columns))

    def chunk_rows(self, columns: int, places: int) -> int:
        """Return how many rows become examples at once."""
        return min(1 << 16, max(1, self.spare // 16 // (_CELL * columns + 8 * places)))

    def limits(self, n_rows: int, row_bytes: int, networks: int, folds: int) -> Limits:
        """Return what of so many examples of so many bytes is in memory at once, in the fit of so many networks.

        A network has two buffers, one that it learns from and one that is read meanwhile, and the positions of its
        examples, and weights of theirs; what all of them hold out is there when they are measured. Examples that fill
        no more than a buffer are held out as if there were no limits.
        """
        from layerwise.equations.shuffling import BlockShuffle  # late: the command line reads DEFAULT without NumPy
        from layerwise.estimators.tabular.data import Limits

        block = max(1, max(self.spare // 256, _PAGES) // (row_bytes + _ORDERED))
        buffer = block * max(1, self.spare // 16 // (row_bytes + _ORDERED) // block)
        held_out = max(1000, min(self.spare // 8 // (networks * row_bytes), self.spare // 4 // (_DEALT * folds)))
        side_by_side = 2 if 2 * _POSITION * n_rows < self.spare // 4 else 1
        return Limits(BlockShuffle(block, buffer), n_rows if n_rows <= buffer else held_out, side_by_side)
