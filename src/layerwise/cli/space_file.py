"""The file of `--space`: parameters, and what to try for each."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from layerwise.checks import known_name
from layerwise.cli import spelling
from layerwise.errors import ParameterError

__all__ = ["SEARCHABLE", "space_in"]

SEARCHABLE = {
    "hidden": "hidden",
    "activation": "activation",
    "learning_rate": "learning_rate",
    "weight_decay": "weight_decay",
    "dropout": "dropout",
    "batch_size": "batch_size",
    "epochs": "epochs",
    "patience": "early_stopping",
    "averaging": "averaging",
    "label_smoothing": "label_smoothing",
}
"""From the names of the command line to those of the estimators."""


def space_in(path: Path) -> dict[str, Any]:
    """Read a space.

    Raises
    ------
    ParameterError
        If the file, a name or what is to be tried cannot be used.
    """
    from layerwise.searching import Between

    try:
        text = path.read_text(encoding="utf-8")
        given = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise ParameterError(f"--space {str(path)!r} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"--space {str(path)!r} is neither TOML nor, ending so, .json: {error}.") from error
    if not isinstance(given, dict) or not given:
        raise ParameterError(f"--space {str(path)!r} must name parameters, such as dropout = [0.0, 0.2].")
    space: dict[str, Any] = {}
    for name, values in given.items():
        name = name.replace("-", "_")
        known_name(f"parameter in {path.name}:", name, SEARCHABLE)
        if isinstance(values, dict) and values.keys() <= {"low", "high", "log"} and {"low", "high"} <= values.keys():
            space[SEARCHABLE[name]] = Between(values["low"], values["high"], log=bool(values.get("log", False)))
        elif isinstance(values, list) and values:
            space[SEARCHABLE[name]] = [_value(name, value) for value in values]
        else:
            raise ParameterError(
                f"--space: {name!r} needs a list of values, or low and high, and log if need be. Got {values!r}."
            )
    return space


def _value(name: str, value: Any) -> Any:
    if name == "hidden":
        return spelling.units(value) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
    return value
