"""The parameters of an estimator's constructor as JSON values, and back. No code is among them, and no name of any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from layerwise import values
from layerwise.equations.schedules import SCHEDULES, Schedule, WarmUp

__all__ = ["NotPlainError", "from_json", "to_json"]

_SCHEDULES: Mapping[str, type[Schedule]] = {**SCHEDULES, "warm_up": WarmUp}
_DTYPES: Mapping[str, type] = {"float32": np.float32, "float64": np.float64}


class NotPlainError(Exception):
    """A parameter is a function, or an object that is not the library's."""


def to_json(value: Any) -> Any:
    """Return the JSON value of a parameter: numbers, texts, tuples, arrays, dictionaries and schedules have one.

    Raises
    ------
    NotPlainError
        If it has none.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.generic):
        return to_json(value.item())
    if isinstance(value, list):
        return [to_json(inner) for inner in value]
    if isinstance(value, tuple):
        return {"tuple": to_json(list(value))}
    if isinstance(value, np.ndarray):
        return {"array": to_json(value.tolist())}
    if isinstance(value, dict):
        return {"pairs": [[to_json(key), to_json(inner)] for key, inner in value.items()]}
    return _named(value)


def _named(value: Any) -> Any:
    for name, dtype in _DTYPES.items():
        if value is dtype:
            return {"type": name}
        if isinstance(value, np.dtype) and value == dtype:
            return name
    for name, kind in _SCHEDULES.items():
        if type(value) is kind:
            settings = {setting: to_json(given) for setting, given in vars(value).items()}
            return {"schedule": name, "settings": settings}
    raise NotPlainError


def from_json(value: Any) -> Any:
    """Return the parameter that `to_json` described.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is not described so.
    """
    if isinstance(value, list):
        return [from_json(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if "schedule" in value:
        settings = {name: from_json(inner) for name, inner in values.mapping(value["settings"]).items()}
        return _SCHEDULES[value["schedule"]](**settings)
    ((form, inner),) = value.items()
    if form == "type":
        return _DTYPES[inner]
    listed = [from_json(each) for each in values.listed(inner)]
    if form == "pairs":
        return dict(listed)
    if form == "tuple":
        return tuple(listed)
    if form == "array":
        return np.array(listed)
    raise ValueError(f"a parameter has the unknown form {form!r}")
