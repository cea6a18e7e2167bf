"""Searches over hyperparameters and many trainings at once, against scikit-learn, joblib, and Optuna with torch.

    python -m benchmarks.searches [--quick] [--only digits,halving] [--json PATH] [--repeats N] [--threads N]

Everybody gets the same rows, folds and settings, in turn in one process. Calls of less than 20 s are measured several
times, after one that warms up, and their medians compared; longer ones once. Peers are at their fastest: scikit-learn
and joblib with processes that run already, one thread of the BLAS each; torch in the fastest of several ways, compiled
or not. A part whose search is not there is left out, and what was wanted of it is not met.
"""

from __future__ import annotations

import argparse
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.environment import describe, limit_threads

ROOT = Path(__file__).parents[2]
PACKAGES = (
    *("layerwise", "scikit-learn", "joblib", "optuna", "torch", "lightgbm", "xgboost", "catboost"),
    *("pandas", "numpy", "scipy"),
)
NAMES = ("digits", "binary", "bootstrap", "halving", "budget", "many")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.searches", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a tenth of the work, once each, no verdicts")
    add("--only", help=f"some parts, with commas: {', '.join(NAMES)}")
    add("--repeats", type=int, help="rounds of calls that are short (default 3)")
    add("--threads", type=int, default=2, help="processor cores for everybody (default 2)")
    add("--json", type=Path, help="where all figures go; a whole run writes benchmarks/results/searches.json")
    add(
        "--chart",
        type=Path,
        help="where the chart goes, with a PNG beside it; a whole run draws docs/images/searches.svg",
    )
    chosen = parser.parse_args()
    chosen.names = chosen.only.split(",") if chosen.only else list(NAMES)
    if unknown := [name for name in chosen.names if name not in NAMES]:
        raise SystemExit(f"Unknown part {', '.join(unknown)}. There are {', '.join(NAMES)}.")
    chosen.repeats = chosen.repeats or (1 if chosen.quick else 3)
    if not chosen.quick and not chosen.only:
        chosen.json = chosen.json or ROOT / "benchmarks/results/searches.json"
        chosen.chart = chosen.chart or ROOT / "docs/images/searches.svg"
    return chosen


def parts() -> dict[str, Callable[[Any], dict[str, Any]]]:
    """Return what measures each part, by name."""
    from benchmarks.searches import bootstrap, budget, grid, halving, many

    return {
        "digits": functools.partial(grid.measure, grid.DIGITS),
        "binary": functools.partial(grid.measure, grid.BINARY),
        "bootstrap": bootstrap.measure,
        "halving": halving.measure,
        "budget": budget.measure,
        "many": many.measure,
    }


def run(chosen: argparse.Namespace) -> dict[str, Any]:
    """Measure and return everything; each block is printed as soon as it is known."""
    from benchmarks.searches import text
    from benchmarks.searches.measuring import Conditions

    about = {**describe(chosen.threads, PACKAGES), "repeats": chosen.repeats, "load": _load()}
    if chosen.quick:
        about["quick"] = True
    print(text.heading(about))
    given = Conditions(chosen.threads, chosen.repeats, chosen.quick, functools.partial(print, flush=True))
    measured = []
    for name in chosen.names:
        load = _load()  # with that of the part before, in its last minute
        print(f"\n{name}" + ("" if load is None else f", load {load:.1f}"), flush=True)
        measured.append({**parts()[name](given), "load": load})
        print(measured[-1]["title"])
        text.show([measured[-1]])
    results = {
        "about": about,
        "missing": [f"{part['name']}: {line}" for part in measured for line in part["missing"]],
        "parts": measured,
    }
    text.show(measured)
    print(text.closing(results))
    return results


def _load() -> float | None:
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def main() -> None:
    chosen = options()
    limit_threads(chosen.threads)
    os.environ["PYTHONWARNINGS"] = "ignore"  # in joblib's processes: that all epochs were gone through is no news
    results = run(chosen)
    from benchmarks.report import publish  # which imports NumPy: after the threads are limited

    publish(results, chosen.json, chosen.chart, "benchmarks.searches.chart", "figure")


if __name__ == "__main__":
    main()
