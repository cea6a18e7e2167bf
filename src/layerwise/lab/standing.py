"""`Standing`: what a run tells those who follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from layerwise.engines import Divergence
from layerwise.lab.curve import CurveMark, Part

__all__ = ["Standing", "Status"]

Status: TypeAlias = Literal["ready", "running", "paused", "finished", "diverged", "failed"]


@dataclass(frozen=True)
class Standing:
    """What a run has come to since a reader last asked.

    Attributes
    ----------
    status : str
        "ready", "running", "paused", "finished", "diverged" or "failed".
    epoch, epochs : int
        How many are finished, and how many planned.
    curve : Part
        The part of the curve that is new or changed.
    checkpoints : list of int
    flags : list of (int, str)
        Epoch and code, by epoch.
    divergence : Divergence or None
        Where the run stopped being finite; epoch and step counted from 0. Its epochs before that are those to look at.
    error : str or None
        Why it failed.
    epochs_per_second : float
    ended_at : float
        When the newest epoch ended, of `time.monotonic`.
    mark : object
        What to ask with next time.
    """

    status: Status
    epoch: int
    epochs: int
    curve: Part
    checkpoints: list[int]
    flags: list[tuple[int, str]]
    divergence: Divergence | None
    error: str | None
    epochs_per_second: float
    ended_at: float
    mark: tuple[object, CurveMark]
