"""Rules for arguments, declared once and worded once.

>>> POSITIVE.check("train", "learning_rate", -0.1)
Traceback (most recent call last):
    ...
layerwise.errors.ParameterError: The 'learning_rate' parameter of train must be a float in the range (0, inf).
Got -0.1 instead.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from layerwise.errors import ParameterError, did_you_mean

__all__ = [
    "BELOW_ONE",
    "COUNT",
    "FLAG",
    "FRACTION",
    "NON_NEGATIVE",
    "POSITIVE",
    "PROBABILITY",
    "SEED",
    "Bytes",
    "Flags",
    "Integers",
    "Reals",
    "known_name",
]


def _refuse(owner: str, name: str, rule: str, value: object) -> ParameterError:
    return ParameterError(f"The {name!r} parameter of {owner} must be {rule}. Got {value!r} instead.")


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond every float
        return math.inf


@dataclass(frozen=True)
class Reals:
    """Real numbers in an interval; `left` and `right` are its brackets, so that "(" leaves the end out."""

    low: float
    high: float
    left: str = "["
    right: str = "]"

    def check(self, owner: str, name: str, value: object) -> float:
        """Return `value` as a float, or raise a ParameterError that names `owner` and `name`."""
        if type(value) is float or (isinstance(value, numbers.Real) and not isinstance(value, bool)):  # most are that
            number = _as_float(value)
            above = number > self.low if self.left == "(" else number >= self.low
            below = number < self.high if self.right == ")" else number <= self.high
            if above and below:
                return number
        rule = f"a float in the range {self.left}{self.low:g}, {self.high:g}{self.right}"
        raise _refuse(owner, name, rule, value)


@dataclass(frozen=True)
class Integers:
    """Whole numbers from `low` to `high`, both included; NumPy's integers count, True and 3.0 do not."""

    low: int
    high: int | None = None

    def check(self, owner: str, name: str, value: object) -> int:
        """Return `value` as an int, or raise a ParameterError that names `owner` and `name`."""
        if type(value) is int or (isinstance(value, numbers.Integral) and not isinstance(value, bool)):  # most are that
            number = int(value)
            if number >= self.low and (self.high is None or number <= self.high):
                return number
        end = "inf)" if self.high is None else f"{self.high}]"
        raise _refuse(owner, name, f"an int in the range [{self.low}, {end}", value)


@dataclass(frozen=True)
class Flags:
    """True or False; NumPy's count, 0 and 1 do not."""

    def check(self, owner: str, name: str, value: object) -> bool:
        """Return `value` as a bool, or raise a ParameterError that names `owner` and `name`."""
        if isinstance(value, bool):
            return value
        import numpy as np  # late: a command reads its options before NumPy is there

        if isinstance(value, np.bool_):
            return bool(value)
        raise _refuse(owner, name, "a bool", value)


@dataclass(frozen=True)
class Bytes:
    """An amount of memory, at least `low` bytes: a whole number of bytes, or a text such as "1GB" or "512 MiB"."""

    low: int

    def check(self, owner: str, name: str, value: object) -> int:
        """Return `value` in bytes, or raise a ParameterError that names `owner` and `name`."""
        amount: object = value
        if isinstance(value, str) and (found := _AMOUNT.fullmatch(value.strip())):
            amount = round(float(found[1]) * _UNITS[found[2].casefold()])
        if isinstance(amount, numbers.Integral) and not isinstance(amount, bool) and self.low <= int(amount) < 2**60:
            return int(amount)
        raise _refuse(owner, name, f"an amount such as '1GB', at least {self.low // 1_000_000}MB", value)


_UNITS = {"b": 1, "": 1} | {
    f"{letter}{middle}b": base**power
    for power, letter in enumerate("kmgt", start=1)
    for middle, base in (("", 1000), ("i", 1024))
}
_AMOUNT = re.compile(r"(\d{1,18}(?:\.\d{1,18})?) ?((?:[kmgt]i?)?b|)", re.IGNORECASE | re.ASCII)

FLAG = Flags()
POSITIVE = Reals(0.0, math.inf, "(", ")")
NON_NEGATIVE = Reals(0.0, math.inf, "[", ")")
PROBABILITY = Reals(0.0, 1.0)
FRACTION = Reals(0.0, 1.0, "(", ")")
BELOW_ONE = Reals(0.0, 1.0, "[", ")")
COUNT = Integers(1)
SEED = Integers(0, 2**64 - 1)


def known_name(kind: str, name: object, options: Iterable[str], elsewhere: Mapping[str, str] | None = None) -> str:
    """Return `name` if it is one of `options`, or raise a ParameterError that names the nearest one."""
    options = tuple(options)
    if isinstance(name, str) and name in options:
        return name
    raise ParameterError(f"Unknown {kind} {name!r}.{did_you_mean(name, options, elsewhere)}")
