"""A unit opened to its computation graph: value and derivative at every node, for one example."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from layerwise.checks import Integers
from layerwise.graph import Variable
from layerwise.graph.activations import ACTIVATION_GRAPHS
from layerwise.graph.losses import per_example
from layerwise.lab.moment import Moment
from layerwise.lab.views.numbers import Json, number
from layerwise.lab.views.steps import Step, step
from layerwise.network import Network

__all__ = ["unit"]

DRAWN = 12
"""Inputs of a unit that are drawn: those with the largest |w a|."""


def unit(moment: Moment, batch: int, example: int, l: int, u: int) -> Json:
    """Return `UnitGraph` of the page's protocol.

    The derivatives are those of the example's own loss, as dZ[l] and dA[l] are: those of the weights, averaged over the
    mini-batch, are dW[l] without the penalty.

    Raises
    ------
    ParameterError
        If there is no such layer, unit, mini-batch or example.
    """
    net = moment.net
    number_of_layer = Integers(1, net.L).check("the lab", "layer", l)
    place = Integers(0, net.n[number_of_layer] - 1).check("the lab", "unit", u)
    taken = step(moment, batch)
    i = Integers(0, len(taken.rows) - 1).check("the lab", "example", example)
    drawing = _Drawing()
    with np.errstate(all="ignore"):
        cut = _draw(drawing, net, taken, i, number_of_layer, place)
    return {"layer": number_of_layer, "unit": place, "nodes": drawing.told(), "cut": cut}


@dataclass
class _Node:
    variable: Variable
    operation: str
    name: str
    latex: str
    inputs: tuple[int, ...]


@dataclass
class _Drawing:
    """The nodes that are drawn, which may stand for several of the graph."""

    nodes: list[_Node] = field(default_factory=list)

    def add(self, variable: Variable, operation: str, name: str, latex: str, *inputs: int) -> int:
        self.nodes.append(_Node(variable, operation, name, latex, inputs))
        return len(self.nodes) - 1

    def told(self) -> list[Json]:
        return [
            {
                "id": k,
                "operation": node.operation,
                "name": node.name,
                "latex": node.latex,
                "value": _only(node.variable.array),
                "grad": None if node.variable.grad is None else _only(np.asarray(node.variable.grad)),
                "inputs": list(node.inputs),
            }
            for k, node in enumerate(self.nodes)
        ]


def _draw(drawing: _Drawing, net: Network, taken: Step, i: int, l: int, u: int) -> int:
    W, b, before = taken.theta.W[l], taken.theta.b[l], taken.run.A[l - 1][:, i]
    products = np.abs(W[u] * before)
    chosen = np.sort(np.argsort(-products, kind="stable")[:DRAWN]).tolist()
    rest = np.setdiff1d(np.arange(len(before)), chosen)

    terms: list[tuple[int, Variable]] = []
    for j in chosen:
        w, a = Variable(W[u, j]), Variable(before[j])
        w_id = drawing.add(w, "", f"W[{l}]:{u},{j}", f"w^{{[{l}]}}_{{{u + 1},{j + 1}}}")
        a_id = drawing.add(a, "", f"A[{l - 1}]:{j},{i}", f"a^{{[{l - 1}]}}_{{{j + 1}}}")
        product = w * a
        symbol = rf"w^{{[{l}]}}_{{{u + 1},{j + 1}}} \, a^{{[{l - 1}]}}_{{{j + 1}}}"
        terms.append((drawing.add(product, "multiply", "", symbol, w_id, a_id), product))
    if len(rest):
        others = Variable(W[u, rest] @ before[rest])
        terms.append((drawing.add(others, "sum", "", rf"\sum_{{{len(rest)}}} w \, a"), others))
    bias = Variable(b[u, 0])
    terms.append((drawing.add(bias, "", f"b[{l}]:{u},0", f"b^{{[{l}]}}_{{{u + 1}}}"), bias))
    z = terms[0][1]
    for _, term in terms[1:]:
        z = z + term
    subscript = f"^{{[{l}]}}_{{{u + 1}}}"
    z_id = drawing.add(z, "add", f"Z[{l}]:{u},{i}", f"z{subscript}", *(k for k, _ in terms))
    _draw_output(drawing, net, taken, (i, l, u), (z_id, z))
    return len(rest)


def _draw_output(
    drawing: _Drawing, net: Network, taken: Step, where: tuple[int, int, int], z: tuple[int, Variable]
) -> None:
    """Draw the unit's activation and the loss; the other units and the layers behind are in the graph, undrawn."""
    i, l, u = where
    g, subscript = net.g[l], f"^{{[{l}]}}_{{{u + 1}}}"
    Z = taken.run.Z[l][:, i : i + 1]
    place = np.zeros_like(Z)
    place[u] = 1
    whole = place * z[1] + (1 - place) * np.where(place == 1, 0, Z)
    A = ACTIVATION_GRAPHS[g.name](whole, **dict(g.settings))
    a = A[u, 0]
    if l in taken.masks:
        A = A * taken.masks[l][:, i : i + 1]
        a = a * taken.masks[l][u, i]
    a_id = drawing.add(a, g.name, f"A[{l}]:{u},{i}", f"a{subscript}", z[0])
    A = place * a + (1 - place) * A  # so that the derivative by a is there to be seen
    Z_last: Any = whole
    for k in range(l + 1, net.L + 1):
        Z_last = Variable(taken.theta.W[k]) @ A + Variable(taken.theta.b[k])
        A = ACTIVATION_GRAPHS[net.g[k].name](Z_last, **dict(net.g[k].settings))
        if k in taken.masks:
            A = A * taken.masks[k][:, i : i + 1]
    y = Variable(taken.Y[:, i : i + 1])
    loss = per_example(net, Z_last, A, y)
    loss.backward(np.ones_like(loss.array))
    behind = "loss" if l == net.L else "layers"
    drawing.add(loss, behind, f"loss:0,{i}", r"\mathcal{L}", a_id)


def _only(array: Any) -> float | None:
    return number(np.asarray(array).reshape(-1)[0])
