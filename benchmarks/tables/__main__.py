"""Layerwise's tabular estimators against boosted trees, a network and linear models, all with their defaults.

    python -m benchmarks.tables [--sets adult,titanic] [--models layerwise] [--folds 5] [--seeds 0] [--more]

Cross-validation of raw tables: everybody gets the same folds, one fit at a time, in turn. A score is the mean over the
folds with its standard error; seconds are medians of the wall clock, and a fit's have all that is done to the raw
columns. `--models` measures some of them again and takes the others from the file of an earlier run, where machine and
versions are the same. `--more` has other tables, on which nothing was tuned; a made one is drawn by the seed.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from benchmarks.environment import describe, limit_threads

ROOT = Path(__file__).parents[2]
PACKAGES = ("layerwise", "lightgbm", "xgboost", "catboost", "scikit-learn", "pandas", "numpy", "scipy")

BUSY = 0.5
"""Load of others from which on seconds say little: threads that spin for each other then spin for long."""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tables", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sets", help="some tables, with commas: adult, california-housing, ... or any of --more")
    add("--models", help="some models, with commas: lightgbm, histgb, xgboost, catboost, mlp, linear, layerwise, ...")
    add("--folds", type=int, default=5, help="of each table (default 5)")
    add("--seeds", default="0", help="of folds and models, with commas (default 0)")
    add("--threads", type=int, default=2, help="processor cores for everybody (default 2)")
    add("--more", action="store_true", help="the other tables instead: scikit-learn's own, and made ones")
    add("--json", type=Path, help="where all figures go; a whole run writes benchmarks/results/tables.json")
    add(
        "--chart",
        type=Path,
        help="where the chart goes, with a PNG beside it; a whole run draws docs/images/tables.svg",
    )
    add("--markdown", action="store_true", help="measure nothing, print the figures of the file for the README")
    chosen = parser.parse_args()
    chosen.stored = ROOT / "benchmarks/results" / ("tables-more.json" if chosen.more else "tables.json")
    chosen.seeds = [int(seed) for seed in chosen.seeds.split(",")]
    return chosen


def publish(chosen: argparse.Namespace, beside: bool) -> None:
    """Let a run of all tables and models, some of them perhaps taken from an earlier one, be what is published."""
    if not chosen.sets and chosen.folds == 5 and chosen.seeds == [0] and (beside or not chosen.models):
        chosen.json = chosen.json or chosen.stored
        chosen.chart = chosen.chart or (None if chosen.more else ROOT / "docs/images/tables.svg")


def run(chosen: argparse.Namespace) -> dict[str, Any]:
    """Measure and return everything; each block is printed as soon as it is known."""
    from benchmarks.tables import models, stored, text
    from benchmarks.tables.measuring import measure
    from benchmarks.tables.verdicts import judged

    found, missing = models.installed(models.chosen(chosen.models.split(",")) if chosen.models else models.MODELS)
    about = {**describe(chosen.threads, PACKAGES), "folds": chosen.folds, "seeds": chosen.seeds, "load": _load()}
    about["omp_wait_policy"] = os.environ.get("OMP_WAIT_POLICY")
    print(_heading(about), *missing, *_busy(about), sep="\n")
    if not found:
        raise SystemExit("None of these can be measured.")
    earlier = {}
    if chosen.models:
        earlier, said = stored.usable(chosen.stored, about)
        print(said)
    publish(chosen, beside=bool(earlier))
    tables = []
    for table in tables_of(chosen):
        try:
            measured = measure(table, found, chosen.folds, chosen.seeds, chosen.threads)
        except FileNotFoundError:
            missing.append(f"{table.name} is left out: its table is not here")
            print(missing[-1])
            continue
        tables.append(stored.joined(measured, earlier, about["date"]))
        print(text.block(tables[-1]), flush=True)
    results = {"about": about, "missing": missing, **judged(tables)}
    print(text.closing(results))
    return results


def tables_of(chosen: argparse.Namespace) -> list[Any]:
    """Return the tables that are asked for."""
    from benchmarks.tables.data import MORE, SIX

    if not chosen.sets:
        return list(MORE if chosen.more else SIX)
    known = {table.name: table for table in SIX + MORE}
    if unknown := [name for name in chosen.sets.split(",") if name not in known]:
        raise SystemExit(f"Unknown table {', '.join(unknown)}. There are {', '.join(known)}.")
    return [known[name] for name in chosen.sets.split(",")]


def _heading(about: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return (
        f"{about['processor']}, {about['instruction_set']}, {about['threads']} threads, "
        f"{about['folds']} folds, seeds {', '.join(map(str, about['seeds']))}\n{versions}"
    )


def _load() -> float | None:
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _busy(about: dict[str, Any]) -> list[str]:
    if about["load"] is None or about["load"] < BUSY:
        return []
    said = f"The machine is busy, load {about['load']:.1f}: the scores hold, the seconds say little"
    return [f"{said} (OMP_WAIT_POLICY=passive keeps threads from spinning for each other)"]


def main() -> None:
    chosen = options()
    limit_threads(chosen.threads)
    if chosen.markdown:
        print(stored_markdown(chosen.json or chosen.stored))
        return
    results = run(chosen)
    if not results["tables"]:
        return
    from benchmarks.report import publish  # which imports NumPy: after the threads are limited

    publish(results, chosen.json, chosen.chart, "benchmarks.tables.chart", "score")


def stored_markdown(path: Path) -> str:
    """Return the figures of a file as the tables of the README."""
    from benchmarks.tables import stored, text

    results = stored.read(path)
    if results is None:
        raise SystemExit(f"There is no {path}: `python -m benchmarks.tables` writes it.")
    return text.markdown(results)


if __name__ == "__main__":
    main()
