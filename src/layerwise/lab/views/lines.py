"""A line of the equation strip: one template for the equation in symbols and for the same one in numbers.

``<name>`` in a template stands for a tensor or a constant; all else is LaTeX that both have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from layerwise.lab.views.numbers import Json, matrix
from layerwise.network import Array

__all__ = ["Constant", "Part", "Tensor", "as_latex", "line"]

LARGEST = 12
"""Rows and columns of a tensor that a line shows."""

_TOKEN = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Tensor:
    """A tensor in a line.

    Attributes
    ----------
    name : str
        "W[1]": its number in row i, column j is "W[1]:i,j" everywhere on the page.
    symbol : str
        In the equation: ``W^{[1]}``.
    array : (rows, columns) array
        The whole tensor.
    column : int or None
        The one column that is shown, of one example; None shows the first ones.
    of_example : str
        The symbol of that column: ``z^{[1](i)}``.
    """

    name: str
    symbol: str
    array: Array
    column: int | None = None
    of_example: str = ""

    def term(self) -> Json:
        """Return the tensor with its numbers."""
        first = self.column or 0
        last = first + (LARGEST if self.column is None else 1)
        return {
            "kind": "tensor",
            "name": self.name,
            "latex": self.of_example or self.symbol,
            "shape": list(self.array.shape),
            "values": matrix(self.array[:LARGEST, first:last]),
            "row": 0,
            "column": first,
        }


@dataclass(frozen=True)
class Constant:
    """A number that is a letter in the equation."""

    symbol: str
    number: str

    def term(self) -> Json:
        """Return the number as a text."""
        return {"kind": "text", "latex": self.number}


Part: TypeAlias = Tensor | Constant


def line(phase: str, layer: int | None, template: str, parts: Mapping[str, Part]) -> Json:
    """Return `Line` of the page's protocol."""
    latex = _TOKEN.sub(lambda found: parts[found[1]].symbol, template)
    terms: list[Json] = []
    for k, piece in enumerate(_TOKEN.split(template)):
        if k % 2:
            terms.append(parts[piece].term())
        elif piece.strip():
            terms.append({"kind": "text", "latex": piece.strip()})
    return {"phase": phase, "layer": layer, "latex": latex, "terms": terms}


def as_latex(value: float, digits: int = 4) -> str:
    """Return a number as LaTeX, 1e-08 as a power of ten."""
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    if not exponent:
        return mantissa
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"
