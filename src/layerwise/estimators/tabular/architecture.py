"""From the places of an encoder to a network: which are numbers, which are positions of embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from layerwise.equations.initializers import initialize
from layerwise.errors import ParameterError, TableError, did_you_mean
from layerwise.estimators.tabular.recipe import Recipe
from layerwise.network import Array, Embedding, Network, Parameters
from layerwise.tables import Place, Table, TableEncoder

__all__ = ["MONOTONE_ACTIVATION", "Architecture", "check_monotone", "inputs_of", "linear_output", "network_inputs"]

MONOTONE_ACTIVATION = "tanh"
"""Of a network with constraints: it rises everywhere, and is neither convex nor concave, nor then are its sums."""


@dataclass(frozen=True)
class Architecture:
    """A network for the columns of a matrix.

    Attributes
    ----------
    network : Network
    signs : Parameters or None
        +1 for parameters that stay at least 0, -1 for at most 0, and 0 for free ones, where columns are constrained.

    Notes
    -----
    An output never falls in an input x_j if W[1][:, j] ≥ 0 and W[l] ≥ 0 for every later layer, as long as the
    activations rise. The other columns of W[1] stay free, so that the constraint binds no other input.

    References
    ----------
    Sill 1997, "Monotonic networks", NIPS 10 (non-negative weights).
    """

    network: Network
    signs: Parameters | None = None

    @classmethod
    def of(
        cls,
        places: tuple[Place, ...],
        recipe: Recipe,
        output: tuple[str, int, str | None],
        monotone: Mapping[str, int],
    ) -> Architecture:
        """Build the network of a recipe; `output` is its activation, how many outputs there are, and the loss."""
        numbers, positions = _numbers_first(places)
        embeddings = tuple(_embedding(place, recipe, monotone) for place in positions)
        sizes = (len(numbers) + sum(e.width for e in embeddings), *recipe.hidden, output[1])
        activations = (*(recipe.activation,) * len(recipe.hidden), output[0])
        net = Network(sizes, activations, output[2], embeddings=embeddings)
        if not monotone:
            return cls(net)
        signs = Parameters.from_vector(net.layout, np.zeros(net.n_parameters))
        for l in range(2, net.L + 1):
            signs.W[l][...] = 1
        for place, columns in _columns_of(numbers, positions, embeddings):
            if place.name != f"{place.column}=<missing>":  # whether a cell is missing may do what it likes
                signs.W[1][:, columns] = monotone.get(place.column, 0)
        return cls(net, signs)

    def initial(self, seed: int) -> Parameters:
        """Return random parameters, with the signs that they have to keep.

        Where all weights are positive, units that rise together add up, layer by layer, to outputs far beyond 1. So
        each unit of a later hidden layer starts with one unit of the layer before, and the constrained inputs with
        weights so small that the free ones tell the units apart.
        """
        theta = initialize(self.network, seed)
        if self.signs is None:
            return theta
        signs = self.signs
        theta.vector[...] = np.where(signs.vector == 0, theta.vector, signs.vector * np.abs(theta.vector))
        if self.network.L > 1:
            theta.W[1][signs.W[1] != 0] /= np.sqrt(len(theta.W[1]))
        for W in theta.W[2:-1]:
            n_out, n_in = W.shape
            W /= n_in
            W[np.arange(n_out), np.arange(n_out) % n_in] = 1.0
        return theta


def inputs_of(places: tuple[Place, ...]) -> Array:
    """Return in which order the places enter the network: numbers first, then positions."""
    return np.argsort([place.positions > 0 for place in places], kind="stable")


def network_inputs(encoder: TableEncoder, table: Table, dtype: Any) -> Array:
    """Return X, (n_x, m), as a network takes it; a row of memory is an example."""
    return np.ascontiguousarray(encoder.transform(table)[:, inputs_of(encoder.places)], dtype).T


def linear_output(net: Network) -> Network:
    """Return the network without its output activation: its outputs are Z[L]."""
    return Network(net.sizes, (*net.activations[:-1], "identity"), embeddings=net.embeddings)


def check_monotone(monotone: Mapping[str, int], encoder: TableEncoder) -> dict[str, int]:
    """Return the constraints of columns that are numbers, booleans or ordered; a constraint of 0 is none."""
    roles = {column.column: column.role for column in encoder.schema}
    for name, sign in monotone.items():
        if name not in roles:
            raise TableError(
                f"The 'monotone' parameter names {name!r}, which is no column of the table.{did_you_mean(name, roles)}"
            )
        if sign not in (-1, 0, 1) or isinstance(sign, bool):
            raise ParameterError(
                f"The 'monotone' parameter must map columns to 1 (rising), -1 (falling) or 0. "
                f"Got {sign!r} for {name!r}."
            )
        if roles[name] not in ("numeric", "boolean", "ordinal"):
            raise TableError(
                f"The 'monotone' parameter is for columns of numbers, booleans or ordered levels. "
                f"Column {name!r} is {roles[name]}."
            )
    return {name: int(sign) for name, sign in monotone.items() if sign}


def _numbers_first(places: tuple[Place, ...]) -> tuple[list[Place], list[Place]]:
    return [p for p in places if not p.positions], [p for p in places if p.positions]


def _embedding(place: Place, recipe: Recipe, monotone: Mapping[str, int]) -> Embedding:
    if not place.ordered:
        return Embedding(place.positions, recipe.level_dimension)
    # the code of a position rises with it; what an embedding learns need not
    dimension = None if place.column in monotone else recipe.dimension
    return Embedding(place.positions, dimension, ordered=True)


def _columns_of(
    numbers: list[Place], positions: list[Place], embeddings: tuple[Embedding, ...]
) -> list[tuple[Place, slice]]:
    found = [(place, slice(j, j + 1)) for j, place in enumerate(numbers)]
    start = len(numbers)
    for place, embedding in zip(positions, embeddings, strict=True):
        found.append((place, slice(start, start + embedding.width)))
        start += embedding.width
    return found
