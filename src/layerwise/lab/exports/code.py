"""What the files of code share: how numbers and names are spelled, and what comes before and after a network.

All that comes from data is written by `ascii`, as literals: no name and no class can become code.
"""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from layerwise.export.models import program_of
from layerwise.export.numpy_source import matrix_source
from layerwise.lab.exports.models import model_of
from layerwise.lab.moment import Dataset, Moment
from layerwise.network import Array

__all__ = ["array", "classes", "columns_code", "imports_for_columns", "is_table", "unit", "vector"]


def is_table(data: Dataset) -> bool:
    """Return whether the file takes the columns of a table, in place of a matrix."""
    return data.encoder is not None


def array(values: Array, call: str) -> str:
    """Return a matrix as a call, row by row; each number has the digits that tell it from its neighbours."""
    rows = ",\n".join("    [" + _numbers(row) + "]" for row in values)
    return f"{call.format(f'[{chr(10)}{rows},{chr(10)}]')}"


def vector(values: Array, call: str) -> str:
    """Return a vector as a call."""
    return call.format(f"[\n    {_numbers(values.reshape(-1))}\n]")


def _numbers(values: Array) -> str:
    text = ", ".join(map(str, values))  # NumPy's shortest text with the same bits
    return textwrap.fill(text, 110, subsequent_indent=" " * 5) if len(text) > 110 else text


def classes(data: Dataset) -> list[Any]:
    """Return the labels of the classes, as the data have them; none of a regression."""
    if data.classes is not None and data.target_encoder is not None:
        found: list[Any] = np.asarray(data.target_encoder.labels).tolist()
        return found
    return list(data.classes or ())


def unit(data: Dataset) -> str:
    """Return what turns a number that was learnt into the unit of the target."""
    target = data.target_encoder
    if target is None or data.task != "regression":
        return ""
    return f" * {float(target.std)!r} + {float(target.mean)!r}"


def imports_for_columns(data: Dataset) -> str:
    """Return the imports that `columns_code` needs."""
    return "import base64\nimport datetime\nimport math\nfrom typing import Any\n\n" if is_table(data) else ""


def columns_code(moment: Moment) -> str:
    """Return what makes a matrix of the columns of a table; empty where the data are no table."""
    if not is_table(moment.data):
        return ""
    source = matrix_source(program_of(model_of(moment)))
    return f"\n\n# From here on: how the columns of the table become the matrix.\n\n\n{source}"
