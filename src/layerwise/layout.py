"""Where the numbers of a network lie: `Embedding`, `Layout`, and arrays by layer as views of one flat vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from layerwise.checks import COUNT, FLAG, Integers
from layerwise.errors import DataError, ShapeError

__all__ = ["Array", "Embedding", "Layout", "as_numbers", "check_size", "join_layers", "layer_views"]

Array: TypeAlias = NDArray[Any]

LEVELS, KNOTS = Integers(1, 2**31 - 1), Integers(2, 2**31 - 1)


@dataclass(frozen=True)
class Embedding:
    r"""What becomes of one input that holds positions u: d numbers that are learnt, or the code of u itself.

    .. math::
        e = E\, c(u)

    For levels c(u) is column u of the unit matrix, so that e is column u of E: u is a whole number from 0 to K − 1,
    or −1, which gives zeros. For ordered positions c(u) is piecewise linear,

    .. math::
        c_k(u) = \min(\max(u - k, 0), 1), \qquad k = 0, \dots, K - 2,

    so that e runs on straight lines from knot to knot: u is a real number in [0, K − 1]; below and above it stays
    where it ends.

    Parameters
    ----------
    positions : int
        K: how many levels or knots there are. Ordered positions need at least two.
    dimension : int or None
        d, the rows of E. None learns nothing and gives the code c(u) itself.
    ordered : bool
        Whether positions between two whole numbers lie between their vectors.

    Raises
    ------
    ParameterError
        If a number is not one of those.

    Examples
    --------
    >>> Embedding(positions=7, dimension=3).width, Embedding(positions=7, dimension=None, ordered=True).width
    (3, 6)

    References
    ----------
    Guo and Berkhahn 2016, arXiv:1604.06737 (levels); Gorishniy, Rubachev and Babenko 2022, arXiv:2203.05556,
    section 3.1 (the piecewise linear code).
    """

    positions: int
    dimension: int | None
    ordered: bool = False

    def __post_init__(self) -> None:
        ordered = FLAG.check("Embedding", "ordered", self.ordered)
        positions = (KNOTS if ordered else LEVELS).check("Embedding", "positions", self.positions)
        d = self.dimension
        dimension = None if d is None else COUNT.check("Embedding", "dimension", d)
        for name, value in (("positions", positions), ("dimension", dimension), ("ordered", ordered)):
            object.__setattr__(self, name, value)

    @property
    def code_length(self) -> int:
        """How many numbers c(u) has: K, or K − 1 of ordered positions."""
        return self.positions - 1 if self.ordered else self.positions

    @property
    def width(self) -> int:
        """How many rows of A[0] the output has: d, or those of the code."""
        return self.code_length if self.dimension is None else self.dimension

    @property
    def shape(self) -> tuple[int, int] | None:
        """The shape of E, (d, K) or (d, K − 1); None where nothing is learnt."""
        return None if self.dimension is None else (self.dimension, self.code_length)


class Layout(NamedTuple):
    """What the shapes of all parameters follow from.

    Attributes
    ----------
    sizes : tuple of int
        Units by layer, n[0] first.
    tables : tuple of (int, int) or None
        The shape of E by the number of the embedding; None for those without.
    """

    sizes: tuple[int, ...]
    tables: tuple[tuple[int, int] | None, ...] = ()

    @classmethod
    def of(cls, shapes: Layout | Sequence[int]) -> Layout:
        """Return the layout itself, or that of a network without embeddings from its sizes."""
        return shapes if isinstance(shapes, Layout) else cls(tuple(shapes))

    @property
    def n_weights(self) -> int:
        """How many numbers W[1..L] hold: the sum of n[l] n[l-1]."""
        return _counts(self)[0]

    @property
    def n_parameters(self) -> int:
        """How many numbers W[1..L], b[1..L] and the tables hold."""
        return _counts(self)[1]

    def __str__(self) -> str:
        return f"{self.sizes} and the tables {self.tables}" if self.tables else str(self.sizes)


@lru_cache(maxsize=1024)
def _counts(layout: Layout) -> tuple[int, int]:
    # of W, and of all: these, b and the tables
    weights = sum(n * before for before, n in pairwise(layout.sizes))
    tables = sum(shape[0] * shape[1] for shape in layout.tables if shape)
    return weights, weights + sum(layout.sizes[1:]) + tables


class _Views(list[Any]):
    """Arrays by layer, all views of one vector: to set one is to copy into its place, so that it stays a view."""

    def __init__(self, arrays: Sequence[Any], kind: str = "layer") -> None:
        super().__init__(arrays)
        self.kind = kind

    def __setitem__(self, l: Any, array: Any) -> None:
        if isinstance(l, slice):
            for k, each in zip(range(*l.indices(len(self))), array, strict=True):
                self[k] = each
            return
        view = self[l]
        if view is None or np.shape(array) != view.shape:
            raise ShapeError(
                f"Parameters: the array of {self.kind} {l} must keep its shape {np.shape(view)}. Got {np.shape(array)}."
            )
        view[...] = array


def layer_views(layout: Layout, vector: Array) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the lists W, b (index 0 None) and E as views of one flat array, in which they follow each other.

    W[l] lies row by row, E[j] column by column, so that the vector of a position is in one piece.
    """
    check_size(layout, vector)
    W: list[Any] = [None]
    b: list[Any] = [None]
    E: list[Any] = []
    start = 0

    def take(rows: int, columns: int) -> Array:
        nonlocal start
        start += rows * columns
        return vector[start - rows * columns : start].reshape(rows, columns)

    W += [take(n, before) for before, n in pairwise(layout.sizes)]
    b += [take(n, 1) for n in layout.sizes[1:]]
    E += [take(*shape[::-1]).T if shape else None for shape in layout.tables]
    return _Views(W), _Views(b), _Views(E, "embedding")


