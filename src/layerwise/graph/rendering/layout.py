"""Where the boxes of a drawing go: columns from left to right, edges around the boxes.

The method of Sugiyama, Tagawa and Toda (IEEE Trans. SMC 11, 1981, doi:10.1109/TSMC.1981.4308636): every node
gets a column; an edge that spans several columns gets a narrow slot in each that it crosses, to pass between
the boxes; the order within columns is chosen for few crossings, then the heights for straight edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["Layout", "Place", "arrange"]

_ROW_GAP = 22.0
_COLUMN_GAP = 52.0
_SWEEPS = 24


@dataclass(eq=False)
class Place:
    """A box, or the slot of a passing edge; x and y are its centre."""

    width: float
    height: float
    column: int
    before: list[Place] = field(default_factory=list)
    after: list[Place] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    slot: bool = False


@dataclass(frozen=True)
class Layout:
    """The result: a place for each node, the places along each edge, and the size of the whole."""

    nodes: list[Place]
    routes: list[list[Place]]
    column_widths: list[float]
    width: float
    height: float


def arrange(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> Layout:
    """Lay out boxes of the given sizes.

    Parameters
    ----------
    sizes : sequence of (width, height)
        One for each node, in an order in which every edge points forward.
    edges : sequence of (from, to)
        By position in `sizes`.
    """
    column_of = _columns(len(sizes), edges)
    nodes = [Place(width, height, column) for (width, height), column in zip(sizes, column_of, strict=True)]
    columns: list[list[Place]] = [[] for _ in range(max(column_of) + 1)]
    for place in nodes:
        columns[place.column].append(place)
    routes = _routes(nodes, edges, columns)
    _order(columns)
    widths = [max(place.width for place in column) for column in columns]
    _place(columns, widths)
    top = min(place.y - place.height / 2 for place in nodes)
    for column in columns:
        for place in column:
            place.y -= top
    bottom = max(place.y + place.height / 2 for column in columns for place in column)
    return Layout(nodes, routes, widths, sum(widths) + _COLUMN_GAP * (len(widths) - 1), bottom)


def _columns(n: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Put every node as far right as its successors allow, so that W[2] stands beside its use."""
    from_end = [0] * n
    for start, end in sorted(edges, reverse=True):
        from_end[start] = max(from_end[start], from_end[end] + 1)
    return [max(from_end) - distance for distance in from_end]


def _routes(nodes: list[Place], edges: Sequence[tuple[int, int]], columns: list[list[Place]]) -> list[list[Place]]:
    """Return the places along each edge; edges from one node share their slots, as branches share a stem."""
    stems: dict[int, list[Place]] = {}
    routes = []
    for start, end in edges:
        stem = stems.setdefault(start, [nodes[start]])
        while stem[-1].column < nodes[end].column - 1:
            slot = Place(0.0, 0.0, stem[-1].column + 1, slot=True)
            columns[slot.column].append(slot)
            _join(stem[-1], slot)
            stem.append(slot)
        route = stem[: nodes[end].column - nodes[start].column]
        _join(route[-1], nodes[end])
        routes.append([*route, nodes[end]])
    return routes


def _join(left: Place, right: Place) -> None:
    if right not in left.after:
        left.after.append(right)
        right.before.append(left)


def _order(columns: list[list[Place]]) -> None:
    """Sort each column by the mean position of its neighbours, back and forth; keep the best order seen."""
    best, fewest = [list(column) for column in columns], _crossings(columns)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 1
        for column in columns if forward else reversed(columns):
            rank = {id(place): k for other in columns for k, place in enumerate(other)}
            column.sort(key=lambda place: _mean_rank(place, rank, forward))
        crossings = _crossings(columns)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    for column, order in zip(columns, best, strict=True):
        column[:] = order


def _mean_rank(place: Place, rank: dict[int, int], forward: bool) -> float:
    neighbours = place.before if forward else place.after
    return sum(rank[id(one)] for one in neighbours) / len(neighbours) if neighbours else rank[id(place)]


def _crossings(columns: list[list[Place]]) -> int:
    total = 0
    for left, right in pairwise(columns):
        rank = {id(place): k for k, place in enumerate(right)}
        ends = [sorted(rank[id(one)] for one in place.after) for place in left]
        total += sum(
            high > low for k, highs in enumerate(ends) for lows in ends[k + 1 :] for high in highs for low in lows
        )
    return total


def _place(columns: list[list[Place]], widths: list[float]) -> None:
    x = 0.0
    for column, width in zip(columns, widths, strict=True):
        _settle(column, [0.0] * len(column))
        for place in column:
            place.x = x + width / 2
        x += width + _COLUMN_GAP
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 else reversed(columns):
            _settle(column, [_wanted(place) for place in column])


def _wanted(place: Place) -> float:
    """Return the height at which the edges of a place are straightest: slots pull most, leaves least."""
    heights = [(one.y, 4.0 if one.slot else 1.0 if one.before else 0.1) for one in place.before]
    heights += [(one.y, 4.0 if one.slot else 1.0) for one in place.after]
    weight = sum(w for _, w in heights)
    return sum(y * w for y, w in heights) / weight if weight else place.y


def _settle(column: list[Place], wanted: list[float]) -> None:
    """Move a column as near to the wanted heights as its order and gaps allow, in least squares.

    With the gaps subtracted this is isotonic regression, solved by pooling adjacent violators.
    """
    offsets = [0.0]
    for upper, lower in pairwise(column):
        offsets.append(offsets[-1] + (upper.height + lower.height) / 2 + _ROW_GAP)
    pools: list[tuple[float, int]] = []
    for y, offset in zip(wanted, offsets, strict=True):
        mean, count = y - offset, 1
        while pools and pools[-1][0] > mean:
            other, n = pools.pop()
            mean, count = (mean * count + other * n) / (count + n), count + n
        pools.append((mean, count))
    levels = [mean for mean, count in pools for _ in range(count)]
    for place, level, offset in zip(column, levels, offsets, strict=True):
        place.y = level + offset
