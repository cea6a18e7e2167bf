"""The pictures of a report: matplotlib's figures as SVG that stands within a page and follows its colours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from typing import Any

from layerwise.errors import require
from layerwise.estimators.tabular import TabularModel

__all__ = ["inline_svg"]

WIDTH = 5.2
"""Inches: so narrow that the text can still be read where the picture fills the width of a phone."""

STYLE = {
    "svg.fonttype": "none",  # texts stay texts
    "font.family": "sans-serif",
    "font.size": 10.5,
    "axes.titlesize": 0,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


def inline_svg(name: str, draw: Callable[[TabularModel], Any], model: TabularModel, alt: str) -> str:
    """Return a picture as an SVG element.

    Parameters
    ----------
    name : str
        Of the picture: before all its ids, so that no two pictures share one.
    draw : function
        From the model to matplotlib's figure.
    model : TabularModel
    alt : str
        What the picture shows, for those who do not see it.
    """
    matplotlib = require("matplotlib", extra="plot", purpose="--report")
    buffer = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = draw(model)
        for axes in figure.axes:
            axes.set_title("")  # the page has a heading
        figure.set_size_inches(WIDTH, figure.get_size_inches()[1])
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))  # so that a page depends on its model alone
        figure.savefig(buffer, format="svg", bbox_inches="tight", pad_inches=0.05, metadata=nothing)
    return _element(buffer.getvalue(), name, alt)


def _element(text: str, name: str, alt: str) -> str:
    svg = text[text.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"\bfont: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)  # in the page's own type
    svg = svg.replace("stroke: #000000", "stroke: currentColor")
    svg = svg.replace("fill: #000000", "fill: currentColor").replace('fill="#000000"', 'fill="currentColor"')
    opening, _, rest = svg.partition(">")
    opening = re.sub(r' (width|height)="[^"]*"', "", opening)
    label = escape(alt, quote=True)
    return f'{opening} role="img" aria-label="{label}"><title>{escape(alt)}</title>{rest.strip()}'
