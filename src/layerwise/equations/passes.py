"""What a forward and a backward pass leave behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from layerwise.errors import ParameterError, ShapeError
from layerwise.layout import Layout, join_layers, layer_views
from layerwise.network import Array, LayerArrays, Network

__all__ = ["Gradients", "Propagation", "check_run"]


class Propagation(NamedTuple):
    """What one forward pass computed, by layer number: the cache of the notes.

    Attributes
    ----------
    Z, A : list of array
        ``Z[l]`` and ``A[l]`` are (n[l], m); ``A[0]`` is X, or with embeddings what they made of it; ``Z[0]`` is None.
    masks : mapping of int to array
        The dropout masks that were multiplied onto ``A[l]``; empty without dropout.
    inputs : array or None
        X, where embeddings made A[0] of it.
    """

    Z: list[Any]
    A: list[Array]
    masks: Mapping[int, Array] = MappingProxyType({})
    inputs: Array | None = None

    @property
    def X(self) -> Array:
        """What the pass began with, (n_x, m)."""
        return self.A[0] if self.inputs is None else self.inputs

    @property
    def Y_hat(self) -> Array:
        """The output A[L], (n_y, m)."""
        return self.A[-1]


class Gradients(LayerArrays):
    """The derivatives of the cost, by layer number, in the layout of `layerwise.Parameters`.

    Parameters
    ----------
    dW, db : sequence of array_like
        ``dW[l]`` (n[l], n[l-1]) and ``db[l]`` (n[l], 1), with or without a leading None for the input.
    dE : sequence of array_like or None, optional
        ``dE[j]`` for each embedding, None for one without a table.

    Attributes
    ----------
    dW, db : list of array
        Derivatives of J by W[l] and b[l]; views of ``vector``. Index 0 is None.
    dE : list of array or None
        Derivatives of J by E[j], the table of embedding j = 0, 1, ...; views of ``vector``.
    dZ, dA : list of array
        Derivatives of each example's loss by Z[l] and A[l], (n[l], m); None where they were not computed.

    Examples
    --------
    >>> Gradients(dW=[[[1.0, 2.0]]], db=[[[0.5]]]).vector
    array([1. , 2. , 0.5])
    """

    __slots__ = ("dA", "dE", "dW", "dZ", "db")

    dA: list[Any]
    dE: list[Any]
    dW: list[Any]
    dZ: list[Any]
    db: list[Any]

    def __init__(self, dW: Sequence[Any], db: Sequence[Any], dE: Sequence[Any] = ()) -> None:
        self._attach(*join_layers(dW, db, dE, "d"))

    def _attach(self, layout: Layout, vector: Array) -> None:
        dW, db, dE = layer_views(layout, vector)
        fix = object.__setattr__
        fix(self, "layout", layout)
        fix(self, "vector", vector)
        fix(self, "dW", dW)
        fix(self, "db", db)
        fix(self, "dE", dE)
        fix(self, "dZ", [None] * len(layout.sizes))
        fix(self, "dA", [None] * len(layout.sizes))

    def __reduce__(self) -> tuple[Any, ...]:
        return _gradients, (self.layout, self.vector, self.dZ, self.dA)


def _gradients(layout: Layout, vector: Array, dZ: list[Any], dA: list[Any]) -> Gradients:
    gradients = Gradients.from_vector(layout, vector)
    gradients.dZ[:], gradients.dA[:] = dZ, dA
    return gradients


def check_run(owner: str, net: Network, run: Any, layers: int) -> None:
    """Check that `run` is a forward pass of this network, as far as its last layers are needed."""
    if not isinstance(run, Propagation):
        raise ParameterError(
            f"The 'run' parameter of {owner} must be what forward(net, theta, X) returned. Got {type(run).__name__}."
        )
    sizes, wanted = tuple(len(a) for a in run.A), net.sizes[-layers:]
    if (sizes if layers > 1 else sizes[-1:]) != wanted:
        raise ShapeError(f"{owner}: run must be a forward pass of this network, with the sizes {wanted}. Got {sizes}.")
    if layers > 1 and len(run.X) != net.n_x:
        raise ShapeError(
            f"{owner}: run must be a forward pass of this network, whose X has {net.n_x} rows. Got {len(run.X)}."
        )
