"""A graph as an SVG drawing that needs no program, for notebooks and pages in light and dark."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence

from layerwise.checks import COUNT
from layerwise.errors import GraphError
from layerwise.graph.graph import Graph
from layerwise.graph.rendering.box import Box, boxes, edges
from layerwise.graph.rendering.layout import Layout, Place, arrange
from layerwise.graph.variable import Variable

__all__ = ["to_svg"]

_LETTER, _LINE, _PAD, _MARGIN = 7.25, 17.0, 11.0, 20.0
_LEGEND = 30.0

_CSS = """
.lwg{display:block;--paper:#fff;--ink:#1f2328;--soft:#656d76;--edge:#8c959f;--value:#0550ae;--grad:#b3261e;
--given:#e8f1fc;--given-line:#7ba7d9;--step:#f6f8fa;--step-line:#c4ccd4;--result:#fff4d6;--result-line:#cf9a2b}
@media (prefers-color-scheme:dark){
.lwg{--paper:#15191f;--ink:#e9edf1;--soft:#9aa4af;--edge:#6d7885;--value:#82baff;--grad:#ff9b92;
--given:#16283f;--given-line:#3d6da6;--step:#1f252c;--step-line:#454e59;--result:#3a2e10;--result-line:#b98a26}}
.lwg text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;
fill:var(--ink)}
.lwg .name{font-weight:700}
.lwg .soft{fill:var(--soft)}
.lwg .value{fill:var(--value)}
.lwg .grad{fill:var(--grad)}
.lwg .paper{fill:var(--paper)}
.lwg .wire{fill:none;stroke:var(--edge);stroke-width:1.4}
.lwg .tip{fill:var(--edge)}
.lwg .box{stroke-width:1.2}
.lwg .given{fill:var(--given);stroke:var(--given-line)}
.lwg .step{fill:var(--step);stroke:var(--step-line)}
.lwg .result{fill:var(--result);stroke:var(--result-line)}
.lwg .constant{fill:var(--paper);stroke:var(--step-line);stroke-dasharray:4 3}
"""


def to_svg(graph: Graph | Variable, max_nodes: int = 200) -> str:
    """Return an SVG drawing: a box for each node with its value and derivative, arrows from left to right.

    Parameters
    ----------
    graph : Graph or Variable
        A graph, or the result whose graph is meant.
    max_nodes : int
        A larger graph is refused, since nobody could read its drawing.

    Returns
    -------
    str
        One ``<svg>`` element, with its own colours for light and dark.

    Raises
    ------
    GraphError
        If the graph has more than `max_nodes` nodes.

    Examples
    --------
    >>> svg = to_svg(Variable(3.0, "x").exp().named("J"))
    >>> svg.startswith("<svg ") and svg.endswith("</svg>")
    True
    """
    graph, max_nodes = Graph.of(graph), COUNT.check("to_svg", "max_nodes", max_nodes)
    if len(graph) > max_nodes:
        raise GraphError(
            f"to_svg draws graphs of at most max_nodes = {max_nodes} nodes. Got {len(graph)}. "
            "Use to_text for a table, or to_dot with Graphviz."
        )
    drawn = boxes(graph)
    layout = arrange([_size(box) for box in drawn], edges(graph))
    result = next(box.title for box in drawn if box.kind == "result")
    name = html.escape(f"Computation graph of {result}: {len(graph)} nodes")
    width, height = max(layout.width, 420.0) + 2 * _MARGIN, layout.height + 2 * _MARGIN + _LEGEND
    size = f'width="{width:.0f}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="lwg" role="img" aria-label="{name}"'
    parts = [
        f'{head} {size} viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<title>{name}</title><style>{_CSS}</style>",
        f'<rect class="paper" {size} rx="10"/>',
        _legend(result, height - 16),
        f'<g transform="translate({_MARGIN:g} {_MARGIN:g})">',
        *_wires(layout),
        *(_drawn(box, place) for box, place in zip(drawn, layout.nodes, strict=True)),
        "</g></svg>",
    ]
    return "\n".join(parts)


def _legend(result: str, y: float) -> str:
    words = [("value", "value"), ("soft", " of the node   "), ("grad", "grad")]
    words.append(("soft", f" derivative of {result} by the node"))
    return f'<text x="{_MARGIN:g}" y="{y:g}">{_spans(words)}</text>'


def _lines(box: Box) -> list[list[tuple[str, str]]]:
    """Return the lines of a box, each a list of (style, text)."""
    lines = [[("name", box.title)]]
    if box.formula:
        lines[0].append(("soft", f" = {box.formula}"))
    if box.shape:
        lines.append([("soft", box.shape)])
    for word, numbers in (("value", box.value), ("grad", box.grad)):
        lines += [[("soft", f"{word if k == 0 else '':7}"), (word, line)] for k, line in enumerate(numbers)]
    return lines


def _size(box: Box) -> tuple[float, float]:
    lines = _lines(box)
    longest = max(sum(_letters(text) for _, text in line) for line in lines)
    return longest * _LETTER + 2 * _PAD, len(lines) * _LINE + 2 * _PAD - 4


def _letters(text: str) -> int:
    """Count letters, those of East Asian scripts as two: they are twice as wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _drawn(box: Box, place: Place) -> str:
    left, top = place.x - place.width / 2, place.y - place.height / 2
    rows = (
        f'<text x="{left + _PAD:.1f}" y="{top + _PAD + 9 + k * _LINE:.1f}">{_spans(line)}</text>'
        for k, line in enumerate(_lines(box))
    )
    return (
        f'<g><rect class="box {box.kind}" x="{left:.1f}" y="{top:.1f}" width="{place.width:.1f}" '
        f'height="{place.height:.1f}" rx="8"/>{"".join(rows)}</g>'
    )


def _spans(line: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<tspan class="{style}">{html.escape(text)}</tspan>' for style, text in line)


def _wires(layout: Layout) -> list[str]:
    """Draw the edges; those that end in one box arrive side by side, in the order of where they come from."""
    wires = []
    for place in layout.nodes:
        arriving = sorted((route for route in layout.routes if route[-1] is place), key=lambda route: route[-2].y)
        for k, route in enumerate(arriving, start=1):
            y = place.y + place.height * (k / (len(arriving) + 1) - 0.5)
            wires.append(_wire(route, y, layout.column_widths))
    return wires


def _wire(route: Sequence[Place], end_y: float, column_widths: Sequence[float]) -> str:
    start, end = route[0], route[-1]
    x, y = start.x + start.width / 2, start.y
    path = [f"M{x:.1f} {y:.1f}"]
    for k, place in enumerate(route):
        half = column_widths[place.column] / 2
        if k > 0:
            last = place is end
            left, height = (place.x - half, end_y if last else place.y)
            bend = (left + x) / 2
            path.append(f"C{bend:.1f} {y:.1f} {bend:.1f} {height:.1f} {left - (8 if last else 0):.1f} {height:.1f}")
            y = height
        if place is not end:
            x = place.x + half
            path.append(f"H{x:.1f}")
    tip = end.x - end.width / 2
    path.append(f"H{tip - 7:.1f}")
    arrow = f"M{tip:.1f} {end_y:.1f}l-8 -4v8z"
    return f'<path class="wire" d="{"".join(path)}"/><path class="tip" d="{arrow}"/>'
