"""A program as one Python file that needs NumPy only.

What comes from the model is written by `ascii` alone, as literals of texts and numbers, and weights as base64: no name
and no level of a table can become code.
"""

from __future__ import annotations

import base64
import textwrap
from importlib import resources
from typing import Any

from layerwise.export.program import Dates, Embedded, Encoding, Input, Layer, Levels, Numbers, Output, Program, Ranks
from layerwise.network import Array

__all__ = ["matrix_source", "numpy_source"]

_MARK = "# What follows is the same in every exported file.\n"


def numpy_source(program: Program) -> bytes:
    """Return the text of a Python module with one public function, `predict`."""
    return _joined(_head(program), _predict(program), _runtime(), _columns(program) + _data(program)).encode()


def matrix_source(program: Program) -> str:
    """Return Python text in which ``_matrix(columns, _COLUMNS, n_x)`` makes X, (m, n_x), of the columns of a table.

    It needs the imports that stand first in what `numpy_source` writes.
    """
    return _joined(_runtime(), _columns(program))


def _runtime() -> str:
    return (resources.files(__package__) / "numpy_runtime.py").read_text(encoding="utf-8").split(_MARK)[1]


def _joined(*parts: str) -> str:
    return "\n\n".join(part.strip("\n") + "\n" for part in parts)


def _head(program: Program) -> str:
    return f'''"""A model of layerwise that needs NumPy only: `predict` is all there is to call.

{_usage(program)}
"""

import base64
import datetime
import math
from typing import Any

import numpy as np

{_example(program)}
__all__ = [{", ".join(f'"{name}"' for name in ["ABOUT", *_constants(program), "predict"])}]

ABOUT = {dict(sorted(program.about.items()))!a}
{"".join(f"{name} = {value}" + chr(10) for name, value in _constants(program).items())}'''


def _constants(program: Program) -> dict[str, str]:
    return {"CLASSES": ascii(program.output.labels)} if program.output.labels else {}


def _usage(program: Program) -> str:
    what = "columns" if program.inputs else "X"
    result = {
        "classes": "probabilities, (m, len(CLASSES)); CLASSES[k] for the place k of the greatest is the label",
        "labels": "the probability of each label, (m, len(CLASSES)), which a row has above 1/2",
        "numbers": "numbers, (m,)" if program.output.flat else f"numbers, (m, {program.output.n_y})",
    }[program.output.task]
    return f"predict({what}) returns {result}."


def _example(program: Program) -> str:
    """Return a call as a comment of one line: `ascii` leaves no line break in it that a name might have."""
    if not program.inputs:
        return f"# predict({[[0.0] * program.n_x]})"
    return f"# predict({ {entry.name: [_sample(entry)] for entry in program.inputs}!a})"


def _sample(entry: Input) -> Any:
    match entry.encoding:
        case Levels(keys=keys):
            return keys[0][0]
        case Dates():
            return "2024-01-31 12:00"
        case Numbers(median=median):
            return median
        case Ranks(levels=levels):
            return levels[0]


def _predict(program: Program) -> str:
    output = program.output
    if program.inputs:
        signature, x = "columns", f"_matrix(columns, _COLUMNS, {program.n_x})"
    else:
        signature, x = "X", f"_checked(X, {program.n_x})"
    return f'''def predict({signature}: Any) -> Any:
    """Return what the model says of each row.

{textwrap.indent(_parameters(program), "    ")}
    """
    Y_hat = _outputs({x}, _DTYPE, _EMBEDDINGS, _LAYERS)
    return {_result(output)}
'''


def _parameters(program: Program) -> str:
    if not program.inputs:
        return f"X is a matrix of finite numbers, (m, {program.n_x}): a row for each example."
    return """columns maps names to arrays or lists of one length, as a dict or a data frame does; _COLUMNS at the end
of this file has the names and kinds. None and NaN are missing cells; texts are compared without blanks around them;
dates are datetime64, datetime, ISO texts, or whole microseconds since 1970, in UTC. Other columns are ignored."""


def _result(output: Output) -> str:
    if output.binary:
        return "np.hstack([1.0 - Y_hat, Y_hat])"
    if output.task == "classes":
        return "Y_hat / Y_hat.sum(axis=1, keepdims=True)"
    if output.task == "labels":
        return "Y_hat"
    value = "Y_hat[:, 0]" if output.flat else "Y_hat"
    return value if (output.mean, output.std) == (0.0, 1.0) else f"{value} * {output.std!r} + {output.mean!r}"


def _columns(program: Program) -> str:
    columns = "".join(f"    {_column(entry)},\n" for entry in program.inputs)
    return f"# name, kind, encoding and its arguments, places\n_COLUMNS = [\n{columns}]\n" if columns else ""


def _data(program: Program) -> str:
    embeddings = "".join(f"    {_embedding(entry)},\n" for entry in program.embeddings)
    layers = "".join(f"    {_layer(layer)},\n" for layer in program.layers)
    return f"""_DTYPE = {program.dtype.name!r}
_EMBEDDINGS: list[Any] = [
{embeddings}]
_LAYERS = [
{layers}]
"""


def _column(entry: Input) -> str:
    encoding = entry.encoding
    kind = type(encoding).__name__
    return f"({entry.name!a}, {entry.kind!r}, {kind!r}, {_arguments(encoding)!a}, {list(entry.places)!r})"


def _arguments(encoding: Encoding) -> tuple[Any, ...]:
    """Return what the function of the runtime for an encoding takes after the cells."""
    match encoding:
        case Numbers():
            return encoding.median, encoding.scale, encoding.mark, encoding.knots
        case Ranks():
            return encoding.levels, encoding.median, encoding.mark, encoding.position
        case Levels():
            keys, rows = zip(*encoding.keys, strict=True)
            return keys, rows, encoding.rows.tolist()
        case Dates():
            return encoding.mark, tuple((part.name, part.period, _arguments(part.numbers)) for part in encoding.parts)


def _embedding(embedded: Embedded) -> str:
    E = "None" if embedded.E is None else _array(embedded.E)
    return f"({embedded.entry.positions}, {embedded.entry.ordered}, {E})"


def _layer(layer: Layer) -> str:
    settings = tuple(value for _, value in layer.g.settings)
    return f"({_array(layer.W)}, {_array(layer.b)}, {layer.g.name!r}, {settings!r})"


def _array(values: Array) -> str:
    little = values.astype(values.dtype.newbyteorder("<"))
    text = base64.b64encode(little.tobytes()).decode()
    lines = "\n".join(textwrap.wrap(text, 116)) if len(text) > 80 else text
    shape = ", ".join(map(str, values.shape))
    return f'_array("""{lines}""", "{little.dtype.str}", {shape})'
