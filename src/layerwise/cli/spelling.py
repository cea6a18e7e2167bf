"""What an option's text means: units of layers, roles and directions of columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, get_args

from layerwise.checks import COUNT, known_name
from layerwise.errors import ParameterError

__all__ = ["directions", "roles", "units"]


def units(text: str) -> tuple[int, ...]:
    """Read "64,32", or "none" for no hidden layer.

    >>> units("128, 64"), units("none")
    ((128, 64), ())
    """
    if text.strip().lower() in ("none", "0", ""):
        return ()
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError(
            f"--hidden must be whole numbers with commas between them, such as 64,32, or 'none'. Got {text!r}."
        ) from None
    return tuple(COUNT.check("train", "--hidden", number) for number in numbers)


def roles(texts: Sequence[str]) -> dict[str, Any]:
    """Read "age=numeric" and "size=ordinal:S,M,L".

    >>> roles(["age=numeric", "size=ordinal:S,M,L"])
    {'age': 'numeric', 'size': ['S', 'M', 'L']}
    """
    found: dict[str, Any] = {}
    for text in texts:
        name, role = _role(text)
        if found.setdefault(name, role) != role:
            raise ParameterError(f"--role gives column {name!r} two roles. Give it one.")
    return found


def directions(texts: Sequence[str]) -> dict[str, int]:
    """Read "age=+1" and "price=-1".

    >>> directions(["age=+1", "price=-1"])
    {'age': 1, 'price': -1}
    """
    found: dict[str, int] = {}
    for text in texts:
        name, _, sign = text.rpartition("=")
        if not name or sign not in ("+1", "1", "-1"):
            raise ParameterError(
                f"--monotone must be COLUMN=+1 (never falls) or COLUMN=-1 (never rises). Got {text!r}."
            )
        if found.setdefault(name, int(sign)) != int(sign):
            raise ParameterError(f"--monotone gives column {name!r} two directions. Give it one.")
    return found


def _role(text: str) -> tuple[str, Any]:
    from layerwise.tables import Role  # late: NumPy comes with it

    known = get_args(Role)
    match = re.fullmatch(rf"(?P<column>.+?)=(?P<role>{'|'.join(known)})(?::(?P<levels>.*))?", text, re.DOTALL)
    if match is None:
        name, _, role = text.rpartition("=")
        if name:
            known_name("--role", role, known)
        raise ParameterError(f"--role must be COLUMN=ROLE, such as age=numeric. Got {text!r}.")
    if match["levels"] is None:
        return match["column"], match["role"]
    levels = [level.strip() for level in match["levels"].split(",")]
    if match["role"] != "ordinal" or not all(levels):
        raise ParameterError(
            f"--role takes levels for ordinal alone, as in size=ordinal:S,M,L, the lowest first. Got {text!r}."
        )
    return match["column"], levels
