"""`Trial`: what was tried and what came of it, as a line of a journal keeps it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from layerwise import values
from layerwise.errors import DataError

__all__ = ["STATES", "Trial", "from_json", "to_json"]

STATES = ("complete", "terminated", "failed")


@dataclass(frozen=True)
class Trial:
    """One set of parameters, and what came of it.

    Attributes
    ----------
    number : int
        0, 1, 2, ... in the order in which they began.
    params : dict
    state : str
        "complete"; "terminated" early, since its learning curve was worse than most; or "failed".
    score : float or None
        The mean over the splits; more is better. None where it failed.
    scores : tuple of float
        Of each split.
    epochs : int
        Of all splits together.
    seconds : float
        Of all runs together, each on its thread.
    curves : tuple of tuple of float
        Of each split, the validation cost after each epoch; empty for models without epochs.
    error : str or None
        Why it failed.
    """

    number: int
    params: dict[str, Any]
    state: str = "complete"
    score: float | None = None
    scores: tuple[float, ...] = ()
    epochs: int = 0
    seconds: float = 0.0
    curves: tuple[tuple[float, ...], ...] = field(default=(), repr=False)
    error: str | None = None

    def to_line(self) -> dict[str, Any]:
        """Return JSON values."""
        line = asdict(self)
        line["params"] = {name: to_json(name, value) for name, value in self.params.items()}
        line["curves"] = [[J if math.isfinite(J) else None for J in curve] for curve in self.curves]
        return line

    @classmethod
    def from_line(cls, line: dict[str, Any]) -> Trial:
        """Build it again from what `to_line` gave."""
        score = line["score"]
        return cls(
            values.count(line["number"]),
            {name: from_json(value) for name, value in values.mapping(line["params"]).items()},
            values.named(line["state"], STATES),
            None if score is None else values.number(score, finite=True),
            tuple(values.numbers(line["scores"])),
            values.count(line["epochs"]),
            values.number(line["seconds"]),
            tuple(
                tuple(math.nan if J is None else float(J) for J in values.listed(curve))
                for curve in values.listed(line["curves"])
            ),
            None if line["error"] is None else values.text(line["error"]),
        )


def to_json(name: str, value: Any) -> Any:
    """Return the value of a parameter as JSON that `from_json` reads back; tuples are told from lists.

    Raises
    ------
    DataError
        If it is an object that no journal can keep.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return {"tuple": [to_json(name, each) for each in value]}
    if isinstance(value, list):
        return [to_json(name, each) for each in value]
    raise DataError(
        f"A journal keeps numbers, texts, None and tuples of them. Got {value!r} for the parameter {name!r}: search "
        "without a journal, or by a name."
    )


def from_json(value: Any) -> Any:
    """Return the value of a parameter from what `to_json` gave."""
    if isinstance(value, dict):
        return tuple(from_json(each) for each in values.listed(value["tuple"]))
    return [from_json(each) for each in value] if isinstance(value, list) else value
