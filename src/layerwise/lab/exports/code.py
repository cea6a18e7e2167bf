"""What the files of code share: their title and frame, `predict`, and how numbers and names are spelled.

All that comes from data is written by `ascii`, as literals: no name and no class can become code.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from layerwise.export.models import program_of
from layerwise.export.numpy_source import matrix_source
from layerwise.lab.exports.models import model_of
from layerwise.lab.moment import Dataset, Moment
from layerwise.network import Array

__all__ = [
    "argument",
    "array",
    "classes",
    "classes_line",
    "imports_for_columns",
    "is_table",
    "joined",
    "matrix_of_argument",
    "predict_code",
    "title",
    "unit",
    "vector",
]


def is_table(data: Dataset) -> bool:
    """Return whether the file takes the columns of a table, in place of a matrix."""
    return data.encoder is not None


def title(moment: Moment, library: str = "") -> str:
    """Return the docstring of a file for a library, with the blank line after it."""
    net = moment.net
    sizes = "-".join(map(str, net.sizes))
    purpose = f", for {library}" if library else ""
    takes = "columns of a table, by name" if is_table(moment.data) else f"X, (m, {net.n[0]}): a row for each example"
    return f'"""A network of {sizes} units, trained by layerwise{purpose}. predict takes the {takes}."""\n\n'


def joined(moment: Moment, parts: Iterable[str]) -> str:
    """Return a file of these parts, and behind them what makes a matrix of the columns of a table."""
    return "\n\n".join(part.strip("\n") + "\n" for part in parts) + _columns_code(moment)


def array(values: Array, call: str) -> str:
    """Return a matrix as a call, row by row; each number has the digits that tell it from its neighbours."""
    rows = ",\n".join("    [" + _numbers(row) + "]" for row in values)
    return call.format("[\n" + rows + ",\n]")


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


def classes_line(data: Dataset) -> str:
    """Return the line with the labels of the classes; empty for a regression."""
    labels = classes(data)
    return f"CLASSES = {labels!a}\n" if labels else ""


def predict_code(
    data: Dataset, *, number: Sequence[str], probabilities: Sequence[str], likeliest: Sequence[str]
) -> str:
    """Return `predict` for a regression, else `predict_proba` and `predict`, whose lines are given."""
    if data.task == "regression":
        return _function(data, "predict", "Return a number for each row.", number)
    return "\n\n".join(
        [
            _function(data, "predict_proba", "Return the probability of each of CLASSES for each row.", probabilities),
            _function(data, "predict", "Return the likeliest class for each row.", likeliest),
        ]
    )


def _function(data: Dataset, name: str, docstring: str, lines: Sequence[str]) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f'def {name}({argument(data)}):\n    """{docstring}"""\n{body}'


def argument(data: Dataset) -> str:
    """Return what `predict` calls its argument."""
    return "columns" if is_table(data) else "X"


def matrix_of_argument(moment: Moment) -> str:
    """Return the expression of the matrix, a row for each example, that the argument of `predict` becomes."""
    return f"_matrix(columns, _COLUMNS, {moment.net.n[0]})" if is_table(moment.data) else "X"


def imports_for_columns(data: Dataset) -> str:
    """Return the imports that the columns of a table need."""
    return "import base64\nimport datetime\nimport math\nfrom typing import Any\n\n" if is_table(data) else ""


def _columns_code(moment: Moment) -> str:
    if not is_table(moment.data):
        return ""
    source = matrix_source(program_of(model_of(moment)))
    return f"\n\n# From here on: how the columns of the table become the matrix.\n\n\n{source}"
