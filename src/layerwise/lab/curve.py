"""`Curve`: the costs of a run of any length in a bounded number of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Curve", "Part"]


class Part(NamedTuple):
    """What of a curve a reader does not have yet: `Curve` of protocol.ts."""

    generation: int
    start: int
    epoch: list[int]
    cost: list[float]
    validation_cost: list[float]


@dataclass(frozen=True)
class CurveMark:
    """How far a reader has read: of which generation, and how many points that do not change any more."""

    generation: int
    settled: int


class Curve:
    """Costs after every `stride` epochs, and after the newest; where they become too many, every second one goes.

    Parameters
    ----------
    most : int
        Points at most.
    validated : bool
        Whether there are validation costs.
    """

    def __init__(self, most: int, *, validated: bool) -> None:
        self.most, self.validated, self.stride, self.generation = most, validated, 1, 0
        self._points: list[tuple[int, float, float]] = []
        self._newest: tuple[int, float, float] | None = None

    def extend(self, first: int, cost: list[float], validation_cost: list[float]) -> None:
        """Add the costs of epochs, the first of which is number `first`, counted from 1."""
        second = validation_cost or cost
        last = first + len(cost) - 1
        while len(self._points) + (last // self.stride - (first - 1) // self.stride) >= self.most:
            self.stride *= 2
            self.generation += 1
            self._points = [point for point in self._points if not point[0] % self.stride]
        for epoch in range(-(-first // self.stride) * self.stride, last + 1, self.stride):
            self._points.append((epoch, cost[epoch - first], second[epoch - first]))
        self._newest = None if last % self.stride == 0 else (last, cost[-1], second[-1])

    def since(self, mark: CurveMark | None) -> tuple[Part, CurveMark]:
        """Return the points that changed since a mark, and the next mark."""
        start = mark.settled if mark is not None and mark.generation == self.generation else 0
        points = self._points[start:] + ([self._newest] if self._newest else [])
        cost, second = ([point[k] for point in points] for k in (1, 2))
        part = Part(self.generation, start, [point[0] for point in points], cost, second if self.validated else [])
        return part, CurveMark(self.generation, len(self._points))
