"""A graph in the DOT language of Graphviz."""

from __future__ import annotations

from layerwise.graph.graph import Graph
from layerwise.graph.rendering.box import Box, boxes, edges
from layerwise.graph.variable import Variable

__all__ = ["to_dot"]

_STYLE = {
    "constant": 'style="rounded,dashed"',
    "given": 'fillcolor="#e3eefb"',
    "step": 'fillcolor="#f6f6f4"',
    "result": 'fillcolor="#fdf0d5" penwidth=2',
}


def to_dot(graph: Graph | Variable) -> str:
    r"""Return DOT text, for ``dot -Tsvg`` and everything else that reads it.

    Parameters
    ----------
    graph : Graph or Variable
        A graph, or the result whose graph is meant.

    Examples
    --------
    >>> print(to_dot(Variable(3.0, "x").exp().named("J")))
    digraph layerwise {
      rankdir=LR;
      node [shape=box style="rounded,filled" fillcolor=white fontname="monospace"];
      n0 [label="x\lvalue  3\l" fillcolor="#e3eefb"];
      n1 [label="J = exp(x)\lvalue  20.0855\l" fillcolor="#fdf0d5" penwidth=2];
      n0 -> n1;
    }

    References
    ----------
    https://graphviz.org/doc/info/lang.html
    """
    graph = Graph.of(graph)
    lines = [
        "digraph layerwise {",
        "  rankdir=LR;",
        '  node [shape=box style="rounded,filled" fillcolor=white fontname="monospace"];',
        *(f'  n{k} [label="{_label(box)}" {_STYLE[box.kind]}];' for k, box in enumerate(boxes(graph))),
        *(f"  n{start} -> n{end};" for start, end in edges(graph)),
        "}",
    ]
    return "\n".join(lines)


def _label(box: Box) -> str:
    head = [f"{box.title} = {box.formula}" if box.formula else box.title, *([box.shape] if box.shape else [])]
    body = [
        f"{word if row == 0 else '':5}  {line}"
        for word, lines in (("value", box.value), ("grad", box.grad))
        for row, line in enumerate(lines)
    ]
    return "".join(f"{_escaped(line)}\\l" for line in [*head, *body])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
