"""The three ways out: to ONNX, to C, to NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from layerwise.atomic import replacing
from layerwise.errors import ModelFileError
from layerwise.export.c_header import c_header
from layerwise.export.models import program_of
from layerwise.export.numpy_source import numpy_source
from layerwise.export.onnx_file import onnx_model

__all__ = ["FORMATS", "to_c", "to_numpy", "to_onnx"]


def to_onnx(model: Any, path: str | Path, *, digest: str | None = None) -> None:
    """Write a model as one ONNX file, its preprocessing included, for onnxruntime and others.

    An input for each column, of shape (rows,): double for numbers, NaN is missing; string for texts, the empty one is
    missing; int64 for dates, microseconds since 1970 in UTC, -2⁶³ (NumPy's NaT) is missing. A model that takes a
    matrix has one input, X (rows, n_x). The outputs are `label` and `probabilities` of classes, `value` (rows,) of one
    number, `Y_hat` (rows, n_y) of several and of a bare network.

    Parameters
    ----------
    model
        What `layerwise.train` returns, what `layerwise.load` reads, or a fitted estimator of the package.
    path : str or Path
        By custom with the ending ``.onnx``.
    digest : str, optional
        That of the model's file, to be kept in the metadata.

    Raises
    ------
    ParameterError
        If the model cannot be exported.
    MissingDependencyError
        If onnx is not installed.
    """
    _write(path, onnx_model(program_of(model, digest)))


def to_c(model: Any, path: str | Path, *, name: str = "model", digest: str | None = None) -> None:
    """Write a model as one C header without dependencies, which compiles as C99 and as C++.

    An example of its use stands at its top. A row is a struct with a member for each column: `double` for numbers, NAN
    is missing; `const char *` for texts in UTF-8, NULL and "" are missing; `int64_t` for dates, microseconds since 1970
    in UTC, INT64_MIN is missing.

    Parameters
    ----------
    model, path, digest
        As for `to_onnx`; by custom with the ending ``.h``.
    name : str
        What all names in the header begin with, so that two models go into one program.

    Raises
    ------
    ParameterError
        If the model cannot be exported, or the name is none of C.
    """
    _write(path, c_header(program_of(model, digest), name))


def to_numpy(model: Any, path: str | Path, *, digest: str | None = None) -> None:
    """Write a model as one Python file with one function, `predict`, that needs NumPy only.

    It takes a mapping of columns, or a matrix (m, n_x), and returns probabilities (m, classes) or numbers.

    Parameters
    ----------
    model, path, digest
        As for `to_onnx`; by custom with the ending ``.py``.

    Raises
    ------
    ParameterError
        If the model cannot be exported.

    Examples
    --------
    >>> import runpy, tempfile
    >>> from layerwise import Network, Parameters, TrainingResult
    >>> twice = TrainingResult(Network((1, 1), ("identity",)), Parameters([[[2.0]]], [[[1.0]]]), history=None)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_numpy(twice, f"{folder}/twice.py")
    ...     predict = runpy.run_path(f"{folder}/twice.py")["predict"]
    >>> predict([[3.0], [4.0]])
    array([[7.],
           [9.]])
    """
    _write(path, numpy_source(program_of(model, digest)))


FORMATS: Mapping[str, tuple[str, Callable[..., None]]] = {
    "c": (".h", to_c),
    "numpy": (".py", to_numpy),
    "onnx": (".onnx", to_onnx),
}
"""The ending and the writer of each format."""


def _write(path: str | Path, content: bytes) -> None:
    try:
        with replacing(Path(path)) as file:
            file.write(content)
    except OSError as error:
        raise ModelFileError(
            f"{path}: cannot be written: {error.strerror}. {len(content):,} bytes are needed."
        ) from error
