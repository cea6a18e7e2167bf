"""A graph as a table in plain text."""

from __future__ import annotations

from layerwise.checks import COUNT
from layerwise.graph.graph import Graph
from layerwise.graph.rendering.numbers import one_line
from layerwise.graph.variable import Variable

__all__ = ["to_text"]

_WIDTH = 44


def to_text(graph: Graph | Variable, max_rows: int = 200) -> str:
    """Return a table with a row for each node, in the order of computation.

    Parameters
    ----------
    graph : Graph or Variable
        A graph, or the result whose graph is meant.
    max_rows : int
        Of a longer graph the first and the last rows are shown, and how many lie between.

    Returns
    -------
    str
        Name, formula, shape, value and derivative; large arrays are abbreviated.

    Examples
    --------
    >>> x = Variable(3.0, "x")
    >>> J = (x * x).named("J")
    >>> J.backward()
    >>> print(to_text(J))
    node  computed as  shape  value  derivative of J
    x                  ()     3      6
    J     x * x        ()     9      1
    """
    graph, max_rows = Graph.of(graph), COUNT.check("to_text", "max_rows", max_rows)
    nodes, first = graph.nodes, (max_rows + 1) // 2
    short = len(nodes) <= max_rows
    shown = nodes if short else (*nodes[:first], *nodes[len(nodes) - (max_rows - first) :])
    head = ("node", "computed as", "shape", "value", f"derivative of {graph.label(graph.J)}")
    rows = [[_cell(text) for text in cells] for cells in (head, *(_row(graph, node) for node in shown))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip() for row in rows]
    if not short:
        lines.insert(1 + first, f"… {len(nodes) - max_rows} more nodes …")
    return "\n".join(lines)


def _row(graph: Graph, node: Variable) -> tuple[str, ...]:
    derivative = "" if node.grad is None else one_line(node.grad)
    return (graph.title(node), graph.formula(node), str(node.shape), one_line(node.array), derivative)


def _cell(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