def check_size(layout: Layout, vector: Array) -> None:
    """Refuse a vector that has not as many numbers as the layout."""
    if vector.size != layout.n_parameters:
        raise ShapeError(
            f"Parameters: the sizes {layout} need a vector of {layout.n_parameters} numbers. Got {vector.size}."
        )


def join_layers(W: Sequence[Any], b: Sequence[Any], E: Sequence[Any] = (), prefix: str = "") -> tuple[Layout, Array]:
    """Return the layout and one flat vector of W[1..L], b[1..L], E; with the prefix "d" the messages say dW and db.

    Raises
    ------
    ShapeError, DataError
        If they do not form a chain, or are not numbers.
    """
    weights, biases, tables = _by_layer(prefix + "W", W), _by_layer(prefix + "b", b), _tables(prefix + "E", E)
    arrays = [array for array in (*weights, *biases, *tables) if array is not None]
    layout = Layout(_layer_sizes(weights, biases, prefix), tuple(None if e is None else e.shape for e in tables))
    dtype = np.result_type(*(a.dtype if a.dtype in (np.float32, np.float64) else np.float64 for a in arrays))
    vector = np.empty(layout.n_parameters, dtype)
    for into, array in zip(_all_views(layout, vector), (*weights, *biases, *tables), strict=True):
        if into is not None:
            into[...] = array
    return layout, vector


def _all_views(layout: Layout, vector: Array) -> list[Any]:
    W, b, E = layer_views(layout, vector)
    return [*W[1:], *b[1:], *E]


def _layer_sizes(W: Sequence[Array], b: Sequence[Array], symbol: str) -> tuple[int, ...]:
    if len(W) != len(b) or not W:
        raise ShapeError(
            f"Parameters: {symbol}W and {symbol}b must have one array for each layer. Got {len(W)} and {len(b)}."
        )
    sizes: list[int] = []
    for l, (weight, bias) in enumerate(zip(W, b, strict=True), start=1):
        shape, bias_shape = weight.shape, bias.shape
        before = sizes[-1] if sizes else (shape[1] if len(shape) == 2 else "n[0]")
        if len(shape) != 2 or shape[1] != before:
            raise ShapeError(f"{symbol}W[{l}] must have shape (n[{l}], n[{l - 1}]) = (n[{l}], {before}). Got {shape}.")
        if bias_shape != (shape[0], 1):
            cure = f" Use b.reshape({shape[0]}, 1)." if bias_shape == (shape[0],) else ""
            raise ShapeError(f"{symbol}b[{l}] must have shape (n[{l}], 1) = ({shape[0]}, 1). Got {bias_shape}.{cure}")
        sizes = [*(sizes or [shape[1]]), shape[0]]
    return tuple(sizes)


def _by_layer(symbol: str, arrays: Sequence[Any]) -> list[Array]:
    try:
        listed = list(arrays)
    except TypeError:
        raise ShapeError(f"Parameters: {symbol} must list an array for each layer. Got {arrays!r}.") from None
    if listed and listed[0] is None:
        listed = listed[1:]
    if any(a is None for a in listed):
        raise ShapeError(f"Parameters: {symbol} must have an array for each layer 1..L. Got None among them.")
    return [as_numbers("Parameters", f"{symbol}[{l}]", a) for l, a in enumerate(listed, start=1)]


def _tables(symbol: str, arrays: Sequence[Any]) -> list[Any]:
    try:
        listed = list(arrays)
    except TypeError:
        raise ShapeError(f"Parameters: {symbol} must list an array for each embedding. Got {arrays!r}.") from None
    tables = [None if e is None else as_numbers("Parameters", f"{symbol}[{j}]", e) for j, e in enumerate(listed)]
    for j, table in enumerate(tables):
        if table is not None and (table.ndim != 2 or not table.size):
            raise ShapeError(f"{symbol}[{j}] must have shape (d, K), a column for each position. Got {table.shape}.")
    return tables


def as_numbers(owner: str, symbol: str, values: Any) -> Array:
    """Return `values` as an array of real numbers of whatever type, or raise a DataError."""
    try:
        array = np.asarray(values)
        if array.dtype.kind in "fiub":
            return array
    except ValueError:  # rows of different lengths
        pass
    kind = f"an array of {values.dtype}" if hasattr(values, "dtype") else type(values).__name__
    raise DataError(f"{owner}: {symbol} must be an array of numbers. Got {kind}.")
