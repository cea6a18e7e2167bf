"""What a fit learns from: the rows of a table as arrays, and which of them each network of the ensemble holds out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from layerwise.engines import Examples
from layerwise.equations.shuffling import BlockShuffle
from layerwise.errors import LayerwiseError
from layerwise.estimators.tabular.architecture import network_inputs
from layerwise.mapped import columns_in_parts, columns_of
from layerwise.network import Array
from layerwise.tables import Table, TableEncoder, TargetEncoder

__all__ = ["Arrays", "Data", "LearningRows", "Limits", "Rows", "classes_of", "said_of", "scaled"]


SOME = 1 << 22
"""Examples whose positions are found together."""


class Arrays(NamedTuple):
    """Examples in float32: X (n_x, m), Y (n_y, m) and weights (m,) or None; in memory, or in mapped files."""

    X: Array
    Y: Array
    w: Array | None

    @property
    def m(self) -> int:
        """The number of examples."""
        return int(self.X.shape[1])

    def take(self, columns: Array) -> Arrays:
        """Return copies of some of the examples, given by their rising positions."""
        w = None if self.w is None else columns_of(self.w.reshape(1, -1), columns)[0]
        return Arrays(columns_of(self.X, columns), columns_of(self.Y, columns), w)

    def as_examples(self, subset: Array | None = None) -> Examples:
        """Return them as an engine takes them, or those at some positions, which are not copied."""
        return Examples(self.X, self.Y, None if self.w is None else self.w.reshape(1, -1), subset)


@dataclass(frozen=True)
class Limits:
    """What of a table larger than memory is held in it.

    Attributes
    ----------
    shuffle : BlockShuffle
        How the networks go through the examples.
    held_out : int
        Examples at most that a network holds out, and that it is measured on.
    networks : int
        How many are trained side by side at most.
    """

    shuffle: BlockShuffle
    held_out: int
    networks: int = 2

    def hold(self, m: int) -> bool:
        """Return whether they hold so many examples, so that the fit is that of a table in memory."""
        return m <= min(self.shuffle.buffer, self.held_out)


class LearningRows(Protocol):
    """Rows to learn from, before anything is known of their columns.

    Attributes
    ----------
    table : Table
        The rows whose columns tell what they are: all, or a sample.
    n_rows : int
        How many rows there are in all.
    without_target, without_weight : int
        How many more there were, without a target, and with a weight of 0.
    """

    @property
    def table(self) -> Table: ...  # noqa: D102 - said above
    @property
    def n_rows(self) -> int: ...  # noqa: D102 - said above
    @property
    def without_target(self) -> int: ...  # noqa: D102 - said above
    @property
    def without_weight(self) -> int: ...  # noqa: D102 - said above
    def arrays(self, encoder: TableEncoder) -> Arrays:
        """Return the examples that the rows are to an encoder."""
        ...

    def limits(self, encoder: TableEncoder, networks: int, folds: int) -> Limits | None:
        """Return what of the examples may be in memory at once, for so many networks and folds; None for all."""
        ...


@dataclass(frozen=True)
class Rows:
    """Rows of a table with their targets, in memory.

    Attributes
    ----------
    table : Table
    Y : (n_y, m) array
    w : (m,) array or None
        Weights, all above 0.
    called : str
        What an error about them begins with.
    without_target, without_weight : int
        How many more there were, for the record.
    """

    table: Table
    Y: Array
    w: Array | None = None
    called: str = ""
    without_target: int = 0
    without_weight: int = 0

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.table.n_rows

    def arrays(self, encoder: TableEncoder) -> Arrays:
        """Return the examples."""
        with said_of(self.called):
            X = network_inputs(encoder, self.table, np.float32)
            return Arrays(X, self.Y.astype(np.float32), None if self.w is None else scaled(self.w, self.w.max()))

    def limits(self, encoder: TableEncoder, networks: int, folds: int) -> None:
        """Return None: all of it is in memory."""


class Data:
    """The examples of a fit, and which of them each network learns from and is held against.

    Parameters
    ----------
    examples : Arrays
    looked_at : Arrays or None
        What every network is held against, in place of examples that each would hold out.
    held : sequence of array
        The rising positions that the first, second, ... network holds out; from then on over again.
    most : int or None
        Examples that a network is measured on at most where it holds out none; None for all.
    """

    def __init__(self, examples: Arrays, looked_at: Arrays | None, held: Sequence[Array], most: int | None) -> None:
        self.examples, self.looked_at, self.held, self.most = examples, looked_at, held, most

    @property
    def m(self) -> int:
        """How many examples there are to learn from."""
        return self.examples.m

    def subset(self, k: int) -> Array | None:
        """Return the positions that network k learns from; None for all."""
        if not self.held:
            return None
        held = self._held(k)
        kept = np.ones(self.m, bool)
        kept[held] = False
        positions, done = np.empty(self.m - len(held), np.uint32), 0
        for first in range(0, self.m, SOME):  # as positions of 64 bits would take twice the memory of the result
            found = np.flatnonzero(kept[first : first + SOME]) + first
            positions[done : done + len(found)] = found
            done += len(found)
        return positions

    def held_against(self, k: int) -> Examples | None:
        """Return the examples by which network k is stopped, or None where there are none."""
        if self.looked_at:
            return self.looked_at.as_examples()
        if not self.held:
            return None
        held = self._held(k)
        if self.most is not None:  # of a table that need not fit memory
            return self.examples.take(held).as_examples()
        return self.examples.as_examples(held.astype(np.uint32))

    def held_out(self, networks: int) -> int:
        """Return how many examples are held out by some of so many networks."""
        return self.looked_at.m if self.looked_at else sum(len(rows) for rows in self.held[:networks])

    def seen_by(self, networks: Sequence[int]) -> tuple[Arrays, list[Array]]:
        """Return all that these networks are measured on, and the places of each one's own among them.

        That is what a network is held against, or else what it has learnt from.
        """
        if self.looked_at:
            return self.looked_at, [np.arange(self.looked_at.m)] * len(networks)
        parts = [self._measured_on(k) for k in networks]
        rows = np.unique(np.concatenate(parts))
        return self.examples.take(rows), [np.searchsorted(rows, part) for part in parts]

    def _held(self, k: int) -> Array:
        return self.held[k % len(self.held)]

    def _measured_on(self, k: int) -> Array:
        if self.held:
            return self._held(k)
        if self.most is None or self.m <= self.most:
            return np.arange(self.m)
        return np.unique(np.linspace(0, self.m - 1, self.most).astype(np.int64))


def scaled(w: Array, largest: float) -> Array:
    """Return weights as float32, divided by a power of 2 so that none is too large for it: only their ratios count."""
    with np.errstate(under="ignore"):
        return (w / 2.0 ** np.frexp(largest)[1]).astype(np.float32)


def classes_of(target: TargetEncoder, Y: Array) -> Array | None:
    """Return the class of each example by its place; None for regression."""
    if target.task == "regression":
        return None
    classes = np.empty(Y.shape[1], np.int16)
    for first, part in columns_in_parts(Y):
        classes[first : first + part.shape[1]] = target.probabilities(part.T).argmax(axis=1)
    return classes


@contextmanager
def said_of(what: str) -> Iterator[None]:
    """Let the message of an error begin with what it is about, if that is said."""
    try:
        yield
    except LayerwiseError as error:
        if not what:
            raise
        raise type(error)(f"{what}: {error}") from error
