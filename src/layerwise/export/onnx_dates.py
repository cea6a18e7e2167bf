"""The parts of dates as ONNX nodes, from whole microseconds since 1970 in UTC."""

from __future__ import annotations

import numpy as np

from layerwise.export.onnx_graph import Graph

__all__ = ["MISSING", "parts_of"]

MISSING = -(2**63)
"""The moment that stands for a missing cell: NumPy's NaT."""

_HOUR, _DAY = 3_600_000_000, 86_400_000_000
_CYCLES = 1_000  # of 400 years and 146,097 days, by which dates are shifted so that every division is of numbers >= 0
_SHIFT = 719_468 + _CYCLES * 146_097


def parts_of(graph: Graph, moments: str) -> tuple[str, dict[str, str]]:
    """Return where moments (m, 1) are missing, and their parts in double, those of 1970 where they are.

    References
    ----------
    Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (civil_from_days): years begin in March, so that the
    leap day is a year's last.
    """

    def divided(value: str, by: int) -> str:
        return graph("Div", value, np.int64(by))

    def plus(value: str, other: int) -> str:
        return graph("Add", value, np.int64(other))

    def times(value: str, by: int) -> str:
        return graph("Mul", value, np.int64(by))

    gaps = graph("Equal", moments, np.int64(MISSING))
    moments = graph("Where", gaps, np.int64(0), moments)
    in_day = graph("Mod", moments, np.int64(_DAY))  # with the sign of the day: from 0 on
    days = divided(graph("Sub", moments, in_day), _DAY)
    shifted = plus(days, _SHIFT)
    cycle = divided(shifted, 146_097)
    of_cycle = graph("Sub", shifted, times(cycle, 146_097))
    leaps = graph("Sub", divided(of_cycle, 36_524), graph("Add", divided(of_cycle, 1_460), divided(of_cycle, 146_096)))
    year = divided(graph("Add", of_cycle, leaps), 365)
    begin = graph("Add", times(year, 365), graph("Sub", divided(year, 4), divided(year, 100)))
    day_of_year = graph("Sub", of_cycle, begin)
    month = divided(plus(times(day_of_year, 5), 2), 153)  # 0 is March
    day = plus(graph("Sub", day_of_year, divided(plus(times(month, 153), 2), 5)), 1)
    late = graph("Greater", month, np.int64(9))  # January and February are of the next year
    month = graph("Where", late, plus(month, -9), plus(month, 3))
    year = graph("Add", graph("Add", year, times(plus(cycle, -_CYCLES), 400)), graph.cast(late, np.int64))
    week_day = graph("Mod", plus(days, 3), np.int64(7))  # 1970-01-01 was a Thursday
    found = {"year": year, "month": month, "day": day, "day_of_week": week_day}
    parts = {name: graph.cast(value, np.float64) for name, value in found.items()}
    parts["hour"] = graph("Div", graph.cast(in_day, np.float64), float(_HOUR))
    parts["elapsed_days"] = graph("Div", graph.cast(moments, np.float64), float(_DAY))
    return gaps, parts
