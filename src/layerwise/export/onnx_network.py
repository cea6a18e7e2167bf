"""The networks and what their outputs mean as ONNX nodes; M networks are one, whose matrices are (M, n, n')."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from layerwise.export.onnx_graph import Graph
from layerwise.export.program import Embedded, Layer, Program

__all__ = ["networks"]


def networks(graph: Graph, program: Program, x: str) -> str:
    """Return the mean output of the networks, (m, n_y) in double, from x (m, n_x)."""
    first, *rest = program.layers
    A = _activated(graph, first, _first_product(graph, program, x))
    for layer in rest:
        A = _activated(graph, layer, graph("MatMul", A, layer.W))
    return graph("ReduceMean", graph.cast(A, np.float64), axes=[0], keepdims=0)


def _first_product(graph: Graph, program: Program, x: str) -> str:
    """Add A[0] W[1], the sum of two products: of what all networks share, (m, ·), and of what each has learnt."""
    shared = [graph.columns(x, range(program.n_plain))] if program.n_plain else []
    shared_rows = list(range(program.n_plain))
    own: list[str] = []
    own_rows: list[int] = []
    start = program.n_plain
    for j, embedded in enumerate(program.embeddings):
        rows = range(start, start + embedded.entry.width)
        output = _embedded(graph, embedded, graph.columns(x, [program.n_plain + j]), program.dtype)
        (shared if embedded.E is None else own).append(output)
        (shared_rows if embedded.E is None else own_rows).extend(rows)
        start = rows.stop
    W = program.layers[0].W
    products = [
        graph("MatMul", graph("Concat", *parts, axis=-1), W[:, rows])
        for parts, rows in ((shared, shared_rows), (own, own_rows))
        if parts
    ]
    return products[0] if len(products) == 1 else graph("Add", *products)


def _embedded(graph: Graph, embedded: Embedded, u: str, dtype: Any) -> str:
    """Add the output of an embedding of u (m, 1): (M, m, d), or its code (m, width)."""
    entry, E = embedded.entry, embedded.E
    k = np.arange(entry.code_length, dtype=dtype)
    if entry.ordered:
        code = graph.clip(graph("Sub", u, k), dtype.type(0), dtype.type(1))
        return code if E is None else graph("MatMul", code, E)
    if E is None:
        return graph.cast(graph("Equal", u, k), dtype)
    row = graph.cast(graph("Squeeze", u, [1]), np.int64)
    return graph("Gather", embedded.vectors, row, axis=1)  # row -1 is the last one, of zeros


def _activated(graph: Graph, layer: Layer, product: str) -> str:
    Z = graph("Add", product, layer.b[:, None, :])
    return _ACTIVATIONS[layer.g.name](graph, Z, dict(layer.g.settings), layer.W.dtype.type)


def _elu(graph: Graph, z: str, alpha: Any, scale: Any, real: Any) -> str:
    below = graph("Mul", graph("Sub", graph("Exp", graph("Min", z, real(0))), real(1)), real(alpha))
    return graph("Mul", graph("Where", graph("Greater", z, real(0)), z, below), real(scale))


def _gelu(graph: Graph, z: str, real: Any) -> str:
    # runtimes have no Erf of doubles; that of floats is right to 1e-7
    erf = graph("Erf", graph.cast(graph("Mul", z, real(1 / math.sqrt(2))), np.float32))
    return graph("Mul", z, graph("Mul", graph("Add", graph.cast(erf, real), real(1)), real(0.5)))


def _softplus(graph: Graph, z: str, real: Any) -> str:
    # max(z, 0) + log(1 + e^(−|z|)): e^z would overflow
    rest = graph("Log", graph("Add", graph("Exp", graph("Neg", graph("Abs", z))), real(1)))
    return graph("Add", graph("Max", z, real(0)), rest)


def _mish(graph: Graph, z: str, real: Any) -> str:
    return graph("Mul", z, graph("Tanh", _softplus(graph, z, real)))


_ACTIVATIONS: Mapping[str, Callable[[Graph, str, Mapping[str, float], Any], str]] = {
    "identity": lambda graph, z, settings, real: z,
    "sigmoid": lambda graph, z, settings, real: graph("Sigmoid", z),
    "tanh": lambda graph, z, settings, real: graph("Tanh", z),
    "relu": lambda graph, z, settings, real: graph("Relu", z),
    "leaky_relu": lambda graph, z, settings, real: graph("LeakyRelu", z, alpha=settings["slope"]),
    "elu": lambda graph, z, settings, real: _elu(graph, z, settings["alpha"], 1, real),
    "selu": lambda graph, z, settings, real: _elu(graph, z, 1.6732632423543772, 1.0507009873554805, real),
    "gelu": lambda graph, z, settings, real: _gelu(graph, z, real),
    "silu": lambda graph, z, settings, real: graph("Mul", z, graph("Sigmoid", z)),
    "mish": lambda graph, z, settings, real: _mish(graph, z, real),
    "softplus": lambda graph, z, settings, real: _softplus(graph, z, real),
    "exp": lambda graph, z, settings, real: graph("Exp", z),
    "softmax": lambda graph, z, settings, real: graph("Softmax", z, axis=-1),
}
