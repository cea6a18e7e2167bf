"""The operations of a computation graph: one table, a line for each value and each derivative.

Reverse-mode differentiation needs no formula but these. For ``v = f(a, b)`` and ``d``, the derivative of J by
v, the k-th entry of ``derivatives`` returns the derivative of J by the k-th input: d · ∂v/∂input, the chain
rule of notes 2.8. It is called as ``derivative(d, v, *inputs, **settings)``; where broadcasting repeated an
input, `unbroadcast` sums the result afterwards, once for all operations.

Where a function has a corner, one derivative is chosen: relu'(0) = 0, |a|'(0) = 0, and at a tie maximum(a, b)
follows b, so that maximum(z, 0) has the derivative of relu(z).

The derivatives are written here a second time on purpose: the graph is the oracle for `layerwise.equations`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from layerwise.equations.stable import erf, sigmoid, softplus
from layerwise.errors import GraphError
from layerwise.network import Array

__all__ = ["OPERATIONS", "UFUNCS", "Operation", "unbroadcast"]


@dataclass(frozen=True)
class Operation:
    """One row of the table.

    Parameters
    ----------
    name : str
        How `layerwise.graph.variable.apply` and the drawings call it.
    notation : str
        Its formula with ``{0}``, ``{1}`` for the inputs and the names of settings in braces; ``{options}``
        lists those that say more than the shape of the result.
    value : callable
        ``value(*inputs, **settings)``.
    derivatives : tuple of callable
        One for each input: ``derivative(d, v, *inputs, **settings)``.
    """

    name: str
    notation: str
    value: Callable[..., Any]
    derivatives: tuple[Callable[..., Any], ...]


def unbroadcast(d: Array, shape: tuple[int, ...]) -> Array:
    """Return d summed over the axes along which broadcasting repeated an array of `shape`.

    Examples
    --------
    >>> unbroadcast(np.ones((4, 3)), (4, 1)).tolist()
    [[3.0], [3.0], [3.0], [3.0]]
    """
    if d.shape == shape:
        return d
    added = d.ndim - len(shape)
    repeated = (added + k for k, n in enumerate(shape) if n == 1)
    return np.asarray(d.sum(axis=(*range(added), *repeated))).reshape(shape)


def _power(a: Array, b: Array) -> Any:
    if np.any((a < 0) & (b != np.floor(b))):
        raise GraphError(
            "power: a negative base has a real power for whole exponents only. "
            f"Got base {a.min():g} and exponent {b.flat[np.argmax(b != np.floor(b))]:g}. "
            "Use absolute(base), or a whole exponent."
        )
    return np.power(a, b)


def _power_by_exponent(d: Array, v: Array, a: Array, b: Array) -> Array:
    if np.any(a < 0):
        raise GraphError(
            "power: the derivative by the exponent is v log(base), which needs base >= 0. "
            f"Got base {a.min():g}. Give the exponent as a plain number if its derivative is not wanted."
        )
    return d * v * np.log(np.where(a > 0, a, 1))


def _matmul_left(d: Array, v: Array, a: Array, b: Array) -> Array:
    return _as_matrix(d, v, a, b) @ (b[:, None] if b.ndim == 1 else b).swapaxes(-1, -2)


def _matmul_right(d: Array, v: Array, a: Array, b: Array) -> Array:
    right = (a[None, :] if a.ndim == 1 else a).swapaxes(-1, -2) @ _as_matrix(d, v, a, b)
    return right[..., 0] if b.ndim == 1 else right


def _as_matrix(d: Array, v: Array, a: Array, b: Array) -> Array:
    """Give d back the axes that matmul drops for 1-D inputs."""
    d = np.expand_dims(d, -1) if b.ndim == 1 else d
    return np.expand_dims(d, -2) if a.ndim == 1 else d


def _spread(d: Array, a: Array, axis: int | tuple[int, ...] | None, keepdims: bool) -> Array:
    """Repeat d along the axes that a reduction removed."""
    if axis is not None and not keepdims:
        d = np.expand_dims(d, axis)
    return np.broadcast_to(d, a.shape)


def _scatter(d: Array, a: Array, index: Any) -> Array:
    total = np.zeros(a.shape, d.dtype)
    np.add.at(total, index, d)  # not total[index] += d, which would count a repeated index once
    return total


def _undo(axes: tuple[int, ...] | None) -> Any:
    return None if axes is None else np.argsort([axis % len(axes) for axis in axes])


_ROWS = (
    Operation("add", "{0} + {1}", np.add, (lambda d, v, a, b: d, lambda d, v, a, b: d)),
    Operation("subtract", "{0} - {1}", np.subtract, (lambda d, v, a, b: d, lambda d, v, a, b: -d)),
    Operation("multiply", "{0} * {1}", np.multiply, (lambda d, v, a, b: d * b, lambda d, v, a, b: d * a)),
    Operation("divide", "{0} / {1}", np.divide, (lambda d, v, a, b: d / b, lambda d, v, a, b: -d * v / b)),
    Operation(
        "power",
        "{0} ** {1}",
        _power,
        # b = 0 gives the derivative 0 also at a = 0, where a ** -1 has no value.
        (lambda d, v, a, b: d * b * a ** np.where(b == 0, 1, b - 1), _power_by_exponent),
    ),
    Operation("matmul", "{0} @ {1}", np.matmul, (_matmul_left, _matmul_right)),
    Operation(
        "maximum",
        "maximum({0}, {1})",
        np.maximum,
        (lambda d, v, a, b: d * (a > b), lambda d, v, a, b: d * (a <= b)),
    ),
    Operation(
        "where",
        "where(condition, {0}, {1})",
        lambda a, b, condition: np.where(condition, a, b),
        (
            lambda d, v, a, b, condition: np.where(condition, d, 0),
            lambda d, v, a, b, condition: np.where(condition, 0, d),
        ),
    ),
    Operation("identity", "{0}", np.positive, (lambda d, v, a: d,)),
    Operation("negative", "-{0}", np.negative, (lambda d, v, a: -d,)),
    Operation("exp", "exp({0})", np.exp, (lambda d, v, a: d * v,)),
    Operation("expm1", "expm1({0})", np.expm1, (lambda d, v, a: d * (v + 1),)),
    Operation("log", "log({0})", np.log, (lambda d, v, a: d / a,)),
    Operation("tanh", "tanh({0})", np.tanh, (lambda d, v, a: d * (1 - v * v),)),
    Operation("absolute", "|{0}|", np.absolute, (lambda d, v, a: d * np.sign(a),)),
    Operation("sigmoid", "sigmoid({0})", sigmoid, (lambda d, v, a: d * v * (1 - v),)),
    Operation("relu", "relu({0})", lambda a: np.maximum(a, 0), (lambda d, v, a: d * (a > 0),)),
    Operation("softplus", "softplus({0})", softplus, (lambda d, v, a: d * sigmoid(a),)),
    # Beyond |a| = 26 the factor is below 1e-293; the bound keeps a² from overflowing.
    Operation(
        "erf",
        "erf({0})",
        erf,
        (lambda d, v, a: d * (2 / math.sqrt(math.pi)) * np.exp(-np.square(np.clip(a, -26, 26))),),
    ),
    Operation(
        "sum",
        "sum({0}{options})",
        lambda a, axis, keepdims: np.sum(a, axis=axis, keepdims=keepdims),
        (lambda d, v, a, axis, keepdims: _spread(d, a, axis, keepdims),),
    ),
    Operation(
        "mean",
        "mean({0}{options})",
        lambda a, axis, keepdims: np.mean(a, axis=axis, keepdims=keepdims),
        (lambda d, v, a, axis, keepdims: _spread(d, a, axis, keepdims) * (v.size / a.size),),
    ),
    Operation(
        "reshape",
        "reshape({0}, {shape})",
        lambda a, shape: np.reshape(a, shape),
        (lambda d, v, a, shape: d.reshape(a.shape),),
    ),
    Operation(
        "transpose",
        "transpose({0}{options})",
        lambda a, axes: np.transpose(a, axes),
        (lambda d, v, a, axes: d.transpose(_undo(axes)),),
    ),
    Operation(
        "stack",
        "stack({0}, {1})",
        lambda a, b: np.concatenate((a, b)),
        (lambda d, v, a, b: d[: len(a)], lambda d, v, a, b: d[len(a) :]),
    ),
    Operation(
        "getitem",
        "{0}[{index}]",
        lambda a, index: a[index],
        (lambda d, v, a, index: _scatter(d, a, index),),
    ),
)

OPERATIONS: Mapping[str, Operation] = {row.name: row for row in _ROWS}
"""Every operation by name."""

UFUNCS: Mapping[np.ufunc, str] = {np.power: "power"} | {
    row.value: row.name for row in _ROWS if isinstance(row.value, np.ufunc)
}
"""NumPy's functions that a Variable takes: the operation that stands for each."""
