"""Reverse-mode differentiation: from J back to everything it was computed from, without recursion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from layerwise.errors import GraphError, ShapeError
from layerwise.graph.operations import unbroadcast
from layerwise.network import Array

if TYPE_CHECKING:
    from layerwise.graph.variable import Variable

__all__ = ["ancestors", "derivatives"]


def ancestors(*nodes: Variable) -> list[Variable]:
    """Return the nodes and all that they were computed from, each after its own inputs.

    A node is always made after its inputs, so the order of making is a topological order.
    """
    found: set[Variable] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(node.inputs)
    return sorted(found, key=lambda node: node.serial)


@np.errstate(under="ignore")
def derivatives(J: Variable, seed: Any = None) -> dict[Variable, Array]:
    """Return the derivative of J by every node that J depends on; constants have none."""
    d = {J: _seed(J, seed)}
    for node in reversed(ancestors(J)):
        if node.operation is None or node not in d:
            continue
        values = [one.array for one in node.inputs]
        for one, derivative in zip(node.inputs, node.operation.derivatives, strict=True):
            if not one.constant:
                share = np.asarray(derivative(d[node], node.array, *values, **node.settings), one.dtype)
                share = unbroadcast(share, one.shape)
                # A new array, never +=: for v = a + b both shares are the same array as the derivative by v.
                d[one] = np.asarray(d[one] + share) if one in d else share
    return d


def _seed(J: Variable, seed: Any) -> Array:
    if seed is None:
        if J.size != 1:
            raise GraphError(
                f"backward: J must be a single number. Got {J.name or 'a node'} with shape {J.shape}. "
                "Use J.sum() or J.mean(), or give the derivative of the final result by J: J.backward(seed)."
            )
        return np.ones(J.shape, J.dtype)
    start = np.array(seed, J.dtype)
    if start.shape != J.shape:
        raise ShapeError(f"backward: seed must have the shape of J, {J.shape}. Got {start.shape}.")
    return start
