"""Graphs as drawings and tables: Graphviz, Mermaid, plain text, and SVG that needs no program."""

from __future__ import annotations

import html

from layerwise.graph.graph import Graph
from layerwise.graph.rendering.dot import to_dot
from layerwise.graph.rendering.mermaid import to_mermaid
from layerwise.graph.rendering.svg import to_svg
from layerwise.graph.rendering.text import to_text
from layerwise.graph.variable import Variable

__all__ = ["to_dot", "to_html", "to_mermaid", "to_svg", "to_text"]

MAX_DRAWN = 200


def to_html(graph: Graph | Variable) -> str:
    """Return what a notebook shows: the drawing, or for a graph too large to read a short table.

    Parameters
    ----------
    graph : Graph or Variable
        A graph, or the result whose graph is meant.

    Examples
    --------
    >>> to_html(Variable(3.0, "x")).startswith('<div style="overflow-x:auto"><svg ')
    True
    """
    graph = Graph.of(graph)
    if len(graph) <= MAX_DRAWN:
        return f'<div style="overflow-x:auto">{to_svg(graph, MAX_DRAWN)}</div>'
    table = html.escape(to_text(graph, max_rows=20))
    return f"<p>A graph of {len(graph)} nodes, too large to draw. Its ends:</p><pre>{table}</pre>"
