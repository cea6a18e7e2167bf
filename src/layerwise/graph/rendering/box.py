"""What every drawing says of a node: the one place where its words are chosen."""

from __future__ import annotations

from dataclasses import dataclass

from layerwise.graph.graph import Graph
from layerwise.graph.rendering.numbers import few_lines
from layerwise.graph.variable import Variable

__all__ = ["Box", "boxes", "edges"]


@dataclass(frozen=True)
class Box:
    """A node in words.

    Attributes
    ----------
    kind : str
        "constant" (an array that took part), "given" (a Variable), "step" or "result".
    title, formula : str
        The name; how it was computed, or "" for a node that was given.
    shape : str
        "" for a single number.
    value, grad : list of str
        Aligned lines; `grad` is empty where there is no derivative.
    """

    kind: str
    title: str
    formula: str
    shape: str
    value: list[str]
    grad: list[str]


def boxes(graph: Graph) -> list[Box]:
    """Return the words for every node, in the order of computation."""
    return [_box(graph, node) for node in graph.nodes]


def edges(graph: Graph) -> list[tuple[int, int]]:
    """Return (from, to) by position in the order of computation, one for each use of a node."""
    position = {node: k for k, node in enumerate(graph.nodes)}
    return [(position[one], k) for k, node in enumerate(graph.nodes) for one in node.inputs if one in position]


def _box(graph: Graph, node: Variable) -> Box:
    kind = "step" if node.operation else "constant" if node.constant else "given"
    return Box(
        kind="result" if node is graph.J else kind,
        title=printable(graph.title(node)),
        formula=printable(graph.formula(node)),
        shape="" if node.ndim == 0 else " × ".join(map(str, node.shape)),
        value=few_lines(node.array),
        grad=[] if node.grad is None else few_lines(node.grad),
    )


def printable(text: str) -> str:
    """Put text on one line and replace what no drawing can show; XML forbids control characters."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split()))
