"""From the scores of the folds to means, ranks and bars."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from scipy.stats import rankdata

from benchmarks.report import bar
from benchmarks.tables.data import SIX
from benchmarks.tables.models import OTHERS, OURS

DEFAULT = "Layerwise"
RIVAL, BEST = "LightGBM", "CatBoost"
BETTER_THAN_RIVAL = 5

Table = Mapping[str, Any]


def mean(found: Mapping[str, Any], metric: str) -> float | None:
    """Return the mean over the folds; None where the model failed or the metric is not defined."""
    return statistics.fmean(found[metric]) if metric in found else None


def error(found: Mapping[str, Any], metric: str) -> float:
    """Return the standard error of the mean over the folds."""
    values = found[metric]
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan


def median(found: Mapping[str, Any], what: str) -> float | None:
    """Return the median seconds over the folds."""
    return statistics.median(found[what]) if what in found else None


def score(table: Table, name: str) -> float:
    """Return what ranks a model: its mean score, or infinity where it failed or is absent."""
    found = mean(table["models"].get(name, {}), table["metric"])
    return math.inf if found is None else found


def ranks(table: Table, names: Sequence[str]) -> dict[str, float]:
    """Return the rank of each of these models, 1 for the best; equals share the mean of their ranks."""
    return dict(zip(names, map(float, rankdata([score(table, name) for name in names])), strict=True))


def contest(tables: Sequence[Table], ours: str = DEFAULT) -> list[str]:
    """Return who is ranked: the other libraries' models, and one of layerwise's."""
    names = [model.name for model in OTHERS] + [ours]
    return [name for name in names if any(name in table["models"] for table in tables)]


def ranks_on(table: Table, tables: Sequence[Table]) -> dict[str, float]:
    """Return all ranks on one table; each of layerwise's models is ranked as if it were its only one."""
    found = ranks(table, contest(tables))
    for model in OURS:
        if any(model.name in each["models"] for each in tables):
            found[model.name] = ranks(table, contest(tables, model.name))[model.name]
    return found


def mean_ranks(tables: Sequence[Table]) -> dict[str, float]:
    """Return every model's mean rank over the tables."""
    each = [ranks_on(table, tables) for table in tables]
    return {name: statistics.fmean(ranked[name] for ranked in each) for name in (each[0] if each else ())}


def bars_of(table: Table) -> list[dict[str, Any]]:
    """Return what is wanted of layerwise's default on one table: scores, and a fit no slower than CatBoost's."""
    ours, slowest = table["models"].get(DEFAULT), median(table["models"].get(BEST, {}), "fit")
    if ours is None or not table["wanted"]:
        return []
    found = [
        bar(DEFAULT, metric, mean(ours, metric), **{"least" if metric == "AUC" else "most": value})
        for metric, value in table["wanted"].items()
    ]
    return found if slowest is None else [*found, bar(DEFAULT, "fit seconds", median(ours, "fit"), most=slowest)]


def bars_of_all(tables: Sequence[Table]) -> list[dict[str, Any]]:
    """Return what is wanted over the six tables: to beat LightGBM on five, to be ranked behind CatBoost at most."""
    names = contest(tables)
    if DEFAULT not in names or {table.name for table in SIX} != {table["name"] for table in tables}:
        return []
    found = []
    if RIVAL in names:
        better = sum(score(table, DEFAULT) < score(table, RIVAL) for table in tables)
        found.append(bar(DEFAULT, f"tables better than {RIVAL}", better, least=BETTER_THAN_RIVAL))
    ranked = mean_ranks(tables)
    if rivals := [ranked[name] for name in names if name not in (DEFAULT, BEST)]:
        found.append(bar(DEFAULT, "mean rank", ranked[DEFAULT], most=min(rivals)))
    return found


def judged(tables: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the tables with their bars, and the mean ranks and bars over all of them."""
    each = [{**table, "bars": bars_of(table)} for table in tables]
    return {"tables": each, "mean_ranks": mean_ranks(tables), "bars": bars_of_all(tables)}
