"""A model as plain data: what the three writers share, so that none of them knows a model.

A `Program` is carried out in four steps, each in float64 but for the network itself:

1. every input is a column of cells; its encoding turns a cell into numbers, its places (none for a matrix);
2. the places of all inputs, in the network's order and type, are x: plain numbers first, then positions;
3. the networks, all of one shape, give Ŷ, and their mean is taken;
4. the output makes of it probabilities and a label, or numbers in their unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from layerwise.network import Array, Embedding
from layerwise.vocabulary import Choice

__all__ = [
    "CellKind",
    "Dates",
    "Embedded",
    "Encoding",
    "Input",
    "Labels",
    "Layer",
    "Levels",
    "Numbers",
    "Output",
    "Part",
    "Program",
    "Ranks",
]

CellKind: TypeAlias = Literal["number", "text", "datetime"]
Labels: TypeAlias = tuple[str, ...] | tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True)
class Numbers:
    """A number: filled with `median`, scaled and clipped; a mark of missing cells; the position among `knots`.

    See `layerwise.tables.NumericColumn`, whose places they are, in its order.
    """

    median: float
    scale: float
    mark: bool
    knots: tuple[float, ...]


@dataclass(frozen=True)
class Ranks:
    """A number among rising levels: its rank u, `median` where it is missing, as 2 u / (K - 1) - 1.

    Then, if asked for, the mark of a missing cell and u itself. See `layerwise.tables.OrdinalColumn`.
    """

    levels: tuple[float, ...]
    median: float
    mark: bool
    position: bool


@dataclass(frozen=True)
class Levels:
    """Texts or numbers that are looked up.

    Attributes
    ----------
    keys : tuple of (str or float, int)
        Every spelling of a level with its row of `rows`, sorted.
    rows : (K + 2, places) array of float64
        The places of each of the K levels, of a missing cell, and of a level that is not among them.
    """

    keys: tuple[tuple[str | float, int], ...]
    rows: Array

    @property
    def missing(self) -> int:
        """The row of a missing cell."""
        return len(self.rows) - 2

    @property
    def unseen(self) -> int:
        """The row of a level that is not among the keys."""
        return len(self.rows) - 1


@dataclass(frozen=True)
class Part:
    """One part of a date, such as "month", and the period after which it begins anew, if it does."""

    name: str
    numbers: Numbers
    period: float | None


@dataclass(frozen=True)
class Dates:
    """A moment: the mark of a missing cell, then the places of each part and, of one with a period, sine and cosine.

    See `layerwise.tables.DatetimeColumn`.
    """

    mark: bool
    parts: tuple[Part, ...]


Encoding: TypeAlias = Numbers | Ranks | Levels | Dates


@dataclass(frozen=True)
class Input:
    """A column: its name, what its cells are, and which rows of x its encoding fills, one for each place."""

    name: str
    kind: CellKind
    encoding: Encoding
    places: tuple[int, ...]


@dataclass(frozen=True)
class Embedded:
    """An embedding of one input in M networks.

    Attributes
    ----------
    entry : Embedding
    E : (M, code length, d) array or None
        The tables, a row for each number of the code; None where the code itself is the output.
    """

    entry: Embedding
    E: Array | None

    @property
    def vectors(self) -> Array:
        """The output at each position, (M, K, d), where ordered; else of each level, and zeros for none."""
        if self.E is None:
            raise ValueError("an embedding without a table has no vectors")
        zeros = np.zeros((len(self.E), 1, self.E.shape[2]), self.E.dtype)
        if not self.entry.ordered:
            return np.concatenate([self.E, zeros], axis=1)
        sums = np.cumsum(self.E, axis=1, dtype=np.float64).astype(self.E.dtype)
        return np.concatenate([zeros, sums], axis=1)


@dataclass(frozen=True)
class Layer:
    """A layer in M networks: A = g(A_prev W + b) for rows of examples, W (M, n_prev, n) and b (M, n)."""

    W: Array
    b: Array
    g: Choice


@dataclass(frozen=True)
class Output:
    """What the mean Ŷ, (m, n_y), becomes.

    Attributes
    ----------
    task : {"classes", "labels", "numbers"}
        "classes": a probability for each class, which sum to 1, and the most probable one; "labels": a probability for
        each label, and whether it is above ½; "numbers": ŷ `std` + `mean`.
    labels : tuple
        Of the classes, in the order of the probabilities.
    second_at_half : bool
        Of two classes: whether a probability of exactly ½ is the second.
    flat : bool
        Of numbers: whether there is one for each row, (m,), and not (m, n_y).
    """

    task: Literal["classes", "labels", "numbers"]
    n_y: int
    labels: Labels = ()
    second_at_half: bool = False
    mean: float = 0.0
    std: float = 1.0
    flat: bool = False

    @property
    def binary(self) -> bool:
        """Whether ŷ is the probability of the second of two classes."""
        return self.task == "classes" and self.n_y == 1

    @property
    def width(self) -> int:
        """How many probabilities or numbers there are for a row."""
        return len(self.labels) if self.task == "classes" else self.n_y


@dataclass(frozen=True)
class Program:
    """A model as plain data.

    Attributes
    ----------
    inputs : tuple of Input
        The columns; empty where the model takes a matrix, (m, n_x).
    n_x : int
        How many numbers the network takes.
    embeddings : tuple of Embedded
        Of the last of these.
    layers : tuple of Layer
    output : Output
    about : mapping of str to str
        What is known of the model, for people.
    """

    inputs: tuple[Input, ...]
    n_x: int
    embeddings: tuple[Embedded, ...]
    layers: tuple[Layer, ...]
    output: Output
    about: dict[str, str] = field(default_factory=dict)

    @property
    def dtype(self) -> np.dtype[np.float32] | np.dtype[np.float64]:
        """The type that the networks compute in."""
        return self.layers[0].W.dtype

    @property
    def n_networks(self) -> int:
        """M."""
        return len(self.layers[0].W)

    @property
    def n_plain(self) -> int:
        """How many of the network's inputs are plain numbers."""
        return self.n_x - len(self.embeddings)
