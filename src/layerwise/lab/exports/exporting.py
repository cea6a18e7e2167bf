"""`export`: one moment of a run as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from layerwise.checks import known_name
from layerwise.lab.exports.models import model_file
from layerwise.lab.exports.numpy_code import numpy_code
from layerwise.lab.exports.pytorch_code import pytorch_code
from layerwise.lab.exports.script import script
from layerwise.lab.exports.sklearn_code import sklearn_code
from layerwise.lab.exports.spreadsheets import history_table, predictions
from layerwise.lab.moment import Moment

__all__ = ["File", "export"]

Curve: TypeAlias = Mapping[str, Sequence[float | None]]


class File(NamedTuple):
    """A file to download: its name, its media type, what is in it."""

    name: str
    type: str
    content: bytes


_CODE: Mapping[str, tuple[str, Callable[[Moment], str]]] = {
    "script": ("run.py", script),
    "numpy": ("model_numpy.py", numpy_code),
    "sklearn": ("model_sklearn.py", sklearn_code),
    "pytorch": ("model_pytorch.py", pytorch_code),
}
_KINDS = ("model", *_CODE, "predictions", "history")


def export(moment: Moment, kind: str, curve: Curve | None = None) -> File:
    """Return a moment of a run as a file.

    Parameters
    ----------
    moment : Moment
    kind : str
        "model" (what `layerwise.load` reads), "script" (which repeats the run bit for bit), "numpy", "sklearn",
        "pytorch" (code that predicts the same), "predictions" or "history" (CSV).
    curve : mapping of str to list, optional
        For "history": its columns, with "epoch"; None takes the history of the moment.

    Raises
    ------
    ParameterError
        If there is no such kind, or this network cannot be written so.
    """
    known_name("export", kind, _KINDS)
    if kind == "model":
        return File("model.safetensors", "application/octet-stream", model_file(moment))
    if kind in _CODE:
        name, write = _CODE[kind]
        return File(name, "text/x-python", write(moment).encode())
    text = predictions(moment) if kind == "predictions" else history_table(moment, curve)
    return File(f"{kind}.csv", "text/csv", text.encode())
