"""A search with a budget of seconds on adult, against everybody's default models, on the same held-out rows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline

import layerwise as lw
from benchmarks.measuring import PAUSE, seconds
from benchmarks.report import bar
from benchmarks.searches.measuring import Conditions, left_out
from benchmarks.tables import models
from benchmarks.tables.data import SIX
from benchmarks.tables.measuring import fit_and_score, folds, scores

NAME, TABLE = "budget", next(table for table in SIX if table.name == "adult")
SEARCH, DEFAULT = "layerwise.search", "Layerwise"
SECONDS = 60
WANTED_WITHIN = 0.05
"""Of the budget."""


def forest(task: models.Task) -> Any:
    return make_pipeline(models.encoder(), RandomForestClassifier(random_state=task.seed, n_jobs=task.threads))


SINGLE = (
    *models.OTHERS,
    models.Model("RandomForest", "forest", forest),
    *(model for model in models.OURS if model.name == DEFAULT),
)
"""The default models."""


def search(train: Any, test: Any, budget: int) -> dict[str, Any]:
    """Return the scores of what a search finds, and its seconds of the wall clock."""
    given = {"budget": f"{budget}s", "random_state": 0}
    taken, result = seconds(lambda: lw.search(lw.TabularClassifier(random_state=0), *train, **given))
    found = scores(TABLE, test[1], result.best_estimator_.predict_proba(test[0]))
    about = {"best": {name: str(value) for name, value in result.best_params_.items()}}
    return {**found, "seconds": taken, "tried": len(result.leaderboard), **about}


def measure(given: Conditions) -> dict[str, Any]:
    """Return everybody's scores and seconds as plain JSON values."""
    X, y = TABLE.load(0)
    train, test = folds(y, False, 5, 0)[0]
    rows = (X.iloc[train], y[train]), (X.iloc[test], y[test])
    task = models.Task(False, models.texts_of(X), threads=given.threads)
    budget = SECONDS // 10 if given.quick else SECONDS
    found, missing = {}, []
    calls = {SEARCH: lambda: search(*rows, budget)}
    calls |= {model.name: lambda model=model: _default(model, task, *rows) for model in SINGLE}
    for name, call in calls.items():
        time.sleep(PAUSE)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found[name] = call()
        except Exception as error:  # of any library, which is then left out and said to be
            missing.append(left_out(name, error))
            given.say(missing[-1])
    return entry(found, missing, budget, (len(train), len(test)), judged=not given.quick)


def _default(model: models.Model, task: models.Task, train: Any, test: Any) -> dict[str, Any]:
    found = fit_and_score(TABLE, model.build(task), train, test)
    return {**{name: found[name] for name in ("log loss", "AUC")}, "seconds": found["fit"]}


def entry(
    found: Mapping[str, Mapping[str, Any]],
    missing: Sequence[str],
    budget: int,
    rows: tuple[int, int],
    judged: bool = True,
) -> dict[str, Any]:
    """Return the figures and what was wanted of them: a log loss below everybody's, and the budget kept."""
    own = found.get(SEARCH)
    apart = None if own is None else abs(own["seconds"] / budget - 1)
    bars = []
    if judged:
        rivals = [name for name in found if name != SEARCH]
        bars = [
            bar(name, "lower log loss", None if own is None else found[name]["log loss"] - own["log loss"], least=0.0)
            for name in rivals
        ]
        bars.append(bar(SEARCH, "distance from the budget", apart, most=WANTED_WITHIN))
    return {
        "name": NAME,
        "title": f"adult, {rows[0]:,} rows to learn from and {rows[1]:,} to be tested on, a budget of {budget} s",
        "budget": budget,
        "distance": apart,
        "sides": {name: {"median": each["seconds"], **each} for name, each in found.items()},
        "missing": list(missing),
        "bars": bars,
    }
