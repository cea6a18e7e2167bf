"""Successive halving against the full grid, both layerwise's: epochs, seconds, and what the winner is worth."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import layerwise as lw
from benchmarks.report import bar
from benchmarks.searches import data
from benchmarks.searches.grid import Found, GridSearch, found_by, score_bar
from benchmarks.searches.measuring import OURS, Conditions, Side, figures, measured

FULL = "layerwise, full grid"
FACTOR, FIRST = 3, 2
"""Of the settings go on, and how many epochs the first round has: docs/searching.md says why not one."""
WANTED_LESS = 10.0
GRID = {
    "learning_rate_init": [0.001, 0.003, 0.01],
    "alpha": [1e-5, 1e-3, 1e-1],
    "activation": ["tanh", "relu", "logistic"],
    "hidden_layer_sizes": [(16,), (32,), (64,)],
}
"""81 settings."""
JOB = GridSearch("halving", "64-n-10 on digits, batches of 32", data.digits, (), 32, epochs=81, grid=GRID)


@dataclass(frozen=True)
class Searched:
    """What a search found, and the epochs that its fits had together."""

    found: Found
    epochs: int


def search(job: GridSearch, X: Any, y: Any, threads: int, halving: bool) -> Searched:
    """Search, by halving or all of the grid."""
    from layerwise.searching import GridSearchCV, HalvingGridSearchCV

    parameters = {name: value for name, value in job.parameters.items() if name not in job.grid}
    given = {"cv": data.folds(), "n_jobs": threads, "refit": False, "error_score": "raise"}
    kind = GridSearchCV
    if halving:
        del parameters["max_iter"]
        resource = {"resource": "max_iter", "min_resources": FIRST, "max_resources": job.epochs}
        kind, given = HalvingGridSearchCV, {**given, **resource, "factor": FACTOR, "random_state": 0}
    fitted = kind(lw.MLPClassifier(**parameters), dict(job.grid), **given).fit(X, y)
    return Searched(found_by(fitted), fitted.n_epochs_)


def measure(given: Conditions) -> dict[str, Any]:
    """Return what both searches took and found, as plain JSON values."""
    job = JOB.smaller() if given.quick else JOB
    X, y = job.load()
    calls = {
        name: functools.partial(search, job, X, y, given.threads, halving)
        for name, halving in ((OURS, True), (FULL, False))
    }
    sides, missing = measured(calls, given)
    return entry(job, sides, missing, judged=not given.quick)


def entry(job: GridSearch, sides: Mapping[str, Side], missing: Sequence[str], judged: bool = True) -> dict[str, Any]:
    """Return the figures and what was wanted of them."""
    shown = figures(sides)
    for name, side in sides.items():
        shown[name] |= {**side.outcome.found.figures(), "epochs": side.outcome.epochs}
    less = shown[FULL]["epochs"] / shown[OURS]["epochs"] if {OURS, FULL} <= set(shown) else None
    found = {name: Side(outcome=side.outcome.found) for name, side in sides.items()}
    bars = [bar(FULL, "times less work", less, least=WANTED_LESS), score_bar(found, FULL)] if judged else []
    return {
        "name": job.name,
        "title": f"{len(job.settings)} settings of {job.title}: from {FIRST} epochs on, the best 1 of {FACTOR} go on",
        "less_work": less,
        "grid": {name: list(values) for name, values in job.grid.items()},
        "sides": shown,
        "missing": list(missing),
        "bars": bars,
    }
