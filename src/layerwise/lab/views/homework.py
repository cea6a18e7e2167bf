"""Homework: what was computed by hand, held against the network's own numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from layerwise.equations.propagation import backward, cost, forward
from layerwise.errors import ParameterError, did_you_mean
from layerwise.lab.moment import Moment
from layerwise.lab.views.numbers import Json
from layerwise.lab.views.steps import Step, step
from layerwise.network import Array, Network, Parameters

__all__ = ["mark"]

CLOSE = 0.01
"""The relative error of an answer that is close."""

_SMALL = 1e-3
"""The part of a tensor's largest number by which small ones may be off and still be close."""

_ROUNDING = 1e-6
"""The relative error that comes from a calculation in float32."""


def mark(moment: Moment, homework: Mapping[str, Any]) -> Json:
    """Return `Marks` of the page's protocol for a `Homework`.

    Parameters
    ----------
    moment : Moment
    homework : mapping
        ``batch``; ``parameters``, those of one's own by name, in place of the network's; ``answers`` by name: "Z[l]",
        "A[l]", "dZ[l]", "dA[l]", "dW[l]", "db[l]" and "J", lists of rows.

    Raises
    ------
    ParameterError
        If a name is unknown, a value is no matrix of finite numbers, or a parameter has another shape.
    """
    taken = step(moment, homework.get("batch", 0))
    theta = _own_parameters(moment.net, taken.theta, _mapping(homework, "parameters"))
    right = _right(moment.net, taken, theta)
    marks = []
    for name, given in _mapping(homework, "answers").items():
        if name not in right:
            raise ParameterError(f"Unknown answer {name!r}.{did_you_mean(name, right)}")
        marks.append(_mark(name, _matrix(name, given), right[name], len(taken.rows)))
    return {"marks": marks}


def _own_parameters(net: Network, theta: Parameters, given: Mapping[str, Any]) -> Parameters:
    own = theta.astype(np.float64)
    known = {f"{letter}[{l}]": array for letter in "Wb" for l, array in enumerate(getattr(own, letter)) if l}
    for name, values in given.items():
        if name not in known:
            raise ParameterError(f"Unknown parameter {name!r}.{did_you_mean(name, known)}")
        matrix = _matrix(name, values)
        if matrix.shape != known[name].shape:
            raise ParameterError(f"{name} must have the shape {known[name].shape}. Got {matrix.shape}.")
        known[name][...] = matrix
    return own


def _right(net: Network, taken: Step, theta: Parameters) -> dict[str, Array]:
    X, Y = taken.X.astype(np.float64), taken.Y.astype(np.float64)
    masks = {l: mask.astype(np.float64) for l, mask in taken.masks.items()}
    with np.errstate(all="ignore"):
        run = forward(net, theta, X, masks, check=False)
        grad = backward(net, theta, run, Y, taken.penalty, check=False)
        J = cost(net, theta, run, Y, taken.penalty, check=False)
    right = {"J": np.array([[J]])}
    of_layers: Mapping[str, list[Array]] = {
        "Z": run.Z,
        "A": run.A,
        "dA": grad.dA,
        "dZ": grad.dZ,
        "dW": grad.dW,
        "db": grad.db,
    }
    return right | {f"{letter}[{l}]": of[l] for letter, of in of_layers.items() for l in range(1, net.L + 1)}


def _mark(name: str, given: Array, right: Array, m: int) -> Json:
    shape = [int(n) for n in right.shape]
    marked: Json = {"name": name, "expected_shape": shape, "largest_difference": None, "at": None, "hint": None}
    if given.shape != right.shape:
        turned = given.T.shape == right.shape and _is_close(given.T, right)
        return marked | {"verdict": "shape", "hint": "transposed" if turned else None}
    difference = np.abs(given - right)
    i, j = (int(place) for place in np.unravel_index(difference.argmax(), difference.shape))
    marked |= {"largest_difference": float(difference[i, j]) if np.isfinite(difference[i, j]) else None, "at": [i, j]}
    if not _is_close(given, right):
        return marked | {"verdict": "wrong", "hint": _hint(given, right, m)}
    exact = difference <= np.maximum(_half_of_the_last_digit(given), _ROUNDING * np.abs(right).max())
    return marked | {"verdict": "exact" if exact.all() else "close"}


def _is_close(given: Array, right: Array) -> bool:
    allowed = np.maximum(CLOSE * np.abs(right), _SMALL * np.abs(right).max(initial=0.0))
    return bool((np.abs(given - right) <= np.maximum(allowed, 1e-12)).all())


def _hint(given: Array, right: Array, m: int) -> str | None:
    return next((code for code, mended in _mended(given, m) if _is_close(mended, right)), None)


def _mended(given: Array, m: int) -> Iterator[tuple[str, Array]]:
    yield "sign", -given
    if m > 1:
        yield "not_divided_by_m", given / m
        yield "factor_m", given * m
    if given.shape[0] == given.shape[1]:
        yield "transposed", given.T


def _half_of_the_last_digit(given: Array) -> Array:
    """Return half a unit of the last decimal that was typed: 0.005 for 0.12."""
    return np.array([[0.5 * 10.0 ** -_decimals(value) for value in row] for row in given.tolist()])


def _decimals(value: float) -> int:
    mantissa, _, exponent = f"{value!r}".partition("e")
    digits = mantissa.partition(".")[2]
    return (0 if digits == "0" else len(digits)) - int(exponent or 0)


def _mapping(homework: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    given = homework.get(key) or {}
    if not isinstance(given, Mapping):
        raise ParameterError(f"The {key!r} of a homework must be matrices by name. Got {type(given).__name__}.")
    return given


def _matrix(name: str, given: Any) -> Array:
    rows = given if isinstance(given, list) else None
    if rows and all(isinstance(row, list) and len(row) == len(rows[0]) > 0 for row in rows):
        cells = [cell for row in rows for cell in row]
        if all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells):
            found = np.array(rows, np.float64)
            if np.isfinite(found).all():
                return found
    raise ParameterError(f"{name} must be a list of rows of one length, of finite numbers. Got {str(given)[:80]!r}.")
