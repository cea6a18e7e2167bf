"""From models to files and back. Storage knows no model: each registers the way back under its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from layerwise.errors import ModelFileError, ParameterError
from layerwise.later import KINDS as _LATER
from layerwise.storage.model_file import ModelFile, read_model_file, write_model_file

__all__ = ["Model", "built_from", "load", "register", "register_later", "save"]

FromState = Callable[[dict[str, Any], dict[str, NDArray[Any]]], Any]

_LOADERS: dict[str, FromState] = {}


class Model(Protocol):
    """What can be saved: an object that gives its state, of a kind that is registered."""

    @property
    def kind(self) -> str:
        """The name under which the way back is registered."""
        ...

    def to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return the configuration as JSON values, and the tensors by name."""
        ...


def register(kind: str, from_state: FromState) -> None:
    """Say how models of a kind are built again from their configuration and tensors."""
    _LOADERS[kind] = from_state


def register_later(kind: str, fetch: Callable[[], object]) -> None:
    """Say what imports the module that registers a kind: for modules that few programs need."""
    _LATER[kind] = fetch


def save(model: Model, path: str | Path) -> None:
    """Write a model to one safe file: safetensors and JSON, no pickle.

    The file is written beside its place and moved there in one step, so that a crash leaves the old model
    or the new one.

    Parameters
    ----------
    model : Model
        What `layerwise.train` returns, or a fitted estimator of the package.
    path : str or Path
        By custom with the ending ``.safetensors``.

    Raises
    ------
    ParameterError
        If `model` is not a model of the package.
    ModelFileError
        If the file cannot be written; the older one is then untouched.

    Warns
    -----
    ModelFileNotice
        If an estimator has a parameter that is code or another object, which no file keeps.
    """
    if isinstance(model, type) or getattr(model, "kind", None) not in {*_LOADERS, *_LATER}:
        raise ParameterError(
            f"The 'model' parameter of save must be a trained model, such as train returns. Got {type(model).__name__}."
        )
    configuration, tensors = model.to_state()
    write_model_file(path, model.kind, configuration, tensors)


def load(path: str | Path) -> Any:
    """Return the model that `save` wrote. No code runs that comes from the file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    TrainingResult, TabularModel, or an estimator
        Of a `TabularClassifier` or `TabularRegressor` its `model_`. An MLPClassifier, MLPRegressor or
        LogisticRegression is fitted; without scikit-learn, it is a `layerwise.estimators.plain.PlainModel`, which has
        predict and predict_proba.

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, foreign, or newer than this package.
    """
    return built_from(read_model_file(path), path)


def built_from(file: ModelFile, path: str | Path, loaders: Mapping[str, FromState] | None = None) -> Any:
    """Return the model of a file that was read from `path`; `loaders` are taken before those that are registered.

    Raises
    ------
    ModelFileError
        If its kind is not known, or its configuration and its tensors do not make a model of it.
    """
    if file.kind not in _LOADERS and file.kind in _LATER:
        _LATER[file.kind]()
    loader = {**_LOADERS, **(loaders or {})}.get(file.kind)
    if loader is None:
        raise ModelFileError(
            f"{path}: holds a model of the kind {file.kind!r}, which this version of layerwise does not know. "
            f"It was written by layerwise {file.written_by}."
        )
    try:
        return loader(file.configuration, file.tensors)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(f"{path}: its configuration does not describe a {file.kind} model ({reason}).") from error
