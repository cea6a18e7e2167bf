"""A graph in the language of Mermaid, which GitHub and many editors draw."""

from __future__ import annotations

from layerwise.graph.graph import Graph
from layerwise.graph.rendering.box import Box, boxes, edges
from layerwise.graph.variable import Variable

__all__ = ["to_mermaid"]

_CLASSES = (
    "  classDef constant stroke-dasharray: 4 3",
    "  classDef given fill:#e3eefb,stroke:#4a7ab5,color:#1b1b1b",
    "  classDef step fill:#f6f6f4,stroke:#8a8a85,color:#1b1b1b",
    "  classDef result fill:#fdf0d5,stroke:#b57a14,color:#1b1b1b,stroke-width:2px",
)


def to_mermaid(graph: Graph | Variable) -> str:
    """Return a Mermaid flowchart, for a ```` ```mermaid ```` block.

    Parameters
    ----------
    graph : Graph or Variable
        A graph, or the result whose graph is meant.

    Examples
    --------
    >>> print(to_mermaid(Variable(3.0, "x").exp().named("J")).partition("  classDef")[0])
    flowchart LR
      n0["x<br/>value 3"]:::given
      n1["J = exp(x)<br/>value 20.0855"]:::result
      n0 --> n1

    References
    ----------
    https://mermaid.js.org/syntax/flowchart.html
    """
    graph = Graph.of(graph)
    lines = [
        "flowchart LR",
        *(f'  n{k}["{_label(box)}"]:::{box.kind}' for k, box in enumerate(boxes(graph))),
        *(f"  n{start} --> n{end}" for start, end in edges(graph)),
        *_CLASSES,
    ]
    return "\n".join(lines)


def _label(box: Box) -> str:
    parts = [_escaped(f"{box.title} = {box.formula}" if box.formula else box.title), box.shape]
    parts += [
        f"{word} {'<br/>'.join(map(_escaped, lines))}"
        for word, lines in (("value", box.value), ("grad", box.grad))
        if lines
    ]
    return "<br/>".join(part for part in parts if part)


def _escaped(text: str) -> str:
    """Write what Mermaid or HTML would read as its own by code number, as Mermaid spells it: ``#35;``."""
    return "".join(f"#{ord(letter)};" if letter in '#;"<>&`' else letter for letter in " ".join(text.split()))
