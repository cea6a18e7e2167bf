"""`Graph`: the nodes behind a result, in order, each with a label and a formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from layerwise.errors import GraphError, did_you_mean
from layerwise.graph.differentiation import ancestors
from layerwise.graph.variable import Variable

__all__ = ["Graph"]


class Graph:
    """Everything that a result was computed from, in the order of computation.

    A node is found by its name. One without a name is called v1, v2, ... in the order of computation, as in
    its drawing. A bare number, such as the 3 in 3 * v2, is part of the formula and no node of the graph.

    Parameters
    ----------
    J : Variable
        The result.
    aliases : mapping of str to str, optional
        Second names: ``{"A[0]": "X"}`` lets ``graph["A[0]"]`` find X.
    beside : tuple of Variable
        Nodes to show that J does not depend on; they have no derivative.

    Raises
    ------
    GraphError
        On a name that no node has, or that several have.

    Examples
    --------
    >>> a, b, c = Variable(5.0, "a"), Variable(3.0, "b"), Variable(2.0, "c")
    >>> graph = Graph((3 * (a + b * c)).named("J"))
    >>> for node in graph:
    ...     print(graph.label(node), "=", graph.formula(node) or node.value)
    a = 5.0
    b = 3.0
    c = 2.0
    v1 = b * c
    v2 = a + v1
    J = 3 * v2
    >>> graph["v1"]
    Variable(6)
    """

    def __init__(
        self, J: Variable, *, aliases: Mapping[str, str] | None = None, beside: tuple[Variable, ...] = ()
    ) -> None:
        self.J = J
        everything = ancestors(J, *beside)
        self.nodes = tuple(node for node in everything if node is J or not _is_bare_number(node))
        self.aliases = dict(aliases or {})
        self._labels = _labels(everything)
        self._found: dict[str, list[Variable]] = {}
        for node in self.nodes:
            if not node.constant or node.name is not None:
                self._found.setdefault(self._labels[node], []).append(node)

    @classmethod
    def of(cls, result: Graph | Variable) -> Graph:
        """Return the graph itself, or that of a single result."""
        return result if isinstance(result, Graph) else cls(result)

    @property
    def names(self) -> tuple[str, ...]:
        """The labels that ``graph[label]`` knows, in the order of computation; constants have none."""
        return tuple(self._found)

    def label(self, node: Variable) -> str:
        """Return what the node is called here."""
        return self._labels[node]

    def title(self, node: Variable) -> str:
        """Return the label with its second names, ``X = A[0]``."""
        label = self._labels[node]
        return " = ".join([label, *(alias for alias, name in self.aliases.items() if name == label)])

    def formula(self, node: Variable) -> str:
        """Return how the node was computed, in the labels of its inputs; "" for one that was given."""
        if node.operation is None:
            return ""
        labels = (self._labels[one] for one in node.inputs)
        settings = {name: _spelled(value, name) for name, value in node.settings.items()}
        on = (f", {name}={text}" for name, text in settings.items() if name != "keepdims" and text != "None")
        return node.operation.notation.format(*labels, options="".join(on), **settings)

    def __getitem__(self, name: str) -> Variable:
        found = self._found.get(self.aliases.get(name, name), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise GraphError(f"The name {name!r} must be that of one node. Got {len(found)} nodes: rename them.")
        raise GraphError(f"The graph has no node {name!r}.{did_you_mean(name, [*self._found, *self.aliases])}")

    def __contains__(self, name: object) -> bool:
        return name in self._found or name in self.aliases

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        return f"<Graph of {self.label(self.J)}: {len(self)} nodes>"

    def _repr_html_(self) -> str:
        from layerwise.graph.rendering import to_html

        return to_html(self)


def _is_bare_number(node: Variable) -> bool:
    return node.constant and node.operation is None and node.size == 1


def _labels(nodes: list[Variable]) -> dict[Variable, str]:
    taken = {node.name for node in nodes}
    free = (label for k in range(1, 2 * len(nodes) + 2) if (label := f"v{k}") not in taken)
    return {node: _label(node) or next(free) for node in nodes}


def _label(node: Variable) -> str | None:
    if node.name is not None or not node.constant or node.operation is not None:
        return node.name
    return f"{node.array.item():.6g}" if node.size == 1 else f"constant {node.shape}"


def _spelled(value: Any, name: str) -> str:
    """Write a setting as it was typed: slices with colons, ``...`` for Ellipsis, arrays by their shape."""
    if name == "index":
        parts = value if isinstance(value, tuple) else (value,)
        return ", ".join(_spelled_index(part) for part in parts)
    return str(value) if not hasattr(value, "shape") else f"array {value.shape}"


def _spelled_index(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
        return ":".join(ends if part.step is None else [*ends, str(part.step)])
    if part is Ellipsis:
        return "..."
    return f"array {part.shape}" if getattr(part, "ndim", 0) else str(part)
