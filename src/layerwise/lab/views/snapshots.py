"""One moment of a run as the page shows it."""

from __future__ import annotations

import numpy as np

from layerwise.engines import Divergence
from layerwise.lab.moment import Moment
from layerwise.lab.views.diagnoses import diagnoses
from layerwise.lab.views.look import Look, look, measured, next_update
from layerwise.lab.views.numbers import Json, entries, histogram, matrix, number
from layerwise.lab.views.pictures import response_maps, surface
from layerwise.lab.views.plane import plane_of
from layerwise.network import Array, Parameters
from layerwise.training.diagnosis import inactive_units, saturated_units

__all__ = ["snapshot"]

LARGEST = 32
"""Rows and columns of a matrix that a snapshot holds."""


def snapshot(moment: Moment, view: Json | None = None, divergence: Divergence | None = None) -> Json:
    """Return `Snapshot` of the page's protocol: what is shown of one moment of a run.

    Parameters
    ----------
    moment : Moment
    view : dict, optional
        ``{"plane": ..., "surface": points a side, "maps": points a side}``; see `View` of the page's protocol.
    divergence : Divergence, optional
        Where the run stopped being finite, right after this moment.

    Raises
    ------
    ParameterError
        If the view asks for what there is not.
    """
    view = view or {}
    plane, seen = plane_of(moment.data, view), look(moment)
    rate, change = next_update(moment, seen)
    maps = response_maps(moment, plane, view.get("maps") or 0)
    return {
        "epoch": moment.epoch,
        "iteration": moment.epoch * moment.steps,
        **measured(moment, seen),
        "learning_rate": number(rate),
        "layers": [{**_layer(moment, seen, change, l), "maps": maps[l - 1]} for l in range(1, moment.net.L + 1)],
        "surface": surface(moment, plane, view.get("surface") or 0),
        "diagnoses": diagnoses(moment, seen, change, divergence),
    }


def _layer(moment: Moment, seen: Look, change: Parameters, l: int) -> Json:
    net, theta, run, grad = moment.net, moment.theta, seen.run, seen.grad
    small = max(theta.W[l].shape) <= LARGEST
    g = net.g[l]
    return {
        "layer": l,
        "units": net.n[l],
        "inputs": net.n[l - 1],
        "activation": net.activations[l - 1],
        "W": matrix(theta.W[l]) if small else None,
        "b": entries(theta.b[l]) if small else None,
        "dW": matrix(grad.dW[l]) if small else None,
        "db": entries(grad.db[l]) if small else None,
        "activation_histogram": histogram(run.A[l]),
        "gradient_histogram": histogram(grad.dZ[l]),
        "dead": float(inactive_units(g, run.Z[l]).mean()) if l < net.L else 0.0,
        "saturated": float(saturated_units(g, run.Z[l], run.A[l]).mean()) if l < net.L else 0.0,
        "update_ratio": _ratio(change.W[l], theta.W[l]),
        "norm": _norm(theta.W[l]),
        "gradient_norm": number(_norm(grad.dW[l])),
    }


def _norm(values: Array) -> float:
    return float(np.linalg.norm(values.astype(np.float64)))


def _ratio(change: Array, W: Array) -> float | None:
    norm = _norm(W)
    return number(_norm(change) / norm) if norm else None
