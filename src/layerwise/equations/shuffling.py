"""In which order an epoch takes the examples: all of them at random, or block by block where they lie in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from layerwise.checks import Integers
from layerwise.equations.streams import Purpose, permutation
from layerwise.errors import ParameterError
from layerwise.network import Array

__all__ = ["BlockShuffle"]

_ROWS = Integers(1, 2**40)


@dataclass(frozen=True)
class BlockShuffle:
    """Shuffle blocks of examples, then the examples of as many blocks as a buffer holds.

    Examples that lie in a file, as a memory-mapped X does, are so read a block at a time and not one by one all over
    the file, while the batches are nearly as random as if all of them were shuffled.

    Attributes
    ----------
    block : int
        Examples of a block; the last one has the rest. Of a file, blocks of some megabytes are well read.
    buffer : int
        Examples that are shuffled together: the whole blocks among so many, or all. With room for all of them, the
        order and so every bit of a run is that of ``shuffle=True``.

    Raises
    ------
    ParameterError

    Examples
    --------
    >>> BlockShuffle(block=2, buffer=4).order(9, seed=3, epoch=0)
    array([6, 5, 7, 4, 1, 2, 3, 0, 8])

    References
    ----------
    Xu et al. 2022, "In-database machine learning with CorgiPile: stochastic gradient descent without full data
    shuffle", arXiv:2206.05830.
    """

    block: int
    buffer: int

    def __post_init__(self) -> None:
        _ROWS.check("BlockShuffle", "block", self.block)
        if _ROWS.check("BlockShuffle", "buffer", self.buffer) < self.block:
            raise ParameterError(
                f"The 'buffer' parameter of BlockShuffle must be at least its block, {self.block}. Got {self.buffer}."
            )

    def order(self, m: int, seed: int, epoch: int) -> Array:
        """Return the order of the examples 0..m-1 in an epoch."""
        return np.concatenate(list(self.buffers(m, seed, epoch)))

    def buffers(self, m: int, seed: int, epoch: int) -> Iterator[Array]:
        """Yield the examples of one buffer after the other, in the order in which they are taken."""
        blocks = permutation(-(-m // self.block), seed, Purpose.BLOCKS, epoch)
        at_once = len(blocks) if self.buffer >= m else self.buffer // self.block
        for number, first in enumerate(range(0, len(blocks), at_once)):
            starts = np.sort(blocks[first : first + at_once]) * self.block
            examples = np.concatenate([np.arange(start, min(start + self.block, m)) for start in starts])
            yield examples[permutation(len(examples), seed, Purpose.SHUFFLE, epoch, number)]
