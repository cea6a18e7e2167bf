"""The plane that the surface and the response maps are drawn on: two inputs, or the first two principal components.

Every point of it is x = o + s p + t q, so that on it Z[1] = (W[1] p) s + (W[1] q) t + (W[1] o + b[1]): the network
that is seen on the plane is a network of two inputs, however many the data have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from layerwise.errors import ParameterError, did_you_mean
from layerwise.lab.moment import Dataset, Moment
from layerwise.lab.views.numbers import Json, entries
from layerwise.lab.views.remembered import once_per_dataset
from layerwise.network import Array, Network, Parameters
from layerwise.tables.encodings import NumericColumn

__all__ = ["Plane", "plane_of", "points", "shown_plane"]

MARGIN = 0.08
"""Beyond the outermost points, as a part of the range."""

SHOWN_POINTS = 3000
"""Examples that are drawn; of more, these many evenly spaced ones."""

_LOOKED_AT = 2000
"""Examples that the principal components are taken of."""

_EDGE = 2.999  # of a clipped number, which is below 3


@dataclass(frozen=True)
class Axis:
    """One direction of the plane.

    Attributes
    ----------
    name : str
    direction : (n_x,) array
        Zeros for an axis that the data do not have.
    range : pair of float
        In what is drawn: a table's own unit for a column of numbers.
    drawn, encoded : callable
        From a coordinate along the direction to what is drawn, and back.
    """

    name: str
    direction: Array
    range: tuple[float, float]
    drawn: Callable[[Array], Array]
    encoded: Callable[[Array], Array]


@dataclass(frozen=True)
class Plane:
    """Two axes through the point o.

    Attributes
    ----------
    kind : str
        "columns" or "components".
    origin : (n_x,) array
    x, y : Axis
    """

    kind: str
    origin: Array
    x: Axis
    y: Axis

    def grid(self, side: int) -> Array:
        """Return the coordinates of side² points, (2, side²): row by row from the top, largest y first."""
        x = self.x.encoded(np.linspace(*self.x.range, side))
        y = self.y.encoded(np.linspace(*self.y.range[::-1], side))
        return np.stack([np.tile(x, side), np.repeat(y, side)])

    def network(self, net: Network, theta: Parameters) -> tuple[Network, Parameters]:
        """Return the network as it is seen on the plane, which takes the two coordinates."""
        W1, dtype = theta.W[1].astype(np.float64), theta.dtype
        across = W1 @ np.stack([self.x.direction, self.y.direction], axis=1)
        b1 = W1 @ self.origin[:, None] + theta.b[1]
        seen = _of_two_inputs(net)
        W, b = [across.astype(dtype), *theta.W[2:]], [b1.astype(dtype), *theta.b[2:]]
        return seen, Parameters(W, b)

    def described(self) -> Json:
        """Return what the page calls the plane."""
        return {"kind": self.kind, "x": self.x.name, "y": self.y.name}


@lru_cache(maxsize=16)
def _of_two_inputs(net: Network) -> Network:
    return Network.from_config({**net.to_config(), "sizes": [2, *net.sizes[1:]]})


def plane_of(data: Dataset, view: Json | None = None) -> Plane:
    """Return the plane that a view asks for; unasked, the inputs if there are two, else the principal components.

    Parameters
    ----------
    data : Dataset
    view : dict, optional
        ``{"plane": {"kind": "columns" | "components", "x": name, "y": name}}``.

    Raises
    ------
    ParameterError
        If there is no such kind or input.
    """
    asked = (view or {}).get("plane") or {"kind": "columns" if len(data.inputs) <= 2 else "components"}
    kind = asked.get("kind")
    if kind == "components" and len(data.inputs) > 1:
        return _components(data)
    if kind not in ("columns", "components"):
        raise ParameterError(f"The 'plane' of a view must be of kind 'columns' or 'components'. Got {kind!r}.")
    x = asked.get("x") or data.inputs[0]
    y = asked.get("y") or next((name for name in data.inputs if name != x), None)
    return _columns(data, x, y)


def shown_plane(data: Dataset, view: Json | None = None) -> Json:
    """Return the kind of the plane and the names of its axes."""
    return plane_of(data, view).described()


def points(moment: Moment, view: Json | None = None) -> Json:
    """Return the examples on the plane, those held out behind the others; see `Points` of the page's protocol."""
    data, plane = moment.data, plane_of(moment.data, view)
    parts = [(data.X, data.Y, False)] + ([(*data.validation, True)] if data.validation else [])
    total = sum(X.shape[1] for X, _, _ in parts)
    every = -(-total // SHOWN_POINTS)
    X = np.hstack([part[:, ::every] for part, _, _ in parts]).astype(np.float64)
    Y = np.hstack([part[:, ::every] for _, part, _ in parts]).astype(np.float64)
    held_out = [out for part, _, out in parts for _ in range(-(-part.shape[1] // every))]
    beside = X - plane.origin[:, None]
    return {
        "x": entries(plane.x.drawn(_along(plane.x, beside, plane))),
        "y": entries(plane.y.drawn(_along(plane.y, beside, plane))),
        "label": entries(labels(data, Y)),
        "validation": held_out,
        "x_name": plane.x.name,
        "y_name": plane.y.name,
    }


def labels(data: Dataset, Y: Array) -> Array:
    """Return the class's number of each example, or its number to predict in the target's unit."""
    if data.task == "regression":
        return in_units(data, Y[0])
    return Y[0] if len(Y) == 1 else Y.argmax(axis=0)


def in_units(data: Dataset, values: Array) -> Array:
    """Return outputs of a regression in the unit of the target."""
    target = data.target_encoder
    return values if target is None else values * target.std + target.mean


def _along(axis: Axis, beside: Array, plane: Plane) -> Array:
    return axis.direction @ beside + axis.direction @ plane.origin * (plane.kind == "columns")


@once_per_dataset
def _columns(data: Dataset, x: str, y: str | None) -> Plane:
    for name in (x, y):
        if name is not None and name not in data.inputs:
            raise ParameterError(
                f"The 'plane' of a view must name inputs. Got {name!r}.{did_you_mean(name, data.inputs)}"
            )
    chosen = [data.inputs.index(name) for name in (x, y) if name is not None]
    origin = np.median(data.X, axis=1).astype(np.float64)
    origin[chosen] = 0.0
    return Plane("columns", origin, _input_axis(data, x), _input_axis(data, y))


def _input_axis(data: Dataset, name: str | None) -> Axis:
    direction = np.zeros(len(data.inputs))
    if name is None:
        return Axis("", direction, (-1.0, 1.0), _same, _same)
    j = data.inputs.index(name)
    direction[j] = 1.0
    drawn, encoded = _unit_of(data, name)
    seen = drawn(data.X[j].astype(np.float64))
    return Axis(name, direction, _range(seen, robust=data.encoder is not None), drawn, encoded)


def _unit_of(data: Dataset, name: str) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    # x' = z / sqrt(1 + (z/3)²) with z = (x - median) / scale, and back
    columns = data.encoder.used if data.encoder is not None else ()
    column = next((one for one in columns if isinstance(one, NumericColumn) and one.name == name and one.scale), None)
    if column is None:
        return _same, _same

    def drawn(values: Array) -> Array:
        clipped = np.clip(values, -_EDGE, _EDGE)
        return column.median + column.scale * clipped / np.sqrt(1 - (clipped / 3) ** 2)

    def encoded(values: Array) -> Array:
        z = (values - column.median) / column.scale
        return z / np.sqrt(1 + (z / 3) ** 2)

    return drawn, encoded


@once_per_dataset
def _components(data: Dataset) -> Plane:
    every = -(-data.m // _LOOKED_AT)
    X = data.X[:, ::every].astype(np.float64)
    origin = X.mean(axis=1)
    beside = X - origin[:, None]
    _, directions = np.linalg.eigh(beside @ beside.T)
    axes = []
    for number, direction in enumerate(directions.T[::-1][:2], start=1):
        direction = direction * np.sign(direction[np.abs(direction).argmax()])  # of either sign otherwise
        axes.append(Axis(f"PC {number}", direction, _range(direction @ beside), _same, _same))
    return Plane("components", origin, *axes)


def _range(values: Array, *, robust: bool = False) -> tuple[float, float]:
    """Return the range with a margin; a robust one leaves out the outermost hundredth on each side."""
    low, high = (float(edge) for edge in np.quantile(values, (0.01, 0.99) if robust else (0.0, 1.0)))
    margin = MARGIN * (high - low) or 1.0
    return low - margin, high + margin


def _same(values: Array) -> Array:
    return values
