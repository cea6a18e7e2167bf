"""What a forward and a backward pass leave behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from layerwise.errors import ParameterError, ShapeError
from layerwise.network import Array, LayerArrays, Network, join_layers, layer_views

__all__ = ["Gradients", "Propagation", "check_run"]


class Propagation(NamedTuple):
    """What one forward pass computed, by layer number: the cache of the notes.

    Attributes
    ----------
    Z, A : list of array
        ``Z[l]`` and ``A[l]`` are (n[l], m); ``A[0]`` is X, ``Z[0]`` is None.
    masks : mapping of int to array
        The dropout masks that were multiplied onto ``A[l]``; empty without dropout.
    """

    Z: list[Any]
    A: list[Array]
    masks: Mapping[int, Array] = MappingProxyType({})

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

    Attributes
    ----------
    dW, db : list of array
        Derivatives of J by W[l] and b[l]; views of ``vector``. Index 0 is None.
    dZ, dA : list of array
        Derivatives of each example's loss by Z[l] and A[l], (n[l], m); None where they were not computed.

    Examples
    --------
    >>> Gradients(dW=[[[1.0, 2.0]]], db=[[[0.5]]]).vector
    array([1. , 2. , 0.5])
    """

    __slots__ = ("dA", "dW", "dZ", "db")

    dA: list[Any]
    dW: list[Any]
    dZ: list[Any]
    db: list[Any]

    def __init__(self, dW: Sequence[Any], db: Sequence[Any]) -> None:
        self._attach(*join_layers(dW, db, "d"))

    def _attach(self, sizes: tuple[int, ...], vector: Array) -> None:
        dW, db = layer_views(sizes, vector)
        fix = object.__setattr__
        fix(self, "sizes", sizes)
        fix(self, "vector", vector)
        fix(self, "dW", dW)
        fix(self, "db", db)
        fix(self, "dZ", [None] * len(sizes))
        fix(self, "dA", [None] * len(sizes))

    def __reduce__(self) -> tuple[Any, ...]:
        return _gradients, (self.sizes, self.vector, self.dZ, self.dA)


def _gradients(sizes: tuple[int, ...], vector: Array, dZ: list[Any], dA: list[Any]) -> Gradients:
    gradients = Gradients.from_vector(sizes, vector)
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
