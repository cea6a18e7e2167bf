"""The encodings of columns as ONNX nodes, in double. All numbers of a table are encoded at once, as one matrix.

A cell enters as a column (m, 1); what leaves is a matrix (m, places) with its places in the network's input.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from layerwise.export.onnx_dates import parts_of
from layerwise.export.onnx_graph import ML, Graph
from layerwise.export.program import Dates, Input, Levels, Numbers, Ranks

__all__ = ["encoded"]

_CLIP, _BEYOND, _LARGE = 3.0, 1e9, 4e307  # as layerwise.tables.encodings has them
_AFTER_ALL = 1e308  # a knot that no bounded number reaches


@dataclass
class _Block:
    """Columns of a matrix that are encoded already, and their places."""

    values: str
    places: Sequence[int]


@dataclass
class _NumberColumns:
    """Columns of numbers, to be encoded at once."""

    columns: list[str] = field(default_factory=list)
    entries: list[Numbers] = field(default_factory=list)
    places: list[tuple[int, ...]] = field(default_factory=list)

    def add(self, column: str, entry: Numbers, places: tuple[int, ...]) -> int:
        """Take a column, and return how many of the places are its."""
        used = 1 + entry.mark + bool(entry.knots)
        self.columns.append(column)
        self.entries.append(entry)
        self.places.append(places[:used])
        return used


def encoded(graph: Graph, inputs: Sequence[Input], names: Sequence[str]) -> str:
    """Return x, (m, n_x) in double, from inputs of shape (m,)."""
    numbers = _NumberColumns()
    blocks: list[_Block] = []
    for entry, name in zip(inputs, names, strict=True):
        cells = graph("Unsqueeze", name, [1])
        encoding = entry.encoding
        if isinstance(encoding, Numbers):
            numbers.add(cells, encoding, entry.places)
        elif isinstance(encoding, Dates):
            blocks += _dates(graph, cells, encoding, entry.places, numbers)
        elif isinstance(encoding, Ranks):
            blocks += _ranks(graph, cells, encoding, entry.places)
        else:
            blocks.append(_levels(graph, name, cells, encoding, entry.places))
    if numbers.entries:
        blocks += _numbers(graph, numbers)
    everything = graph("Concat", *(block.values for block in blocks), axis=1)
    return graph.columns(everything, np.argsort([place for block in blocks for place in block.places]))


def _numbers(graph: Graph, numbers: _NumberColumns) -> list[_Block]:
    entries, places = numbers.entries, numbers.places
    x = graph("Concat", *numbers.columns, axis=1)
    gaps = graph("IsNaN", x)
    filled = graph("Where", gaps, np.array([entry.median for entry in entries]), x)
    filled = graph.clip(filled, -_LARGE, _LARGE)
    blocks = [_Block(_scaled(graph, filled, entries), [place[0] for place in places])]
    if marked := [j for j, entry in enumerate(entries) if entry.mark]:
        marks = graph.cast(graph.columns(gaps, marked), np.float64)
        blocks.append(_Block(marks, [places[j][1] for j in marked]))
    if placed := [j for j, entry in enumerate(entries) if entry.knots]:
        knots = [entries[j].knots for j in placed]
        blocks.append(_Block(_positions(graph, graph.columns(filled, placed), knots), [places[j][-1] for j in placed]))
    return blocks


def _scaled(graph: Graph, filled: str, entries: Sequence[Numbers]) -> str:
    """Add x' = z / √(1 + (z / 3)²), z = (x - q) / s; an infinite s stands for x' = 0."""
    q = np.array([entry.median if entry.scale else 0.0 for entry in entries])
    s = np.array([entry.scale or math.inf for entry in entries])
    z = graph.clip(graph("Div", graph("Sub", filled, q), s), -_BEYOND, _BEYOND)
    w = graph("Div", z, _CLIP)
    return graph("Div", z, graph("Sqrt", graph("Add", graph("Mul", w, w), 1.0)))


def _positions(graph: Graph, filled: str, knots: Sequence[tuple[float, ...]]) -> str:
    """Add u = Σ_k min(max((x - t_k) / (t_{k+1} - t_k), 0), 1) of each column among its own knots."""
    most = max(map(len, knots)) - 1
    lower = np.full((len(knots), most), _AFTER_ALL)
    widths = np.ones((len(knots), most))
    for j, of_column in enumerate(knots):
        lower[j, : len(of_column) - 1] = of_column[:-1]
        widths[j, : len(of_column) - 1] = np.diff(of_column)
    shares = graph("Div", graph("Sub", graph("Unsqueeze", filled, [2]), lower), widths)
    return graph("ReduceSum", graph.clip(shares, 0.0, 1.0), [2], keepdims=0)


def _ranks(graph: Graph, cells: str, ranks: Ranks, places: Sequence[int]) -> list[_Block]:
    gaps = graph("IsNaN", cells)
    if len(ranks.levels) > 1:
        found = _positions(graph, graph.clip(cells, -_LARGE, _LARGE), [ranks.levels])
    else:
        found = graph("Mul", graph.cast(gaps, np.float64), 0.0)
    u = graph("Where", gaps, ranks.median, found)
    rank = graph("Sub", graph("Mul", u, 2.0 / max(len(ranks.levels) - 1, 1)), 1.0)
    columns = [rank, *([graph.cast(gaps, np.float64)] if ranks.mark else []), *([u] if ranks.position else [])]
    return [_Block(column, [place]) for column, place in zip(columns, places, strict=True)]


def _levels(graph: Graph, name: str, cells: str, levels: Levels, places: Sequence[int]) -> _Block:
    if isinstance(levels.keys[0][0], str):
        row = _row_of_text(graph, name, levels)
    else:
        row = _row_of_number(graph, cells, levels)
    return _Block(graph("Gather", levels.rows, row, axis=0), places)


def _row_of_text(graph: Graph, name: str, levels: Levels) -> str:
    spellings, rows = zip(*levels.keys, strict=True)
    return graph(
        "LabelEncoder",
        name,
        domain=ML,
        keys_strings=["", *spellings],
        values_int64s=[levels.missing, *rows],
        default_int64=levels.unseen,
    )


def _row_of_number(graph: Graph, cells: str, levels: Levels) -> str:
    """Add the row of each number: that of unseen ones, less what lies between it and the one that is found."""
    keys, rows = (np.array(values, np.float64) for values in zip(*levels.keys, strict=True))
    equal = graph.cast(graph("Equal", cells, keys), np.float64)
    less = graph("MatMul", equal, levels.unseen - rows[:, None])
    gap = graph.cast(graph("IsNaN", cells), np.float64)
    row = graph("Sub", graph("Sub", float(levels.unseen), less), gap)
    return graph.cast(graph("Squeeze", row, [1]), np.int64)


def _dates(graph: Graph, cells: str, dates: Dates, places: tuple[int, ...], numbers: _NumberColumns) -> list[_Block]:
    gaps, parts = parts_of(graph, cells)
    blocks = []
    if dates.mark:
        blocks.append(_Block(graph.cast(gaps, np.float64), places[:1]))
        places = places[1:]
    for part in dates.parts:
        present = parts[part.name]
        places = places[numbers.add(graph("Where", gaps, np.nan, present), part.numbers, places) :]
        if part.period:
            angle = graph("Mul", present, 2.0 * math.pi / part.period)
            waves = [graph("Where", gaps, 0.0, graph(wave, angle)) for wave in ("Sin", "Cos")]
            blocks += [_Block(wave, [place]) for wave, place in zip(waves, places[:2], strict=True)]
            places = places[2:]
    return blocks
