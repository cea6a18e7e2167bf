"""Values of a configuration that nobody has checked: of the type they are said to be, or a ValueError."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

__all__ = ["boolean", "count", "listed", "mapping", "named", "number", "numbers", "text"]

_LARGEST = 2**1000
"""From here on a whole number may be beyond every float."""


def text(value: Any) -> str:
    """Return a str."""
    return _of(str, "a text", value)


def boolean(value: Any) -> bool:
    """Return True or False."""
    return _of(bool, "true or false", value)


def mapping(value: Any) -> dict[str, Any]:
    """Return a dict."""
    return _of(dict, "an object", value)


def listed(value: Any) -> list[Any]:
    """Return a list."""
    return _of(list, "a list", value)


def number(value: Any, least: float = -math.inf, *, finite: bool = False) -> float:
    """Return a float of at least `least`; NaN and infinity are numbers unless they must be finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{_short(value)} is not a number")
    infinite = math.inf if value > 0 else -math.inf
    found = float(value) if isinstance(value, float) or abs(value) < _LARGEST else infinite
    if found < least or (finite and not math.isfinite(found)):
        raise ValueError(f"{_short(value)} is not a number of at least {least:g}{' that is finite' if finite else ''}")
    return found


def numbers(values: Any) -> list[float]:
    """Return a list of float."""
    found = listed(values)
    return found if set(map(type, found)) == {float} else [number(value) for value in found]  # fast


def count(value: Any, least: int = 0, most: int = 2**63 - 1) -> int:
    """Return a whole number from `least` to `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{_short(value)} is not a whole number from {least} to {most}")
    return value


def named(value: Any, names: Collection[str]) -> str:
    """Return one of the names."""
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"{_short(value)} is none of {', '.join(sorted(names))}")
    return value


def _of(kind: type, called: str, value: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{_short(value)} is not {called}")
    return value


def _short(value: Any) -> str:
    shown = repr(value) if not isinstance(value, int) or abs(value) < 10**18 else "a number of many digits"
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
