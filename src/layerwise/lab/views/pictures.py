"""Pictures on the plane: the network's output, and the response of every unit."""

from __future__ import annotations

import numpy as np

from layerwise.checks import Integers
from layerwise.equations.propagation import forward
from layerwise.lab.moment import Moment
from layerwise.lab.views.numbers import Json, as_bytes, scaled_bytes, scaled_rows
from layerwise.lab.views.plane import Plane, in_units

__all__ = ["UNITS", "response_maps", "surface"]

UNITS = 12
"""Units of a layer that have a response map."""

_SIDE = Integers(0, 256)


def surface(moment: Moment, plane: Plane, side: object) -> Json | None:
    """Return the network's output on the plane, `Surface` of the page's protocol; None for 0 points a side."""
    number = _SIDE.check("a view", "surface", side)
    if not number:
        return None
    net, theta = plane.network(moment.net, moment.theta)
    with np.errstate(all="ignore"):
        Y_hat = forward(net, theta, plane.grid(number).astype(theta.dtype), check=False).Y_hat
    places = {
        "side": number,
        "x": list(plane.x.range),
        "y": list(plane.y.range),
        "x_name": plane.x.name,
        "y_name": plane.y.name,
        "classes": None,
        "minimum": 0.0,
        "maximum": 1.0,
    }
    if moment.data.task == "regression":
        low, high, values = scaled_bytes(in_units(moment.data, Y_hat[0].astype(np.float64)))
        return {**places, "bytes": values, "minimum": low, "maximum": high}
    sure = np.nan_to_num(Y_hat.max(axis=0), posinf=1.0, neginf=0.0)
    classes = None if len(Y_hat) == 1 else as_bytes(np.nan_to_num(Y_hat).argmax(axis=0))
    return {**places, "bytes": as_bytes(np.rint(np.clip(sure, 0, 1) * 255)), "classes": classes}


def response_maps(moment: Moment, plane: Plane, side: object) -> list[list[Json]]:
    """Return the response maps of the first units of layers 1..L on the plane; none for 0 points a side."""
    number = _SIDE.check("a view", "maps", side)
    if not number:
        return [[] for _ in range(moment.net.L)]
    net, theta = plane.network(moment.net, moment.theta)
    with np.errstate(all="ignore"):
        run = forward(net, theta, plane.grid(number).astype(theta.dtype), check=False)
    return [
        [{"minimum": low, "maximum": high, "bytes": levels} for low, high, levels in scaled_rows(A[:UNITS])]
        for A in run.A[1:]
    ]
