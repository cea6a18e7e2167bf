"""The computation graph: values forward, derivatives backward, and every number on the way to be seen.

>>> a, b, c = Variable(5.0, "a"), Variable(3.0, "b"), Variable(2.0, "c")
>>> J = (3 * (a + b * c)).named("J")
>>> J.backward()
>>> print(to_text(J))
node  computed as  shape  value  derivative of J
a                  ()     5      3
b                  ()     3      6
c                  ()     2      9
v1    b * c        ()     6      3
v2    a + v1       ()     11     3
J     3 * v2       ()     33     1
"""

from layerwise.graph.functions import (
    absolute,
    erf,
    exp,
    expm1,
    log,
    maximum,
    relu,
    sigmoid,
    softplus,
    tanh,
    where,
)
from layerwise.graph.graph import Graph
from layerwise.graph.rendering import to_dot, to_html, to_mermaid, to_svg, to_text
from layerwise.graph.trace import trace
from layerwise.graph.variable import Variable

__all__ = [
    "Graph",
    "Variable",
    "absolute",
    "erf",
    "exp",
    "expm1",
    "log",
    "maximum",
    "relu",
    "sigmoid",
    "softplus",
    "tanh",
    "to_dot",
    "to_html",
    "to_mermaid",
    "to_svg",
    "to_text",
    "trace",
    "where",
]
